#include "coordinator/core/fold.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "common/base/check.h"
#include "common/base/digest.h"
#include "common/text/words.h"
#include "coordinator/core/fold_metrics.h"
#include "coordinator/core/judge_health.h"
#include "coordinator/core/panel.h"
#include "coordinator/core/run_state.h"
#include "coordinator/store/attempt_id.h"

namespace assay {
namespace {

constexpr std::size_t kMaxLosses = 50;

const v1::Price* PriceOf(const v1::RunSpec& spec, const std::string& endpoint) {
  for (const v1::Endpoint& e : spec.endpoints()) {
    if (e.id() == endpoint && e.has_price()) return &e.price();
  }
  return nullptr;
}

void FillOutcomes(const std::map<v1::Outcome, std::int64_t>& counts, std::int64_t expected,
                  google::protobuf::RepeatedPtrField<v1::OutcomeCount>* out) {
  std::int64_t sum = 0;
  for (const auto& [outcome, count] : counts) {
    v1::OutcomeCount& message = *out->Add();
    message.set_outcome(outcome);
    message.set_count(count);
    sum += count;
  }
  // No silent zeros: every generation and every scoring is in exactly one count.
  ASSAY_CHECK(sum == expected);
}

// One model on one suite.
struct PairFold {
  std::int64_t expected = 0;
  std::map<v1::Outcome, std::int64_t> outcomes;
  std::vector<ScorerFold> scorers;  // as RunPlan::ScorersOf, then the panels
  std::int64_t truncated = 0;
  std::int64_t words = 0;
  std::int64_t retried = 0;
  std::int64_t generation_calls = 0;
  std::int64_t generation_ms = 0;
  v1::Usage generation_usage;
  v1::Usage judge_usage;
  double cost_usd = 0;
  bool priced = true;
};

class Folder {
 public:
  Folder(const RunPlan& plan, const EnvelopeSource& envelopes, const FoldOptions& options)
      : plan_(plan), spec_(plan.record().spec()), envelopes_(envelopes), options_(options) {}

  absl::StatusOr<FoldedRun> Fold() {
    ASSAY_RETURN_IF_ERROR(TakePreparations());
    // Ranges of one model and repeat stand together: a generation, then what scores it.
    std::map<std::tuple<int, int, int>, int> generation_of;  // suite, model, repeat
    const std::vector<StageRange>& ranges = plan_.ranges();
    for (int i = 0; i < static_cast<int>(ranges.size()); ++i) {
      const StageRange& range = ranges[static_cast<std::size_t>(i)];
      if (range.kind == v1::UNIT_KIND_GENERATE) {
        generation_of[{range.suite, range.model, range.repeat}] = i;
      }
    }
    for (int suite = 0; suite < plan_.record().suites_size(); ++suite) {
      const int samples = plan_.record().suites(suite).samples_size();
      for (int sample = 0; sample < samples; ++sample) {
        for (auto it = generation_of.lower_bound({suite, 0, 0});
             it != generation_of.end() && std::get<0>(it->first) == suite; ++it) {
          if (sample >= ranges[static_cast<std::size_t>(it->second)].samples) continue;  // a probe
          ASSAY_RETURN_IF_ERROR(FoldRow(it->second, sample));
        }
      }
    }
    Summarise();
    return std::move(folded_);
  }

