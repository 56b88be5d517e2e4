#include "coordinator/core/panel.h"

#include <algorithm>
#include <map>
#include <optional>

namespace assay {
namespace {

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Empty on a tie.
std::optional<double> Majority(const std::vector<double>& values) {
  std::map<double, int> votes;
  for (const double value : values) ++votes[value];
  const auto most = std::max_element(
      votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto as_many = std::count_if(votes.begin(), votes.end(),
                                     [&](const auto& vote) { return vote.second == most->second; });
  return as_many == 1 ? std::optional(most->first) : std::nullopt;
}

std::optional<double> Combined(const std::string& combine, const std::vector<double>& values) {
  if (combine == "median") return Median(values);
  if (combine == "majority") return Majority(values);
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Values by name, names in order of first appearance.
std::vector<std::pair<std::string, std::vector<double>>> ScoresOf(
    const std::vector<const v1::ScorerResult*>& results) {
  std::vector<std::pair<std::string, std::vector<double>>> scores;
  for (const v1::ScorerResult* result : results) {
    for (const v1::Score& score : result->scores()) {
      auto found = std::find_if(scores.begin(), scores.end(),
                                [&](const auto& entry) { return entry.first == score.name(); });
      if (found == scores.end()) found = scores.insert(scores.end(), {score.name(), {}});
      found->second.push_back(score.value());
    }
  }
  return scores;
}

void Unjudged(const std::string& reason, v1::ScorerResult& result) {
  result.set_outcome(v1::OUTCOME_UNJUDGED);
  result.set_reason(reason);
}

}  // namespace

std::vector<Panel> PanelsOf(const std::vector<v1::ScorerSpec>& scorers) {
  std::vector<Panel> panels;
  for (std::size_t i = 0; i < scorers.size(); ++i) {
    const std::string& id = scorers[i].accepted().panel();
    if (id.empty()) continue;
    auto found = std::find_if(panels.begin(), panels.end(),
                              [&](const Panel& panel) { return panel.id == id; });
    if (found == panels.end()) {
      found = panels.insert(panels.end(),
                            {id, {}, scorers[i].combine(), std::max(1, scorers[i].min_valid())});
    }
    found->parts.push_back(static_cast<int>(i));
  }
  return panels;
}

v1::ScorerResult CombinePanel(const Panel& panel, const std::vector<v1::ScorerResult>& parts) {
  v1::ScorerResult result;
  result.set_scorer(panel.id);
  std::vector<const v1::ScorerResult*> scored;
  bool none_applies = true;
  for (const int part : panel.parts) {
    const v1::ScorerResult& verdict = parts[static_cast<std::size_t>(part)];
    result.set_scorer_version(verdict.scorer_version());
    result.set_compat(verdict.compat());
    result.set_prompt_digest(verdict.prompt_digest());
    none_applies = none_applies && verdict.outcome() == v1::OUTCOME_NOT_APPLICABLE;
    if (verdict.outcome() == v1::OUTCOME_SCORED) scored.push_back(&verdict);
    for (const std::string& model : verdict.judge_model()) result.add_judge_model(model);
  }
  if (none_applies) {
    result.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
    result.set_reason(parts[static_cast<std::size_t>(panel.parts.front())].reason());
    return result;
  }
  if (static_cast<int>(scored.size()) < panel.min_valid) {
    Unjudged(std::to_string(scored.size()) + " of " + std::to_string(panel.parts.size()) +
                 " judges scored it, " + std::to_string(panel.min_valid) + " are needed",
             result);
    return result;
  }
  for (const auto& [name, values] : ScoresOf(scored)) {
    if (static_cast<int>(values.size()) < panel.min_valid) continue;
    const std::optional<double> value = Combined(panel.combine, values);
    if (!value.has_value()) continue;
    v1::Score& score = *result.add_scores();
    score.set_name(name);
    score.set_value(*value);
  }
  if (result.scores().empty()) {
    Unjudged("the judges do not agree: no value has a majority", result);
  } else {
    result.set_outcome(v1::OUTCOME_SCORED);
  }
  return result;
}

}  // namespace assay
