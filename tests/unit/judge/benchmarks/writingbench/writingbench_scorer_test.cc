// The scorer writingbench through the registry: the calls that it makes, the published verdicts
// given back to it, and what becomes of replies that cannot be used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "common/text/python_json.h"
#include "judge/benchmarks/writingbench/writingbench_scores.h"
#include "tests/unit/judge/benchmarks/answer_calls.h"
#include "tests/unit/judge/claims/golden_data.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::ScorerSpec Spec(v1::Compat compat) {
  v1::ScorerSpec spec;
  spec.set_compat(compat);
  spec.mutable_benchmark()->set_name("writingbench");
  auto& prompts = *spec.mutable_benchmark()->mutable_prompts();
  prompts["system"] = "You judge.";
  prompts["evaluate"] = "{criteria}|{query}|{response}";
  return spec;
}

v1::UnitInputs Inputs(v1::ScorerSpec spec, const std::string& criteria, const std::string& text) {
  auto resolved = ResolveScorer(std::move(spec));
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {*resolved});
  inputs.mutable_sample()->set_id("wb-0001");
  inputs.mutable_sample()->set_prompt("The task.");
  (*inputs.mutable_sample()->mutable_scorer_data())["criteria"] = criteria;
  inputs.set_text(text);
  return inputs;
}

constexpr char kTwo[] = R"([{"name": "it's \"one\"", "1-2": "bad"}, {"1-2": "x", "name": "two"}])";

std::string Content(const v1::Call& call, int message) {
  return call.llm().messages(message).content();
}

TEST(WritingBenchScorerTest, AsksOnceForEveryCriterion) {
  const AnsweredRun run =
      AnswerCalls(Inputs(Spec(v1::COMPAT_STRICT), kTwo, "thought</think>\n\nThe text."),
                  [](const v1::Call& call) {
                    return Content(call, 1).starts_with("{'name'")
                               ? "{\"score\": 9, \"reason\": \"good\"}"
                               : "```json\n{\"score\": 4, \"reason\": \"thin\"}\n```\n";
                  });
  ASSERT_TRUE(run.status.ok()) << run.status;
  ASSERT_EQ(run.calls.size(), 2u);
  EXPECT_EQ(run.calls[0].llm().messages(0).role(), "system");
  EXPECT_EQ(Content(run.calls[0], 0), "You judge.");
  EXPECT_EQ(Content(run.calls[0], 1),
            "{'name': 'it\\'s \"one\"', '1-2': 'bad'}|The task.|The text.");
  EXPECT_EQ(Content(run.calls[1], 1), "{'1-2': 'x', 'name': 'two'}|The task.|The text.");
  const v1::Sampling& sampling = run.calls[0].llm().sampling();
  EXPECT_EQ(sampling.temperature(), 1.0);
  EXPECT_EQ(sampling.top_p(), 0.95);
  EXPECT_EQ(sampling.max_tokens(), 2048);
  EXPECT_FALSE(sampling.has_top_k());
  EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(run.score("mean"), 6.5);
  EXPECT_EQ(run.score("leaderboard"), 65);
  EXPECT_EQ(run.score("criterion_1"), 9);
  EXPECT_EQ(run.score("criterion_2"), 4);
  EXPECT_EQ(run.score("judged_criteria"), 2);
  ASSERT_EQ(run.verdict().findings_size(), 2);
  EXPECT_EQ(run.verdict().findings(0).text(), "it's \"one\"");
  EXPECT_EQ(run.verdict().findings(0).label(), "9");
  EXPECT_EQ(run.verdict().findings(1).note(), "thin");
  EXPECT_EQ(run.verdict().replies_size(), 2);
  EXPECT_THAT(run.verdict().prompt_digest(), HasSubstr("sha256:"));
}

