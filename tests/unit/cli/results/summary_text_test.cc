#include "cli/results/summary_text.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::RunSummary Summary() {
  v1::RunSummary summary;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(R"(
    run_id: "r1" state: "sealed" started_unix_ms: 1000 finished_unix_ms: 73000
    models {
      suite: "starter" model: "sim/strong" expected: 12
      outcomes { outcome: OUTCOME_GENERATED count: 12 }
      metrics { scorer: "length" name: "score" value {
        mean: 92.314 judged: 12 required: 12 stderr: 0.612 } }
      metrics { scorer: "rubric" name: "total" value { mean: 4.1 judged: 11 required: 12 } }
      scorers { scorer: "length" outcomes { outcome: OUTCOME_SCORED count: 12 } }
      scorers { scorer: "rubric" outcomes { outcome: OUTCOME_SCORED count: 11 }
                outcomes { outcome: OUTCOME_UNJUDGED count: 1 } }
      generation_usage { completion_tokens: 45678 } words: 31234 truncated: 2
    }
    models {
      suite: "starter" model: "通义千问" expected: 12
      outcomes { outcome: OUTCOME_GENERATED count: 9 }
      outcomes { outcome: OUTCOME_REFUSED count: 1 }
      outcomes { outcome: OUTCOME_INFRA_LOST count: 2 }
      metrics { scorer: "length" name: "score" value { mean: 0.5 judged: 9 required: 12 } }
      metrics { scorer: "rubric" name: "total" value { judged: 0 required: 12 } }
      scorers { scorer: "length" outcomes { outcome: OUTCOME_SCORED count: 9 }
                outcomes { outcome: OUTCOME_NOT_APPLICABLE count: 3 } }
      scorers { scorer: "rubric" outcomes { outcome: OUTCOME_UNJUDGED count: 9 }
                outcomes { outcome: OUTCOME_NOT_APPLICABLE count: 3 } }
      generation_usage { completion_tokens: 120 } words: 99
    }
    losses { error_class: ERROR_CLASS_INFRA message: "connection \033[31mrefused" endpoint: "gpu" }
  )",
                                                            &summary));
  return summary;
}

TEST(SummaryTextTest, Wide) {
  EXPECT_EQ(
      RenderSummary(Summary(), 100),
      "Run r1: sealed after 1 min 12 s\n"
      "\n"
      "Suite starter\n"
      "length      judged        score\n"
      "sim/strong   12/12  92.31 ±1.20\n"
      "通义千问      9/12        0.500\n"
      "\n"
      "rubric      judged  total\n"
      "sim/strong   11/12   4.10\n"
      "通义千问      0/12      -\n"
      "\n"
      "model       texts  = generated  + refused  + infra_lost  truncated   words  tokens out\n"
      "sim/strong     12           12          0             0          2  31.2 k      45.7 k\n"
      "通义千问       12            9          1             2          0      99         120\n"
      "\n"
      "model, scorer       texts  = scored  + unjudged  + not_applicable\n"
      "sim/strong, length     12        12           0                 0\n"
      "sim/strong, rubric     12        11           1                 0\n"
      "通义千问, length       12         9           0                 3\n"
      "通义千问, rubric       12         0           9                 3\n"
      "\n"
      "Lost, and why:\n"
      "  infra, endpoint gpu: connection \\x1b[31mrefused\n"
      "\n"
      "± is a 95 % interval, clustered by prompt; judged: scores in the mean / texts that "
      "should have one.\n");
}

TEST(SummaryTextTest, NarrowKeepsEveryFigure) {
  const std::string narrow = RenderSummary(Summary(), 40);
  for (const char* figure : {"92.31 ±1.20", "11/12", "0.500", "0/12", "31.2 k", "+ infra_lost"}) {
    EXPECT_THAT(narrow, HasSubstr(figure));
  }
}