 private:
  // What they cost, and what was lost of them; what they hold is in the verdicts that needed it.
  absl::Status TakePreparations() {
    PairFold all;
    for (const StageRange& range : plan_.ranges()) {
      if (range.kind != v1::UNIT_KIND_PREPARE) continue;
      for (UnitIndex i = 0; i < static_cast<UnitIndex>(range.samples); ++i) {
        ASSAY_ASSIGN_OR_RETURN(const std::optional<v1::Envelope> envelope, Read(range.first + i));
        Spend(range, envelope, all.judge_usage, all);
        if (envelope.has_value() && IsLoss(envelope->outcome())) {
          Lose(LossOf(*envelope, range.stage));
        }
      }
    }
    *folded_.summary.mutable_preparation_usage() = all.judge_usage;
    folded_.summary.set_preparation_cost_usd(all.cost_usd);
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<v1::Envelope>> Read(UnitIndex unit) {
    const std::string id = plan_.IdOf(unit);
    ASSAY_ASSIGN_OR_RETURN(std::optional<v1::Envelope> envelope, envelopes_(id));
    if (!envelope.has_value()) {
      ++missing_;
    } else if (envelope->unit_id() != id) {
      return DataLoss("the envelope given for unit " + id + " is of another unit");
    } else {
      finished_ms_ = std::max(finished_ms_, envelope->finished_unix_ms());
      cancelled_ = cancelled_ || envelope->outcome() == v1::OUTCOME_CANCELLED;
    }
    return envelope;
  }

  absl::Status FoldRow(int generation_range, int sample_in_suite) {
    const StageRange& range = plan_.ranges()[static_cast<std::size_t>(generation_range)];
    const v1::Suite& suite = plan_.record().suites(range.suite);
    const v1::Sample& sample = suite.samples(sample_in_suite);
    PairFold& pair = pairs_[{range.suite, range.model}];
    const std::vector<Panel> panels = PanelsOf(plan_.ScorersOf(range.suite));
    const std::size_t own_scorers = plan_.ScorersOf(range.suite).size();
    pair.scorers.resize(own_scorers + panels.size());
    ++pair.expected;

    v1::SampleResult result;
    result.set_run_id(plan_.run_id());
    result.set_suite(suite.manifest().name());
    result.set_sample_id(sample.id());
    result.set_category(sample.category());
    result.set_language(sample.language());
    result.set_model(spec_.models(range.model).id());
    result.set_repeat(range.repeat);
    result.set_required_words(sample.required_words());
    const UnitIndex unit = range.first + static_cast<UnitIndex>(sample_in_suite);
    ASSAY_ASSIGN_OR_RETURN(const std::optional<v1::Envelope> generation, Read(unit));
    if (generation.has_value()) TakeGeneration(range, *generation, pair, result);
    Spend(range, generation, pair.generation_usage, pair);
    ++pair.outcomes[result.outcome()];

    RowFacts row;
    row.sample = sample_in_suite;
    row.required_words = sample.required_words();
    row.truncated = result.truncated();
    row.complete = result.outcome() == v1::OUTCOME_GENERATED && !result.truncated();
    std::vector<v1::ScorerResult> scorers(own_scorers);
    for (const UnitIndex scoring : plan_.ScoringsOf(unit)) {
      ASSAY_RETURN_IF_ERROR(TakeScoring(scoring, pair, scorers));
    }
    const bool probe = spec_.models(range.model).has_probe();
    for (const v1::ScorerResult& scorer : scorers) {
      if (probe || !scorer.has_judge_stats()) continue;
      AddJudged(scorer, judged_[scorer.scorer()][spec_.models(range.model).id()]);
    }
    for (const Panel& panel : panels) scorers.push_back(CombinePanel(panel, scorers));
    for (std::size_t i = 0; i < scorers.size(); ++i) {
      const bool none_due = scorers[i].outcome() == v1::OUTCOME_NOT_APPLICABLE ||
                            scorers[i].outcome() == v1::OUTCOME_NO_EVIDENCE;
      const bool not_asked = result.outcome() == v1::OUTCOME_GENERATED && none_due;
      pair.scorers[i].Add(row, scorers[i], !not_asked);
      *result.add_scorers() = std::move(scorers[i]);
    }
    (probe ? folded_.probes : folded_.results).push_back(std::move(result));
    return absl::OkStatus();
  }

  void TakeGeneration(const StageRange& range, const v1::Envelope& envelope, PairFold& pair,
                      v1::SampleResult& result) {
    const v1::Generation& generation = envelope.generation();
    result.set_outcome(envelope.outcome());
    result.set_truncated(generation.truncated());
    result.set_finish_reason(generation.finish_reason());
    if (!generation.text().empty()) {
      result.set_words(CountLongBenchWords(generation.text()));
      result.set_text_digest(DigestOf(generation.text()));
    }
    *result.mutable_flags() = generation.flags();
    *result.mutable_usage() = envelope.usage();
    *result.mutable_timings() = envelope.timings();
    if (envelope.has_error()) *result.mutable_error() = envelope.error();
    *result.mutable_provenance() = envelope.provenance();
    *result.mutable_model_returned() = generation.model_returned();
    result.set_calls(envelope.calls());
    pair.generation_calls += envelope.calls();
    pair.generation_ms += envelope.timings().total_ms();
    result.set_attempt(envelope.attempt());
    result.set_finished_unix_ms(envelope.finished_unix_ms());
    pair.truncated += generation.truncated() ? 1 : 0;
    pair.words += result.words();
    const std::optional<AttemptId> attempt = AttemptId::Parse(envelope.attempt());
    pair.retried += attempt.has_value() && attempt->n > 1 ? 1 : 0;
    if (IsLoss(envelope.outcome())) Lose(LossOf(envelope, range.stage));
  }

  absl::Status TakeScoring(UnitIndex unit, PairFold& pair, std::vector<v1::ScorerResult>& scorers) {
    const StageRange& range = plan_.RangeOf(unit);
    ASSAY_ASSIGN_OR_RETURN(const std::optional<v1::Envelope> envelope, Read(unit));
    Spend(range, envelope, pair.judge_usage, pair);
    for (const int i : range.scorers) {
      const v1::ScorerSpec& spec = plan_.ScorersOf(range.suite)[static_cast<std::size_t>(i)];
      v1::ScorerResult& result = scorers[static_cast<std::size_t>(i)];
      result.set_scorer(spec.id());
      result.set_compat(spec.compat());
      if (range.judge >= 0) result.set_judge(spec_.judges(range.judge).id());
      if (!envelope.has_value()) continue;
      FillFromVerdict(*envelope, spec.id(), result);
      if (range.judge >= 0) {
        *result.mutable_usage() = envelope->usage();
        result.set_calls(envelope->calls());
      }
      if (IsLoss(result.outcome())) Lose(LossOfScoring(*envelope, result));
    }
    return absl::OkStatus();
  }

  static void FillFromVerdict(const v1::Envelope& envelope, const std::string& scorer,
                              v1::ScorerResult& result) {
    const auto verdict = std::find_if(envelope.verdicts().begin(), envelope.verdicts().end(),
                                      [&](const auto& v) { return v.scorer_id() == scorer; });
    if (verdict == envelope.verdicts().end()) {
      result.set_outcome(envelope.outcome());
      result.set_reason(envelope.error().message());
      return;
    }
    result.set_scorer_version(verdict->scorer_version());
    result.set_outcome(verdict->outcome());
    result.set_reason(verdict->reason());
    *result.mutable_scores() = verdict->scores();
    *result.mutable_flags() = verdict->flags();
    result.set_prompt_digest(verdict->prompt_digest());
    if (verdict->compat() != v1::COMPAT_UNSPECIFIED) result.set_compat(verdict->compat());
    *result.mutable_replies() = verdict->replies();
    *result.mutable_findings() = verdict->findings();
    *result.mutable_series() = verdict->series();
    if (verdict->has_judge_stats()) *result.mutable_judge_stats() = verdict->judge_stats();
    *result.mutable_judge_model() = verdict->judge_models();
    for (const v1::JudgeReply& reply : verdict->replies()) {
      const auto& seen = result.judge_model();
      if (!reply.model().empty() &&
          std::find(seen.begin(), seen.end(), reply.model()) == seen.end()) {
        result.add_judge_model(reply.model());
      }
    }
  }

  // What was taken over from another run was paid for there.
  void Spend(const StageRange& range, const std::optional<v1::Envelope>& envelope, v1::Usage& usage,
             PairFold& pair) {
    if (range.endpoint.empty()) return;
    const v1::Price* price = PriceOf(spec_, range.endpoint);
    pair.priced = pair.priced && price != nullptr;
    if (!envelope.has_value()) return;
    AddUsageTo(usage, envelope->usage());
    if (price == nullptr || !envelope->provenance().reused_from().empty()) return;
    pair.cost_usd +=
        static_cast<double>(envelope->usage().prompt_tokens()) * price->input_usd_per_mtok() / 1e6 +
        static_cast<double>(envelope->usage().completion_tokens()) * price->output_usd_per_mtok() /
            1e6;
  }

  static bool IsLoss(v1::Outcome outcome) {
    return outcome == v1::OUTCOME_FAILED || outcome == v1::OUTCOME_INFRA_LOST ||
           outcome == v1::OUTCOME_QUARANTINED || outcome == v1::OUTCOME_UNJUDGED;
  }

  static v1::Error LossOf(const v1::Envelope& envelope, const std::string& stage) {
    v1::Error error = envelope.error();
    if (error.message().empty()) error.set_message(stage + ": no reason was recorded");
    return error;
  }

  static v1::Error LossOfScoring(const v1::Envelope& envelope, const v1::ScorerResult& result) {
    if (envelope.has_error()) return envelope.error();
    v1::Error error;
    error.set_message(result.scorer() + ": " + result.reason());
    return error;
  }

  void Lose(v1::Error error) {
    if (folded_.summary.losses_size() >= static_cast<int>(kMaxLosses)) return;
    std::string key = v1::ErrorClass_Name(error.error_class()) + "\n" + error.endpoint() + "\n" +
                      std::to_string(error.http_status()) + "\n" + error.message();
    if (losses_.insert(std::move(key)).second) *folded_.summary.add_losses() = std::move(error);
  }

  void Summarise() {
    v1::RunSummary& summary = folded_.summary;
    summary.set_run_id(plan_.run_id());
    summary.set_name(spec_.name());
    summary.set_state(!options_.state.empty() ? options_.state
                      : missing_ > 0          ? "partial"
                      : cancelled_            ? "cancelled"
                                              : "sealed");
    summary.set_partial_reason(options_.partial_reason);
    summary.set_binary_version(plan_.record().binary_version());
    summary.set_started_unix_ms(plan_.record().created_unix_ms());
    summary.set_finished_unix_ms(finished_ms_);
    summary.set_revision(options_.revision);
    for (const auto& [key, pair] : pairs_) {
      v1::ModelSummary model = SummaryOf(key.first, key.second, pair);
      *(model.probe().empty() ? summary.add_models() : summary.add_probes()) = std::move(model);
    }
    for (v1::JudgeHealthSummary& health :
         JudgeHealthOf(spec_, plan_.ScorersOf(0), judged_, summary.probes())) {
      *summary.add_judge_health() = std::move(health);
    }
    summary.set_results_digest(ResultsDigest(folded_.results));
  }

  v1::ModelSummary SummaryOf(int suite_index, int model, const PairFold& pair) const {
    const v1::Suite& suite = plan_.record().suites(suite_index);
    v1::ModelSummary summary;
    summary.set_suite(suite.manifest().name());
    summary.set_suite_digest(suite.digest());
    summary.set_model(spec_.models(model).id());
    summary.set_strategy(spec_.models(model).strategy().name());
    summary.set_probe(spec_.models(model).probe().kind());
    summary.set_expected(pair.expected);
    FillOutcomes(pair.outcomes, pair.expected, summary.mutable_outcomes());
    summary.set_truncated(pair.truncated);
    const std::vector<v1::LengthBucket> buckets = BucketsOf(suite);
    std::vector<v1::MetricSummary> metrics;
    std::vector<std::string> ids;
    for (const v1::ScorerSpec& scorer : plan_.ScorersOf(suite_index)) ids.push_back(scorer.id());
    for (const Panel& panel : PanelsOf(plan_.ScorersOf(suite_index))) ids.push_back(panel.id);
    for (std::size_t i = 0; i < pair.scorers.size(); ++i) {
      const std::string& id = ids[i];
      v1::ScorerSummary& scorer = *summary.add_scorers();
      scorer.set_scorer(id);
      FillOutcomes(pair.scorers[i].outcomes, pair.expected, scorer.mutable_outcomes());
      for (v1::MetricSummary& metric : MetricsOf(id, pair.scorers[i], buckets)) {
        metrics.push_back(std::move(metric));
      }
    }
    for (v1::DerivedValue& value : DerivedOf(suite.manifest(), metrics)) {
      *summary.add_derived() = std::move(value);
    }
    for (v1::MetricSummary& metric : metrics) *summary.add_metrics() = std::move(metric);
    *summary.mutable_generation_usage() = pair.generation_usage;
    *summary.mutable_judge_usage() = pair.judge_usage;
    summary.set_cost_usd(pair.cost_usd);
    summary.set_priced(pair.priced);
    summary.set_words(pair.words);
    summary.set_retried(pair.retried);
    summary.set_generation_calls(pair.generation_calls);
    summary.set_generation_ms(pair.generation_ms);
    return summary;
  }

  const RunPlan& plan_;
  const v1::RunSpec& spec_;
  const EnvelopeSource& envelopes_;
  const FoldOptions& options_;
  FoldedRun folded_;
  std::map<std::pair<int, int>, PairFold> pairs_;  // suite, model
  JudgedByScorer judged_;
  std::set<std::string> losses_;
  std::int64_t missing_ = 0;
  std::int64_t finished_ms_ = 0;
  bool cancelled_ = false;
};

}  // namespace

absl::StatusOr<FoldedRun> FoldRun(const v1::RunRecord& record, const NeedsCalls& needs_calls,
                                  const EnvelopeSource& envelopes, const FoldOptions& options) {
  ASSAY_ASSIGN_OR_RETURN(const RunPlan plan, RunPlan::Make(record, needs_calls));
  return Folder(plan, envelopes, options).Fold();
}

absl::StatusOr<FoldedRun> FoldRun(const v1::RunRecord& record, const NeedsCalls& needs_calls,
                                  const std::map<std::string, v1::Envelope>& envelopes,
                                  const FoldOptions& options) {
  const EnvelopeSource source =
      [&](const std::string& unit_id) -> absl::StatusOr<std::optional<v1::Envelope>> {
    const auto found = envelopes.find(unit_id);
    if (found == envelopes.end()) return std::nullopt;
    return found->second;
  };
  return FoldRun(record, needs_calls, source, options);
}

}  // namespace assay
