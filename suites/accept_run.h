// Turns a checked spec into the record that a run is pinned to: suites loaded and limited, scorers,
// judge prompts and sampling resolved. After this nothing outside the record is read.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/v1/run_record.pb.h"
#include "suites/suite_loader.h"

namespace assay {

struct AcceptOptions {
  SuiteLocations locations;
  // Fills in a scorer's preset (judge/); an error refuses the run. Required.
  std::function<absl::StatusOr<v1::ScorerSpec>(v1::ScorerSpec)> resolve_scorer;
  // Fills in a strategy's defaults (worker/); an error refuses the run. Required.
  std::function<absl::StatusOr<v1::Strategy>(v1::Strategy)> resolve_strategy;
  std::string run_id;
  std::string run_secret;  // 32 random bytes
  std::int64_t created_unix_ms = 0;
  std::string spec_yaml;   // as the user wrote it; may be empty
  std::string source_run;  // rejudge
};

struct AcceptedRun {
  v1::RunRecord record;
  std::int64_t units = 0;             // generations and scorings
  std::vector<std::string> warnings;  // of the suites
};

inline constexpr std::int64_t kMaxRunUnits = 10'000'000;

// `spec` is valid and went through ResolveDefaults. In the record:
//   spec.scorers          what scores the run: the spec's own, or the suites' when it has none,
//   with
//                         id, judge, compat, preset and prompt filled in. Each suite's
//                         manifest.scorers is the same list.
//   spec.models           the models, and behind them the probes of the run's judges (probes.h).
//   spec.models[].strategy  with parameters, and prompts read: the model's own, else the suites'.
//   suites[]              one for each of spec.suites, with the limit applied. Its sampling is
//   under that of the models, field by field, in the units of that suite.
// FailedPrecondition: two suites of the run differ in scorers and the spec names none; a judged
// scorer and no judge. ResourceExhausted: more than kMaxRunUnits.
absl::StatusOr<AcceptedRun> AcceptRun(const v1::RunSpec& spec, const AcceptOptions& options);

}  // namespace assay
