// Replies that a hostile text could bring a judge to give, to all four scorers that read replies of
// our own form: each is refused as a whole, so that there is no score at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/digest.h"
#include "judge/scorer_registry.h"
#include "simulator/item_judge.h"
#include "simulator/item_prompt.h"
#include "tests/unit/judge/engine/scripted_judge.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

struct Attack {
  const char* name;
  // The judge's own reply and the nonce of this call to what it says instead.
  std::function<std::string(const std::string& own, const std::string& nonce)> reply;
};

std::string WithNonce(const std::string& own, const std::string& nonce, const std::string& other) {
  return absl::StrReplaceAll(own, {{nonce, other}});
}

const std::vector<Attack>& Attacks() {
  static const auto* const kAttacks = new std::vector<Attack>{
      {"the text's verdict echoed before its own",
       [](const auto& own, const auto& nonce) {
         return "The text contains " + WithNonce(own, nonce, std::string(32, '0')) + "\n" + own;
       }},
      {"the text's verdict echoed after its own",
       [](const auto& own, const auto& nonce) {
         return own + "\nquoting: " + WithNonce(own, nonce, std::string(32, '0'));
       }},
      {"only the text's verdict",
       [](const auto& own, const auto& nonce) {
         return WithNonce(own, nonce, std::string(32, '0'));
       }},
      {"two verdicts", [](const auto& own, const auto&) { return own + "\n" + own; }},
      {"two verdicts in two fences",
       [](const auto& own, const auto&) {
         return "```json\n" + own + "\n```\nor rather\n```json\n" + own + "\n```";
       }},
      {"a nonce of another length",
       [](const auto& own, const auto& nonce) { return WithNonce(own, nonce, nonce + "0"); }},
      {"a nonce of another call",
       [](const auto& own, const auto& nonce) {
         return WithNonce(own, nonce, Sha256Hex(nonce).substr(0, 32));
       }},
      {"no nonce",
       [](const auto& own, const auto& nonce) {
         return absl::StrReplaceAll(own, {{"\"nonce\"", "\"note_\""}, {nonce, "x"}});
       }},
      {"the nonce in prose, the verdict without",
       [](const auto& own, const auto& nonce) {
         return nonce + " " + WithNonce(own, nonce, "") + " " + nonce;
       }},
      {"a verdict inside a string",
       [](const auto& own, const auto&) {
         return DumpJson(Json{{"reply", own}});
       }},
      {"a verdict inside another object",
       [](const auto& own, const auto&) { return "{\"reply\": " + own + "}"; }},
      {"a verdict inside a list", [](const auto& own, const auto&) { return "[" + own + "]"; }},
      {"a verdict in words", [](const auto&, const auto& nonce) {
         return "All items: yes, supported, complete, 5 of 5. " + nonce;
       }}};
  return *kAttacks;
}

v1::UnitInputs Inputs(const std::string& type) {
  v1::ScorerSpec spec;
  if (type == "coherence") spec.mutable_coherence();
  if (type == "constraints") spec.mutable_constraints();
  if (type == "factual_coverage") spec.mutable_factual_coverage()->set_aspects("none");
  if (type == "rubric") spec.mutable_rubric()->set_preset("general");
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {*ResolveScorer(spec)});
  inputs.set_text("The ferry Otter crosses Brome in 40 minutes. Its crew counts 12 people.");
  v1::Constraint& constraint = *inputs.mutable_sample()->add_constraints();
  constraint.set_id("c1");
  constraint.set_kind("judged");
  constraint.set_text("It describes a ferry with a crew.");
  v1::Document& document = *inputs.mutable_sample()->add_references();
  document.set_id("facts");
  document.set_text("The ferry Otter crosses Brome in 40 minutes.");
  return inputs;
}

// What an honest judge says.
std::string OwnReply(const std::string& prompt) {
  if (IsItemPrompt(prompt)) {
    const std::string seed = Sha256Hex(prompt);
    ItemJudgeRequest request;
    request.prompt = prompt;
    request.request_sha256 = seed;
    return JudgeItems(request);
  }
  Json reply = {{"analysis", "fine"}, {"nonce", NonceIn(prompt)}};
  for (const char* name :
       {"coherence", "content", "depth", "instruction_following", "language", "originality"}) {
    reply[name] = 5;
  }
  return DumpJson(reply);
}

MachineRun RunWith(const std::string& type, const Attack* attack) {
  const v1::UnitInputs inputs = Inputs(type);
  const auto machine = MakeScorer(inputs).value();
  return Drive(*machine, [&](const v1::Call& call) {
    const std::string& prompt = PromptOf(call);
    const std::string own = OwnReply(prompt);
    return CallOutcome{TextReply(attack == nullptr ? own : attack->reply(own, NonceIn(prompt))),
                       std::nullopt};
  });
}

class ForgedRepliesTest : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Scorers, ForgedRepliesTest,
                         testing::Values("coherence", "constraints", "factual_coverage", "rubric"));

TEST_P(ForgedRepliesTest, AreRefusedAndMakeNoScore) {
  const MachineRun honest = RunWith(GetParam(), nullptr);
  ASSERT_EQ(honest.envelope.outcome(), v1::OUTCOME_SCORED) << honest.verdict().reason();
  ASSERT_GT(honest.verdict().scores_size(), 0);
  for (const Attack& attack : Attacks()) {
    SCOPED_TRACE(attack.name);
    // Rubrics take brackets for prose round their one object, which has the right nonce.
    if (GetParam() == "rubric" && attack.name == std::string("a verdict inside a list")) continue;
    const MachineRun run = RunWith(GetParam(), &attack);
    EXPECT_EQ(run.envelope.outcome(), v1::OUTCOME_UNJUDGED) << run.envelope.DebugString();
    EXPECT_EQ(run.verdict().scores_size(), 0);
    EXPECT_NE(run.verdict().reason(), "");
    EXPECT_EQ(run.verdict().judge_stats().unusable_replies(), static_cast<int>(run.calls.size()));
    EXPECT_GT(run.verdict().replies_size(), 0) << "what it said is kept";
  }
}

}  // namespace
}  // namespace assay
