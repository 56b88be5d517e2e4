#include <gtest/gtest.h>

#include "judge/length_scorer.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

std::string Words(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "word ";
  return text;
}

v1::UnitInputs RuleInputs() {
  return ScoringInputs(v1::UNIT_KIND_SCORE_RULES, {LengthSpec(), RepetitionSpec()});
}

TEST(LongBenchLengthScoreTest, Formula) {
  EXPECT_EQ(LongBenchLengthScore(100, 100), 100);
  EXPECT_EQ(LongBenchLengthScore(100, 50), 50);
  EXPECT_DOUBLE_EQ(LongBenchLengthScore(100, 250), 50);
  EXPECT_EQ(LongBenchLengthScore(100, 400), 0);
  EXPECT_EQ(LongBenchLengthScore(100, 401), 0);
  EXPECT_EQ(LongBenchLengthScore(300, 100), 0);
  EXPECT_EQ(LongBenchLengthScore(100, 0), 0);
}

TEST(RuleScoringTest, OneVerdictAScorerInOneStep) {
  v1::UnitInputs inputs = RuleInputs();
  inputs.set_text(Words(50));
  const JudgedRun run = RunMachine(inputs);
  EXPECT_TRUE(run.calls.empty());
  EXPECT_EQ(run.envelope.outcome(), v1::OUTCOME_SCORED);
  ASSERT_EQ(run.envelope.verdicts_size(), 2);
  const v1::Verdict& length = run.envelope.verdicts(0);
  EXPECT_EQ(length.scorer_id(), "length");
  EXPECT_EQ(length.scorer_version(), "length/1");
  EXPECT_EQ(length.compat(), v1::COMPAT_STRICT);
  ASSERT_EQ(length.scores_size(), 2);
  EXPECT_EQ(length.scores(0).name(), "S_l");
  EXPECT_EQ(length.scores(0).value(), 50);
  EXPECT_EQ(length.scores(1).value(), 50);
  EXPECT_EQ(run.envelope.verdicts(1).scorer_id(), "repetition");
}

TEST(RuleScoringTest, VerdictsCarryTheNamedMetrics) {
  const v1::UnitInputs inputs = RuleInputs();
  const JudgedRun run = RunMachine(inputs);
  for (int i = 0; i < inputs.scorers_size(); ++i) {
    std::vector<std::string> names;
    for (const v1::Score& score : run.envelope.verdicts(i).scores()) names.push_back(score.name());
    EXPECT_EQ(names, MetricNames(inputs.scorers(i)));
  }
}

