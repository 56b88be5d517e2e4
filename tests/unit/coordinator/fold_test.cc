// Figures computed by hand, and the properties that every fold has.
#include "coordinator/core/fold.h"

#include <cmath>

#include "tests/unit/coordinator/test_run.h"

namespace assay {
namespace {

class FoldByHand : public testing::Test {
 protected:
  FoldByHand() : record_(TestRun({.samples = 3, .repeats = 2, .rules = false})) {
    v1::SuiteManifest& manifest = *record_.mutable_suites(0)->mutable_manifest();
    v1::LengthBucket& bucket = *manifest.add_length_buckets();
    bucket.set_label("short");
    bucket.set_min_words(0);
    bucket.set_max_words(2500);
    v1::DerivedMetric& derived = *manifest.add_derived_metrics();
    derived.set_name("S_bar");
    derived.add_mean_of("rubric.a");
    derived.add_mean_of("rubric.b");
    v1::DerivedMetric& absent = *manifest.add_derived_metrics();
    absent.set_name("absent");
    absent.add_mean_of("rubric.a");
    absent.add_mean_of("rubric.nowhere");
    v1::RunSpec& spec = *record_.mutable_spec();
    spec.mutable_endpoints(0)->mutable_price()->set_input_usd_per_mtok(1);
    spec.mutable_endpoints(0)->mutable_price()->set_output_usd_per_mtok(2);
    spec.mutable_endpoints(1)->mutable_price()->set_output_usd_per_mtok(10);
  }

  // Unit index of a generation, and of its scoring.
  UnitIndex Generation(int sample, int repeat) {
    return plan().ranges()[static_cast<std::size_t>(repeat * 2)].first +
           static_cast<UnitIndex>(sample);
  }
  UnitIndex Scoring(int sample, int repeat) {
    return plan().ScoringsOf(Generation(sample, repeat)).at(0);
  }
  const RunPlan& plan() {
    if (!plan_.has_value()) plan_ = RunPlan::Make(record_, NeedsCallsInTests).value();
    return *plan_;
  }
  v1::Envelope& Add(UnitIndex unit, v1::Outcome outcome) {
    v1::Envelope& envelope = envelopes_[plan().IdOf(unit)];
    envelope.set_unit_id(plan().IdOf(unit));
    envelope.set_run_id("run-1");
    envelope.set_attempt("1.00000000000000aa");
    envelope.set_outcome(outcome);
    return envelope;
  }
  void Text(int sample, int repeat, bool truncated = false) {
    v1::Envelope& envelope = Add(Generation(sample, repeat), v1::OUTCOME_GENERATED);
    envelope.mutable_generation()->set_text("one two three");
    envelope.mutable_generation()->set_truncated(truncated);
    envelope.mutable_usage()->set_prompt_tokens(1000);
    envelope.mutable_usage()->set_completion_tokens(500);
  }
  void Scores(int sample, int repeat, double a, double b) {
    v1::Envelope& envelope = Add(Scoring(sample, repeat), v1::OUTCOME_SCORED);
    v1::Verdict& verdict = *envelope.add_verdicts();
    verdict.set_scorer_id("rubric");
    verdict.set_outcome(v1::OUTCOME_SCORED);
    v1::Score* score = verdict.add_scores();
    score->set_name("a");
    score->set_value(a);
    score = verdict.add_scores();
    score->set_name("b");
    score->set_value(b);
    envelope.mutable_usage()->set_completion_tokens(100);
  }
  void Verdict(int sample, int repeat, v1::Outcome outcome, const std::string& reason) {
    v1::Envelope& envelope = Add(Scoring(sample, repeat), outcome);
    v1::Verdict& verdict = *envelope.add_verdicts();
    verdict.set_scorer_id("rubric");
    verdict.set_outcome(outcome);
    verdict.set_reason(reason);
  }
  FoldedRun Fold() {
    absl::StatusOr<FoldedRun> folded = FoldRun(record_, NeedsCallsInTests, envelopes_);
    EXPECT_TRUE(folded.ok()) << folded.status();
    return *std::move(folded);
  }
  static std::map<v1::Outcome, std::int64_t> Counts(
      const google::protobuf::RepeatedPtrField<v1::OutcomeCount>& counts) {
    std::map<v1::Outcome, std::int64_t> map;
    for (const v1::OutcomeCount& count : counts) map[count.outcome()] = count.count();
    return map;
  }

