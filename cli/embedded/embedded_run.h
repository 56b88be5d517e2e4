// One run in one process: coordinator core, a worker agent and a judge agent on one core thread,
// real HTTP, segments under <run dir>/store. Everything here is called from the main thread unless
// it says otherwise.
//
//   CreateRun(dir, record)            once; durable when it returns
//   EmbeddedRun::Start({dir, ...})    the first time and every time after; repeats no finished call
//   run->Wait()                       until sealed, drained, paused or failed
//   LoadRun(dir)                      what is stored, for figures and reports (stored_run.h)
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "assay/v1/run_record.pb.h"
#include "common/base/status.h"
#include "coordinator/core/progress.h"

namespace assay {

class MetricRegistry;  // common/metrics/metrics.h

// Counts of units by what they are; every unit is in exactly one of the counts of its row.
struct EmbeddedUnitCounts {
  std::int64_t expected = 0;
  std::int64_t open = 0;       // blocked or queued
  std::int64_t running = 0;    // leased
  std::int64_t succeeded = 0;  // generations: a text; scorings: done and usable
  std::int64_t lost = 0;       // every other end
};

struct EmbeddedProgress {
  EmbeddedUnitCounts generations;
  EmbeddedUnitCounts scorings;        // rule scorings and judged ones
  EmbeddedUnitCounts judged;          // the judged ones among the scorings
  std::int64_t generated_tokens = 0;  // by this process, running texts included (estimated)
  double tokens_per_second = 0;       // over the last ten seconds
  double cost_usd = 0;                // committed units at the endpoints' prices
  bool priced = false;                // false: an endpoint that is used has no price
  absl::Duration elapsed;             // since Start
  std::string state;                  // "running", "paused", "draining", "sealing", "sealed", …
  std::string pause_reason;           // for people; empty unless paused
  RunProgress run;                    // the whole picture, with outcomes, endpoints and errors
};

enum class RunEnd {
  kSealed,   // every unit has an outcome and the manifest is stored
  kDrained,  // RequestDrain or Abort ended it first; --resume goes on
  kPaused,   // an endpoint stopped the run (quota, auth, config); nothing else could be done
  kFailed,   // storage or a defect; `reason` says what
};

struct EmbeddedResult {
  RunEnd end = RunEnd::kFailed;
  std::string reason;  // for people; empty when sealed
  int revision = 0;
  EmbeddedProgress progress;  // the last one
};

struct EmbeddedRunOptions {
  std::string run_dir;
  // Opens units again that ended failed or infra_lost, as a new revision (their finished calls are
  // still not repeated; calls that ended in an error are).
  bool retry_errors = false;
  // Attempts at once; calls are limited by the endpoints' max_in_flight. 0: as many as these allow.
  int worker_slots = 0;
  int judge_slots = 0;
  absl::Duration progress_interval = absl::Milliseconds(500);
  // On the core thread, every progress_interval and once at the end. Must not block. May be empty.
  std::function<void(const EmbeddedProgress&)> progress;
  // Value of an environment variable, for api_key_env. On the core thread.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  MetricRegistry* metrics = nullptr;  // optional; outlives the run
#ifdef ASSAY_FAILPOINTS
  bool journal_after_step = false;  // mutant, see common/agent/runner_context.h
#endif
  // After RequestDrain, attempts may finish for this long before they are preempted.
  absl::Duration drain_limit = absl::Seconds(20);
};

class EmbeddedRun {
 public:
  // Opens the store, rebuilds the run from it and starts it. kFailedPrecondition: the run directory
  // is used by another live process. kNotFound: no run there. kDataLoss: the store
  // is damaged; `assay fsck` says where.
  static absl::StatusOr<std::unique_ptr<EmbeddedRun>> Start(EmbeddedRunOptions options);

  // Aborts if it has not ended. Joins all threads and releases the directory.
  ~EmbeddedRun();
  EmbeddedRun(const EmbeddedRun&) = delete;
  EmbeddedRun& operator=(const EmbeddedRun&) = delete;

  // Blocks until the run has ended and all that was acknowledged is durable. Repeatable.
  EmbeddedResult Wait();

  // Like Wait, but gives up after `limit` (std::nullopt): for a main thread that watches signals.
  std::optional<EmbeddedResult> WaitFor(absl::Duration limit);

  // No new leases; running attempts may finish within drain_limit and are then preempted. Journals
  // are kept. Thread-safe, repeatable.
  void RequestDrain();

  // Preempts at once: connections are closed, finished replies are still journaled. Thread-safe.
  void Abort();

 private:
  struct State;
  explicit EmbeddedRun(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Makes <run_dir>/store with the record in it, durable when it returns. kAlreadyExists: there is a
// run already.
absl::Status CreateRun(const std::string& run_dir, const v1::RunRecord& record);

// A run that scores the generations of another one again: CreateRun, and every committed generation
// of the source is taken over (provenance.reused_from names the source run). `record` must have the
// same suites and models; record.source_run is set. Generations that the source does not have stay
// open and would be generated; kFailedPrecondition, naming the first, unless `allow_missing`.
absl::Status CreateRejudgeRun(const std::string& run_dir, v1::RunRecord record,
                              const std::string& source_run_dir, bool allow_missing);

}  // namespace assay
