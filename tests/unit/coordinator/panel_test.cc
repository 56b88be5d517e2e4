#include "coordinator/core/panel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

v1::ScorerResult Part(v1::Outcome outcome, std::vector<double> values = {}) {
  v1::ScorerResult result;
  result.set_outcome(outcome);
  result.set_reason("said so");
  for (std::size_t i = 0; i < values.size(); ++i) {
    v1::Score& score = *result.add_scores();
    score.set_name(std::string(1, static_cast<char>('a' + i)));
    score.set_value(values[i]);
  }
  return result;
}

std::vector<v1::ScorerResult> Scored(const std::vector<double>& values) {
  std::vector<v1::ScorerResult> parts;
  for (const double value : values) parts.push_back(Part(v1::OUTCOME_SCORED, {value}));
  return parts;
}

v1::ScorerResult Combine(const std::string& how, int min_valid,
                         const std::vector<v1::ScorerResult>& parts) {
  Panel panel{"quality", {}, how, min_valid};
  for (std::size_t i = 0; i < parts.size(); ++i) panel.parts.push_back(static_cast<int>(i));
  return CombinePanel(panel, parts);
}

TEST(Panel, CombinesByMeanMedianAndMajority) {
  EXPECT_EQ(Combine("mean", 2, Scored({0, 50, 100, 90})).scores(0).value(), 60);
  EXPECT_EQ(Combine("median", 2, Scored({0, 100, 40})).scores(0).value(), 40);
  EXPECT_EQ(Combine("median", 2, Scored({0, 100, 40, 60})).scores(0).value(), 50);
  EXPECT_EQ(Combine("majority", 2, Scored({100, 0, 100})).scores(0).value(), 100);
}

TEST(Panel, ATieHasNoMajority) {
  const v1::ScorerResult result = Combine("majority", 1, Scored({100, 0}));
  EXPECT_EQ(result.outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_THAT(result.reason(), testing::HasSubstr("no value has a majority"));
}

TEST(Panel, TooFewJudgesMakeNoScoreAndNeverAZero) {
  std::vector<v1::ScorerResult> parts = Scored({80});
  parts.push_back(Part(v1::OUTCOME_UNJUDGED));
  parts.push_back(Part(v1::OUTCOME_INFRA_LOST));
  const v1::ScorerResult result = Combine("mean", 2, parts);
  EXPECT_EQ(result.outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_TRUE(result.scores().empty());
  EXPECT_EQ(result.reason(), "1 of 3 judges scored it, 2 are needed");
  EXPECT_EQ(Combine("mean", 1, parts).scores(0).value(), 80);
}

TEST(Panel, AFigureNeedsAsManyJudgesAsTheVerdict) {
  std::vector<v1::ScorerResult> parts = Scored({80, 60});
  parts.push_back(Part(v1::OUTCOME_SCORED, {70, 10}));
  const v1::ScorerResult result = Combine("mean", 2, parts);
  ASSERT_EQ(result.scores_size(), 1) << "only one judge has b";
  EXPECT_EQ(result.scores(0).value(), 70);
}

TEST(Panel, NothingToScoreStaysThat) {
  const v1::ScorerResult result =
      Combine("mean", 1, {Part(v1::OUTCOME_NOT_APPLICABLE), Part(v1::OUTCOME_NOT_APPLICABLE)});
  EXPECT_EQ(result.outcome(), v1::OUTCOME_NOT_APPLICABLE);
  EXPECT_EQ(result.reason(), "said so");
}

TEST(Panel, PartsAreFoundByTheirPanel) {
  std::vector<v1::ScorerSpec> scorers(4);
  for (const int i : {1, 3}) {
    scorers[static_cast<std::size_t>(i)].mutable_accepted()->set_panel("quality");
    scorers[static_cast<std::size_t>(i)].set_combine("median");
    scorers[static_cast<std::size_t>(i)].set_min_valid(2);
  }
  const std::vector<Panel> panels = PanelsOf(scorers);
  ASSERT_EQ(panels.size(), 1u);
  EXPECT_THAT(panels[0].parts, testing::ElementsAre(1, 3));
  EXPECT_EQ(panels[0].combine, "median");
  EXPECT_EQ(panels[0].min_valid, 2);
}

}  // namespace
}  // namespace assay
