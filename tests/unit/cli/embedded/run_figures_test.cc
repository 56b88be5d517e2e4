#include "cli/embedded/run_figures.h"

#include <gtest/gtest.h>

#include "tests/fakes/recorded_metrics.h"

namespace assay {
namespace {

RunProgress SomeRun() {
  RunProgress run;
  run.phase = RunPhase::kRunning;
  run.generations.total = 6;
  run.generations.queued = 4;
  run.generations.done = 2;
  run.judged_scorings.total = 1;
  run.judged_scorings.quarantined = 1;
  run.generation_outcomes[v1::OUTCOME_REFUSED] = 2;
  run.scoring_outcomes[v1::OUTCOME_UNJUDGED] = 5;
  run.ended_scorings = 5;
  run.verdicts["rubric"] = {9, 4};
  run.oldest_queued[v1::UNIT_KIND_GENERATE] = absl::Seconds(30);
  run.undurable = 2;
  run.oldest_undurable = absl::Seconds(3);
  run.truncated = 6;
  run.cost_usd = 0.5;
  run.retries = 7;
  run.throttles = 3;
  run.lost_leases = 1;
  EndpointProgress endpoint;
  endpoint.endpoint = "e";
  endpoint.max_in_flight = 16;
  endpoint.leased = 9;
  endpoint.paused = PauseReason::kAuth;
  endpoint.lanes.push_back({v1::UNIT_KIND_GENERATE, 12, 9, 2, 0, 1});
  endpoint.lanes.push_back({v1::UNIT_KIND_SCORE_JUDGED, 5, 3, 0, 1, 0});
  run.endpoints.push_back(endpoint);
  return run;
}

TEST(RunFiguresTest, AddUpOverRunsButEndpointsAreShared) {
  RecordedMetrics metrics;
  RunFigures figures;
  figures.Add(SomeRun());
  figures.Add(SomeRun());
  FiguresPublisher(metrics).Publish(figures, absl::Seconds(1));
  EXPECT_EQ(metrics.Value("assay_units kind=generate state=queued"), 8);
  EXPECT_EQ(metrics.Value("assay_units kind=generate state=done"), 4);
  EXPECT_EQ(metrics.Value("assay_units kind=score_judged state=quarantined"), 2);
  EXPECT_EQ(metrics.Value("assay_units kind=score_rules state=queued"), 0);
  EXPECT_EQ(metrics.Value("assay_outcomes kind=generate outcome=refused"), 4);
  EXPECT_EQ(metrics.Value("assay_outcomes kind=score outcome=unjudged"), 10);
  EXPECT_EQ(metrics.Value("assay_truncated_generations"), 12);
  EXPECT_EQ(metrics.Value("assay_cost_usd"), 1.0);
  EXPECT_EQ(metrics.Value("assay_retries_total"), 14);
  EXPECT_EQ(metrics.Value("assay_throttles_total"), 6);
  EXPECT_EQ(metrics.Value("assay_lost_leases_total"), 2);
  EXPECT_EQ(metrics.Value("assay_endpoint_limit endpoint=e"), 16);
  EXPECT_EQ(metrics.Value("assay_endpoint_leased endpoint=e"), 9);
  EXPECT_EQ(metrics.Value("assay_endpoint_paused endpoint=e"), 1);
  EXPECT_EQ(metrics.Value("assay_lane_limit endpoint=e kind=generate"), 12);
  EXPECT_EQ(metrics.Value("assay_lane_in_flight endpoint=e kind=score_judged"), 3);
  EXPECT_EQ(metrics.Value("assay_breakers endpoint=e state=closed"), 2);
  EXPECT_EQ(metrics.Value("assay_breakers endpoint=e state=open"), 1);
  EXPECT_EQ(metrics.Value("assay_breakers endpoint=e state=probing"), 1);
  EXPECT_EQ(metrics.Value("assay_required_verdicts scorer=rubric"), 18);
  EXPECT_EQ(metrics.Value("assay_judged_verdicts scorer=rubric"), 8);
  EXPECT_EQ(metrics.Value("assay_oldest_queued_seconds kind=generate"), 30) << "not their sum";
  EXPECT_EQ(metrics.Value("assay_oldest_queued_seconds kind=score_judged"), 0);
  EXPECT_EQ(metrics.Value("assay_undurable_results"), 4);
  EXPECT_EQ(metrics.Value("assay_durable_lag_seconds"), 3);
  EXPECT_EQ(metrics.Value("assay_invariant_violations_total invariant=I1"), 0);
  EXPECT_EQ(metrics.Value("assay_invariant_violations_total invariant=integrity"), 0);
}

TEST(RunFiguresTest, OutcomesThatAreMissingOrTooManyAreViolations) {
  using Spoil = void (*)(RunProgress&);
  const Spoil spoils[] = {
      [](RunProgress& run) { --run.generation_outcomes[v1::OUTCOME_REFUSED]; },
      [](RunProgress& run) { ++run.generation_outcomes[v1::OUTCOME_GENERATED]; },
      [](RunProgress& run) { --run.scoring_outcomes[v1::OUTCOME_UNJUDGED]; },
      [](RunProgress& run) { ++run.scoring_outcomes[v1::OUTCOME_SCORED]; },
      [](RunProgress& run) { ++run.judged_scorings.total; },
      [](RunProgress& run) { ++run.rule_scorings.done; },
      // They do not make up for each other.
      [](RunProgress& run) {
        --run.generation_outcomes[v1::OUTCOME_REFUSED];
        ++run.scoring_outcomes[v1::OUTCOME_SCORED];
      },
  };
  for (std::size_t i = 0; i < std::size(spoils); ++i) {
    RecordedMetrics metrics;
    FiguresPublisher publisher(metrics);
    const auto publish = [&](const RunProgress& run) {
      RunFigures figures;
      figures.Add(run);
      figures.Add(SomeRun());
      publisher.Publish(figures, absl::Seconds(1));
      return metrics.Value("assay_invariant_violations_total invariant=I1");
    };
    RunProgress run = SomeRun();
    EXPECT_EQ(publish(run), 0);
    spoils[i](run);
    EXPECT_EQ(publish(run), 1) << i;
    EXPECT_EQ(publish(run), 2) << "as long as it lasts";
    run.phase = RunPhase::kCancelling;
    EXPECT_EQ(publish(run), 2) << "both move step by step";
    EXPECT_EQ(publish(SomeRun()), 2);
  }
}

TEST(RunFiguresTest, ARunWhoseStoresDisagreeIsAViolation) {
  RecordedMetrics metrics;
  RunFigures figures;
  RunProgress run = SomeRun();
  run.phase = RunPhase::kPaused;
  run.pause_reason = PauseReason::kIntegrity;
  figures.Add(run);
  FiguresPublisher(metrics).Publish(figures, absl::Seconds(1));
  EXPECT_EQ(metrics.Value("assay_invariant_violations_total invariant=integrity"), 1);
  EXPECT_EQ(metrics.Value("assay_invariant_violations_total invariant=I1"), 0);
}

TEST(RunFiguresTest, ACoordinatorThatLeadsNoMoreShowsNothing) {
  RecordedMetrics metrics;
  FiguresPublisher publisher(metrics);
  RunFigures figures;
  figures.Add(SomeRun());
  publisher.Publish(figures, absl::Seconds(1));
  publisher.Publish({}, absl::Seconds(2));
  publisher.Publish({}, absl::Seconds(99));
  EXPECT_EQ(metrics.Value("assay_units kind=generate state=queued"), 0);
  EXPECT_EQ(metrics.Value("assay_units kind=score_judged state=quarantined"), 0);
  EXPECT_EQ(metrics.Value("assay_queue_stalled_seconds kind=generate"), 0);
  EXPECT_EQ(metrics.Value("assay_outcomes kind=score outcome=unjudged"), 0);
  EXPECT_EQ(metrics.Value("assay_endpoint_paused endpoint=e"), 0);
  EXPECT_EQ(metrics.Value("assay_lane_limit endpoint=e kind=generate"), 0);
  EXPECT_EQ(metrics.Value("assay_breakers endpoint=e state=open"), 0);
  EXPECT_EQ(metrics.Value("assay_required_verdicts scorer=rubric"), 0);
  EXPECT_EQ(metrics.Value("assay_judged_verdicts scorer=rubric"), 0);
  EXPECT_EQ(metrics.Value("assay_oldest_queued_seconds kind=generate"), 0);
  EXPECT_EQ(metrics.Value("assay_durable_lag_seconds"), 0);
  EXPECT_EQ(metrics.Value("assay_retries_total"), 7) << "a counter stays";
}

TEST(RunFiguresTest, CountersNeverGoBack) {
  RecordedMetrics metrics;
  FiguresPublisher publisher(metrics);
  const auto publish = [&](std::int64_t retries) {
    RunFigures figures;
    figures.retries = retries;
    publisher.Publish(figures, absl::ZeroDuration());
    return metrics.Value("assay_retries_total");
  };
  EXPECT_EQ(publish(5), 5);
  EXPECT_EQ(publish(8), 8);
  EXPECT_EQ(publish(2), 8) << "a run has left the list";
  EXPECT_EQ(publish(3), 9);
}

TEST(RunFiguresTest, AQueueStallsWhileItHoldsUnitsAndNothingMoves) {
  RecordedMetrics metrics;
  FiguresPublisher publisher(metrics);
  const auto stalled = [&](std::int64_t queued, std::int64_t done, int second) {
    RunProgress run;
    run.generations.queued = queued;
    run.generations.done = done;
    RunFigures figures;
    figures.Add(run);
    publisher.Publish(figures, absl::Seconds(second));
    return metrics.Value("assay_queue_stalled_seconds kind=generate");
  };
  EXPECT_EQ(stalled(4, 0, 100), 0);
  EXPECT_EQ(stalled(4, 0, 130), 30);
  EXPECT_EQ(stalled(3, 0, 140), 0) << "one was leased";
  EXPECT_EQ(stalled(3, 0, 145), 5);
  EXPECT_EQ(stalled(3, 1, 150), 0) << "one ended while another came";
  EXPECT_EQ(stalled(0, 4, 160), 0);
  EXPECT_EQ(stalled(0, 4, 900), 0) << "an empty queue waits for nobody";
  EXPECT_EQ(stalled(2, 4, 910), 0);
}

TEST(RunFiguresTest, WhatARunMayCountIsThereAtZero) {
  RecordedMetrics metrics;
  v1::RunRecord record;
  record.mutable_spec()->add_endpoints()->set_id("e");
  record.mutable_spec()->add_models();
  record.mutable_spec()->add_models();
  record.mutable_spec()->set_repeats(3);
  v1::Suite& suite = *record.add_suites();
  suite.add_samples();
  suite.add_samples();
  suite.mutable_manifest()->add_scorers()->set_id("length");
  DeclareMetrics(record, metrics);
  EXPECT_EQ(metrics.Value("assay_calls_total class=unknown endpoint=e"), 0);
  EXPECT_EQ(metrics.Value("assay_settlements_total settlement=closed"), 0);
  EXPECT_EQ(metrics.Value("assay_settlements_total settlement=unspecified"), -1);
  EXPECT_EQ(metrics.Value("assay_verdicts_total outcome=scored scorer=length"), 0);
}

}  // namespace
}  // namespace assay
