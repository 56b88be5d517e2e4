// LongWeave's scorers as a run calls them: through MakeScorer, with recorded and broken replies.
#include "judge/benchmarks/longweave/longweave_scorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "common/base/digest.h"
#include "judge/benchmarks/longweave/sample_item.h"
#include "judge/scorer_registry.h"

namespace assay {
namespace {

using longweave::SampleItem;
using testing::ElementsAre;
using testing::HasSubstr;

using Judge = std::function<std::string(const std::string& prompt, int attempt)>;

constexpr char kRubric[] = R"({"AP_Style_Scoring_Table": [
  {"Category": "Numbers", "Scoring_Criteria": "c",
   "Incorrect_Examples": "i", "Correct_Examples": "k"},
  {"Category": "Dates", "Scoring_Criteria": "c",
   "Incorrect_Examples": "i", "Correct_Examples": "k"}]})";

v1::ScorerSpec Spec(const std::string& name, v1::Compat compat) {
  v1::ScorerSpec scorer;
  scorer.set_id(name);
  scorer.set_compat(compat);
  v1::BenchmarkScorer& benchmark = *scorer.mutable_benchmark();
  benchmark.set_name(name);
  if (name == "longweave-judged") {
    auto& prompts = *benchmark.mutable_prompts();
    prompts["relevance"] = "O <<original_code.strip()>> F <<fixed_code.strip()>>";
    prompts["coverage"] = "B <<biography_text>> S <<numbered_sentences>> N <<batch_size>>";
    prompts["answers"] = "P <<qa_prompt_text>> R <<report_text>> N <<batch_size>>";
    prompts["style"] =
        "A <<response>> C <<category>> <<rubric['Scoring_Criteria']>>"
        "<<rubric['Incorrect_Examples']>><<rubric['Correct_Examples']>>\n";
    prompts["style_statement"] =
        "<<i>> <<stmt['Statement']>> <<stmt['Reason_for_Deduction']>> "
        "<<stmt['Correct_Expression']>>\n";
    prompts["style_end"] = "end";
    prompts["rubric"] = kRubric;
  }
  return scorer;
}

v1::UnitInputs Inputs(const SampleItem& item, const std::string& text, const v1::ScorerSpec& spec) {
  v1::UnitInputs inputs;
  absl::StatusOr<v1::ScorerSpec> resolved = ResolveScorer(spec);
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  if (!resolved.ok()) return inputs;
  const bool judged = spec.benchmark().name() == "longweave-judged";
  inputs.mutable_unit()->set_kind(judged ? v1::UNIT_KIND_SCORE_JUDGED : v1::UNIT_KIND_SCORE_RULES);
  inputs.mutable_sample()->set_id("s");
  longweave::WriteItem(item, *inputs.mutable_sample());
  *inputs.add_scorers() = *std::move(resolved);
  inputs.mutable_judge()->set_id("judge");
  inputs.mutable_judge()->set_model("m");
  inputs.set_run_secret("secret");
  inputs.set_text(text);
  inputs.set_generation_outcome(v1::OUTCOME_GENERATED);
  return inputs;
}

struct Scoring {
  v1::Verdict verdict;
  std::vector<std::string> prompts;
};

Scoring Score(const v1::UnitInputs& inputs, const Judge& judge = {}) {
  Scoring run;
  auto machine = MakeScorer(inputs);
  EXPECT_TRUE(machine.ok()) << machine.status();
  if (!machine.ok()) return run;
  std::vector<CallOutcome> outcomes;
  for (int step = 0; step < 20; ++step) {
    const absl::StatusOr<Step> next = (*machine)->Advance(outcomes);
    EXPECT_TRUE(next.ok()) << next.status();
    if (!next.ok()) return run;
    if (next->result) {
      run.verdict = next->result->verdicts(0);
      return run;
    }
    outcomes.clear();
    for (const v1::Call& call : next->calls) {
      EXPECT_EQ(call.llm().messages(0).role(), "system");
      run.prompts.push_back(call.llm().messages(1).content());
      v1::Reply reply;
      reply.set_text(judge(run.prompts.back(), call.draw().try_()));
      outcomes.push_back({reply, std::nullopt});
    }
  }
  ADD_FAILURE() << "no result";
  return run;
}

