// What tests of scorers share: inputs of a unit, and a judge that answers from a list.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "judge/scorer_registry.h"

namespace assay {

inline v1::ScorerSpec LengthSpec() {
  v1::ScorerSpec spec;
  spec.mutable_length();
  return *ResolveScorer(spec);
}

inline v1::ScorerSpec RepetitionSpec() {
  v1::ScorerSpec spec;
  spec.mutable_repetition();
  return *ResolveScorer(spec);
}

// The six keys of LongBench-Write under a prompt of our own.
inline v1::ScorerSpec LongBenchSpec(v1::Compat compat) {
  v1::ScorerSpec spec;
  spec.set_compat(compat);
  spec.mutable_rubric()->set_preset("longbench-write");
  spec.mutable_rubric()->set_prompt("Request: $INST$\nResponse: $RESPONSE$\nScore it.");
  return *ResolveScorer(spec);
}

inline v1::UnitInputs ScoringInputs(v1::UnitKind kind, std::vector<v1::ScorerSpec> scorers) {
  v1::UnitInputs inputs;
  inputs.mutable_unit()->set_id("unit-1");
  inputs.mutable_unit()->set_kind(kind);
  inputs.mutable_unit()->set_endpoint("judges");
  inputs.mutable_sample()->set_required_words(100);
  inputs.set_prompt_text("Write a story.");
  inputs.set_text("Once upon a time.");
  inputs.set_generation_outcome(v1::OUTCOME_GENERATED);
  inputs.set_run_secret("0123456789abcdef0123456789abcdef");
  inputs.set_on_truncation(v1::ON_TRUNCATION_SCORE);
  for (const v1::ScorerSpec& scorer : scorers) *inputs.add_scorers() = scorer;
  if (kind == v1::UNIT_KIND_SCORE_JUDGED) {
    inputs.mutable_judge()->set_id("judge");
    inputs.mutable_judge()->set_model("judge-model");
    inputs.mutable_judge()->set_endpoint("judges");
  }
  return inputs;
}

// The prompt of a judge call.
inline const std::string& PromptOf(const v1::Call& call) {
  return call.llm().messages(0).content();
}

// The nonce that a strict prompt asks for.
inline std::string NonceIn(const std::string& prompt) {
  const std::string key = "\"nonce\": \"";
  const std::size_t at = prompt.rfind(key);
  return at == std::string::npos ? "" : prompt.substr(at + key.size(), 32);
}

struct JudgedRun {
  v1::Envelope envelope;
  std::vector<v1::Call> calls;

  const v1::Verdict& verdict() const { return envelope.verdicts(0); }
  double score(const std::string& name) const {
    for (const v1::Score& score : verdict().scores()) {
      if (score.name() == name) return score.value();
    }
    ADD_FAILURE() << "no score " << name;
    return -1;
  }
  bool has_flag(const std::string& flag) const {
    for (const std::string& f : verdict().flags()) {
      if (f == flag) return true;
    }
    return false;
  }
};

// Runs the unit's machine to its end. Replies are taken in order, the last one again and again;
// NONCE in a reply stands for the nonce of the call that it answers.
inline JudgedRun RunMachine(const v1::UnitInputs& inputs, std::deque<v1::Reply> replies = {}) {
  JudgedRun run;
  absl::StatusOr<std::unique_ptr<StepMachine>> machine = MakeScorer(inputs);
  EXPECT_TRUE(machine.ok()) << machine.status();
  if (!machine.ok()) return run;
  std::vector<CallOutcome> outcomes;
  while (run.calls.size() < 50) {
    absl::StatusOr<Step> step = (*machine)->Advance(outcomes);
    EXPECT_TRUE(step.ok()) << step.status();
    if (!step.ok()) return run;
    if (step->result) {
      run.envelope = *step->result;
      return run;
    }
    EXPECT_EQ(step->calls.size(), 1u);
    run.calls.push_back(step->calls[0]);
    v1::Reply reply = replies.front();
    if (replies.size() > 1) replies.pop_front();
    std::string text = reply.text();
    for (std::size_t at = text.find("NONCE"); at != std::string::npos; at = text.find("NONCE")) {
      text.replace(at, 5, NonceIn(PromptOf(run.calls.back())));
    }
    reply.set_text(text);
    outcomes.assign(1, CallOutcome{reply, std::nullopt});
  }
  ADD_FAILURE() << "the machine does not end";
  return run;
}

inline v1::Reply TextReply(const std::string& text, const std::string& finish_reason = "stop") {
  v1::Reply reply;
  reply.set_text(text);
  reply.set_model("judge-model-2026");
  reply.set_finish_reason(finish_reason);
  return reply;
}

}  // namespace assay
