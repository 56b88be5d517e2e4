#include "cli/cluster/status_text.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "cli/terminal/table.h"
#include "common/base/log.h"

namespace assay {
namespace {

std::int64_t Ended(const v1::UnitCounts& counts) {
  return counts.done() + counts.failed() + counts.quarantined() + counts.cancelled();
}

std::string Share(const v1::UnitCounts& counts) {
  return absl::StrCat(Ended(counts), "/", counts.total());
}

std::string StateOf(const v1::RunStatus& status) {
  std::string state = status.state();
  if (!status.pause_reason().empty()) state += ": " + status.pause_reason();
  return state;
}

v1::UnitCounts Scorings(const v1::RunStatus& status) {
  v1::UnitCounts sum = status.rule_scorings();
  const v1::UnitCounts& judged = status.judged_scorings();
  sum.set_total(sum.total() + judged.total());
  sum.set_done(sum.done() + judged.done());
  sum.set_failed(sum.failed() + judged.failed());
  sum.set_quarantined(sum.quarantined() + judged.quarantined());
  sum.set_cancelled(sum.cancelled() + judged.cancelled());
  sum.set_leased(sum.leased() + judged.leased());
  return sum;
}

std::string Number(double value) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.4f", value);
  return text;
}

std::string RoleOf(const v1::AgentStatus& agent) {
  const auto& kinds = agent.kinds();
  const bool generates = std::count(kinds.begin(), kinds.end(), v1::UNIT_KIND_GENERATE) > 0;
  if (!generates) return "judge";
  return kinds.size() > 1 ? "both" : "worker";
}

std::string RenderScores(const v1::RunStatus& status, int columns) {
  Table table({"score", "mean", "judged", "required"});
  for (const v1::LiveScore& score : status.scores()) {
    std::string name = absl::StrCat(score.suite(), " ", score.model(), " ", score.scorer());
    if (!score.score().empty()) absl::StrAppend(&name, ".", score.score());
    table.AddRow({EscapeForTerminal(name), score.judged() == 0 ? "-" : Number(score.mean()),
                  absl::StrCat(score.judged()), absl::StrCat(score.required())});
  }
  const bool partial = status.state() != "sealed";
  return absl::StrCat("\n", partial ? "Scores so far (partial):\n" : "Scores:\n",
                      table.Render(columns));
}

}  // namespace

std::int64_t LossesOf(const v1::RunStatus& status) {
  std::int64_t losses = 0;
  for (const v1::UnitCounts* counts :
       {&status.generations(), &status.rule_scorings(), &status.judged_scorings()}) {
    losses += counts->failed() + counts->quarantined();
  }
  for (const v1::OutcomeCount& outcome : status.scoring_outcomes()) {
    if (outcome.outcome() == v1::OUTCOME_UNJUDGED) losses += outcome.count();
  }
  return losses;
}

ProgressView ViewOf(const v1::RunStatus& status) {
  ProgressView view;
  const v1::UnitCounts scorings = Scorings(status);
  view.generations = Ended(status.generations());
  view.generations_expected = status.generations().total();
  view.scorings = Ended(scorings);
  view.scorings_expected = scorings.total();
  view.losses = LossesOf(status);
  view.in_flight = status.generations().leased() + status.judged_scorings().leased();
  view.cost_usd = status.cost_usd();
  view.priced = status.priced();
  if (status.state() != "running" && status.state() != "sealed") {
    view.notice = StateOf(status);
    if (!status.pause_detail().empty()) view.notice += " " + status.pause_detail();
  }
  return view;
}

std::string RenderAgents(const v1::ListRunsResponse& list, int columns) {
  if (list.agents().empty()) return "No agents.\n";
  Table table({"agent", "role", "busy", "seen", "state", "serves"});
  for (const v1::AgentStatus& agent : list.agents()) {
    const std::string models = absl::StrJoin(agent.models(), ", ");
    const std::string serves =
        models.empty() ? agent.server() : absl::StrCat(models, " at ", agent.server());
    table.AddRow({EscapeForTerminal(agent.agent()), RoleOf(agent),
                  absl::StrCat(agent.in_flight(), "/", agent.slots()),
                  absl::StrCat((agent.seen_ms_ago() + 500) / 1000, " s ago"), agent.state(),
                  EscapeForTerminal(serves, 120)});
  }
  std::string text = table.Render(columns);
  if (list.agents_total() > list.agents_size()) {
    absl::StrAppend(&text, "... and ", list.agents_total() - list.agents_size(), " more agents\n");
  }
  return text;
}

std::string RenderRuns(const v1::ListRunsResponse& runs, int columns) {
  if (runs.runs().empty()) return "No runs.\n";
  Table table({"run", "state", "generations", "scorings", "losses", "name"});
  for (const v1::RunStatus& run : runs.runs()) {
    // A sealed run that nobody asked about is not read.
    const bool known = run.generations().total() > 0;
    table.AddRow({run.run_id(), StateOf(run), known ? Share(run.generations()) : "-",
                  known ? Share(Scorings(run)) : "-", known ? absl::StrCat(LossesOf(run)) : "-",
                  EscapeForTerminal(run.name())});
  }
  std::string text = table.Render(columns);
  if (runs.total() > runs.runs_size()) {
    absl::StrAppend(&text, "... and ", runs.total() - runs.runs_size(), " older runs\n");
  }
  return text;
}

std::string RenderRun(const v1::RunStatus& status, int columns) {
  std::string text = absl::StrCat("Run ", status.run_id(), "  ", EscapeForTerminal(status.name()),
                                  "\n", "  state        ", StateOf(status), "\n");
  if (!status.pause_detail().empty()) {
    absl::StrAppend(&text, "               ", EscapeForTerminal(status.pause_detail(), 400), "\n");
  }
  absl::StrAppend(&text, "  generations  ", Share(status.generations()), ", ",
                  status.generations().leased(), " running, ", status.truncated(), " truncated\n",
                  "  scorings     ", Share(Scorings(status)), ", ",
                  status.judged_scorings().leased(), " running\n", "  losses       ",
                  LossesOf(status), "\n");
  absl::StrAppend(&text, "  tokens       ", status.generation_usage().completion_tokens(),
                  " generated, ",
                  status.judge_usage().prompt_tokens() + status.judge_usage().completion_tokens(),
                  " for judging\n", "  waste        ", status.retries(), " retries, ",
                  status.lost_leases(), " lost leases\n", "  agents       ", status.agents(), "\n");
  for (const v1::EndpointStatus& endpoint : status.endpoints()) {
    absl::StrAppend(&text, "  endpoint     ", endpoint.endpoint(), ": ", endpoint.leased(), " of ",
                    endpoint.max_in_flight(),
                    endpoint.paused().empty() ? "" : ", paused: " + endpoint.paused(), "\n");
  }
  for (const v1::Error& error : status.recent_errors()) {
    absl::StrAppend(&text, "  error        ", EscapeForTerminal(error.message(), 200), "\n");
  }
  if (status.scores_size() > 0) text += RenderScores(status, columns);
  return text;
}

}  // namespace assay
