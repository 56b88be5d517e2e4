// Agreement and corrected rates on published human and judge labels. Skips without the data.
#include <gtest/gtest.h>

#include "common/stats/agreement.h"
#include "common/stats/judge_correction.h"
#include "judge/claims/published_replies.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

constexpr double kExact = 5e-10;  // the expected values have ten digits

TEST(StatsGolden, RagCheckerAnnotators) {
  if (!HasGolden("ragchecker")) GTEST_SKIP() << "no ragchecker data";
  const Json expected = GoldenJson(GoldenFolder("ragchecker") / "EXPECTED.json")["agreement"];
  const Json rows = GoldenJson(GoldenFolder("ragchecker") / "human_labeled_data.json.gz");
  for (const auto& [field, values] : expected.items()) {
    SCOPED_TRACE(field);
    std::map<int, std::vector<double>> units;
    for (const Json& row : rows) {
      units[row["instance_id"].get<int>()].push_back(row[field].get<double>());
    }
    std::vector<RatingPair> pairs;
    std::vector<std::vector<double>> ratings;
    for (const auto& [id, unit] : units) {
      ASSERT_EQ(unit.size(), 2u);
      pairs.emplace_back(unit[0], unit[1]);
      ratings.push_back(unit);
    }
    EXPECT_EQ(pairs.size(), 280u);
    EXPECT_NEAR(*ExactAgreement(pairs), values["exact_agreement"].get<double>(), kExact);
    EXPECT_NEAR(*CohenKappa(pairs), values["cohen_kappa"].get<double>(), kExact);
    EXPECT_NEAR(*QuadraticKappa(pairs), values["quadratic_weighted_kappa"].get<double>(), kExact);
    EXPECT_NEAR(*KrippendorffAlpha(ratings, AlphaLevel::kNominal),
                values["krippendorff_alpha_nominal"].get<double>(), kExact);
    EXPECT_NEAR(*KrippendorffAlpha(ratings, AlphaLevel::kInterval),
                values["krippendorff_alpha_interval"].get<double>(), kExact);
  }
}

TEST(StatsGolden, WiceJudgesAgainstHumans) {
  if (!HasGolden("wice")) GTEST_SKIP() << "no wice data";
  const Json expected = GoldenJson(GoldenFolder("wice") / "EXPECTED.json")["runs"];
  std::map<std::string, std::string> human;
  for (const Json& row : GoldenRows(GoldenFolder("wice") / "claim/test.jsonl.gz")) {
    human[row["meta"]["id"].get<std::string>()] = row["label"].get<std::string>();
  }
  for (const char* run : {"claim/gpt-3.5-turbo-0613", "claim/gpt-4-0613"}) {
    SCOPED_TRACE(run);
    const Json scores =
        GoldenJson(GoldenFolder("wice") / "model_outputs" / run / "test.entailment_score.json");
    std::vector<RatingPair> pairs;
    int three_way = 0;
    for (const auto& [id, score] : scores.items()) {
      const std::string& label = human.at(id);
      const double truth = label == "supported" ? 1 : label == "not_supported" ? 0 : 0.5;
      three_way += truth == score.get<double>() ? 1 : 0;
      pairs.emplace_back(truth == 1, score.get<double>() == 1);
    }
    EXPECT_NEAR(three_way / 100.0, expected[run]["three_way_accuracy_vs_human"].get<double>(),
                kExact);
    const Json& binary = expected[run]["binary_supported"];
    EXPECT_NEAR(*ExactAgreement(pairs), binary["accuracy"].get<double>(), kExact);
    EXPECT_NEAR(*CohenKappa(pairs), binary["cohen_kappa"].get<double>(), kExact);
  }
}

void ExpectEstimate(const absl::StatusOr<Estimate>& estimate, const Json& expected) {
  ASSERT_TRUE(estimate.ok()) << estimate.status();
  EXPECT_NEAR(estimate->lambda, expected["lambda"].get<double>(), kExact);
  EXPECT_NEAR(estimate->value, expected["theta"].get<double>(), kExact);
  EXPECT_NEAR(estimate->standard_error, expected["se"].get<double>(), kExact);
  // The expected interval was made with z = 1.96.
  EXPECT_NEAR(estimate->low, expected["wald95"][0].get<double>(), 1e-5);
  EXPECT_NEAR(estimate->high, expected["wald95"][1].get<double>(), 1e-5);
}

TEST(StatsGolden, JudgeCalibration) {
  if (!HasGolden("judge-calibration")) GTEST_SKIP() << "no judge-calibration data";
  const std::filesystem::path folder = GoldenFolder("judge-calibration");
  const Json expected = GoldenJson(folder / "EXPECTED.json")["files"];
  EXPECT_EQ(expected.size(), 6u);
  for (const auto& [file, values] : expected.items()) {
    SCOPED_TRACE(file);
    std::vector<double> human;
    std::vector<double> judge;
    for (const Json& row : GoldenJson(folder / file)) {
      if (!row["judge_pick"].is_string()) continue;
      human.push_back(row["human_winner"] == "model_a" ? 1 : 0);
      judge.push_back(row["judge_pick"] == "A" ? 1 : 0);
    }
    ASSERT_EQ(human.size(), values["used"].get<std::size_t>());
    std::vector<RatingPair> pairs;
    for (std::size_t i = 0; i < human.size(); ++i) pairs.emplace_back(human[i], judge[i]);
    EXPECT_NEAR(*ExactAgreement(pairs), values["agreement"].get<double>(), kExact);
    EXPECT_NEAR(*CohenKappa(pairs), values["cohen_kappa"].get<double>(), kExact);

    const auto labelled = static_cast<std::ptrdiff_t>(human.size() / 5);
    const LabelledSlice slice{{human.begin(), human.begin() + labelled},
                              {judge.begin(), judge.begin() + labelled},
                              {judge.begin() + labelled, judge.end()}};
    ExpectEstimate(PredictionPowered(slice, 1, 0.95), values["ppi_lambda1"]);
    ExpectEstimate(PredictionPoweredPlus(slice, 0.95, /*clip=*/false), values["ppi_pp"]);
    RoganGladenCounts counts;
    for (std::ptrdiff_t i = 0; i < labelled; ++i) {
      const bool positive = slice.human[static_cast<std::size_t>(i)] == 1;
      const bool judged = slice.judge[static_cast<std::size_t>(i)] == 1;
      ++(positive ? counts.positives : counts.negatives);
      if (positive && judged) ++counts.true_positives;
      if (!positive && !judged) ++counts.true_negatives;
    }
    counts.judged = static_cast<std::int64_t>(slice.judge_unlabelled.size());
    for (const double pick : slice.judge_unlabelled) counts.judged_positive += pick == 1 ? 1 : 0;
    const Json& rogan = values["rogan_gladen"];
    EXPECT_NEAR(*RoganGladenPoint(counts), rogan["theta_unclipped"].get<double>(), kExact);
    const double quality = rogan["q0"].get<double>() + rogan["q1"].get<double>();
    EXPECT_EQ(RoganGladen(counts, 0.95).ok(), quality >= 1.2);
  }
}

}  // namespace
}  // namespace assay
