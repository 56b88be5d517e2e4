// What the registry knows of a type of scorer: one table entry a type, filled in by the scorer's
// own folder. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/spec.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/agent/step_machine.h"
#include "common/base/status.h"

namespace assay {

// What a judge is likely to be asked for one text.
struct JudgeCost {
  std::int64_t calls = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  bool shows_prompt = true;  // the sample's prompt comes on top, in every call
};

struct ScorerModule {
  v1::ScorerSpec::TypeCase type = v1::ScorerSpec::TYPE_NOT_SET;

  // Of type kBenchmark: BenchmarkScorer.name, e.g. "hellobench"; of the others empty.
  const char* benchmark = "";

  // "<type>/<n>"; n changes whenever a score could.
  const char* version = "";

  // Fills the defaults and presets and checks the result; resolving again changes nothing.
  // InvalidArgument: "<field>: <problem>", e.g. "repetition.ngram: 1 is not between 2 and 1000".
  absl::Status (*resolve)(v1::ScorerSpec& scorer) = nullptr;

  // Names of the scores that verdicts of a resolved scorer carry, the headline first. A verdict may
  // lack one that does not apply to its sample.
  std::vector<std::string> (*metric_names)(const v1::ScorerSpec& scorer) = nullptr;

  // Its calls run programs only: it has a machine and no judge. `accept` may say that a spec of it
  // runs none (AcceptedScorer.runs_programs).
  bool programs_only = false;

  // Of a judged scorer: the score, 0..100, that the judge's word alone makes, and the probes
  // (v1::Probe.kind) that must not get a good one, or must.
  const char* judged_metric = "";
  std::vector<const char*> probe_kinds;
  // Null, or: what differs from these two by the resolved spec.
  void (*accept)(const v1::ScorerSpec& scorer, v1::AcceptedScorer& accepted) = nullptr;

  // Of a judged scorer, for a text of so many words, its prompt aside; by measurement
  // (docs/performance.md). Null, or calls below 0: one call with the whole
  // text.
  JudgeCost (*cost)(const v1::ScorerSpec& scorer, const v1::Sample& sample,
                    std::int64_t words) = nullptr;

  // Scorers that need no call have `score`, the others `make`: the machine of a judged unit, for
  // the resolved inputs.scorers(0).
  v1::Verdict (*score)(const v1::ScorerSpec& scorer, const v1::UnitInputs& inputs) = nullptr;
  absl::StatusOr<std::unique_ptr<StepMachine>> (*make)(const v1::UnitInputs& inputs) = nullptr;

  // Null, or: the machine of a UNIT_KIND_PREPARE, which makes once per sample what all verdicts on
  // it share whatever the model (proposed constraints, aspects). Its envelope has the outcome
  // generated and the preparation as its text; scorings get it in inputs.preparation(). Asked for
  // only where needs_preparation says so. inputs.text() is empty, inputs.model() unset.
  bool (*needs_preparation)(const v1::ScorerSpec& scorer) = nullptr;
  absl::StatusOr<std::unique_ptr<StepMachine>> (*prepare)(const v1::UnitInputs& inputs) = nullptr;
};

}  // namespace assay
