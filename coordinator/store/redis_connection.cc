#include "coordinator/store/redis_connection.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"
#include "coordinator/store/redis_sentinel.h"
#include "coordinator/store/redis_settings.h"

namespace assay {

// Shared with the tasks it posts, which may run after the connection is gone.
class RedisConnection::Worker : public std::enable_shared_from_this<Worker> {
 public:
  Worker(Executor& executor, RedisConnectionOptions options)
      : executor_(executor), options_(std::move(options)), backoff_(options_.first_backoff) {}

  void Start() {
    thread_ = std::thread([this] { Run(); });
  }
  void Stop();
  void Send(RedisRequest request);
  void SetHook(ConnectHook hook);
  void Recheck();

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct Answered {
    RedisCallback done;
    absl::StatusOr<RedisAnswer> answer;
  };

  void Run();
  absl::Status Connect();
  absl::StatusOr<std::unique_ptr<RedisSession>> OpenMaster();
  absl::Status LoadScripts(RedisSession& session);
  absl::Status CheckSettings(RedisSession& session) const;
  void AskHook();
  void Serve(std::deque<RedisRequest> batch);
  void RunAgainWithText(const std::deque<RedisRequest>& batch, std::vector<RedisReply>& replies);
  void FailAll(const absl::Status& status);
  void Post(std::vector<Answered> answers);
  void Drop();
  void CheckStillMaster();
  std::vector<std::string> WireOf(const RedisCommand& command, bool with_text) const;

  Executor& executor_;
  const RedisConnectionOptions options_;
  std::thread thread_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<RedisRequest> queue_;
  bool stopping_ = false;
  bool held_ = false;  // a new connection waits for its hook
  bool recheck_ = false;
  ConnectHook hook_;  // set before the first Send; called on the executor
  bool has_hook_ = false;
  std::shared_ptr<RedisSession> session_;  // written by the thread, under mutex_ for Interrupt

  // The thread's own.
  std::uint64_t connection_ = 0;
  std::string address_;
  absl::Duration backoff_;
  std::map<const RedisScript*, std::string> hashes_;
};

void RedisConnection::Worker::Stop() {
  {
    const Lock lock(mutex_);
    stopping_ = true;
    if (session_ != nullptr) session_->Interrupt();
  }
  wake_.notify_all();
  thread_.join();
}

void RedisConnection::Worker::Send(RedisRequest request) {
  {
    const Lock lock(mutex_);
    queue_.push_back(std::move(request));
  }
  wake_.notify_all();
}

void RedisConnection::Worker::SetHook(ConnectHook hook) {
  const Lock lock(mutex_);
  ASSAY_CHECK(queue_.empty() && !has_hook_);
  hook_ = std::move(hook);
  has_hook_ = true;
}

void RedisConnection::Worker::Recheck() {
  {
    const Lock lock(mutex_);
    recheck_ = true;
  }
  wake_.notify_all();
}

void RedisConnection::Worker::Run() {
  // Signals belong to main, SIGPIPE of a broken socket to nobody.
  sigset_t all;
  sigfillset(&all);
  for (int fatal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&all, fatal);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  while (true) {
    bool recheck = false;
    {
      Lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty() || recheck_; });
      if (stopping_) return;
      recheck = std::exchange(recheck_, false);
    }
    if (recheck && session_ != nullptr) CheckStillMaster();
    std::deque<RedisRequest> batch;
    {
      const Lock lock(mutex_);
      if (queue_.empty()) continue;
    }
    if (session_ == nullptr) {
      const absl::Status connected = Connect();
      if (!connected.ok()) {
        FailAll(connected);
        Lock lock(mutex_);
        wake_.wait_for(lock, absl::ToChronoMilliseconds(backoff_), [this] { return stopping_; });
        backoff_ = std::min(2 * backoff_, options_.last_backoff);
        continue;
      }
      backoff_ = options_.first_backoff;
    }
    {
      Lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !held_; });
      if (stopping_) return;
      const std::size_t count = std::min(options_.batch, queue_.size());
      for (std::size_t i = 0; i < count; ++i) {
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    Serve(std::move(batch));
  }
}

