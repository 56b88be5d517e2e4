#include "judge/rubric/criteria_scores.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

GradedCriterion Points(double points, std::optional<double> value) {
  GradedCriterion criterion;
  criterion.points = points;
  criterion.value = value;
  return criterion;
}

GradedCriterion Weighted(const std::string& group, double weight, std::optional<double> value) {
  GradedCriterion criterion;
  criterion.group = group;
  criterion.weight = weight;
  criterion.value = value;
  return criterion;
}

TEST(ChecklistScoreTest, WhatWasNotJudgedIsLeftOut) {
  const std::vector<GradedCriterion> some = {Points(0, 1), Points(0, std::nullopt), Points(0, 0),
                                             Points(0, 1)};
  EXPECT_DOUBLE_EQ(*ChecklistScore(some), 2.0 / 3);
  EXPECT_FALSE(ChecklistScore({}).has_value());
  EXPECT_FALSE(ChecklistScore(std::vector{Points(0, std::nullopt)}).has_value());
}

TEST(PointsScoreTest, NegativePointsCostAndAreNotWithinReach) {
  EXPECT_DOUBLE_EQ(*PointsScore(std::vector{Points(7, 1), Points(3, 0), Points(-5, 1)}), 0.2);
  EXPECT_DOUBLE_EQ(*PointsScore(std::vector{Points(7, 0), Points(3, 0), Points(-5, 1)}), -0.5);
  EXPECT_DOUBLE_EQ(*PointsScore(std::vector{Points(7, 1), Points(3, std::nullopt)}), 1);
  EXPECT_FALSE(PointsScore(std::vector{Points(-5, 0)}).has_value());
  EXPECT_FALSE(PointsScore(std::vector{Points(7, std::nullopt), Points(-5, 1)}).has_value());
}

TEST(ClippedMeanTest, ClipsTheMeanNotItsParts) {
  EXPECT_DOUBLE_EQ(ClippedMean(std::vector{-0.5, 1.0}), 0.25);
  EXPECT_DOUBLE_EQ(ClippedMean(std::vector{-0.5, 0.1}), 0);
  EXPECT_DOUBLE_EQ(ClippedMean({}), 0);
}

TEST(WeightedRubricTest, GroupsThenTheirWeights) {
  const std::vector<GradedCriterion> criteria = {Weighted("a", 0.75, 0.8), Weighted("a", 0.25, 0.4),
                                                 Weighted("b", 1, 0.2),
                                                 Weighted("b", 9, std::nullopt)};
  const WeightedScores scores = WeightedRubric(criteria, {{"a", 0.9}, {"b", 0.1}});
  EXPECT_DOUBLE_EQ(scores.groups.at("a"), 0.7);
  EXPECT_DOUBLE_EQ(scores.groups.at("b"), 0.2);
  EXPECT_DOUBLE_EQ(*scores.total, 0.65);
  EXPECT_DOUBLE_EQ(*WeightedRubric(criteria, {}).total, 0.45);
  const WeightedScores partial = WeightedRubric(criteria, {{"a", 0.9}});
  EXPECT_TRUE(partial.group_without_weight);
  EXPECT_DOUBLE_EQ(*partial.total, 0.7);
  EXPECT_FALSE(WeightedRubric({}, {}).total.has_value());
}

TEST(AgainstReferenceTest, BothAtZeroIsZero) {
  EXPECT_DOUBLE_EQ(AgainstReference(6, 6), 0.5);
  EXPECT_DOUBLE_EQ(AgainstReference(2, 6), 0.25);
  EXPECT_DOUBLE_EQ(AgainstReference(0, 0), 0);
}

// The 'criteria_met' of a row, in order; `responses` is what Python's repr makes of a list.
std::vector<bool> MetOf(const std::string& responses) {
  const std::string key = "'criteria_met': ";
  std::vector<bool> met;
  for (std::size_t at = 0; (at = responses.find(key, at)) != std::string::npos;) {
    at += key.size();
    met.push_back(responses.compare(at, 4, "True") == 0);
  }
  return met;
}

// The number behind 'name': in a printed dict.
double NumberIn(const std::string& printed, const std::string& name) {
  const std::string key = "'" + name + "': ";
  const std::size_t at = printed.find(key);
  return at == std::string::npos ? -99 : std::stod(printed.substr(at + key.size()));
}

std::vector<GradedCriterion> HealthBenchCriteria(const Json& row) {
  const std::vector<bool> met = MetOf(row.at("responses").get<std::string>());
  std::vector<GradedCriterion> criteria;
  EXPECT_EQ(met.size(), row.at("rubrics").size());
  for (const Json& item : row.at("rubrics")) {
    if (criteria.size() == met.size()) break;
    GradedCriterion& added = criteria.emplace_back();
    added.points = item.at("points").get<double>();
    added.tags = item.at("tags").get<std::vector<std::string>>();
    added.value = met[criteria.size() - 1] ? 1 : 0;
  }
  return criteria;
}

