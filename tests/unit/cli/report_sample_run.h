// An invented run for tests of the report page: three models, one of them named by an attacker, on
// two suites, with every kind of loss. No text of it comes from a model.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/v1/results.pb.h"
#include "common/base/digest.h"
#include "common/base/random.h"

namespace assay {

// Strings that would run or break out if any place forgot to escape them.
inline const std::vector<std::string>& HostileStrings() {
  static const std::vector<std::string> strings = {
      "<script>alert(1)</script>",
      "</script><script>alert(2)</script>",
      "<!--<script>",
      "]]>-->",
      "\"><img src=x onerror=alert(3)>",
      "' onmouseover='alert(4)",
      "</title></style></textarea></pre><svg/onload=alert(5)>",
      "javascript:alert(6)",
      "&lt;script&gt;alert(7)&lt;/script&gt;",
      "\xE2\x80\xA8\xE2\x80\xA9 line separators",
      "\xE2\x80\xAEgnp.exe\xE2\x80\xAC",
      "\xff\xfe not \xC0\xAF UTF-8 \xED\xA0\x80",
      std::string("nul\0byte \x1b[31m", 15),
      "{{constructor.constructor('alert(8)')()}}",
      "\\u003cscript\\u003e",
  };
  return strings;
}

struct SampleRun {
  v1::RunSummary summary;
  std::vector<v1::SampleResult> results;
  std::map<std::string, std::string> texts;  // by text_file

  absl::StatusOr<std::string> TextOf(const v1::SampleResult& result) const {
    const auto found = texts.find(result.text_file());
    if (found == texts.end()) return absl::DataLossError("the stored text is damaged");
    return found->second;
  }
};

class SampleRunBuilder {
 public:
  explicit SampleRunBuilder(int samples_per_suite) : samples_(samples_per_suite) {}

  SampleRun Build() {
    run_.summary.set_run_id("20260301-091500-k3f9");
    run_.summary.set_name("Three writers");
    run_.summary.set_state("sealed");
    run_.summary.set_binary_version("assay 0.1.0");
    run_.summary.set_started_unix_ms(1772356500000);
    run_.summary.set_finished_unix_ms(1772357411000);
    run_.summary.set_results_digest(DigestOf("results"));
    for (const char* suite : {"long-tasks", "notes"}) {
      for (int i = 0; i < samples_; ++i) {
        for (int model = 0; model < 3; ++model) AddResult(suite, i, model);
      }
      for (int model = 0; model < 3; ++model) AddModel(suite, model);
    }
    v1::Error* loss = run_.summary.add_losses();
    loss->set_error_class(v1::ERROR_CLASS_INFRA);
    loss->set_endpoint("local");
    loss->set_http_status(502);
    loss->set_message("bad gateway <b>from the proxy</b>");
    return std::move(run_);
  }

  static std::string ModelName(int model) {
    static const char* const kNames[] = {"steady-writer-70b", "short-winded-8b",
                                         "evil</script><img src=x onerror=alert(9)>"};
    return kNames[model];
  }

 private:
  static constexpr int kLengths[] = {300, 500, 1000, 1500, 2500, 4000, 6000, 10000, 20000};

  std::string TextFor(int words) {
    static const char* const kWords[] = {"the",   "harbour", "keeps", "its", "lamps", "low",
                                         "until", "every",   "boat",  "has", "come",  "home"};
    std::string text;
    for (int i = 0; i < std::min(words, 1500); ++i) {
      text += kWords[random_.Below(12)];
      text += i % 90 == 89 ? ".\n\n" : i % 14 == 13 ? ", " : " ";
    }
    return text;
  }

