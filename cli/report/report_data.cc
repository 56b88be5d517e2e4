#include "cli/report/report_data.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "cli/report/html_text.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/json/json.h"

namespace assay {
namespace {

// The score of a scorer that stands for it in the list: the first named S_..., else the first.
using MainScores = std::vector<std::pair<std::string, std::string>>;  // scorer, score

MainScores MainScoresOf(const std::vector<v1::SampleResult>& results) {
  MainScores found;
  for (const v1::SampleResult& result : results) {
    for (const v1::ScorerResult& scorer : result.scorers()) {
      const bool known = std::any_of(found.begin(), found.end(), [&](const auto& entry) {
        return entry.first == scorer.scorer();
      });
      if (known || scorer.scores().empty()) continue;
      std::string name = scorer.scores(0).name();
      for (const v1::Score& score : scorer.scores()) {
        if (!score.name().starts_with("S_")) continue;
        name = score.name();
        break;
      }
      found.emplace_back(scorer.scorer(), name);
    }
  }
  return found;
}

Json MainScoreOf(const v1::SampleResult& result, const std::string& scorer_id,
                 const std::string& name) {
  for (const v1::ScorerResult& scorer : result.scorers()) {
    if (scorer.scorer() != scorer_id || scorer.outcome() != v1::OUTCOME_SCORED) continue;
    for (const v1::Score& score : scorer.scores()) {
      if (score.name() == name) return score.value();
    }
  }
  return nullptr;
}

// Text of one line as it is shown: nothing hidden, nothing that turns its direction around.
std::string Line(std::string_view text) { return EscapeForTerminal(text, 600); }

template <typename Strings>
Json ListOf(const Strings& strings) {
  Json list = Json::array();
  for (const auto& text : strings) list.push_back(Line(text));
  return list;
}

Json UsageJson(const v1::Usage& usage) {
  return {{"in", usage.prompt_tokens()},
          {"out", usage.completion_tokens()},
          {"reasoning", usage.reasoning_tokens()},
          {"cached", usage.cached_tokens()},
          {"estimated", usage.estimated()}};
}

Json ErrorJson(const v1::Error& error) {
  return {{"class", ErrorClassName(error.error_class())},
          {"message", Line(error.message())},
          {"endpoint", Line(error.endpoint())},
          {"status", error.http_status()}};
}

// The words of a reference that a span points at; empty when they are not there.
std::string EvidenceOf(const v1::SampleResult& result, const v1::Span& span,
                       const ReportOptions& options) {
  constexpr std::string_view kReference = "reference:";
  if (!options.reference_of || !span.source().starts_with(kReference)) return "";
  const std::string_view text =
      options.reference_of(result, span.source().substr(kReference.size()));
  if (span.begin_byte() < 0 || span.end_byte() < span.begin_byte() ||
      static_cast<std::size_t>(span.end_byte()) > text.size()) {
    return "";
  }
  return std::string(text.substr(static_cast<std::size_t>(span.begin_byte()),
                                 static_cast<std::size_t>(span.end_byte() - span.begin_byte())));
}

Json FindingJson(const v1::SampleResult& result, const v1::Finding& finding,
                 const ReportOptions& options) {
  Json spans = Json::array();
  for (const v1::Span& span : finding.spans()) {
    Json json = {
        {"source", Line(span.source())}, {"begin", span.begin_byte()}, {"end", span.end_byte()}};
    const std::string evidence = EvidenceOf(result, span, options);
    if (!evidence.empty()) json["text"] = evidence;
    spans.push_back(std::move(json));
  }
  return {{"kind", Line(finding.kind())},       {"id", Line(finding.id())},
          {"label", Line(finding.label())},     {"note", Line(finding.note())},
          {"unverified", finding.unverified()}, {"text", Line(finding.text())},
          {"severity", finding.severity()},     {"spans", std::move(spans)}};
}

Json SeriesJson(const v1::Series& series) {
  Json points = Json::array();
  for (const v1::SeriesPoint& point : series.points()) {
    points.push_back({point.position(), point.value(), point.weight()});
  }
  return {{"name", Line(series.name())}, {"points", std::move(points)}};
}

Json ScorerJson(const v1::SampleResult& result, const v1::ScorerResult& scorer,
                const ReportOptions& options) {
  Json scores = Json::array();
  for (const v1::Score& score : scorer.scores()) {
    scores.push_back({{"name", Line(score.name())}, {"value", Figure(score.value())}});
  }
  Json findings = Json::array();
  for (const v1::Finding& finding : scorer.findings()) {
    findings.push_back(FindingJson(result, finding, options));
  }
  Json series = Json::array();
  for (const v1::Series& one : scorer.series()) series.push_back(SeriesJson(one));
  Json replies = Json::array();
  for (const v1::JudgeReply& reply : scorer.replies()) {
    replies.push_back({{"judge", Line(reply.judge())},
                       {"model", Line(reply.model())},
                       {"text", reply.text()},
                       {"reasoning", reply.reasoning()},
                       {"try", reply.draw().try_()},
                       {"problem", Line(reply.problem())}});
  }
  return {{"scorer", Line(scorer.scorer())},
          {"version", Line(scorer.scorer_version())},
          {"outcome", OutcomeName(scorer.outcome())},
          {"loss", IsLoss(scorer.outcome())},
          {"reason", Line(scorer.reason())},
          {"compat", CompatName(scorer.compat())},
          {"judge", Line(scorer.judge())},
          {"judgeModel", ListOf(scorer.judge_model())},
          {"prompt", Line(scorer.prompt_digest())},
          {"calls", scorer.calls()},
          {"usage", UsageJson(scorer.usage())},
          {"flags", ListOf(scorer.flags())},
          {"scores", std::move(scores)},
          {"findings", std::move(findings)},
          {"series", std::move(series)},
          {"replies", std::move(replies)}};
}

// Puts the text or, in its place, why it cannot be read.
void AddText(const char* name, const ResultText& text_of, const v1::SampleResult& result,
             Json& json) {
  if (!text_of) return;
  absl::StatusOr<std::string> text = text_of(result);
  if (text.ok()) {
    json[name] = *std::move(text);
  } else {
    json[std::string(name) + "Error"] = EscapeForTerminal(MessageOf(text.status()), 300);
  }
}

}  // namespace

std::string ReportIndexJson(const ReportInput& input) {
  std::vector<std::string> suites;
  std::map<std::string, std::size_t> suite_index;
  for (const v1::SampleResult& result : *input.results) {
    if (suite_index.try_emplace(result.suite(), suites.size()).second) {
      suites.push_back(result.suite());
    }
  }
  std::vector<std::string> models(input.model_color.size());
  for (const auto& [model, color] : input.model_color) {
    models[static_cast<std::size_t>(color)] = model;
  }
  const MainScores main_scores = MainScoresOf(*input.results);
  Json figures = Json::array();
  for (const auto& [scorer, name] : main_scores) {
    figures.push_back({{"scorer", Line(scorer)}, {"name", Line(name)}});
  }
  Json samples = Json::array();
  for (const v1::SampleResult& result : *input.results) {
    Json losses = Json::array();
    for (const v1::ScorerResult& scorer : result.scorers()) {
      if (IsLoss(scorer.outcome())) losses.push_back(OutcomeName(scorer.outcome()));
    }
    Json values = Json::array();
    for (const auto& [scorer, name] : main_scores) {
      values.push_back(MainScoreOf(result, scorer, name));
    }
    samples.push_back({{"s", suite_index[result.suite()]},
                       {"m", input.model_color.at(result.model())},
                       {"id", Line(result.sample_id())},
                       {"r", result.repeat()},
                       {"c", Line(result.category())},
                       {"l", Line(result.language())},
                       {"o", OutcomeName(result.outcome())},
                       {"bad", IsLoss(result.outcome())},
                       {"t", result.truncated()},
                       {"q", result.required_words()},
                       {"w", result.words()},
                       {"x", std::move(losses)},
                       {"f", std::move(values)}});
  }
  return DumpJson(Json{{"suites", ListOf(suites)},
                       {"models", ListOf(models)},
                       {"figures", std::move(figures)},
                       {"samples", std::move(samples)}});
}

std::string ReportSampleJson(const v1::SampleResult& result, const ResultText& text_of,
                             const ReportOptions& options) {
  Json scorers = Json::array();
  for (const v1::ScorerResult& scorer : result.scorers()) {
    scorers.push_back(ScorerJson(result, scorer, options));
  }
  Json json = {{"finish", Line(result.finish_reason())},
               {"digest", Line(result.text_digest())},
               {"file", Line(result.text_file())},
               {"flags", ListOf(result.flags())},
               {"returned", ListOf(result.model_returned())},
               {"usage", UsageJson(result.usage())},
               {"firstTokenMs", result.timings().first_token_ms()},
               {"totalMs", result.timings().total_ms()},
               {"endpoint", Line(result.provenance().endpoint())},
               {"reusedFrom", Line(result.provenance().reused_from())},
               {"attempt", Line(result.attempt())},
               {"scorers", std::move(scorers)}};
  if (result.has_error()) json["error"] = ErrorJson(result.error());
  if (!result.text_file().empty() || !result.text_digest().empty()) {
    AddText("text", text_of, result, json);
  }
  AddText("asked", options.prompt_of, result, json);
  return DumpJson(json);
}

}  // namespace assay