TEST(WritingBenchScorerTest, AsksAgainForWhatIsMissingOnly) {
  int asked_two = 0;
  const AnsweredRun run = AnswerCalls(
      Inputs(Spec(v1::COMPAT_OFFICIAL), kTwo, "Text"), [&](const v1::Call& call) -> std::string {
        if (Content(call, 1).starts_with("{'name'")) return "{\"score\": 7.0, \"reason\": \"\"}";
        return ++asked_two < 15 ? "7" : "{\"score\": true, \"reason\": \"\"}";
      });
  ASSERT_TRUE(run.status.ok()) << run.status;
  EXPECT_EQ(run.calls.size(), 16u);
  EXPECT_EQ(run.calls.back().draw().try_(), 14);
  EXPECT_EQ(run.score("mean"), 4);
  EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(run.verdict().judge_stats().unusable_replies(), 14);
}

TEST(WritingBenchScorerTest, WithoutAnAnswerThereIsNoMean) {
  for (const auto& [compat, calls] :
       {std::pair{v1::COMPAT_OFFICIAL, 16u}, {v1::COMPAT_STRICT, 6u}}) {
    const AnsweredRun run =
        AnswerCalls(Inputs(Spec(compat), kTwo, "Text"), [](const v1::Call& call) -> std::string {
          // What the official script would run as code.
          if (Content(call, 1).starts_with("{'1-2'")) return "__import__('os').getcwd()";
          return "{\"score\": 7, \"reason\": \"x\"}";
        });
    ASSERT_TRUE(run.status.ok()) << run.status;
    EXPECT_EQ(run.calls.size(), calls);
    EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_UNJUDGED);
    EXPECT_THAT(run.verdict().reason(), HasSubstr("1 of 2 questions have no usable answer"));
    EXPECT_EQ(run.score("mean"), std::nullopt);
    EXPECT_EQ(run.score("criterion_1"), 7);
    EXPECT_EQ(run.score("judged_criteria"), 1);
    EXPECT_EQ(run.score("criteria"), 2);
    EXPECT_EQ(run.verdict().findings(1).label(), "unjudged");
  }
}

TEST(WritingBenchScorerTest, StrictAndOfficialReadDifferently) {
  const auto mean = [](v1::Compat compat, const std::string& reply) {
    return AnswerCalls(Inputs(Spec(compat), R"([{"name": "one"}])", "Text"),
                       [&](const v1::Call&) { return reply; })
        .score("mean");
  };
  const std::string fenced = "\n```json\n{\"score\": 7, \"reason\": \"x\"}\n```\n";
  EXPECT_EQ(mean(v1::COMPAT_OFFICIAL, fenced), std::nullopt);
  EXPECT_EQ(mean(v1::COMPAT_STRICT, fenced), 7);
  const std::string boolean = "{\"score\": true, \"reason\": \"x\"}";
  EXPECT_EQ(mean(v1::COMPAT_OFFICIAL, boolean), 1);
  EXPECT_EQ(mean(v1::COMPAT_STRICT, boolean), std::nullopt);
}

TEST(WritingBenchScorerTest, DecodingAndTemplatesAreChecked) {
  v1::ScorerSpec one = Spec(v1::COMPAT_STRICT);
  (*one.mutable_benchmark()->mutable_options())["decoding"] = "temperature";
  const auto resolved = ResolveScorer(one);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_TRUE(resolved->benchmark().sampling().has_temperature());
  EXPECT_FALSE(resolved->benchmark().sampling().has_top_p());
  EXPECT_EQ(resolved->benchmark().max_tries(), 5);
  EXPECT_EQ(ResolveScorer(*resolved)->SerializeAsString(), resolved->SerializeAsString());

  (*one.mutable_benchmark()->mutable_options())["decoding"] = "none";
  EXPECT_THAT(MessageOf(ResolveScorer(one).status()),
              HasSubstr("benchmark.options.decoding: \"none\" is not known, expected both, "
                        "temperature or top_p"));
  v1::ScorerSpec other = Spec(v1::COMPAT_STRICT);
  (*other.mutable_benchmark()->mutable_prompts())["evaluate"] = "{answer}";
  EXPECT_THAT(MessageOf(ResolveScorer(other).status()),
              HasSubstr("benchmark.prompts.evaluate: byte 0: \"{answer}\" is not one of its "
                        "arguments"));
  other.mutable_benchmark()->mutable_prompts()->erase("evaluate");
  EXPECT_THAT(MessageOf(ResolveScorer(other).status()),
              HasSubstr("benchmark.prompt_files: evaluate is missing"));
}

