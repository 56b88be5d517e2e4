// An OpenAI-compatible server on real sockets, for quickstart, tests, benchmarks and smoke tests of
// a cluster without GPUs. It is no model and says so in every answer (ids, system_fingerprint,
// seal). What it serves: docs/simulator.md.
//
// Start() runs the server on one event thread of its own; every public method may be called from
// any other thread, also of the process that holds the clients.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "simulator/dialect.h"
#include "simulator/fault_script.h"
#include "simulator/ledger.h"

namespace assay {

// Defects of the lexical judge sim/judge. All are chosen by the hash of the request, so that the
// same request is always answered in the same way.
struct SimulatedJudgeOptions {
  double noise = 0;           // probability that a score is one off
  double garbage_rate = 0;    // probability of a reply that cannot be parsed or breaks the scale
  double position_bias = 0;   // probability that the first item of a call gets the best label
  double verbosity_bias = 0;  // probability that an item on a long text does
};

struct SimulatorOptions {
  std::string host = "127.0.0.1";  // must be a loopback address
  int port = 0;                    // 0: a free one
  SimulatorDialect dialect = SimulatorDialect::kOpenAi;
  std::string api_key;  // empty: no key is asked for

  double latency_ms = 0;    // from the whole request to the first byte of the answer
  double tokens_per_s = 0;  // pace of an answer after that; 0: at once
  int chunk_tokens = 16;    // text in one SSE event; a token is about four letters or one hanzi
  int slots = 0;            // answers at once; more get 429 (openai) or wait (llama); 0: no limit

  std::string replay_dir;  // recorded outputs and verdicts to serve; empty: none
  SimulatedJudgeOptions judge;
  std::vector<FaultRule> faults;

  std::int64_t body_bytes_max = 64 << 20;  // larger requests get 413
  int connections_max = 10000;
  std::size_t ledger_entries_max = 1'000'000;
};

class Simulator {
 public:
  // Reads the replay folder, binds and serves. kInvalidArgument: an option; kNotFound or
  // kInvalidArgument: the replay folder; kUnavailable: the port.
  static absl::StatusOr<std::unique_ptr<Simulator>> Start(SimulatorOptions options);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  int port() const;
  // "http://127.0.0.1:PORT/v1"
  std::string base_url() const;

  // Copies of the ledger, taken between two events: a client that has its whole answer finds it
  // complete here. Also after Stop().
  std::vector<LedgerEntry> LedgerEntries() const;
  LedgerCounts Counts() const;

  // Replaces the fault rules; their counters start anew.
  void SetFaults(std::vector<FaultRule> rules);

  // Answers now what a rule's hang holds back; requests that come later are not touched.
  void Unhang();

  // Closes every connection at once, as a killed server would; open entries become kCut.
  // Idempotent.
  void Stop();

  // Blocks until Stop() was called (by the thread that waits for signals, say).
  void Wait();

 private:
  class Server;
  explicit Simulator(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

// The models served with these options ("sim/strong", ..., "preds/x", "judge:preds/x"), sorted.
absl::StatusOr<std::vector<std::string>> SimulatorModels(const SimulatorOptions& options);

}  // namespace assay
