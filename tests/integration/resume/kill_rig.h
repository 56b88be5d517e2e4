// One simulator, one accepted run of which nothing is done yet, and as many copies of it as a test
// wants to kill and resume. What was paid for is read from the simulator's ledger and the journal.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/blob/segment_blob_store.h"
#include "common/runtime/asio_executor.h"
#include "simulator/simulator.h"
#include "tests/integration/resume/assay_process.h"

namespace assay {

struct KillRigOptions {
  int samples = 5;
  int max_in_flight = 1;
  bool rule_scorers = true;
  double latency_ms = 2;
};

class KillRig {
 public:
  explicit KillRig(const KillRigOptions& options) {
    SimulatorOptions simulator;
    simulator.latency_ms = options.latency_ms;
    simulator.judge.garbage_rate = 0.3;
    auto started = Simulator::Start(simulator);
    if (!started.ok()) {
      ADD_FAILURE() << started.status();
      std::abort();
    }
    simulator_ = *std::move(started);
    WriteSuite(options.samples);
    WriteSpec(options);
    const ProcessEnd end = RunNew("template", {"ASSAY_FAILPOINT=run.record_stored:crash"});
    EXPECT_TRUE(end.killed()) << end.err;
  }

  // Accepts the run anew in a folder of its own and starts it.
  ProcessEnd RunNew(const std::string& name, const std::vector<std::string>& environment = {}) {
    return AssayProcess(scratch_.path(),
                        {"run", (scratch_.path() / "spec.yaml").string(), "--run-id", kRunId, "-o",
                         Output(name)},
                        environment)
        .Wait();
  }

  // A fresh copy of the accepted run: same id, same secret, nothing done.
  void Copy(const std::string& name) {
    std::filesystem::copy(Output("template"), Output(name),
                          std::filesystem::copy_options::recursive);
  }

  std::unique_ptr<AssayProcess> Launch(const std::string& name,
                                       const std::vector<std::string>& environment = {}) {
    return std::make_unique<AssayProcess>(
        scratch_.path(), std::vector<std::string>{"run", "--resume", kRunId, "-o", Output(name)},
        environment);
  }

  ProcessEnd Resume(const std::string& name, const std::vector<std::string>& environment = {}) {
    return Launch(name, environment)->Wait();
  }

  std::string Canonical(const std::string& name) {
    const ProcessEnd end =
        AssayProcess(scratch_.path(), {"results", kRunId, "-o", Output(name), "--canonical"})
            .Wait();
    EXPECT_EQ(end.exit_code, 0) << end.err;
    return end.out;
  }

  void ExpectClean(const std::string& name) {
    const ProcessEnd end =
        AssayProcess(scratch_.path(), {"fsck", kRunId, "-o", Output(name)}).Wait();
    EXPECT_EQ(end.exit_code, 0) << end.out << end.err;
  }

  // Calls that are in the journal of a run that no process is writing.
  std::size_t Journaled(const std::string& name) {
    AsioExecutor executor;
    auto store = SegmentBlobStore::Open(
        {.directory = Output(name) + "/" + kRunId + "/store", .read_only = true}, &executor);
    if (!store.ok()) {
      ADD_FAILURE() << store.status();
      return 0;
    }
    return (*store)->List(std::string("run/") + kRunId + "/journal/").size();
  }

  Simulator& simulator() { return *simulator_; }
  std::string Output(const std::string& name) const { return (scratch_.path() / name).string(); }

  static constexpr char kRunId[] = "killed";

 private:
  void WriteSuite(int samples) {
    std::filesystem::create_directories(scratch_.path() / "suite");
    std::ofstream(scratch_.path() / "suite" / "suite.yaml")
        << "name: small\ntitle: Small texts\nversion: \"1\"\n";
    std::ofstream lines(scratch_.path() / "suite" / "samples.jsonl");
    for (int i = 0; i < samples; ++i) {
      lines << R"({"id": "s)" << i << R"(", "prompt": "Write a )" << 60 + 10 * i
            << R"( word note about lighthouse number )" << i << R"(.", "required_words": )"
            << 60 + 10 * i << R"(, "language": "en"})"
            << "\n";
    }
  }

  void WriteSpec(const KillRigOptions& options) {
    std::ofstream spec(scratch_.path() / "spec.yaml");
    spec << "name: kill and resume\nsuites:\n  - path: suite\n"
         << "endpoints:\n  - id: sim\n    base_url: " << simulator_->base_url()
         << "\n    max_in_flight: " << options.max_in_flight << "\n"
         << "models:\n  - id: writer\n    model: sim/strong\n    sampling: {max_tokens: 400}\n"
         << "judges:\n  - id: judge\n    model: sim/judge\nscorers:\n"
         << "  - rubric: {preset: general}\n";
    if (options.rule_scorers) spec << "  - length: {}\n  - repetition: {}\n";
  }

  ScratchFolder scratch_;
  std::unique_ptr<Simulator> simulator_;
};

// What the simulator served from its `mark`-th request on.
class LedgerSlice {
 public:
  explicit LedgerSlice(Simulator& simulator)
      : simulator_(simulator), mark_(simulator.Counts().Total()) {}

  std::vector<LedgerEntry> Entries() const {
    std::vector<LedgerEntry> entries = simulator_.LedgerEntries();
    entries.erase(entries.begin(), entries.begin() + mark_);
    return entries;
  }
  std::int64_t count() const { return simulator_.Counts().Total() - mark_; }

 private:
  Simulator& simulator_;
  std::int64_t mark_;
};

inline std::set<std::string> DistinctBodies(const std::vector<LedgerEntry>& entries) {
  std::set<std::string> bodies;
  for (const LedgerEntry& entry : entries) bodies.insert(entry.body_sha256);
  return bodies;
}

}  // namespace assay
