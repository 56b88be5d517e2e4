#include "tests/bench/bench_cluster.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include "common/base/check.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

std::string Contents(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

long CountIn(const fs::path& file) {
  long count = -1;
  std::ifstream(file) >> count;
  return count;
}

[[noreturn]] void GiveUp(const std::string& what, const fs::path& log) {
  std::fprintf(stderr, "%s\n%s", what.c_str(), Contents(log).c_str());
  std::exit(1);
}

// Other processes are only looked at.
bool Within(std::chrono::seconds limit, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::usleep(2000);
  }
  return true;
}

void WriteSuite(const fs::path& folder, int samples) {
  fs::create_directories(folder);
  std::ofstream(folder / "suite.yaml") << "name: bench\ntitle: Bench\nversion: \"1\"\n";
  std::ofstream lines(folder / "samples.jsonl");
  for (int i = 0; i < samples; ++i) {
    lines << R"({"id": "s)" << i << R"(", "prompt": "Write about lighthouse number )" << i
          << R"( and the people who kept its lamp burning through every winter storm.", )"
          << R"("required_words": 600, "language": "en"})"
          << "\n";
  }
}

void WriteSpec(const fs::path& file, const std::string& suite, const BenchJob& job) {
  const auto endpoint = [&](const char* id, const std::string& url) {
    return std::string("  - id: ") + id + "\n    base_url: " + url +
           "\n    stream: false\n    max_in_flight: " + std::to_string(job.at_once) + "\n";
  };
  std::ofstream(file) << "name: bench\nsuites:\n  - path: " << suite << "\nendpoints:\n"
                      << endpoint("texts", job.writer_url) << endpoint("judging", job.judge_url)
                      << "models:\n  - id: writer\n    model: mock\n    endpoint: texts\n"
                      << "    sampling: {max_tokens: 4096}\n"
                      << "judges:\n  - id: judge\n    model: mock-judge\n    endpoint: judging\n"
                      << "judge_health: {enabled: false}\n"
                      << "scorers:\n  - length: {}\n  - repetition: {}\n"
                      << "  - rubric: {preset: general}\n";
}

}  // namespace

BenchFolder::BenchFolder() {
  const char* chosen = std::getenv("ASSAY_BENCH_DIR");
  parent_ = chosen != nullptr ? fs::path(chosen) : fs::temp_directory_path();
  std::string name = (parent_ / "assay-bench-XXXXXX").string();
  ASSAY_CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = name;
  ::setenv("TMPDIR", name.c_str(), 1);
}

