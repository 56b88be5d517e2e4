// The scorer through the registry: what is asked, how often, and what becomes of replies in both
// modes.
#include "judge/benchmarks/hellobench/hellobench_scorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "judge/scorer_registry.h"
#include "tests/unit/judge/benchmarks/answer_calls.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kPunkt[] = "abbrev\tdr\northo\tit\t112\n";

v1::ScorerSpec Spec(v1::Compat compat) {
  v1::ScorerSpec spec;
  spec.set_compat(compat);
  spec.mutable_benchmark()->set_name("hellobench");
  auto& prompts = *spec.mutable_benchmark()->mutable_prompts();
  prompts["system"] = "You are strict.";
  prompts["user"] = "{num_checklist}|{instruction}|{response}|{checklists}|{{}}";
  prompts["punkt"] = kPunkt;
  auto resolved = ResolveScorer(spec);
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  return resolved.ok() ? *resolved : spec;
}

v1::UnitInputs Inputs(v1::Compat compat) {
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {Spec(compat)});
  inputs.set_prompt_text("Write {it}.");
  inputs.set_text("I can't.\nDr. \"Who\" said so.");
  v1::Sample& sample = *inputs.mutable_sample();
  sample.set_id("chat_002");
  sample.clear_criteria();
  for (const auto& [text, weight] : {std::pair{"Is it \"good\"?", 60.0}, {"Ist es schön?", 40.0}}) {
    v1::Criterion& criterion = *sample.add_criteria();
    criterion.set_text(text);
    criterion.set_weight(weight);
  }
  return inputs;
}

std::string Verdicts(const std::string& first, const std::string& second) {
  return "```json\n[{\"checklist_id\": 0, \"reason\": \"a\", \"evaluation_score\": " + first +
         "},\n{\"checklist_id\": 1, \"reason\": \"b\", \"evaluation_score\": " + second + "}]\n```";
}

// Answers try n with replies[n], and with the last one beyond.
AnsweredRun Judge(v1::Compat compat, const std::vector<std::string>& replies) {
  AnsweredRun run = AnswerCalls(Inputs(compat), [&](const v1::Call& call) {
    return replies[std::min(replies.size() - 1, static_cast<std::size_t>(call.draw().try_()))];
  });
  EXPECT_TRUE(run.status.ok()) << run.status;
  return run;
}

TEST(HelloBenchScorerTest, OneCallWithTheTokensOfTheResponse) {
  const AnsweredRun run = Judge(v1::COMPAT_OFFICIAL, {Verdicts("0.5", "1")});
  ASSERT_EQ(run.calls.size(), 1u);
  const auto& call = run.calls[0].llm();
  ASSERT_EQ(call.messages_size(), 2);
  EXPECT_EQ(call.messages(0).content(), "You are strict.");
  EXPECT_EQ(call.messages(1).content(),
            "2|Write {it}.|I ca n't . Dr. `` Who '' said so .|"
            "[{\"checklist_id\": 0, \"checklist_content\": \"Is it \\\"good\\\"?\"}, "
            "{\"checklist_id\": 1, \"checklist_content\": \"Ist es schön?\"}]|{}");
  EXPECT_EQ(call.sampling().temperature(), 0.8);
  EXPECT_EQ(call.sampling().max_tokens(), 4096);
  EXPECT_EQ(call.sampling().seed(), 42);
  EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(run.score("score"), 70);
  EXPECT_EQ(run.score("rescaled"), -20);
  EXPECT_EQ(run.score("tokens"), 11);
  ASSERT_EQ(run.verdict().findings_size(), 2);
  EXPECT_EQ(run.verdict().findings(0).label(), "0.5");
  EXPECT_EQ(run.verdict().findings(1).note(), "b");
}

TEST(HelloBenchScorerTest, AsksThreeTimesAndNoMore) {
  for (const v1::Compat compat : {v1::COMPAT_OFFICIAL, v1::COMPAT_STRICT}) {
    const AnsweredRun run = Judge(compat, {"I would say it is good", "[]"});
    EXPECT_EQ(run.calls.size(), 3u);
    EXPECT_EQ(run.calls[2].draw().try_(), 2);
    EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_UNJUDGED);
    EXPECT_THAT(run.verdict().reason(), HasSubstr("expected a list of 2 entries"));
    EXPECT_FALSE(run.score("score").has_value());
    EXPECT_EQ(run.score("tokens"), 11);
  }
}

std::vector<std::int64_t> Seeds(const AnsweredRun& run) {
  std::vector<std::int64_t> seeds;
  for (const v1::Call& call : run.calls) seeds.push_back(call.llm().sampling().seed());
  return seeds;
}

TEST(HelloBenchScorerTest, TakesTheFirstUsableReply) {
  const std::vector<std::string> replies = {"no", Verdicts("1", "0.25"), Verdicts("0", "0")};
  const AnsweredRun official = Judge(v1::COMPAT_OFFICIAL, replies);
  EXPECT_THAT(Seeds(official), ElementsAre(42, 42));
  EXPECT_EQ(official.score("score"), 70);
  const AnsweredRun strict = Judge(v1::COMPAT_STRICT, replies);
  EXPECT_THAT(Seeds(strict), ElementsAre(42, 43));
  EXPECT_EQ(strict.score("score"), 70);
}

// compute.py leaves such a row out without asking again; strict asks for one on the scale.
TEST(HelloBenchScorerTest, AScoreBeyondOne) {
  const std::vector<std::string> replies = {Verdicts("1.5", "1"), Verdicts("1", "1")};
  const AnsweredRun official = Judge(v1::COMPAT_OFFICIAL, replies);
  EXPECT_EQ(official.calls.size(), 1u);
  EXPECT_EQ(official.verdict().outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_EQ(official.verdict().reason(), "entry 0: 1.5 is not within 0 to 1");
  const AnsweredRun strict = Judge(v1::COMPAT_STRICT, replies);
  EXPECT_EQ(strict.calls.size(), 2u);
  EXPECT_EQ(strict.score("score"), 100);
}

TEST(HelloBenchScorerTest, OfficialTakesAScoreOffTheScale) {
  EXPECT_EQ(Judge(v1::COMPAT_OFFICIAL, {Verdicts("0.6", "1")}).score("score"), 76);
  const AnsweredRun strict = Judge(v1::COMPAT_STRICT, {Verdicts("0.6", "1")});
  EXPECT_EQ(strict.calls.size(), 3u);
  EXPECT_THAT(strict.verdict().reason(), HasSubstr("0.6 is not 0, 0.25, 0.5, 0.75 or 1"));
}

TEST(HelloBenchScorerTest, SaysWhatIsWrongWithASample) {
  v1::UnitInputs inputs = Inputs(v1::COMPAT_STRICT);
  inputs.mutable_sample()->clear_criteria();
  const AnsweredRun run = AnswerCalls(inputs, [](const v1::Call&) { return std::string(); });
  EXPECT_EQ(MessageOf(run.status),
            "sample \"chat_002\": criteria are missing; import the benchmark again");
}

}  // namespace
}  // namespace assay