absl::StatusOr<std::unique_ptr<RedisSession>> RedisConnection::Worker::OpenMaster() {
  std::vector<std::string> candidates = options_.servers;
  if (!options_.sentinels.empty()) {
    ASSAY_ASSIGN_OR_RETURN(
        candidates, AskSentinels(options_.sentinels, options_.master_name, options_.session));
  }
  absl::Status last = Unavailable("no Redis server is configured");
  for (const std::string& address : candidates) {
    absl::StatusOr<std::unique_ptr<RedisSession>> session =
        RedisSession::Open(address, options_.session);
    last = session.ok() ? (*session)->CheckMaster() : session.status();
    if (last.ok()) {
      address_ = address;
      return session;
    }
    last = Annotate(last, address);
  }
  return last;
}

absl::Status RedisConnection::Worker::LoadScripts(RedisSession& session) {
  std::vector<std::vector<std::string>> loads;
  for (const RedisScript* script : options_.scripts) {
    loads.push_back({"SCRIPT", "LOAD", script->text});
  }
  std::vector<RedisReply> replies;
  ASSAY_RETURN_IF_ERROR(session.Exchange(loads, replies));
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (replies[i].kind != RedisReply::Kind::kText) {
      return Annotate(StatusOfRedisError(replies[i].text), options_.scripts[i]->name);
    }
    hashes_[options_.scripts[i]] = replies[i].text;
  }
  return absl::OkStatus();
}

// What is wrong is said, not refused: everything can be rebuilt from the segments.
absl::Status RedisConnection::Worker::CheckSettings(RedisSession& session) const {
  if (!options_.check_settings) return absl::OkStatus();
  std::vector<RedisReply> replies;
  ASSAY_RETURN_IF_ERROR(session.Exchange(RedisSettingsQuestions(), replies));
  for (const std::string& problem : RedisSettingsProblems(replies)) {
    Log(LogLevel::kWarning, "redis_not_durable", {{"server", address_}, {"problem", problem}});
  }
  return absl::OkStatus();
}

// Whatever goes wrong here may be mended while we wait, so it is never more than kUnavailable.
absl::Status RedisConnection::Worker::Connect() {
  absl::StatusOr<std::unique_ptr<RedisSession>> session = OpenMaster();
  absl::Status status = session.status();
  if (status.ok()) status = LoadScripts(**session);
  if (status.ok()) status = CheckSettings(**session);
  if (!status.ok()) {
    Log(LogLevel::kWarning, "redis_unreachable", {{"error", MessageOf(status)}});
    return Unavailable(MessageOf(status));
  }
  ++connection_;
  {
    const Lock lock(mutex_);
    if (stopping_) return Unavailable("stopping");
    session_ = *std::move(session);
    held_ = has_hook_;
  }
  if (has_hook_) AskHook();
  return absl::OkStatus();
}

void RedisConnection::Worker::AskHook() {
  executor_.Post([self = weak_from_this(), connection = connection_] {
    const std::shared_ptr<Worker> worker = self.lock();
    if (worker == nullptr) return;
    std::vector<RedisRequest> first = worker->hook_(connection);
    {
      const Lock lock(worker->mutex_);
      for (auto request = first.rbegin(); request != first.rend(); ++request) {
        worker->queue_.push_front(std::move(*request));
      }
      worker->held_ = false;
    }
    worker->wake_.notify_all();
  });
}

std::vector<std::string> RedisConnection::Worker::WireOf(const RedisCommand& command,
                                                         bool with_text) const {
  if (command.script == nullptr) return command.args;
  std::vector<std::string> wire;
  wire.reserve(3 + command.keys.size() + command.args.size());
  const auto hash = hashes_.find(command.script);
  if (with_text || hash == hashes_.end()) {
    wire.insert(wire.end(), {"EVAL", command.script->text});
  } else {
    wire.insert(wire.end(), {"EVALSHA", hash->second});
  }
  wire.push_back(std::to_string(command.keys.size()));
  wire.insert(wire.end(), command.keys.begin(), command.keys.end());
  wire.insert(wire.end(), command.args.begin(), command.args.end());
  return wire;
}