BenchFolder::~BenchFolder() {
  ::setenv("TMPDIR", parent_.c_str(), 1);
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

BenchProcess::BenchProcess(const fs::path& folder, const std::string& name,
                           std::vector<std::string> arguments)
    : folder_(folder), name_(name) {
  arguments.insert(arguments.begin(), ASSAY_PROGRAM);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_ = ::fork();
  ASSAY_CHECK(pid_ >= 0);
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setenv("LD_PRELOAD", ASSAY_FSYNC_COUNTER, 1);
  ::setenv("ASSAY_FSYNC_COUNT", At(".syncs").c_str(), 1);
  ::dup2(::open(At(".out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
  ::dup2(::open(At(".log").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
  ::execv(ASSAY_PROGRAM, argv.data());
  ::_exit(127);
}

BenchProcess::~BenchProcess() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  Wait();
}

fs::path BenchProcess::At(const std::string& suffix) const { return folder_ / (name_ + suffix); }

std::string BenchProcess::FirstLine() {
  std::string out;
  const bool seen = Within(std::chrono::seconds(60), [&] {
    out = Contents(At(".out"));
    return out.find('\n') != std::string::npos;
  });
  if (!seen) GiveUp(name_ + " did not start", At(".log"));
  return out.substr(0, out.find('\n'));
}

void BenchProcess::WaitForLog(const std::string& text) {
  const bool seen = Within(std::chrono::seconds(120),
                           [&] { return Contents(At(".log")).find(text) != std::string::npos; });
  if (!seen) GiveUp(name_ + " did not log '" + text + "'", At(".log"));
}

double BenchProcess::CpuSeconds() const {
  clockid_t clock{};
  timespec now{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &now) != 0) return 0;
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double BenchProcess::Memory(const std::string& line) const {
  const std::string status = Contents(fs::path("/proc") / std::to_string(pid_) / "status");
  const std::size_t at = status.find(line + ":");
  ASSAY_CHECK(at != std::string::npos);
  return 1024 * std::strtod(status.c_str() + at + line.size() + 1, nullptr);
}

int BenchProcess::Wait() {
  int status = 0;
  ASSAY_CHECK(::waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void BenchProcess::Terminate() {
  ::kill(pid_, SIGTERM);
  Wait();
}

long BenchProcess::Syncs() const { return CountIn(At(".syncs")); }

BenchCluster::BenchCluster(const fs::path& folder) : folder_(folder) {
  RedisServerOptions options;
  options.appendfsync = "always";
  ::setenv("LD_PRELOAD", ASSAY_FSYNC_COUNTER, 1);
  ::setenv("ASSAY_FSYNC_COUNT", (folder_ / "redis.syncs").c_str(), 1);
  redis_ = std::make_unique<RedisServer>(options);
  ::unsetenv("LD_PRELOAD");
  ::unsetenv("ASSAY_FSYNC_COUNT");
  StartCoordinator();
}

BenchCluster::~BenchCluster() {
  agents_.clear();
  coordinator_.reset();
}

void BenchCluster::StartCoordinator() {
  if (coordinator_ != nullptr) coordinator_->Terminate();
  coordinator_ = std::make_unique<BenchProcess>(
      folder_, "coordinator" + std::to_string(++started_),
      std::vector<std::string>{"coordinator", "--listen", "127.0.0.1:0", "--blob-dir",
                               (folder_ / "blobs").string(), "--writer", "bench", "--redis",
                               redis_->address()});
  address_ = coordinator_->FirstLine();
  coordinator_->WaitForLog(" leading ");
}

void BenchCluster::StartAgent(const std::string& role, int slots) {
  const std::string name = role + std::to_string(++started_);
  agents_[name] = std::make_unique<BenchProcess>(
      folder_, name,
      std::vector<std::string>{role, "--id", name, "--coordinator", address_, "--slots",
                               std::to_string(slots)});
  agents_[name]->FirstLine();
}

int BenchCluster::Run(const std::string& name, std::vector<std::string> arguments) {
  return BenchProcess(folder_, name, std::move(arguments)).Wait();
}

void BenchCluster::Submit(const std::string& run_id, const BenchJob& job) {
  const fs::path spec = folder_ / (run_id + ".yaml");
  WriteSuite(folder_ / run_id, job.samples);
  WriteSpec(spec, run_id, job);
  const int exit_code =
      Run("submit", {"submit", spec.string(), "--run-id", run_id, "--coordinator", address_});
  if (exit_code != 0) GiveUp("submit failed", folder_ / "submit.log");
}

void BenchCluster::Watch(const std::string& run_id) {
  if (Run("watch", {"watch", run_id, "--coordinator", address_}) != 0) {
    GiveUp("the run did not end well\n" + Contents(folder_ / "watch.out"), folder_ / "watch.log");
  }
}

double BenchCluster::RedisInfo(const std::string& name) const {
  const std::string info = redis_->Run({"INFO"}).text;
  const std::size_t at = info.find("\n" + name + ":");
  ASSAY_CHECK(at != std::string::npos);
  return std::strtod(info.c_str() + at + name.size() + 2, nullptr);
}

double BenchCluster::RedisCpuSeconds() const {
  return RedisInfo("used_cpu_user") + RedisInfo("used_cpu_sys");
}

long BenchCluster::StopRedis() {
  const std::string socket = redis_->address().substr(std::string("unix:").size());
  const std::string command = "redis-cli -s " + socket + " shutdown nosave >/dev/null 2>&1";
  ASSAY_CHECK(std::system(command.c_str()) != -1);
  ASSAY_CHECK(
      Within(std::chrono::seconds(20), [&] { return CountIn(folder_ / "redis.syncs") >= 0; }));
  return CountIn(folder_ / "redis.syncs");
}

double BenchCluster::BlobBytes() const {
  double bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "blobs")) {
    if (entry.is_regular_file()) bytes += static_cast<double>(entry.file_size());
  }
  return bytes;
}

}  // namespace assay
