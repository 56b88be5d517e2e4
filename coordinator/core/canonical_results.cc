#include <algorithm>
#include <string_view>
#include <tuple>

#include "common/base/digest.h"
#include "common/json/json.h"
#include "coordinator/core/fold.h"

namespace assay {
namespace {

std::string Word(std::string name, std::string_view prefix) {
  name = name.substr(prefix.size());
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name;
}

template <typename Repeated>
Json Sorted(const Repeated& values) {
  std::vector<std::string> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

// Cached tokens depend on what a server did before; estimates are only as good as each other.
Json UsageOf(const v1::Usage& usage) {
  return {{"prompt_tokens", usage.prompt_tokens()},
          {"completion_tokens", usage.completion_tokens()},
          {"reasoning_tokens", usage.reasoning_tokens()}};
}

Json FindingsOf(const v1::ScorerResult& result) {
  Json findings = Json::array();
  for (const v1::Finding& finding : result.findings()) {
    Json spans = Json::array();
    for (const v1::Span& span : finding.spans()) {
      spans.push_back({span.source(), span.begin_byte(), span.end_byte()});
    }
    findings.push_back({{"kind", finding.kind()},
                        {"text", finding.text()},
                        {"severity", finding.severity()},
                        {"spans", std::move(spans)}});
  }
  return findings;
}

// Without their texts: a strict reply quotes the nonce of its call, which is another in every run.
Json RepliesOf(const v1::ScorerResult& result) {
  Json replies = Json::array();
  for (const v1::JudgeReply& reply : result.replies()) {
    replies.push_back({{"model", reply.model()},
                       {"repeat", reply.draw().repeat()},
                       {"try", reply.draw().try_()},
                       {"usable", reply.problem().empty()}});
  }
  return replies;
}

// Reasons of errors quote endpoints and what they said; reasons of verdicts do not.
bool ReasonIsOurs(v1::Outcome outcome) {
  return outcome == v1::OUTCOME_UNJUDGED || outcome == v1::OUTCOME_NO_EVIDENCE ||
         outcome == v1::OUTCOME_NOT_APPLICABLE;
}

Json ScorerOf(const v1::ScorerResult& result) {
  Json scores = Json::object();
  for (const v1::Score& score : result.scores()) scores[score.name()] = score.value();
  Json json = {{"scorer", result.scorer()},
               {"version", result.scorer_version()},
               {"outcome", Word(v1::Outcome_Name(result.outcome()), "OUTCOME_")},
               {"scores", std::move(scores)},
               {"flags", Sorted(result.flags())},
               {"judge", result.judge()},
               {"judge_model", Sorted(result.judge_model())},
               {"prompt_digest", result.prompt_digest()},
               {"compat", Word(v1::Compat_Name(result.compat()), "COMPAT_")},
               {"usage", UsageOf(result.usage())},
               {"calls", result.calls()},
               {"replies", RepliesOf(result)},
               {"findings", FindingsOf(result)}};
  if (ReasonIsOurs(result.outcome())) json["reason"] = result.reason();
  return json;
}

Json RowOf(const v1::SampleResult& result) {
  Json json = {{"suite", result.suite()},
               {"suite_digest", result.provenance().suite_digest()},
               {"sample_id", result.sample_id()},
               {"model", result.model()},
               {"repeat", result.repeat()},
               {"outcome", Word(v1::Outcome_Name(result.outcome()), "OUTCOME_")},
               {"truncated", result.truncated()},
               {"finish_reason", result.finish_reason()},
               {"required_words", result.required_words()},
               {"words", result.words()},
               {"text_digest", result.text_digest()},
               {"flags", Sorted(result.flags())},
               {"model_returned", Sorted(result.model_returned())},
               {"usage", UsageOf(result.usage())}};
  if (result.has_error()) {
    json["error"] = {
        {"class", Word(v1::ErrorClass_Name(result.error().error_class()), "ERROR_CLASS_")},
        {"http_status", result.error().http_status()}};
  }
  std::vector<const v1::ScorerResult*> scorers;
  for (const v1::ScorerResult& scorer : result.scorers()) scorers.push_back(&scorer);
  std::sort(scorers.begin(), scorers.end(),
            [](const auto* a, const auto* b) { return a->scorer() < b->scorer(); });
  json["scorers"] = Json::array();
  for (const v1::ScorerResult* scorer : scorers) json["scorers"].push_back(ScorerOf(*scorer));
  return json;
}

}  // namespace

std::string CanonicalResults(const std::vector<v1::SampleResult>& results) {
  std::vector<const v1::SampleResult*> rows;
  rows.reserve(results.size());
  for (const v1::SampleResult& result : results) rows.push_back(&result);
  std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    return std::forward_as_tuple(a->suite(), a->sample_id(), a->model(), a->repeat()) <
           std::forward_as_tuple(b->suite(), b->sample_id(), b->model(), b->repeat());
  });
  std::string lines;
  for (const v1::SampleResult* row : rows) {
    lines += DumpJson(RowOf(*row));
    lines += '\n';
  }
  return lines;
}

std::string ResultsDigest(const std::vector<v1::SampleResult>& results) {
  return DigestOf(CanonicalResults(results));
}

}  // namespace assay
