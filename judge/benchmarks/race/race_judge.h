// RACE of DeepResearch Bench (arXiv:2506.11763, Ayanami0730/deep_research_bench; reference
// claims-and-judges.md 4.3): one question about a report beside the reference report, and what its
// answer comes to. Pure functions, thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace assay {

struct RaceCriterion {
  std::string criterion;
  std::string explanation;
  double weight = 0;
};
// The criteria of a task by dimension, in the order of its row.
using RaceCriteria = std::vector<std::pair<std::string, std::vector<RaceCriterion>>>;

// {"insight": [{"criterion": ..., "explanation": ..., "weight": 0.2}, ...], ...}.
// InvalidArgument names the dimension and the field.
absl::StatusOr<RaceCriteria> ParseRaceCriteria(std::string_view json);

// The criteria as the judge sees them, without weights: json.dumps(indent=2, ensure_ascii=False).
std::string RaceCriteriaList(const RaceCriteria& criteria);

// `score_prompt` with task_prompt, article_1 (the text), article_2 (the reference report) and
// criteria_list filled in by str.format. InvalidArgument: it has other fields, or lacks one.
absl::StatusOr<std::string> RacePrompt(std::string_view score_prompt, std::string_view task,
                                       std::string_view text, std::string_view reference,
                                       const RaceCriteria& criteria);

// One criterion of a reply.
struct RaceRating {
  std::string criterion;
  std::optional<double> text;
  std::optional<double> reference;
  std::string analysis;
};

struct RaceReply {
  std::map<std::string, std::vector<RaceRating>> dimensions;
  std::string problem;  // why the judge is asked again; empty: it is not. Safe to show
};

// The JSON object of a reply: the whole, the inside of its first fence, or from the first "{" to
// the last "}". Official: it must have every dimension. Strict: also every criterion once, by its
// own text but for case and blanks around it, with two ratings from 0 to 10. What only regular
// expressions could save of broken JSON is asked again in both.
RaceReply ReadRaceReply(std::string_view reply, const RaceCriteria& criteria, bool official);

// 0..1: of the text in the sum of both, 0 when both are 0.
struct RaceScores {
  double overall = 0;
  std::map<std::string, double> dimensions;
};

// The official calculation. A rating weighs what the criterion of its text weighs: of the same
// text, of the same but for case, of one that has it in it or stands in it, else the mean weight.
// Without a rating of the text it is left out. The reference's mean of a dimension is 0 when the
// last rating of it has none. A reply that reads strictly is in no need of any of this.
RaceScores ScoreRace(const RaceReply& reply, const RaceCriteria& criteria,
                     const std::map<std::string, double>& dimension_weights);

}  // namespace assay
