#include "cli/results/judge_health_text.h"

#include <vector>

#include "absl/strings/str_format.h"
#include "cli/terminal/table.h"
#include "common/base/log.h"
#include "coordinator/core/judge_health.h"

namespace assay {
namespace {

std::string Share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return "-";
  return absl::StrFormat("%.1f%%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string ProbesOf(const v1::JudgeHealthSummary& health) {
  std::string out;
  for (const v1::ProbeResult& probe : health.probes()) {
    if (!out.empty()) out += ", ";
    out += EscapeForTerminal(probe.kind(), 20);
    out += probe.value().judged() > 0 ? absl::StrFormat(" %.0f", probe.value().mean()) : " -";
    if (!probe.passed()) out += "!";
  }
  return out.empty() ? "-" : out;
}

// What stands out of a judge's work on one model; the report has all of it.
std::string NotesOn(const std::string& scorer, const v1::JudgeOfModel& model) {
  std::string out;
  const std::string of_model = EscapeForTerminal(model.model(), 60);
  if (model.stats().unusable_replies() > kMaxUnusableShare * model.stats().calls()) {
    out += "  " + scorer + ": " + Share(model.stats().unusable_replies(), model.stats().calls()) +
           " of the replies on texts of " + of_model + " could not be used\n";
  }
  if (model.flagged_texts() > 0) {
    out += absl::StrFormat("  %s: %d of %d texts of %s address the judge; no score is changed\n",
                           scorer, model.flagged_texts(), model.texts(), of_model);
  }
  return out;
}

}  // namespace

std::string RenderJudgeHealthText(const v1::RunSummary& summary, int columns) {
  if (summary.judge_health().empty()) return "";
  Table table({"judges", "calls", "unusable", "unjudged items", "trusted", "probes"});
  for (const v1::JudgeHealthSummary& health : summary.judge_health()) {
    const v1::JudgeStats& stats = health.stats();
    table.AddRow(
        {EscapeForTerminal(health.scorer(), 40) + ", " + EscapeForTerminal(health.judge(), 40),
         std::to_string(stats.calls()), Share(stats.unusable_replies(), stats.calls()),
         Share(stats.unjudged_items(), stats.items()), health.trusted() ? "yes" : "NO",
         ProbesOf(health)});
  }
  std::string out = "\n" + table.Render(columns);
  for (const v1::JudgeHealthSummary& health : summary.judge_health()) {
    const std::string scorer = EscapeForTerminal(health.scorer(), 60);
    if (!health.trusted()) {
      out += "  The judge of " + scorer +
             " is not to be trusted: " + EscapeForTerminal(health.reason(), 240) + "\n";
    }
    for (const v1::JudgeOfModel& model : health.models()) out += NotesOn(scorer, model);
  }
  return out;
}

}  // namespace assay
