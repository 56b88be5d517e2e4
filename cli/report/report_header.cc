#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "cli/report/html_text.h"
#include "cli/report/report_tables.h"

namespace assay {
namespace {

std::string When(std::int64_t unix_ms) {
  if (unix_ms <= 0) return "–";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMillis(unix_ms),
                          absl::UTCTimeZone());
}

std::string Duration(std::int64_t ms) {
  const std::int64_t seconds = (ms + 500) / 1000;
  if (seconds < 60) return absl::StrFormat("%.1f s", static_cast<double>(ms) / 1000);
  if (seconds < 3600) return absl::StrFormat("%d min %02d s", seconds / 60, seconds % 60);
  return absl::StrFormat("%d h %02d min", seconds / 3600, seconds / 60 % 60);
}

std::string Term(std::string_view name, const std::string& html) {
  return "<div><dt>" + std::string(name) + "</dt><dd>" + html + "</dd></div>\n";
}

std::string Digest(const std::string& digest) {
  return digest.empty() ? "–" : "<code>" + HtmlLine(digest) + "</code>";
}

// What one scorer's scores were made with.
struct ScorerProvenance {
  std::string scorer, version, compat, judge, prompt_digest;
  std::vector<std::string> judge_models;
  auto Key() const { return std::tie(scorer, version, compat, judge, prompt_digest, judge_models); }
  bool operator<(const ScorerProvenance& other) const { return Key() < other.Key(); }
};

std::string ScorerTerms(const ReportInput& input) {
  std::set<ScorerProvenance> found;
  for (const v1::SampleResult& result : *input.results) {
    for (const v1::ScorerResult& scorer : result.scorers()) {
      if (scorer.outcome() != v1::OUTCOME_SCORED) continue;
      found.insert({scorer.scorer(),
                    scorer.scorer_version(),
                    CompatName(scorer.compat()),
                    scorer.judge(),
                    scorer.prompt_digest(),
                    {scorer.judge_model().begin(), scorer.judge_model().end()}});
    }
  }
  std::string out;
  for (const ScorerProvenance& scorer : found) {
    std::string html = "<bdi>" + HtmlLine(scorer.version) + "</bdi>";
    if (!scorer.compat.empty()) html += " · " + HtmlLine(scorer.compat);
    if (!scorer.judge.empty()) {
      html += " · judge <bdi>" + HtmlLine(scorer.judge) + "</bdi>, returned as ";
      if (scorer.judge_models.empty()) html += "–";
      for (std::size_t i = 0; i < scorer.judge_models.size(); ++i) {
        html += (i > 0 ? ", <bdi>" : "<bdi>") + HtmlLine(scorer.judge_models[i]) + "</bdi>";
      }
    }
    if (!scorer.prompt_digest.empty()) html += " · prompt " + Digest(scorer.prompt_digest);
    out += Term("Scorer <bdi>" + HtmlLine(scorer.scorer) + "</bdi>", html);
  }
  return out;
}

std::string ModelTerms(const ReportInput& input) {
  std::map<std::string, std::set<std::string>> returned;
  for (const v1::SampleResult& result : *input.results) {
    auto& names = returned[result.model()];
    names.insert(result.model_returned().begin(), result.model_returned().end());
  }
  std::string out;
  for (const auto& [model, names] : returned) {
    std::string html;
    for (const std::string& name : names) {
      html += (html.empty() ? "returned as <bdi>" : ", <bdi>") + HtmlLine(name) + "</bdi>";
    }
    if (!html.empty()) out += Term("Model <bdi>" + HtmlLine(model, 120) + "</bdi>", html);
  }
  return out;
}

std::string Totals(const ReportInput& input) {
  std::int64_t expected = 0, generated = 0, words = 0, truncated = 0;
  for (const v1::ModelSummary& model : input.summary->models()) {
    expected += model.expected();
    words += model.words();
    truncated += model.truncated();
    for (const v1::OutcomeCount& count : model.outcomes()) {
      if (count.outcome() == v1::OUTCOME_GENERATED) generated += count.count();
    }
  }
  std::string out = Count(generated) + " of " + Count(expected) + " texts";
  out += " · " + Count(words) + " words";
  if (truncated > 0) out += " · " + Count(truncated) + " truncated";
  return out;
}

}  // namespace

std::string RenderReportHeader(const ReportInput& input) {
  const v1::RunSummary& summary = *input.summary;
  const bool sealed = summary.state() == "sealed";
  const std::string& title = summary.name().empty() ? summary.run_id() : summary.name();
  std::string out = "<header>\n<p class=\"brand\">Assay · evaluation report</p>\n<h1><bdi>" +
                    HtmlLine(title) + "</bdi> <span class=\"state" + (sealed ? "" : " unsealed") +
                    "\">" + HtmlLine(summary.state()) + "</span></h1>\n<p class=\"lead\">" +
                    Totals(input) + "</p>\n";
  if (!sealed) {
    out += "<p class=\"warning\">This run is not sealed: its figures are of what has ended so far.";
    if (!summary.partial_reason().empty()) {
      out += " <bdi>" + HtmlLine(summary.partial_reason(), 300) + "</bdi>";
    }
    out += "</p>\n";
  }
  out += "<dl class=\"facts\">\n";
  std::string run = "<code>" + HtmlLine(summary.run_id()) + "</code>";
  if (summary.revision() > 0) run += " · revision " + std::to_string(summary.revision());
  out += Term("Run", run);
  out += Term("Started", When(summary.started_unix_ms()));
  if (summary.finished_unix_ms() > 0) {
    std::string when = When(summary.finished_unix_ms());
    if (summary.started_unix_ms() > 0 && summary.finished_unix_ms() >= summary.started_unix_ms()) {
      when += " · " + Duration(summary.finished_unix_ms() - summary.started_unix_ms());
    }
    out += Term("Finished", when);
  }
  out += Term("Made by", "<code>" + HtmlLine(summary.binary_version()) + "</code>");
  out +=
      "</dl>\n<details class=\"provenance\"><summary>Provenance</summary>\n<dl class=\"facts\">\n";
  for (const ReportSuite& suite : input.suites) {
    out += Term("Suite <bdi>" + HtmlLine(suite.name) + "</bdi>", Digest(suite.digest));
  }
  out += ScorerTerms(input) + ModelTerms(input);
  out += Term("Results", Digest(summary.results_digest()));
  return out + "</dl></details>\n</header>\n";
}

}  // namespace assay
