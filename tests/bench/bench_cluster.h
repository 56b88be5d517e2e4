// Coordinators, workers and judges as real processes over a redis-server with an fsync before every
// reply, for benchmarks. CPU time and memory are the kernel's account of each process.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/redis_server.h"

namespace assay {

// A folder of the benchmark's own, removed with the object: under ASSAY_BENCH_DIR, or else where
// temporary files are. redis-server's files lie there too.
class BenchFolder {
 public:
  BenchFolder();
  ~BenchFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path parent_;
  std::filesystem::path path_;
};

// A process of the program under test; killed with the object.
class BenchProcess {
 public:
  // Its output goes to `folder`/`name`.out and .log. Counts its fsyncs.
  BenchProcess(const std::filesystem::path& folder, const std::string& name,
               std::vector<std::string> arguments);
  ~BenchProcess();
  BenchProcess(const BenchProcess&) = delete;
  BenchProcess& operator=(const BenchProcess&) = delete;

  // Waits for it; ends the benchmark when the process ends instead.
  std::string FirstLine();
  void WaitForLog(const std::string& text);
  double CpuSeconds() const;
  // A line of /proc/PID/status in bytes: "RssAnon", "VmHWM".
  double Memory(const std::string& line) const;
  int Wait();  // its exit code
  void Terminate();
  long Syncs() const;  // REQUIRES: it has ended by itself or by Terminate.

 private:
  std::filesystem::path At(const std::string& suffix) const;

  std::filesystem::path folder_;
  std::string name_;
  pid_t pid_ = -1;
};

struct BenchJob {
  int samples = 0;
  std::string writer_url = "http://127.0.0.1:9/v1";
  std::string judge_url = "http://127.0.0.1:9/v1";
  int at_once = 64;  // calls at each of the two endpoints
};

// Redis and one coordinator; agents as they are wanted.
class BenchCluster {
 public:
  explicit BenchCluster(const std::filesystem::path& folder);
  ~BenchCluster();

  void StartCoordinator();
  // role: "worker" or "judge"
  void StartAgent(const std::string& role, int slots);
  // A generation, a unit of rules and one of a judge for every sample. Returns when it is accepted.
  void Submit(const std::string& run_id, const BenchJob& job);
  // Returns when the run has ended; ends the benchmark when not every sample was scored.
  void Watch(const std::string& run_id);

  BenchProcess& coordinator() { return *coordinator_; }
  const std::string& address() const { return address_; }
  const std::map<std::string, std::unique_ptr<BenchProcess>>& agents() const { return agents_; }
  // A number of INFO.
  double RedisInfo(const std::string& name) const;
  double RedisCpuSeconds() const;
  // Ends redis-server, and says how often it made something durable.
  long StopRedis();
  // Of the segments.
  double BlobBytes() const;

 private:
  int Run(const std::string& name, std::vector<std::string> arguments);

  std::filesystem::path folder_;
  std::unique_ptr<RedisServer> redis_;
  std::unique_ptr<BenchProcess> coordinator_;
  std::map<std::string, std::unique_ptr<BenchProcess>> agents_;
  std::string address_;
  int started_ = 0;
};

}  // namespace assay
