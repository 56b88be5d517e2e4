// The scorer race: its question, what is taken for an answer in both modes, and the official
// calculation with its quirks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "common/json/json.h"
#include "judge/benchmarks/race/race_judge.h"
#include "tests/unit/judge/benchmarks/answer_calls.h"
#include "tests/unit/judge/claims/golden_data.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

RaceCriteria Criteria() {
  return {{"insight", {{"Depth of it", "How deep.", 0.75}, {"Range", "How far.", 0.25}}},
          {"readability", {{"Clear", "How \"clear\" é.", 1}}}};
}

std::string Reply(const Json& depth, const Json& range, const Json& clear) {
  return DumpJson(
      Json{{"insight", Json::array({depth, range})}, {"readability", Json::array({clear})}});
}

Json Item(const std::string& criterion, const Json& text, const Json& reference) {
  return {{"criterion", criterion},
          {"analysis", "so"},
          {"article_1_score", text},
          {"article_2_score", reference}};
}

std::string Good() {
  return Reply(Item("Depth of it", 8, 6), Item("Range", 4.5, 5), Item("Clear", 0, 10));
}

TEST(RaceJudgeTest, TheCriteriaAreShownWithoutWeights) {
  EXPECT_EQ(
      RaceCriteriaList({{"readability", {{"Clear", "How \"clear\" é.", 1}}}}),
      "{\n  \"readability\": [\n    {\n      \"criterion\": \"Clear\",\n      \"explanation\": "
      "\"How \\\"clear\\\" é.\"\n    }\n  ]\n}");
  EXPECT_EQ(*RacePrompt("{task_prompt}/{article_1}/{article_2}/{{}}/{criteria_list}", "t", "{a}",
                        "b", {}),
            "t/{a}/b/{}/{}");
  EXPECT_EQ(MessageOf(RacePrompt("{task_prompt}", "", "", "", {}).status()), "needs {article_1}");
}

TEST(RaceJudgeTest, Replies) {
  struct Case {
    std::string reply;
    const char* official;  // empty: taken
    const char* strict;
  };
  for (const Case& one : {
           Case{Good(), "", ""},
           Case{"Here:\n```json\n" + Good() + "\n```\nDone.", "", ""},
           Case{"So: " + Good() + " and no more", "", ""},
           Case{Reply(Item(" depth OF it ", "8", 6), Item("Range", 4, 5), Item("Clear", 0, 10)), "",
                ""},
           Case{"{\"insight\": []}", "readability: is missing",
                "insight: 2 criteria have no rating"},
           Case{Reply(Item("Depth", 8, 6), Item("Range", 4, 5), Item("Clear", 0, 10)), "",
                "\"Depth\" is no criterion, or stands there twice"},
           Case{Reply(Item("Range", 8, 6), Item("Range", 4, 5), Item("Clear", 0, 10)), "",
                "\"Range\" is no criterion, or stands there twice"},
           Case{Reply(Item("Depth of it", 11, 6), Item("Range", 4, 5), Item("Clear", 0, 10)), "",
                "expected two scores from 0 to 10"},
           Case{Reply(Item("Depth of it", 8, nullptr), Item("Range", 4, 5), Item("Clear", 0, 10)),
                "", "expected two scores from 0 to 10"},
           Case{"not at all", "no JSON object", "no JSON object"},
           Case{Good().substr(0, 60), "no JSON object", "no JSON object"},
       }) {
    const std::string official = ReadRaceReply(one.reply, Criteria(), true).problem;
    const std::string strict = ReadRaceReply(one.reply, Criteria(), false).problem;
    EXPECT_EQ(official.empty(), std::string(one.official).empty()) << one.reply << official;
    EXPECT_THAT(official, HasSubstr(one.official));
    EXPECT_EQ(strict.empty(), std::string(one.strict).empty()) << one.reply << strict;
    EXPECT_THAT(strict, HasSubstr(one.strict));
  }
}

RaceScores Score(const std::string& reply) {
  return ScoreRace(ReadRaceReply(reply, Criteria(), true), Criteria(),
                   {{"insight", 0.6}, {"readability", 0.4}});
}