TEST(SummaryTextTest, WithoutLossesNoTableOfThem) {
  v1::RunSummary summary = Summary();
  summary.mutable_models()->DeleteSubrange(1, 1);
  summary.mutable_models(0)->mutable_scorers()->DeleteSubrange(1, 1);
  summary.clear_losses();
  const std::string text = RenderSummary(summary, 100);
  EXPECT_THAT(text, Not(HasSubstr("Lost")));
  EXPECT_THAT(text, Not(HasSubstr("model, scorer")));
  EXPECT_THAT(text, Not(HasSubstr("cost")));
}

TEST(SummaryTextTest, LossesAreEveryNamedOutcomeThatIsNoScore) {
  EXPECT_EQ(CountLosses(Summary()), 1 + 3 + 9);
  EXPECT_EQ(CountOpen(Summary()), 0);
  v1::RunSummary open = Summary();
  open.mutable_models(0)->add_outcomes()->set_count(4);
  EXPECT_EQ(CountOpen(open), 4);
  EXPECT_THAT(RenderSummary(open, 100), HasSubstr("+ open"));
}

TEST(SummaryTextTest, AMetricWithOtherCountsThanItsScorerSaysSo) {
  v1::RunSummary summary = Summary();
  v1::MetricSummary* metric = summary.mutable_models(0)->add_metrics();
  metric->set_scorer("rubric");
  metric->set_name("depth");
  metric->mutable_value()->set_mean(3);
  metric->mutable_value()->set_judged(10);
  metric->mutable_value()->set_required(12);
  EXPECT_THAT(RenderSummary(summary, 100), HasSubstr("3.00 (10/12)"));
}

TEST(SummaryTextTest, AScorerThatScoredNothingStillSaysHowManyItShouldHave) {
  v1::RunSummary summary = Summary();
  for (v1::ModelSummary& model : *summary.mutable_models()) model.clear_metrics();
  const std::string text = RenderSummary(summary, 100);
  EXPECT_THAT(text, HasSubstr("rubric      judged\nsim/strong    0/12\n通义千问      0/12\n"));
}

TEST(SummaryTextTest, CostOnlyWherePriced) {
  v1::RunSummary summary = Summary();
  summary.mutable_models(0)->set_priced(true);
  summary.mutable_models(0)->set_cost_usd(0.0123);
  EXPECT_THAT(RenderSummary(summary, 120), HasSubstr("$0.0123"));
}

TEST(SummaryTextTest, WhatAJudgeMadeOfOneModelIsSaidWhereItStandsOut) {
  v1::RunSummary summary = Summary();
  v1::JudgeHealthSummary& health = *summary.add_judge_health();
  health.set_scorer("rubric");
  health.set_judge("reader");
  health.set_trusted(true);
  for (const char* name : {"sim/strong", "sim/short"}) {
    v1::JudgeOfModel& model = *health.add_models();
    model.set_model(name);
    model.set_texts(12);
    model.mutable_stats()->set_calls(20);
  }
  EXPECT_THAT(RenderSummary(summary, 100), Not(HasSubstr("  rubric: ")));
  health.mutable_models(1)->mutable_stats()->set_unusable_replies(5);
  health.mutable_models(1)->set_flagged_texts(2);
  const std::string text = RenderSummary(summary, 100);
  EXPECT_THAT(text, HasSubstr("  rubric: 25.0% of the replies on texts of sim/short could not be "
                              "used\n  rubric: 2 of 12 texts of sim/short address the judge"));
  EXPECT_THAT(text, Not(HasSubstr("texts of sim/strong")));
}

TEST(SummaryTextTest, ATallTableOfABenchmarkIsCut) {
  v1::RunSummary summary = Summary();
  v1::ResultTable& table = *summary.add_tables();
  table.set_suite(summary.models(0).suite());
  table.set_title("Yes by block");
  table.add_columns("block");
  for (int i = 1; i <= 42; ++i) {
    table.add_rows()->add_cells()->set_text("row" + std::to_string(i) + ".");
  }
  const std::string text = RenderSummary(summary, 100);
  EXPECT_THAT(text, HasSubstr("row40."));
  EXPECT_THAT(text, Not(HasSubstr("row41.")));
  EXPECT_THAT(text, HasSubstr("  and 2 rows more, in report.html and summary.json\n"));
}

}  // namespace
}  // namespace assay
