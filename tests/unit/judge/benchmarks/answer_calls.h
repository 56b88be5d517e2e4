// Runs a judged unit's machine with a judge that is a function of the call.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "judge/scorer_registry.h"

namespace assay {

struct AnsweredRun {
  v1::Envelope envelope;
  std::vector<v1::Call> calls;
  absl::Status status;

  const v1::Verdict& verdict() const { return envelope.verdicts(0); }
  // nullopt: the verdict has no such score.
  std::optional<double> score(const std::string& name) const {
    for (const v1::Score& score : verdict().scores()) {
      if (score.name() == name) return score.value();
    }
    return std::nullopt;
  }
};

inline AnsweredRun AnswerCalls(const v1::UnitInputs& inputs,
                               const std::function<std::string(const v1::Call&)>& judge) {
  AnsweredRun run;
  absl::StatusOr<std::unique_ptr<StepMachine>> machine = MakeScorer(inputs);
  run.status = machine.status();
  std::vector<CallOutcome> outcomes;
  while (run.status.ok()) {
    absl::StatusOr<Step> step = (*machine)->Advance(outcomes);
    run.status = step.status();
    if (!step.ok()) break;
    if (step->result) {
      run.envelope = *std::move(step->result);
      break;
    }
    outcomes.clear();
    for (const v1::Call& call : step->calls) {
      run.calls.push_back(call);
      v1::Reply reply;
      reply.set_text(judge(call));
      reply.set_model("judge-model-2026");
      reply.set_finish_reason("stop");
      outcomes.push_back({reply, std::nullopt});
    }
    if (run.calls.size() > 10000) {
      ADD_FAILURE() << "the machine does not end";
      break;
    }
  }
  return run;
}

}  // namespace assay