TEST(WritingBenchScorerTest, ASampleWithoutCriteria) {
  for (const char* criteria : {"", "[]", "{}", "[{\"name\": 1}]", "[{}]"}) {
    const AnsweredRun run = AnswerCalls(Inputs(Spec(v1::COMPAT_STRICT), criteria, "Text"),
                                        [](const v1::Call&) { return ""; });
    EXPECT_THAT(MessageOf(run.status),
                HasSubstr("sample \"wb-0001\": scorer_data.criteria: expected a list of objects "
                          "with a name; import the benchmark again"));
  }
  v1::UnitInputs inputs = Inputs(Spec(v1::COMPAT_STRICT), "", "Text");
  inputs.mutable_sample()->clear_scorer_data();
  EXPECT_THAT(MessageOf(AnswerCalls(inputs, [](const v1::Call&) { return ""; }).status),
              HasSubstr("scorer_data.criteria is missing; import the benchmark again"));
}

TEST(WritingBenchScorerTest, AnEmptyTextIsNotAsked) {
  v1::UnitInputs inputs = Inputs(Spec(v1::COMPAT_STRICT), kTwo, "");
  inputs.set_generation_outcome(v1::OUTCOME_EMPTY);
  const AnsweredRun run = AnswerCalls(inputs, [](const v1::Call&) { return ""; });
  EXPECT_TRUE(run.calls.empty());
  EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_NOT_APPLICABLE);
}

// The verdicts of three published runs, given back by the name of the criterion.
TEST(WritingBenchScorerTest, PublishedVerdicts) {
  if (!HasGolden("writingbench")) GTEST_SKIP();
  const std::filesystem::path folder = GoldenFolder("writingbench");
  const Json expected = GoldenJson(folder / "EXPECTED.json")["runs"];
  int means = 0;
  for (const auto& [name, values] : expected.items()) {
    const std::vector<Json> rows =
        GoldenRows(folder / "golden_fork/WritingBench" / name /
                   "scores/tinker_meta-llama_Llama-3.1-8B-Instruct.jsonl.gz");
    for (const Json& row : rows) {
      OrderedJson criteria = OrderedJson::array();
      std::map<std::string, std::string> replies;
      for (const auto& [criterion, draws] : row["scores"].items()) {
        criteria.push_back({{"name", criterion}});
        replies["'name': '" + criterion + "'"] = draws[0].dump();
      }
      const auto judge = [&](const v1::Call& call) {
        for (const auto& [shown, reply] : replies) {
          if (Content(call, 1).find(shown) != std::string::npos) return reply;
        }
        return std::string();
      };
      for (const v1::Compat compat : {v1::COMPAT_OFFICIAL, v1::COMPAT_STRICT}) {
        const AnsweredRun run = AnswerCalls(Inputs(Spec(compat), DumpJson(criteria), "T"), judge);
        ASSERT_TRUE(run.status.ok()) << run.status;
        const std::string index = std::to_string(row["index"].get<int>());
        EXPECT_EQ(run.score("mean"), values["per_query_mean"][index].get<double>()) << index;
        ++means;
      }
    }
  }
  EXPECT_EQ(means, 120);
  std::cout << "scorer: " << means << " published query means equal, in both modes\n";
}

}  // namespace
}  // namespace assay