void RedisConnection::Worker::Serve(std::deque<RedisRequest> batch) {
  std::vector<std::vector<std::string>> wire;
  wire.reserve(batch.size());
  for (const RedisRequest& request : batch) wire.push_back(WireOf(request.command, false));
  std::vector<RedisReply> replies;
  const absl::Status exchanged = session_->Exchange(wire, replies);
  if (exchanged.ok()) RunAgainWithText(batch, replies);
  bool elsewhere = false;
  std::vector<Answered> answers;
  answers.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    absl::StatusOr<RedisAnswer> answer = Unavailable(MessageOf(exchanged));
    if (i < replies.size()) {
      if (replies[i].kind == RedisReply::Kind::kError) {
        const std::string& error = replies[i].text;
        elsewhere = elsewhere || ClassOfRedisError(error) == RedisErrorClass::kRediscover;
        answer = StatusOfRedisError(error);
      } else {
        answer = RedisAnswer{std::move(replies[i]), connection_};
      }
    }
    answers.push_back({std::move(batch[i].done), std::move(answer)});
  }
  if (elsewhere || !exchanged.ok()) Drop();
  Post(std::move(answers));
}

// The server lost its scripts. All are loaded again first, so that no later command of this client
// can find its script while an earlier one does not.
void RedisConnection::Worker::RunAgainWithText(const std::deque<RedisRequest>& batch,
                                               std::vector<RedisReply>& replies) {
  std::vector<std::size_t> missed;
  std::vector<std::vector<std::string>> wire;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (replies[i].kind != RedisReply::Kind::kError ||
        ClassOfRedisError(replies[i].text) != RedisErrorClass::kNoScript) {
      continue;
    }
    missed.push_back(i);
    wire.push_back(WireOf(batch[i].command, true));
  }
  if (missed.empty()) return;
  std::vector<RedisReply> again;
  absl::Status status = LoadScripts(*session_);
  if (status.ok()) status = session_->Exchange(wire, again);
  for (std::size_t i = 0; i < missed.size(); ++i) {
    if (i < again.size()) replies[missed[i]] = std::move(again[i]);
  }
  if (!status.ok()) Drop();
}

// A status of its own for each: their reference counts would be shared between threads.
void RedisConnection::Worker::FailAll(const absl::Status& status) {
  std::vector<Answered> answers;
  {
    const Lock lock(mutex_);
    for (RedisRequest& request : queue_) {
      answers.push_back({std::move(request.done), Unavailable(MessageOf(status))});
    }
    queue_.clear();
  }
  Post(std::move(answers));
}

void RedisConnection::Worker::Post(std::vector<Answered> answers) {
  executor_.Post([answers = std::move(answers)]() mutable {
    for (Answered& answered : answers) std::move(answered.done)(std::move(answered.answer));
  });
}

void RedisConnection::Worker::Drop() {
  const Lock lock(mutex_);
  session_.reset();
  held_ = false;
}

void RedisConnection::Worker::CheckStillMaster() {
  if (options_.sentinels.empty()) {
    if (!session_->CheckMaster().ok()) Drop();
    return;
  }
  const absl::StatusOr<std::vector<std::string>> named =
      AskSentinels(options_.sentinels, options_.master_name, options_.session);
  if (named.ok() && named->front() != address_) Drop();
}

RedisConnection::RedisConnection(Executor& executor, RedisConnectionOptions options)
    : worker_(std::make_shared<Worker>(executor, std::move(options))) {
  worker_->Start();
}

RedisConnection::~RedisConnection() { worker_->Stop(); }

void RedisConnection::Send(RedisCommand command, RedisCallback done) {
  worker_->Send({std::move(command), std::move(done)});
}

void RedisConnection::OnConnect(ConnectHook hook) { worker_->SetHook(std::move(hook)); }

void RedisConnection::Recheck() { worker_->Recheck(); }

}  // namespace assay
