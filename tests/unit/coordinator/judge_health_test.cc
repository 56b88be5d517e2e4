#include "coordinator/core/judge_health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

class JudgeHealthTest : public testing::Test {
 protected:
  JudgeHealthTest() {
    v1::ScorerSpec& scorer = scorers_.emplace_back();
    scorer.set_id("rubric");
    scorer.set_judge("reader");
    scorer.mutable_accepted()->set_judged_metric("S_q");
    for (const char* kind : {"constant", "anchor"})
      scorer.mutable_accepted()->add_probe_kinds(kind);
    scorers_.emplace_back().set_id("length");
    spec_.add_models()->set_id("m2");
    spec_.add_models()->set_id("m1");
    Stats().set_calls(10);
  }

  v1::JudgeStats& Stats() { return *judged_["rubric"]["m1"].mutable_stats(); }

  void Probe(const std::string& kind, double mean, std::int64_t judged) {
    v1::ModelSummary& probe = *probes_.Add();
    probe.set_probe(kind);
    probe.set_expected(2);
    v1::MetricSummary& metric = *probe.add_metrics();
    metric.set_scorer("rubric");
    metric.set_name("S_q");
    metric.mutable_value()->set_mean(mean);
    metric.mutable_value()->set_judged(judged);
  }

  v1::JudgeHealthSummary Health() {
    const auto all = JudgeHealthOf(spec_, scorers_, judged_, probes_);
    EXPECT_EQ(all.size(), 1u) << "a scorer without a judge has no judge to trust";
    return all.front();
  }

  v1::RunSpec spec_;
  std::vector<v1::ScorerSpec> scorers_;
  JudgedByScorer judged_;
  google::protobuf::RepeatedPtrField<v1::ModelSummary> probes_;
};

TEST_F(JudgeHealthTest, AJudgeThatPraisesNothingAndKnowsAGoodTextIsTrusted) {
  Probe("constant", 0, 2);
  Probe("anchor", 90, 2);
  const v1::JudgeHealthSummary health = Health();
  EXPECT_TRUE(health.trusted()) << health.reason();
  EXPECT_EQ(health.judge(), "reader");
  ASSERT_EQ(health.probes_size(), 2);
  EXPECT_TRUE(health.probes(0).passed());
}

TEST_F(JudgeHealthTest, ACanaryThatPassesMarksTheJudge) {
  Probe("constant", 40, 1);  // of two suites: (40 + 100) / 2 = 70
  Probe("constant", 100, 1);
  const v1::JudgeHealthSummary health = Health();
  EXPECT_FALSE(health.trusted());
  EXPECT_EQ(health.reason(), "probe constant got 70.0 of 100 for S_q, at most 50.0 was expected");
  EXPECT_EQ(health.probes(0).value().required(), 4);
}

TEST_F(JudgeHealthTest, AnAnchorThatFailsMarksTheJudge) {
  Probe("anchor", 20, 2);
  EXPECT_THAT(Health().reason(), testing::HasSubstr("probe anchor got 20.0"));
}

TEST_F(JudgeHealthTest, LimitsAreTheSpecs) {
  spec_.mutable_judge_health()->set_canary_limit(10);
  Probe("constant", 11, 2);
  EXPECT_FALSE(Health().trusted());
}

TEST_F(JudgeHealthTest, FiguresStandForEachModelInTheOrderOfTheSpec) {
  v1::ScorerResult result;
  result.mutable_judge_stats()->set_calls(3);
  result.mutable_judge_stats()->set_unusable_replies(1);
  AddJudged(result, judged_["rubric"]["m2"]);
  result.add_flags("text_instruction");
  result.add_flags("partly_judged");
  AddJudged(result, judged_["rubric"]["m2"]);
  const v1::JudgeHealthSummary health = Health();
  EXPECT_EQ(health.stats().calls(), 16);
  EXPECT_EQ(health.stats().unusable_replies(), 2);
  ASSERT_EQ(health.models_size(), 2);
  EXPECT_EQ(health.models(0).model(), "m2");
  EXPECT_EQ(health.models(0).stats().calls(), 6);
  EXPECT_EQ(health.models(0).texts(), 2);
  EXPECT_EQ(health.models(0).flagged_texts(), 1);
  EXPECT_EQ(health.models(1).flagged_texts(), 0);
}

TEST_F(JudgeHealthTest, AProbeThatWasNotJudgedDecidesNothing) {
  Probe("constant", 0, 0);
  const v1::JudgeHealthSummary health = Health();
  EXPECT_TRUE(health.trusted());
  EXPECT_EQ(health.probes(0).value().judged(), 0);
}

TEST_F(JudgeHealthTest, UnusableRepliesMarkTheJudge) {
  Stats().set_unusable_replies(2);
  EXPECT_TRUE(Health().trusted()) << "a fifth is the limit";
  Stats().set_unusable_replies(3);
  EXPECT_EQ(Health().reason(), "3 of 10 replies could not be used");
}

}  // namespace
}  // namespace assay