double ScoreNamed(const v1::Verdict& verdict, const std::string& name) {
  for (const v1::Score& score : verdict.scores()) {
    if (score.name() == name) return score.value();
  }
  return -1;
}

SampleItem Sentences(int count) {
  SampleItem item;
  item.task = "KG_TO_TEXT";
  item.words = 3;
  for (int i = 0; i < count; ++i) item.texts.push_back("Fact " + std::to_string(i) + ".");
  return item;
}

TEST(LongWeaveScorerTest, RulesScoreTheirTasksAndNoOthers) {
  SampleItem item;
  item.task = "STATE_MACHINE";
  item.input = "0120";
  const auto spec = Spec("longweave", v1::COMPAT_STRICT);
  const Scoring half = Score(Inputs(item, "a|b|c|0\na|b|c|1\na|b|c|2\n", spec));
  EXPECT_EQ(half.verdict.outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(ScoreNamed(half.verdict, "primary"), 0.5);
  EXPECT_EQ(ScoreNamed(half.verdict, "valid_steps"), 2);
  EXPECT_EQ(half.verdict.findings(0).label(), "wrong_output");

  item.task = "PARAGRAPH_ORDERING";
  item.texts = {"first thing", "second matter"};
  const Scoring order =
      Score(Inputs(item, "[[Segment 1]]\nfirst thing\n[[Segment 0]]\nsecond matter\n", spec));
  EXPECT_EQ(ScoreNamed(order.verdict, "kendalls_tau"), 1);

  const Scoring other = Score(Inputs(Sentences(1), "text", spec));
  EXPECT_EQ(other.verdict.outcome(), v1::OUTCOME_NOT_APPLICABLE);
  EXPECT_EQ(other.verdict.reason(), "KG_TO_TEXT is scored by longweave-judged");
  EXPECT_EQ(other.verdict.scores_size(), 0);
}

TEST(LongWeaveScorerTest, WhatTheOfficialScriptLeavesOut) {
  SampleItem item;
  item.task = "GEN_KV_DICT";
  item.kv.key = "K";
  item.kv.value = "v";
  item.kv.entries = 20;
  // Lengths so far off that their score rounds to 0: the script divides by it.
  const std::string far =
      "{\"K\": \"v\", \"" + std::string(9000, 'x') + "\": \"" + std::string(9000, 'y') + "\"}";
  const auto official = Spec("longweave", v1::COMPAT_OFFICIAL);
  const Scoring dropped = Score(Inputs(item, far, official));
  EXPECT_EQ(dropped.verdict.outcome(), v1::OUTCOME_NOT_APPLICABLE);
  EXPECT_THAT(dropped.verdict.reason(), HasSubstr("raises"));
  const Scoring kept = Score(Inputs(item, far, Spec("longweave", v1::COMPAT_STRICT)));
  EXPECT_EQ(kept.verdict.outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(ScoreNamed(kept.verdict, "primary"), 0);
  EXPECT_EQ(ScoreNamed(kept.verdict, "key_existence"), 1);
  EXPECT_THAT(kept.verdict.flags(), ElementsAre("official_script_raises"));

  const Scoring error = Score(Inputs(item, "ERROR: no answer", official));
  EXPECT_EQ(error.verdict.outcome(), v1::OUTCOME_NOT_APPLICABLE);
  const Scoring text =
      Score(Inputs(item, "ERROR: no answer", Spec("longweave", v1::COMPAT_STRICT)));
  EXPECT_EQ(ScoreNamed(text.verdict, "primary"), 0);
}

TEST(LongWeaveScorerTest, BrokenItemsFailByName) {
  auto inputs = Inputs(Sentences(1), "text", Spec("longweave", v1::COMPAT_STRICT));
  auto& data = *inputs.mutable_sample()->mutable_scorer_data();
  data["task"] = "STATE_MACHINE";
  data["item"] = R"({"input": "012x"})";
  EXPECT_EQ(Score(inputs).verdict.outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(Score(inputs).verdict.reason(),
            "sample \"s\": scorer_data.item.input: expected digits from 0 to 2");
  data["task"] = "NOVELS";
  EXPECT_THAT(Score(inputs).verdict.reason(), HasSubstr("NOVELS is no task of LongWeave"));
  data.erase("item");
  data["task"] = "STATE_MACHINE";
  EXPECT_THAT(Score(inputs).verdict.reason(), HasSubstr("scorer_data.item is missing"));
}

TEST(LongWeaveScorerTest, BiographiesAreJudgedInBatchesOfTheirFirstWords) {
  const auto inputs = Inputs(Sentences(7), "One, two; three four five.",
                             Spec("longweave-judged", v1::COMPAT_STRICT));
  const Scoring run = Score(inputs, [](const std::string& prompt, int) {
    return prompt.find("N 5") != std::string::npos ? "[true, true, false, true, false]"
                                                   : "[false, true]";
  });
  EXPECT_THAT(run.prompts,
              ElementsAre("B One two three S 1. Fact 0.\n2. Fact 1.\n3. Fact 2.\n4. Fact 3.\n"
                          "5. Fact 4. N 5",
                          "B One two three S 1. Fact 5.\n2. Fact 6. N 2"));
  EXPECT_EQ(run.verdict.outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(ScoreNamed(run.verdict, "sentence_coverage_rate"), 0.5714);
  EXPECT_EQ(ScoreNamed(run.verdict, "words"), 5);
  EXPECT_EQ(run.verdict.findings_size(), 7);
  EXPECT_EQ(run.verdict.findings(2).label(), "not_covered");
  EXPECT_THAT(run.verdict.prompt_digest(), HasSubstr("sha256:"));
}

TEST(LongWeaveScorerTest, StrictAsksAgainAndOfficialTakesWhatItGets) {
  const Judge broken = [](const std::string&, int attempt) {
    return attempt == 0 ? "[true]" : attempt == 1 ? "no" : "[true, true]";
  };
  const auto strict = Spec("longweave-judged", v1::COMPAT_STRICT);
  const Scoring mended = Score(Inputs(Sentences(2), "a b", strict), broken);
  EXPECT_EQ(mended.prompts.size(), 3u);
  EXPECT_EQ(ScoreNamed(mended.verdict, "primary"), 1);

  const auto official = Spec("longweave-judged", v1::COMPAT_OFFICIAL);
  const Scoring taken = Score(Inputs(Sentences(2), "a b", official), broken);
  EXPECT_EQ(taken.prompts.size(), 1u);
  EXPECT_EQ(ScoreNamed(taken.verdict, "primary"), 0.5);

  const Judge silent = [](const std::string&, int) { return "no"; };
  const Scoring unjudged = Score(Inputs(Sentences(6), "a b", strict), silent);
  EXPECT_EQ(unjudged.verdict.outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_EQ(unjudged.verdict.reason(),
            "2 of 2 questions have no usable answer; the first: expected a list of 5 booleans, "
            "found 0");
  EXPECT_EQ(ScoreNamed(unjudged.verdict, "judged"), 0);
  EXPECT_EQ(ScoreNamed(unjudged.verdict, "required"), 2);
  EXPECT_EQ(ScoreNamed(unjudged.verdict, "primary"), -1);
  const Scoring zero = Score(Inputs(Sentences(6), "a b", official), silent);
  EXPECT_EQ(zero.verdict.outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(ScoreNamed(zero.verdict, "primary"), 0);
}

TEST(LongWeaveScorerTest, SentencesOfOneCallAreAnOption) {
  auto spec = Spec("longweave-judged", v1::COMPAT_OFFICIAL);
  (*spec.mutable_benchmark()->mutable_options())["sentences_per_call"] = "10";
  const Scoring run =
      Score(Inputs(Sentences(12), "a", spec), [](const std::string&, int) { return "[true]"; });
  EXPECT_EQ(run.prompts.size(), 2u);
  for (const char* wrong : {"0", "101", "x", "-1"}) {
    (*spec.mutable_benchmark()->mutable_options())["sentences_per_call"] = wrong;
    EXPECT_THAT(std::string(ResolveScorer(spec).status().message()),
                HasSubstr("sentences_per_call: expected a whole number from 1 to 100"));
  }
}

// Five sentences, or questions, a call unless the option says otherwise.
TEST(LongWeaveScorerTest, CostIsTheCallsThatAreMade) {
  const auto calls = [](const SampleItem& item, const v1::ScorerSpec& spec) {
    const v1::UnitInputs inputs = Inputs(item, "a", spec);
    const auto cost = ExpectedJudgeCost(inputs.scorers(0), inputs.sample(), 1000);
    EXPECT_TRUE(cost.has_value() && !cost->shows_prompt && cost->input_tokens > 0);
    const Scoring run = Score(inputs, [](const std::string&, int) { return "[true]"; });
    EXPECT_EQ(run.prompts.size(), static_cast<std::size_t>(cost->calls));
    return cost->calls;
  };
  auto spec = Spec("longweave-judged", v1::COMPAT_OFFICIAL);
  SampleItem report;
  report.task = "SALES_REPORT_GENERATION";
  report.questions.resize(11, {"Who?", "She."});
  EXPECT_EQ(calls(Sentences(12), spec), 3);
  EXPECT_EQ(calls(report, spec), 3);
  (*spec.mutable_benchmark()->mutable_options())["sentences_per_call"] = "10";
  EXPECT_EQ(calls(Sentences(12), spec), 2);
  EXPECT_EQ(calls(report, spec), 3);
}

TEST(LongWeaveScorerTest, Reports) {
  SampleItem item;
  item.task = "SALES_REPORT_GENERATION";
  item.questions = {{"Who?", "She."}, {"How many?", "Two."}};
  const Scoring run = Score(Inputs(item, "A report.", Spec("longweave-judged", v1::COMPAT_STRICT)),
                            [](const std::string&, int attempt) {
                              return attempt == 0 ? R"([{"answered": true, "correct": "yes"}])"
                                                  : R"([{"answered": true, "correct": true},
                                  {"answered": true, "correct": false}])";
                            });
  EXPECT_THAT(run.prompts[0],
              HasSubstr("Item 1:\n  Question: Who?\n  Target Answer: She.\n\nItem 2:"));
  EXPECT_EQ(run.prompts.size(), 2u);
  EXPECT_EQ(ScoreNamed(run.verdict, "answered_rate"), 1);
  EXPECT_EQ(ScoreNamed(run.verdict, "correctness_rate"), 0.5);
  EXPECT_EQ(ScoreNamed(run.verdict, "primary"), 2 / (1 / 1.0 + 1 / 0.5));
  EXPECT_EQ(run.verdict.findings(1).label(), "wrong");
}

TEST(LongWeaveScorerTest, Articles) {
  SampleItem item;
  item.task = "AP_STYLE_WRITING";
  item.words = 100;
  item.texts = {"Numbers", "Dates"};
  item.statements = {{"Numbers", "7 apples", "r", "seven apples"},
                     {"Dates", "3rd May", "r", "May 3"},
                     {"Numbers", "8 pears", "r", "eight pears"}};
  const Judge judge = [](const std::string& prompt, int) {
    return prompt.find("C Numbers") != std::string::npos
               ? R"([{"exists_in_article": true, "follows_rules": true},
                     {"exists_in_article": true, "follows_rules": false}])"
               : R"([{"exists_in_article": true, "follows_rules": true},
                     {"exists_in_article": true, "follows_rules": true}])";
  };
  const Scoring official =
      Score(Inputs(item, "Seven apples.", Spec("longweave-judged", v1::COMPAT_OFFICIAL)), judge);
  EXPECT_EQ(official.prompts.size(), 2u);
  EXPECT_THAT(official.prompts[0], HasSubstr("1 7 apples r seven apples\n2 8 pears"));
  // One item too many counts, as published.
  EXPECT_EQ(ScoreNamed(official.verdict, "recall_rate"), 1.5);
  EXPECT_EQ(ScoreNamed(official.verdict, "ap_total_score"), 1.25);
  const Scoring strict =
      Score(Inputs(item, "Seven apples.", Spec("longweave-judged", v1::COMPAT_STRICT)), judge);
  EXPECT_EQ(strict.verdict.outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_THAT(strict.verdict.reason(), HasSubstr("expected 1 statements, found 2"));
}

TEST(LongWeaveScorerTest, CodeNeedsWhatFlake8Said) {
  SampleItem item;
  item.task = "CODE_FIXING";
  item.code = "def f( a ):\n  return a\n";
  const std::string code = "def f(a):\n    return a";
  const std::string text = "```python\n" + code + "\n```";
  auto spec = Spec("longweave-judged", v1::COMPAT_STRICT);
  const Judge relevant = [](const std::string&, int) {
    return R"({"is_relevant_and_complete": true})";
  };
  const Scoring none = Score(Inputs(item, text, spec), relevant);
  EXPECT_EQ(none.verdict.outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_THAT(none.verdict.reason(), HasSubstr("flake8 is not configured"));
  EXPECT_TRUE(none.prompts.empty());

  std::string& checks = (*spec.mutable_benchmark()->mutable_prompts())["checks"];
  checks = "{\"sha256\": \"0\", \"runnable\": false}\n{\"sha256\": \"" + Sha256Hex(code) +
           "\", \"runnable\": true, \"violations\": 1}\n";
  const Scoring scored = Score(Inputs(item, text, spec), relevant);
  EXPECT_EQ(scored.verdict.outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(ScoreNamed(scored.verdict, "primary"), 0.9933774834437086);
  EXPECT_THAT(scored.prompts, ElementsAre("O def f( a ):\n  return a F " + code));

  const Scoring refused = Score(Inputs(item, text, spec), [](const std::string&, int) {
    return R"({"is_relevant_and_complete": false})";
  });
  EXPECT_EQ(ScoreNamed(refused.verdict, "primary"), 0);
  EXPECT_EQ(ScoreNamed(refused.verdict, "func_count_score"), 0);
  EXPECT_THAT(refused.verdict.flags(), ElementsAre("not_relevant"));

  const Scoring unlisted = Score(Inputs(item, "x = 1", spec), relevant);
  EXPECT_THAT(unlisted.verdict.reason(), HasSubstr("has no line for this code (sha256 "));

  checks = "\n{\"sha256\": \"" + Sha256Hex(code) + "\", \"runnable\": true}\n";
  const auto inputs = Inputs(item, text, spec);
  const auto machine = MakeScorer(inputs);
  ASSERT_TRUE(machine.ok());
  EXPECT_EQ((*machine)->Advance({}).status().message(),
            "checks line 2: violations: expected a whole number, since the code is runnable");
}

TEST(LongWeaveScorerTest, PromptsOfAnotherVersionAreRefused) {
  auto spec = Spec("longweave-judged", v1::COMPAT_STRICT);
  (*spec.mutable_benchmark()->mutable_prompts())["coverage"] = "B <<biography>>";
  const auto inputs = Inputs(Sentences(1), "a", spec);
  const auto machine = MakeScorer(inputs);
  ASSERT_TRUE(machine.ok());
  EXPECT_THAT(std::string((*machine)->Advance({}).status().message()),
              HasSubstr("<<biography>> is not known (another version of the prompts?)"));
  spec.mutable_benchmark()->mutable_prompts()->erase("coverage");
  EXPECT_THAT(std::string(ResolveScorer(spec).status().message()),
              HasSubstr("benchmark.prompt_files: coverage is missing"));
}

}  // namespace
}  // namespace assay