  void AddResult(const std::string& suite, int i, int model) {
    v1::SampleResult& result = run_.results.emplace_back();
    const std::vector<std::string>& hostile = HostileStrings();
    const auto pick = static_cast<std::size_t>(i);
    result.set_run_id(run_.summary.run_id());
    result.set_suite(suite);
    result.set_sample_id("task-" + std::to_string(i));
    result.set_category(i % 5 == 4   ? hostile[pick % hostile.size()]
                        : i % 2 == 0 ? "story"
                                     : "report");
    result.set_language(i % 3 == 0 ? "zh" : "en");
    result.set_model(ModelName(model));
    result.set_required_words(kLengths[pick % 9]);
    const double factor = model == 0 ? 0.85 + 0.3 * random_.Unit() : 0.5 + 0.6 * random_.Unit();
    double words = result.required_words() * factor;
    if (model == 1) words = std::min(words, 1900 + 200 * random_.Unit());
    result.set_words(std::llround(words));
    result.set_outcome(v1::OUTCOME_GENERATED);
    result.set_finish_reason("stop");
    result.add_model_returned(ModelName(model) + "-2026");
    result.mutable_usage()->set_prompt_tokens(180 + i);
    result.mutable_usage()->set_completion_tokens(result.words() * 4 / 3);
    result.mutable_timings()->set_total_ms(result.words() * 11);
    result.mutable_timings()->set_first_token_ms(340 + i);
    result.set_text_file("texts/" + suite + "-" + std::to_string(i) + "-" + std::to_string(model));
    std::string text = TextFor(static_cast<int>(result.words()));
    if (model == 2) text = hostile[pick % hostile.size()] + "\n\n" + text;
    result.set_text_digest(DigestOf(text));
    run_.texts[result.text_file()] = text;
    if (model == 2 && result.required_words() > 5000) {
      result.set_truncated(true);
      result.set_finish_reason("length");
    }
    if (model == 1 && i % 7 == 5) {
      result.set_outcome(v1::OUTCOME_INFRA_LOST);
      result.set_words(0);
      result.clear_text_file();
      result.clear_text_digest();
      result.mutable_error()->set_error_class(v1::ERROR_CLASS_INFRA);
      result.mutable_error()->set_message("connection reset after 5 attempts");
    }
    AddScorers(i, model, result);
  }

  void AddScorers(int i, int model, v1::SampleResult& result) {
    const bool generated = result.outcome() == v1::OUTCOME_GENERATED;
    v1::ScorerResult& length = *result.add_scorers();
    length.set_scorer("length");
    length.set_scorer_version("length/1");
    v1::ScorerResult& rubric = *result.add_scorers();
    rubric.set_scorer("rubric");
    rubric.set_scorer_version("rubric/1");
    rubric.set_judge("judge-a");
    rubric.set_compat(v1::COMPAT_STRICT);
    rubric.set_prompt_digest(DigestOf("prompt"));
    if (!generated) {
      length.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
      rubric.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
      return;
    }
    length.set_outcome(v1::OUTCOME_SCORED);
    const double ratio = static_cast<double>(result.words()) / result.required_words();
    AddScore(length, "S_l", 100 * std::max(0.0, 1 - std::abs(1 - ratio)));
    rubric.add_judge_model("judge-a-2026-01");
    rubric.set_calls(1);
    v1::JudgeReply& reply = *rubric.add_replies();
    reply.set_judge("judge-a");
    reply.set_model("judge-a-2026-01");
    if (model == 0 && i % 9 == 3) {
      rubric.set_outcome(v1::OUTCOME_UNJUDGED);
      rubric.set_reason("no JSON object in the reply <i>at all</i>");
      reply.set_text("I would rather not.</pre><script>alert(10)</script>");
      reply.set_problem("no JSON object");
      return;
    }
    rubric.set_outcome(v1::OUTCOME_SCORED);
    const auto points = static_cast<double>(2 + random_.Below(4));
    AddScore(rubric, "Relevance", points);
    AddScore(rubric, "Coherence", 4);
    AddScore(rubric, "S_q", (points + 4 - 2) / 8 * 100);
    reply.set_text("{\"Relevance\": " + std::to_string(static_cast<int>(points)) +
                   ", \"Coherence\": 4}");
    v1::Finding& finding = *rubric.add_findings();
    finding.set_kind("weak_opening");
    finding.set_text("The first sentence says little");
    v1::Span& span = *finding.add_spans();
    span.set_source("output");
    span.set_begin_byte(4);
    span.set_end_byte(28);
  }

