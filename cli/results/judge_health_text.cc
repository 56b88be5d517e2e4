#include "cli/results/judge_health_text.h"

#include <vector>

#include "absl/strings/str_format.h"
#include "cli/terminal/table.h"
#include "common/base/log.h"

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

}  // namespace

std::string RenderJudgeHealthText(const v1::RunSummary& summary, int columns) {
  if (summary.judge_health().empty()) return "";
  Table table({"judges", "calls", "unusable", "unjudged items", "flagged", "trusted", "probes"});
  const auto add = [&](const std::string& name, const v1::JudgeStats& stats,
                       const std::string& flagged, const std::string& trusted,
                       const std::string& probes) {
    table.AddRow({name, std::to_string(stats.calls()),
                  Share(stats.unusable_replies(), stats.calls()),
                  Share(stats.unjudged_items(), stats.items()), flagged, trusted, probes});
  };
  for (const v1::JudgeHealthSummary& health : summary.judge_health()) {
    std::int64_t flagged = 0;
    for (const v1::JudgeOfModel& model : health.models()) flagged += model.flagged_texts();
    add(EscapeForTerminal(health.scorer(), 40) + ", " + EscapeForTerminal(health.judge(), 40),
        health.stats(), std::to_string(flagged), health.trusted() ? "yes" : "NO", ProbesOf(health));
    if (health.models_size() < 2) continue;
    for (const v1::JudgeOfModel& model : health.models()) {
      add("  of " + EscapeForTerminal(model.model(), 40), model.stats(),
          std::to_string(model.flagged_texts()), "", "");
    }
  }
  std::string out = "\n" + table.Render(columns);
  for (const v1::JudgeHealthSummary& health : summary.judge_health()) {
    if (health.trusted()) continue;
    out += "  The judge of " + EscapeForTerminal(health.scorer(), 60) +
           " is not to be trusted: " + EscapeForTerminal(health.reason(), 240) + "\n";
  }
  return out;
}

}  // namespace assay