TEST(RuleScoringTest, EmptyGenerationScoresZeroOnLengthOnly) {
  v1::UnitInputs inputs = RuleInputs();
  inputs.set_text("");
  inputs.set_generation_outcome(v1::OUTCOME_EMPTY);
  const JudgedRun run = RunMachine(inputs);
  EXPECT_EQ(run.envelope.outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(run.score("S_l"), 0);
  EXPECT_EQ(run.score("words"), 0);
  EXPECT_TRUE(run.has_flag("empty_output"));
  EXPECT_EQ(run.envelope.verdicts(1).outcome(), v1::OUTCOME_NOT_APPLICABLE);
  EXPECT_EQ(run.envelope.verdicts(1).reason(), "the generation's outcome is empty");
}

TEST(RuleScoringTest, NoCountableWordIsFlaggedApart) {
  v1::UnitInputs inputs = RuleInputs();
  inputs.set_text("1234 5678");
  const JudgedRun run = RunMachine(inputs);
  EXPECT_EQ(run.score("S_l"), 0);
  EXPECT_TRUE(run.has_flag("no_countable_words"));
  EXPECT_FALSE(run.has_flag("empty_output"));
}

TEST(RuleScoringTest, WithoutARequiredLengthThereIsNoLengthScore) {
  v1::UnitInputs inputs = RuleInputs();
  inputs.mutable_sample()->set_required_words(0);
  const JudgedRun run = RunMachine(inputs);
  EXPECT_EQ(run.envelope.verdicts(0).outcome(), v1::OUTCOME_NOT_APPLICABLE);
  EXPECT_EQ(run.envelope.verdicts(0).scores_size(), 0);
  EXPECT_EQ(run.envelope.verdicts(1).outcome(), v1::OUTCOME_SCORED);
}

TEST(RuleScoringTest, OtherOutcomesAreNotScored) {
  for (const v1::Outcome outcome : {v1::OUTCOME_REFUSED, v1::OUTCOME_TOO_SLOW, v1::OUTCOME_FAILED,
                                    v1::OUTCOME_INFRA_LOST, v1::OUTCOME_UNSPECIFIED}) {
    v1::UnitInputs inputs = RuleInputs();
    inputs.set_generation_outcome(outcome);
    const JudgedRun run = RunMachine(inputs);
    EXPECT_EQ(run.envelope.outcome(), v1::OUTCOME_NOT_APPLICABLE);
    for (const v1::Verdict& verdict : run.envelope.verdicts()) {
      EXPECT_EQ(verdict.outcome(), v1::OUTCOME_NOT_APPLICABLE);
      EXPECT_FALSE(verdict.reason().empty());
    }
  }
}

TEST(RuleScoringTest, TruncatedIsScoredUnlessExcluded) {
  v1::UnitInputs inputs = RuleInputs();
  inputs.set_truncated(true);
  EXPECT_EQ(RunMachine(inputs).envelope.verdicts(0).outcome(), v1::OUTCOME_SCORED);
  inputs.set_on_truncation(v1::ON_TRUNCATION_EXCLUDE);
  EXPECT_EQ(RunMachine(inputs).envelope.verdicts(0).outcome(), v1::OUTCOME_NOT_APPLICABLE);
  inputs.set_generation_outcome(v1::OUTCOME_EMPTY);
  EXPECT_EQ(RunMachine(inputs).envelope.verdicts(0).outcome(), v1::OUTCOME_NOT_APPLICABLE);
}

std::string Sentence(int n) {
  return "Sentence " + std::string(static_cast<std::size_t>(n), 'q') +
         " tells of many quite different things.";
}

TEST(RepetitionScorerTest, PointsAtWhatRepeats) {
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_RULES, {RepetitionSpec()});
  std::string text;
  for (int n = 1; n <= 5; ++n) text += Sentence(n) + "\n\n";
  text += Sentence(1) + "\n\n" + Sentence(2) + "\n\n" + Sentence(3) + "\n\n";
  inputs.set_text(text);
  const JudgedRun run = RunMachine(inputs);
  EXPECT_EQ(run.score("looping_paragraphs"), 3);
  EXPECT_EQ(run.score("longest_repeat_words"), 24);
  EXPECT_DOUBLE_EQ(run.score("repeated_20gram_fraction"), 5.0 / 45);
  EXPECT_TRUE(run.has_flag("repetitive"));
  ASSERT_EQ(run.verdict().findings_size(), 4);
  for (const v1::Finding& finding : run.verdict().findings()) {
    ASSERT_EQ(finding.spans_size(), 2);
    const auto cut = [&](const v1::Span& span) {
      EXPECT_EQ(span.source(), "output");
      return text.substr(static_cast<std::size_t>(span.begin_byte()),
                         static_cast<std::size_t>(span.end_byte() - span.begin_byte()));
    };
    EXPECT_EQ(cut(finding.spans(0)), cut(finding.spans(1)));
    EXPECT_LT(finding.spans(0).begin_byte(), finding.spans(1).begin_byte());
  }
}

TEST(RepetitionScorerTest, PlainTextHasNoFlag) {
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_RULES, {RepetitionSpec()});
  std::string text;
  for (int n = 1; n <= 20; ++n) text += Sentence(n) + " ";
  inputs.set_text(text);
  const JudgedRun run = RunMachine(inputs);
  EXPECT_EQ(run.score("repeated_20gram_fraction"), 0);
  EXPECT_EQ(run.verdict().findings_size(), 0);
  EXPECT_EQ(run.verdict().flags_size(), 0);
}

TEST(ScorerRegistryTest, RefusesWhatCannotRun) {
  EXPECT_FALSE(MakeScorer(ScoringInputs(v1::UNIT_KIND_GENERATE, {LengthSpec()})).ok());
  EXPECT_FALSE(MakeScorer(ScoringInputs(v1::UNIT_KIND_SCORE_RULES, {})).ok());
  EXPECT_FALSE(MakeScorer(ScoringInputs(v1::UNIT_KIND_SCORE_RULES, {v1::ScorerSpec()})).ok());
  const v1::ScorerSpec rubric = LongBenchSpec(v1::COMPAT_STRICT);
  EXPECT_FALSE(MakeScorer(ScoringInputs(v1::UNIT_KIND_SCORE_RULES, {rubric})).ok());
  EXPECT_FALSE(MakeScorer(ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {rubric, rubric})).ok());
  EXPECT_FALSE(MakeScorer(ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {LengthSpec()})).ok());
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {rubric});
  EXPECT_TRUE(MakeScorer(inputs).ok());
  inputs.clear_run_secret();
  EXPECT_FALSE(MakeScorer(inputs).ok());
  inputs.mutable_scorers(0)->set_compat(v1::COMPAT_OFFICIAL);
  EXPECT_TRUE(MakeScorer(inputs).ok());
  inputs.mutable_scorers(0)->mutable_rubric()->clear_prompt();
  EXPECT_FALSE(MakeScorer(inputs).ok());
}

}  // namespace
}  // namespace assay