  v1::RunRecord record_;
  std::optional<RunPlan> plan_;
  std::map<std::string, v1::Envelope> envelopes_;
};

TEST_F(FoldByHand, MeansErrorsBucketsAndDenominators) {
  // Sample 0 (1000 words): 1, 3. Sample 1 (2000): 5, unjudged. Sample 2 (3000): 6 truncated,
  // failed.
  Text(0, 0), Text(0, 1), Text(1, 0), Text(1, 1), Text(2, 0, true);
  v1::Envelope& failed = Add(Generation(2, 1), v1::OUTCOME_FAILED);
  failed.mutable_error()->set_error_class(v1::ERROR_CLASS_REQUEST);
  failed.mutable_error()->set_message("context too long");
  failed.set_attempt("2.00000000000000bb");
  Scores(0, 0, 1, 10), Scores(0, 1, 3, 20), Scores(1, 0, 5, 30), Scores(2, 0, 6, 40);
  Verdict(1, 1, v1::OUTCOME_UNJUDGED, "not json");
  Verdict(2, 1, v1::OUTCOME_NOT_APPLICABLE, "the generation ended as failed");
  const FoldedRun folded = Fold();

  EXPECT_EQ(folded.summary.state(), "sealed");
  ASSERT_EQ(folded.summary.models_size(), 1);
  const v1::ModelSummary& m = folded.summary.models(0);
  EXPECT_EQ(m.expected(), 6);
  EXPECT_EQ(Counts(m.outcomes()), (std::map<v1::Outcome, std::int64_t>{{v1::OUTCOME_GENERATED, 5},
                                                                       {v1::OUTCOME_FAILED, 1}}));
  EXPECT_EQ(
      Counts(m.scorers(0).outcomes()),
      (std::map<v1::Outcome, std::int64_t>{
          {v1::OUTCOME_SCORED, 4}, {v1::OUTCOME_UNJUDGED, 1}, {v1::OUTCOME_NOT_APPLICABLE, 1}}));
  EXPECT_EQ(m.truncated(), 1);
  EXPECT_EQ(m.words(), 15);
  EXPECT_EQ(m.retried(), 1);

  ASSERT_EQ(m.metrics_size(), 2);
  const v1::MetricSummary& a = m.metrics(0);
  EXPECT_EQ(a.name(), "a");
  EXPECT_EQ(a.value().judged(), 4);
  EXPECT_EQ(a.value().required(), 6) << "a failed generation still owes its score";
  EXPECT_DOUBLE_EQ(a.value().mean(), 15.0 / 4);
  // Clusters of deviations from 3.75: sample 0: (1-3.75)+(3-3.75) = -3.5; sample 1: 1.25; 2: 2.25.
  const double expected_se = std::sqrt(3.0 / 2.0 * (3.5 * 3.5 + 1.25 * 1.25 + 2.25 * 2.25)) / 4;
  EXPECT_DOUBLE_EQ(a.value().stderr(), expected_se);
  EXPECT_EQ(a.complete().judged(), 3);
  EXPECT_EQ(a.complete().required(), 4);
  EXPECT_DOUBLE_EQ(a.complete().mean(), 3);
  EXPECT_EQ(a.truncated().judged(), 1);
  EXPECT_EQ(a.truncated().required(), 1);
  EXPECT_DOUBLE_EQ(a.truncated().mean(), 6);
  EXPECT_EQ(a.truncated().stderr(), 0);
  ASSERT_EQ(a.buckets_size(), 2) << "the suite's own and the one standard bucket with samples";
  EXPECT_EQ(a.buckets(0).label(), "short");
  EXPECT_EQ(a.buckets(0).value().judged(), 3);
  EXPECT_EQ(a.buckets(0).value().required(), 4);
  EXPECT_EQ(a.buckets(1).label(), "[2K,4K)");
  EXPECT_DOUBLE_EQ(a.buckets(1).value().mean(), 5.5);
  EXPECT_EQ(a.buckets(1).value().required(), 4);

  ASSERT_EQ(m.derived_size(), 1) << "absent when a part is absent";
  EXPECT_EQ(m.derived(0).name(), "S_bar");
  EXPECT_DOUBLE_EQ(m.derived(0).value(), (3.75 + 25) / 2);

  EXPECT_TRUE(m.priced());
  EXPECT_EQ(m.generation_usage().prompt_tokens(), 5000);
  EXPECT_EQ(m.judge_usage().completion_tokens(), 400);
  EXPECT_NEAR(m.cost_usd(), 5000e-6 + 2 * 2500e-6 + 10 * 400e-6, 1e-12);
  ASSERT_EQ(folded.summary.losses_size(), 2);
  std::set<std::string> messages;
  for (const v1::Error& loss : folded.summary.losses()) messages.insert(loss.message());
  EXPECT_EQ(messages, (std::set<std::string>{"context too long", "rubric: not json"}));
}

TEST_F(FoldByHand, ScorersThatDoNotApplyOweNothing) {
  Text(0, 0), Text(0, 1), Text(1, 0), Text(1, 1), Text(2, 0), Text(2, 1);
  for (int repeat = 0; repeat < 2; ++repeat) {
    Scores(0, repeat, 1, 1);
    Scores(1, repeat, 2, 2);
    Verdict(2, repeat, v1::OUTCOME_NOT_APPLICABLE, "no required length");
  }
  const FoldedRun folded = Fold();
  EXPECT_EQ(folded.summary.models(0).metrics(0).value().required(), 4);
  EXPECT_EQ(folded.summary.models(0).metrics(0).value().judged(), 4);
}

TEST_F(FoldByHand, OneRepeatGivesTheOrdinaryStandardError) {
  record_.mutable_spec()->set_repeats(1);
  Text(0, 0), Text(1, 0), Text(2, 0);
  Scores(0, 0, 1, 0), Scores(1, 0, 2, 0), Scores(2, 0, 6, 0);
  const FoldedRun folded = Fold();
  // s^2 = ((1-3)^2 + (2-3)^2 + (6-3)^2) / 2 = 7
  EXPECT_DOUBLE_EQ(folded.summary.models(0).metrics(0).value().stderr(), std::sqrt(7.0 / 3));
}

TEST_F(FoldByHand, PartialRunsCountWhatIsMissingApart) {
  Text(0, 0);
  Scores(0, 0, 1, 2);
  const FoldedRun folded = Fold();
  EXPECT_EQ(folded.summary.state(), "partial");
  const v1::ModelSummary& m = folded.summary.models(0);
  EXPECT_EQ(Counts(m.outcomes()), (std::map<v1::Outcome, std::int64_t>{
                                      {v1::OUTCOME_UNSPECIFIED, 5}, {v1::OUTCOME_GENERATED, 1}}));
  EXPECT_EQ(m.metrics(0).value().judged(), 1);
  EXPECT_EQ(m.metrics(0).value().required(), 6);
  EXPECT_EQ(folded.results.size(), 6u);
  envelopes_.clear();
  EXPECT_EQ(Fold().summary.models(0).metrics_size(), 0);
}

TEST_F(FoldByHand, AnEnvelopeOfAnotherUnitIsDataLoss) {
  Text(0, 0);
  envelopes_[plan().IdOf(Generation(0, 0))].set_unit_id(plan().IdOf(Generation(1, 0)));
  EXPECT_TRUE(absl::IsDataLoss(FoldRun(record_, NeedsCallsInTests, envelopes_).status()));
}

TEST_F(FoldByHand, CanonicalResultsLeaveOutWhatDiffersBetweenEqualRuns) {
  Text(0, 0), Text(0, 1), Text(1, 0), Text(1, 1), Text(2, 0), Text(2, 1);
  for (int s = 0; s < 3; ++s) Scores(s, 0, s, 1), Scores(s, 1, s, 2);
  const FoldedRun one = Fold();
  for (auto& [id, envelope] : envelopes_) {
    envelope.set_attempt("4.00000000000000ff");
    envelope.set_finished_unix_ms(99);
    envelope.set_worker("another");
    envelope.mutable_timings()->set_total_ms(123);
    envelope.mutable_provenance()->set_endpoint("another");
    envelope.mutable_provenance()->set_binary_version("another");
    envelope.mutable_usage()->set_cached_tokens(7);
  }
  const FoldedRun two = Fold();
  EXPECT_EQ(CanonicalResults(one.results), CanonicalResults(two.results));
  EXPECT_EQ(one.summary.results_digest(), two.summary.results_digest());
  EXPECT_EQ(CanonicalResults(one.results).find("run-1"), std::string::npos);
  std::vector<v1::SampleResult> shuffled(one.results.rbegin(), one.results.rend());
  EXPECT_EQ(CanonicalResults(shuffled), CanonicalResults(one.results));

  for (v1::Score& score :
       *envelopes_[plan().IdOf(Scoring(1, 1))].mutable_verdicts(0)->mutable_scores()) {
    score.set_value(std::nextafter(score.value(), 10));
  }
  EXPECT_NE(Fold().summary.results_digest(), one.summary.results_digest());
}

TEST(Fold, SuitesOwnScorersAndSamplingAreUsed) {
  v1::RunRecord record = TestRun({.samples = 2, .rules = false, .judged = false});
  *record.add_suites() = record.suites(0);
  v1::Suite& other = *record.mutable_suites(1);
  other.mutable_manifest()->set_name("other");
  other.set_digest("sha256:07he7");
  other.mutable_manifest()->add_scorers()->mutable_length();
  other.mutable_manifest()->mutable_sampling()->set_temperature(0.5);
  other.mutable_manifest()->mutable_sampling()->set_max_tokens(100);
  other.mutable_manifest()->mutable_sampling()->add_stop("suite");
  auto& body = *other.mutable_manifest()->mutable_sampling()->mutable_extra_body();
  (*body.mutable_fields())["min_p"].set_number_value(0.1);
  (*body.mutable_fields())["top_a"].set_number_value(0.2);
  v1::Sampling& own = *record.mutable_spec()->mutable_models(0)->mutable_sampling();
  (*own.mutable_extra_body()->mutable_fields())["min_p"].set_number_value(0.3);
  own.add_stop("own");
  record.mutable_spec()->mutable_models(0)->mutable_sampling()->set_max_tokens(900);
  const RunPlan plan = RunPlan::Make(record, NeedsCallsInTests).value();
  EXPECT_EQ(plan.sample_count(), 4);
  EXPECT_EQ(plan.unit_count(), 6u);
  EXPECT_EQ(plan.ScorersOf(1).at(0).id(), "length");
  const v1::Model first = plan.ModelFor(plan.RangeOf(0));
  EXPECT_FALSE(first.sampling().has_temperature());
  const v1::Model second = plan.ModelFor(plan.RangeOf(2));
  EXPECT_EQ(second.sampling().temperature(), 0.5);
  EXPECT_EQ(second.sampling().max_tokens(), 900);
  ASSERT_EQ(second.sampling().stop_size(), 1);
  EXPECT_EQ(second.sampling().stop(0), "own");
  EXPECT_EQ(second.sampling().extra_body().fields().at("min_p").number_value(), 0.3);
  EXPECT_EQ(second.sampling().extra_body().fields().at("top_a").number_value(), 0.2);
  EXPECT_NE(plan.RangeOf(0).config_digest, plan.RangeOf(2).config_digest);
  EXPECT_EQ(plan.RangeOf(0).store_digest, plan.RangeOf(2).store_digest);
  TestProcess process;
  ASSERT_TRUE(process.AddRun(record).ok());
  HandAgent(process).Complete();
  EXPECT_EQ(process.Progress().generations.done, 4);
}

}  // namespace
}  // namespace assay
