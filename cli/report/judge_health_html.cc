#include "cli/report/judge_health_html.h"

#include "absl/strings/str_format.h"
#include "cli/report/html_text.h"
#include "cli/report/table_html.h"

namespace assay {
namespace {

std::string Share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return "–";
  return absl::StrFormat("%.1f %%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string ProbeCell(const v1::ProbeResult& probe) {
  const bool judged = probe.value().judged() > 0;
  std::string cell = HtmlLine(probe.kind()) + " ";
  cell += judged ? Figure(probe.value().mean()) : "not judged";
  return probe.passed() ? cell : "<em>" + cell + "</em>";
}

std::string HeaderOf(const std::string& name, const std::string& attributes) {
  return "<th scope=\"col\"" + attributes + ">" + name + "</th>";
}

std::string StatCells(const v1::JudgeStats& stats, std::int64_t flagged) {
  return NumberCell(Count(stats.calls())) +
         NumberCell(Share(stats.unusable_replies(), stats.calls())) +
         NumberCell(Share(stats.unjudged_items(), stats.items())) +
         NumberCell(Share(stats.repeat_agreements(), stats.repeat_pairs())) +
         NumberCell(Count(stats.injections())) + NumberCell(Count(flagged));
}

std::string NamedRow(const std::string& scorer, const std::string& judge) {
  return "<tr><th scope=\"row\" class=\"keep\"><bdi>" + scorer +
         "</bdi></th><td class=\"keep\"><bdi>" + judge + "</bdi></td>";
}

// Of a judge, and below it of each model that it judged.
std::string RowsOf(const v1::JudgeHealthSummary& health) {
  std::string probes;
  for (const v1::ProbeResult& probe : health.probes()) {
    probes += (probes.empty() ? "" : "<br>") + ProbeCell(probe);
  }
  std::int64_t flagged = 0;
  for (const v1::JudgeOfModel& model : health.models()) flagged += model.flagged_texts();
  std::string rows = NamedRow(HtmlLine(health.scorer()), HtmlLine(health.judge()));
  rows += "<td class=\"keep\">";
  rows += health.trusted() ? "trusted" : "<em>not trusted</em>";
  rows += "</td>" + StatCells(health.stats(), flagged);
  rows += "<td class=\"keep\">" + (probes.empty() ? std::string("–") : probes) + "</td></tr>\n";
  if (health.models_size() < 2) return rows;
  for (const v1::JudgeOfModel& model : health.models()) {
    rows += NamedRow("", "of " + HtmlLine(model.model()));
    rows += "<td></td>" + StatCells(model.stats(), model.flagged_texts()) + "<td></td></tr>\n";
  }
  return rows;
}

}  // namespace

std::string RenderJudgeHealth(const v1::RunSummary& summary) {
  if (summary.judge_health().empty()) return "";
  std::string out = "<section id=\"judges\"><h2>Judges</h2>\n";
  for (const v1::JudgeHealthSummary& health : summary.judge_health()) {
    if (health.trusted()) continue;
    out += "<p class=\"warning\">The judge of <bdi>" + HtmlLine(health.scorer()) +
           "</bdi> is not to be trusted: <bdi>" + HtmlLine(health.reason(), 400) + "</bdi></p>\n";
  }
  out += "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>";
  for (const char* name : {"Scorer", "Judge", ""}) out += HeaderOf(name, "");
  for (const char* name : {"calls", "unusable replies", "unjudged items", "repeats that agree",
                           "forged replies", "flagged texts"}) {
    out += HeaderOf(name, " class=\"num\"");
  }
  out += HeaderOf("probes", "");
  out += "</tr></thead><tbody>\n";
  for (const v1::JudgeHealthSummary& health : summary.judge_health()) out += RowsOf(health);
  return out +
         "</tbody></table></div>\n<p class=\"note\">Probes are texts without a model, scored like "
         "the "
         "others: one with nothing in it must not get a good score, a known good one (anchor) "
         "must. A flagged text addresses a judge or imitates its prompt; that changes no "
         "score.</p>\n</section>\n";
}

}  // namespace assay