  static void AddScore(v1::ScorerResult& scorer, const char* name, double value) {
    v1::Score& score = *scorer.add_scores();
    score.set_name(name);
    score.set_value(value);
  }

  static void SetMean(const std::vector<double>& values, std::int64_t required, v1::MeanOf* mean) {
    mean->set_judged(static_cast<std::int64_t>(values.size()));
    mean->set_required(required);
    double sum = 0, squares = 0;
    for (const double value : values) sum += value;
    const auto n = static_cast<double>(values.size());
    if (values.empty()) return;
    mean->set_mean(sum / n);
    for (const double value : values) squares += (value - sum / n) * (value - sum / n);
    if (values.size() > 1) mean->set_stderr(std::sqrt(squares / (n - 1) / n));
  }

  void AddModel(const std::string& suite, int model) {
    v1::ModelSummary& summary = *run_.summary.add_models();
    summary.set_suite(suite);
    summary.set_suite_digest(DigestOf(suite));
    summary.set_model(ModelName(model));
    std::map<v1::Outcome, std::int64_t> outcomes, judged;
    std::map<std::string, std::vector<double>> scores, short_scores, cut_scores, complete_scores;
    std::int64_t short_ones = 0;
    for (const v1::SampleResult& result : run_.results) {
      if (result.suite() != suite || result.model() != summary.model()) continue;
      summary.set_expected(summary.expected() + 1);
      ++outcomes[result.outcome()];
      ++judged[result.scorers(1).outcome()];
      short_ones += result.required_words() < 2000 ? 1 : 0;
      summary.set_truncated(summary.truncated() + (result.truncated() ? 1 : 0));
      summary.set_words(summary.words() + result.words());
      v1::Usage& usage = *summary.mutable_generation_usage();
      usage.set_prompt_tokens(usage.prompt_tokens() + result.usage().prompt_tokens());
      usage.set_completion_tokens(usage.completion_tokens() + result.usage().completion_tokens());
      for (const v1::ScorerResult& scorer : result.scorers()) {
        for (const v1::Score& score : scorer.scores()) {
          const std::string key = scorer.scorer() + "." + score.name();
          scores[key].push_back(score.value());
          (result.truncated() ? cut_scores : complete_scores)[key].push_back(score.value());
          if (result.required_words() < 2000) short_scores[key].push_back(score.value());
        }
      }
    }
    for (const auto& [outcome, count] : outcomes) {
      v1::OutcomeCount& added = *summary.add_outcomes();
      added.set_outcome(outcome);
      added.set_count(count);
    }
    v1::ScorerSummary& rubric = *summary.add_scorers();
    rubric.set_scorer("rubric");
    for (const auto& [outcome, count] : judged) {
      v1::OutcomeCount& added = *rubric.add_outcomes();
      added.set_outcome(outcome);
      added.set_count(count);
    }
    for (const char* key : {"length.S_l", "rubric.S_q", "rubric.Relevance", "rubric.Coherence"}) {
      v1::MetricSummary& metric = *summary.add_metrics();
      const std::string name(key);
      metric.set_scorer(name.substr(0, name.find('.')));
      metric.set_name(name.substr(name.find('.') + 1));
      SetMean(scores[key], summary.expected(), metric.mutable_value());
      SetMean(complete_scores[key], summary.expected() - summary.truncated(),
              metric.mutable_complete());
      SetMean(cut_scores[key], summary.truncated(), metric.mutable_truncated());
      v1::BucketMean& bucket = *metric.add_buckets();
      bucket.set_label("[0,2K)");
      SetMean(short_scores[key], short_ones, bucket.mutable_value());
    }
    v1::DerivedValue& derived = *summary.add_derived();
    derived.set_name("S_bar");
    derived.set_value((summary.metrics(0).value().mean() + summary.metrics(1).value().mean()) / 2);
    summary.set_priced(model != 1);
    summary.set_cost_usd(model != 1 ? 0.37 + model : 0);
    summary.set_retried(model);
    summary.mutable_judge_usage()->set_prompt_tokens(123456);
    summary.mutable_judge_usage()->set_completion_tokens(7890);
  }

  const int samples_;
  Random random_{11};
  SampleRun run_;
};

}  // namespace assay
