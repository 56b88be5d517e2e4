#include "common/sandbox/linux_program_runner.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/sandbox/program_job.h"
#include "common/sandbox/program_profile.h"

namespace assay {
namespace {

constexpr int kMostThreads = 8;

v1::Error Cancelled() {
  v1::Error error;
  error.set_error_class(v1::ERROR_CLASS_CANCELLED);
  error.set_message("cancelled");
  return error;
}

}  // namespace

class LinuxProgramRunner::Pool {
 public:
  Pool(Executor& executor, std::map<std::string, std::string> versions)
      : executor_(executor), versions_(std::move(versions)) {}

  ~Pool() {
    for (const Thread& thread : threads_) ::close(thread.wake_fd);
  }

  absl::Status Open(int threads) {
    for (int i = 0; i < threads; ++i) {
      const int wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
      if (wake_fd < 0) return FailedPrecondition("sandbox: no event descriptor is left");
      threads_.push_back({wake_fd, 0, {}});
    }
    for (Thread& thread : threads_) thread.thread = std::thread([this, &thread] { Work(thread); });
    return absl::OkStatus();
  }

  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      queue_.clear();
      for (const Thread& thread : threads_) Wake(thread);
    }
    work_.notify_all();
    for (Thread& thread : threads_) thread.thread.join();
  }

  ProgramRunId Add(v1::RunProgram program, Callback<ProgramResult> done) {
    ProgramRunId id = 0;
    {
      const std::lock_guard lock(mutex_);
      id = ++last_id_;
      queue_.push_back({id, std::move(program), std::move(done)});
    }
    work_.notify_one();
    return id;
  }

  void Cancel(ProgramRunId id) {
    const std::lock_guard lock(mutex_);
    const auto queued =
        std::find_if(queue_.begin(), queue_.end(), [&](const Job& job) { return job.id == id; });
    if (queued != queue_.end()) {
      Tell(std::move(queued->done), Cancelled());
      queue_.erase(queued);
      return;
    }
    for (const Thread& thread : threads_) {
      if (thread.running == id) Wake(thread);
    }
  }

 private:
  struct Job {
    ProgramRunId id = 0;
    v1::RunProgram program;
    Callback<ProgramResult> done;
  };
  struct Thread {
    int wake_fd = -1;
    ProgramRunId running = 0;
    std::thread thread;
  };

  static void Wake(const Thread& thread) { (void)::eventfd_write(thread.wake_fd, 1); }

  void Tell(Callback<ProgramResult> done, ProgramResult result) {
    executor_.Post([done = std::move(done), result = std::move(result)]() mutable {
      done(std::move(result));
    });
  }

  void Work(Thread& thread) {
    std::unique_lock lock(mutex_);
    while (true) {
      work_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      Job job = std::move(queue_.front());
      queue_.pop_front();
      thread.running = job.id;
      eventfd_t late = 0;  // a wake for what has ended
      (void)::eventfd_read(thread.wake_fd, &late);
      lock.unlock();
      const auto version = versions_.find(job.program.image());
      ProgramResult result = RunProgramJob(
          job.program, version == versions_.end() ? "" : version->second, thread.wake_fd);
      lock.lock();
      thread.running = 0;
      if (stopping_) return;
      Tell(std::move(job.done), std::move(result));
    }
  }

  Executor& executor_;
  const std::map<std::string, std::string> versions_;  // of compilers, by profile
  std::mutex mutex_;
  std::condition_variable work_;
  bool stopping_ = false;
  ProgramRunId last_id_ = 0;
  std::deque<Job> queue_;
  std::deque<Thread> threads_;
};

absl::StatusOr<std::unique_ptr<LinuxProgramRunner>> LinuxProgramRunner::Make(
    Executor& executor, const ProgramRunnerOptions& options) {
  std::map<std::string, std::string> versions;
  for (const ProgramProfile& profile : ProgramProfiles()) {
    ASSAY_ASSIGN_OR_RETURN(versions[std::string(profile.name)], CompilerVersion(profile));
  }
  const int processors = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int threads = options.threads > 0 ? options.threads : std::min(processors, kMostThreads);
  auto pool = std::make_unique<Pool>(executor, std::move(versions));
  ASSAY_RETURN_IF_ERROR(pool->Open(threads));
  return std::unique_ptr<LinuxProgramRunner>(new LinuxProgramRunner(std::move(pool)));
}

LinuxProgramRunner::LinuxProgramRunner(std::unique_ptr<Pool> pool) : pool_(std::move(pool)) {}

LinuxProgramRunner::~LinuxProgramRunner() { pool_->Stop(); }

ProgramRunId LinuxProgramRunner::Start(v1::RunProgram program, Callback<ProgramResult> done) {
  return pool_->Add(std::move(program), std::move(done));
}

void LinuxProgramRunner::Cancel(ProgramRunId id) { pool_->Cancel(id); }

}  // namespace assay