TEST(HealthBenchGoldenTest, EveryRowEveryTagAndTheMean) {
  if (!HasGolden("healthbench")) GTEST_SKIP() << "no data";
  std::vector<double> scores;
  int items = 0;
  int negative = 0;
  std::map<std::string, std::vector<double>> by_tag;
  for (const Json& row : GoldenRows(GoldenFolder("healthbench") / "judge_responses.jsonl.gz")) {
    const std::vector<GradedCriterion> criteria = HealthBenchCriteria(row);
    items += static_cast<int>(criteria.size());
    scores.push_back(PointsScore(criteria).value());
    negative += scores.back() < 0 ? 1 : 0;
    EXPECT_NEAR(scores.back(), row.at("score").get<double>(), 1e-9) << scores.size();
    const std::string metrics = row.at("metrics").get<std::string>();
    for (const auto& [tag, score] : PointsByTag(criteria)) {
      EXPECT_NEAR(score, NumberIn(metrics, tag), 1e-12) << tag;
      by_tag[tag].push_back(score);
    }
    for (const Json& tag : row.at("example_tags")) {
      by_tag[tag.get<std::string>()].push_back(scores.back());
    }
  }
  EXPECT_EQ(scores.size(), 100u);
  EXPECT_EQ(items, 1157);
  EXPECT_EQ(negative, 1);
  const Json expected = GoldenJson(GoldenFolder("healthbench") / "final_metrics.json");
  EXPECT_NEAR(ClippedMean(scores), expected.at("overall_score").get<double>(), 1e-12);
  EXPECT_EQ(by_tag.size() * 3 + 6, expected.size());
  for (const auto& [tag, values] : by_tag) {
    ASSERT_TRUE(expected.contains(tag)) << tag;
    EXPECT_NEAR(ClippedMean(values), expected.at(tag).get<double>(), 1e-12) << tag;
    EXPECT_EQ(values.size(), expected.at(tag + ":n_samples").get<std::size_t>()) << tag;
  }
}

TEST(RaceGoldenTest, WeightsSumToOneSoThatEqualRatingsGiveThemselves) {
  if (!HasGolden("deepresearch-bench")) GTEST_SKIP() << "no data";
  std::size_t n = 0;
  std::size_t tasks = 0;
  for (const Json& task : GoldenRows(GoldenFolder("deepresearch-bench") / "criteria.jsonl.gz")) {
    ++tasks;
    std::map<std::string, double> group_weights;
    double of_groups = 0;
    for (const auto& [group, weight] : task.at("dimension_weight").items()) {
      of_groups += group_weights[group] = weight.get<double>();
    }
    EXPECT_NEAR(of_groups, 1, 1e-9) << tasks;
    std::vector<GradedCriterion> criteria;
    double plain = 0;  // sum of all, as the benchmark's own weights of 1 allow
    for (const auto& [group, list] : task.at("criterions").items()) {
      double sum = 0;
      for (const Json& criterion : list) {
        const double weight = criterion.at("weight").get<double>();
        const double value = static_cast<double>(n++ % 11) / 10;
        sum += weight;
        plain += group_weights.at(group) * weight * value;
        criteria.push_back(Weighted(group, weight, value));
      }
      EXPECT_NEAR(sum, 1, 1e-9) << tasks << " " << group;
    }
    EXPECT_NEAR(*WeightedRubric(criteria, group_weights).total, plain, 1e-9);
  }
  EXPECT_EQ(n, 2517u);
  EXPECT_EQ(tasks, 100u);
}

// The published scores are T / (T + R); from them and the dimensions' weights no rating can be had
// back, but a total of T / (T + R) lies between the extremes of its dimensions', and the mean over
// tasks is the published one.
TEST(RaceGoldenTest, NormalisedScoresAndTheirMeans) {
  if (!HasGolden("deepresearch-bench")) GTEST_SKIP() << "no data";
  const auto folder = GoldenFolder("deepresearch-bench");
  const Json expected = GoldenJson(folder / "EXPECTED.json");
  std::map<std::string, std::vector<double>> columns;
  for (const Json& row : GoldenRows(folder / "race" / "raw_results.jsonl")) {
    double least = 1;
    double most = 0;
    for (const char* name :
         {"comprehensiveness", "insight", "instruction_following", "readability"}) {
      const double score = row.at(name).get<double>();
      // A pair of totals with this share gives the score back, whatever their size.
      EXPECT_NEAR(AgainstReference(7 * score, 7 * (1 - score)), score, 1e-12);
      columns[name].push_back(score);
      least = std::min(least, score);
      most = std::max(most, score);
    }
    const double overall = row.at("overall_score").get<double>();
    EXPECT_GE(overall, least - 1e-9);
    EXPECT_LE(overall, most + 1e-9);
    columns["overall_score"].push_back(overall);
  }
  for (const auto& [name, values] : columns) {
    ASSERT_EQ(values.size(), 100u);
    EXPECT_NEAR(ClippedMean(values), expected.at("race_mean").at(name).get<double>(), 1e-9) << name;
  }
}

}  // namespace
}  // namespace assay