TEST(RaceJudgeTest, TheOfficialCalculation) {
  const RaceScores good = Score(Good());
  const double text = 8 * 0.75 + 4.5 * 0.25;
  const double reference = 6 * 0.75 + 5 * 0.25;
  EXPECT_DOUBLE_EQ(good.dimensions.at("insight"), text / (text + reference));
  EXPECT_EQ(good.dimensions.at("readability"), 0);
  EXPECT_DOUBLE_EQ(good.overall, 0.6 * text / (0.6 * text + 0.6 * reference + 0.4 * 10));
  // By a part of its text, else by the mean weight.
  EXPECT_DOUBLE_EQ(Score(Reply(Item("depth", 8, 6), Item("nothing", 4, 5), Item("Clear", 0, 10)))
                       .dimensions.at("insight"),
                   (8 * 0.75 + 4 * 0.5) / (8 * 0.75 + 4 * 0.5 + 6 * 0.75 + 5 * 0.5));
  // Left out without a rating of the text; the reference's mean falls with its last rating.
  EXPECT_DOUBLE_EQ(
      Score(Reply(Item("Depth of it", nullptr, 6), Item("Range", 4, 5), Item("Clear", 1, 1)))
          .dimensions.at("insight"),
      4.0 / 9);
  EXPECT_EQ(Score(Reply(Item("Depth of it", 8, 6), Item("Range", 4, nullptr), Item("Clear", 1, 1)))
                .dimensions.at("insight"),
            1);
  EXPECT_EQ(Score(Reply(Item("Range", 0, 0), Item("Range", 0, 0), Item("Clear", 0, 0))).overall, 0);
}

v1::UnitInputs Inputs(v1::Compat compat) {
  v1::ScorerSpec spec;
  spec.set_compat(compat);
  spec.mutable_benchmark()->set_name("race");
  for (const char* language : {"en", "zh"}) {
    (*spec.mutable_benchmark()->mutable_prompts())[language] =
        std::string(language) + ": {task_prompt} | {article_1} | {article_2} | {criteria_list}";
  }
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {ResolveScorer(spec).value()});
  v1::Sample& sample = *inputs.mutable_sample();
  sample.set_id("drb-001");
  sample.set_language("zh");
  sample.set_reference_answer("The reference.");
  (*sample.mutable_scorer_data())["race"] =
      R"({"readability": [{"criterion": "Clear", "explanation": "How.", "weight": 1}]})";
  (*sample.mutable_group_weights())["readability"] = 1;
  inputs.set_text("The text.");
  return inputs;
}

TEST(RaceScorerTest, OneCallInTheLanguageOfTheTask) {
  const AnsweredRun run = AnswerCalls(Inputs(v1::COMPAT_OFFICIAL), [](const v1::Call&) {
    return DumpJson(Json{{"readability", Json::array({Item("Clear", 6, 2)})}});
  });
  ASSERT_TRUE(run.status.ok()) << run.status;
  ASSERT_EQ(run.calls.size(), 1u);
  ASSERT_EQ(run.calls[0].llm().messages_size(), 1);
  EXPECT_THAT(run.calls[0].llm().messages(0).content(),
              HasSubstr("zh: Write a story. | The text. | The reference. | {\n  \"readability\""));
  EXPECT_EQ(*run.score("rubric"), 75);
  EXPECT_EQ(*run.score("readability"), 75);
  EXPECT_EQ(run.verdict().findings(0).label(), "better");
  EXPECT_EQ(run.verdict().findings(0).note(), "6 beside 2: so");
}

TEST(RaceScorerTest, AsksTenTimes) {
  const AnsweredRun run =
      AnswerCalls(Inputs(v1::COMPAT_STRICT), [](const v1::Call&) { return std::string("no"); });
  EXPECT_EQ(run.calls.size(), 10u);
  EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_UNJUDGED);
}

// All published criteria: ratings by the definition of RACE.
TEST(RaceScorerTest, EveryPublishedTaskByItsOwnWeights) {
  if (!HasGolden("deepresearch-bench")) GTEST_SKIP();
  int tasks = 0;
  for (const Json& row : GoldenRows(GoldenFolder("deepresearch-bench") / "criteria.jsonl.gz")) {
    const auto criteria = ParseRaceCriteria(DumpJson(row["criterions"]));
    ASSERT_TRUE(criteria.ok()) << criteria.status();
    Json reply = Json::object();
    double text_total = 0;
    double reference_total = 0;
    int number = 0;
    std::map<std::string, double> weights;
    for (const auto& [dimension, own] : *criteria) {
      weights[dimension] = row["dimension_weight"][dimension];
      for (const RaceCriterion& one : own) {
        const int text = number * 3 % 11;
        const int reference = (number++ * 7 + 5) % 11;
        reply[dimension].push_back(Item(one.criterion, text, reference));
        text_total += weights[dimension] * one.weight * text;
        reference_total += weights[dimension] * one.weight * reference;
      }
    }
    const RaceReply read = ReadRaceReply(DumpJson(reply), *criteria, false);
    EXPECT_EQ(read.problem, "");
    EXPECT_NEAR(ScoreRace(read, *criteria, weights).overall,
                text_total / (text_total + reference_total), 1e-9);
    ++tasks;
  }
  EXPECT_EQ(tasks, 100);
}

}  // namespace
}  // namespace assay
