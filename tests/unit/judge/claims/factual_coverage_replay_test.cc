// A pipeline of more than 300 calls, cut off after each of them and taken up again.
#include <gtest/gtest.h>

#include "judge/claims/factual_coverage.h"
#include "tests/unit/judge/claims/claim_world.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

TEST(FactualCoverageReplay, NoJournaledCallIsMadeAgainWhereverItWasCutOff) {
  ClaimWorldOptions options;
  options.sentences = 90;
  options.words_per_fact = 5;
  options.held_of_ten = 4;
  const ClaimWorld world(options);
  v1::ScorerSpec scorer;
  scorer.mutable_factual_coverage()->set_sentences_per_call(1);
  scorer.mutable_factual_coverage()->set_claims_per_call(2);
  ASSERT_TRUE(FactualCoverageModule().resolve(scorer).ok());
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {scorer});
  world.Fill(inputs);

  // Some replies leave an item out, some quote what is not there, some are nothing at all: by what
  // is asked, so that a replay sees the same.
  ScriptedJudge judge([&](const AskedCall& call, const std::string& id) -> Json {
    const std::size_t lot = std::hash<std::string>()(call.nonce + id) % 23;
    if (lot == 0) return nullptr;
    Json answer = world.Answer(call, id);
    if (lot == 1 && answer.contains("quote"))
      answer = {{"label", "supported"}, {"quote", "no such words"}};
    return answer;
  });
  int calls = 0;
  const auto answer = [&](const v1::Call& call) {
    ++calls;
    v1::Reply reply = judge.Answer(call);
    if (std::hash<std::string>()(reply.text()) % 31 == 0) reply.set_text("I would rather not.");
    return CallOutcome{reply, std::nullopt};
  };
  const auto make = [&] { return FactualCoverageModule().make(inputs).value(); };
  ExpectResumable(make, answer);
  EXPECT_GE(calls, 300);
  EXPECT_LE(calls, 900);
}

}  // namespace
}  // namespace assay
