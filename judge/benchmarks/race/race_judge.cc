#include "judge/benchmarks/race/race_judge.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/json/json.h"
#include "common/text/python_case.h"
#include "common/text/python_format.h"
#include "common/text/python_json.h"
#include "common/text/python_text.h"
#include "judge/rubric/criteria_scores.h"

namespace assay {
namespace {

using Kind = PythonValue::Kind;

constexpr double kMost = 10;

std::optional<PythonValue> ObjectIn(std::string_view text) {
  auto parsed = PythonJsonLoads(PythonStrip(text));
  if (!parsed.ok() || parsed->kind != Kind::kDict) return std::nullopt;
  return *std::move(parsed);
}

std::optional<PythonValue> ObjectOf(std::string_view reply) {
  if (auto whole = ObjectIn(reply)) return whole;
  constexpr std::string_view kFence = "```";
  const std::size_t open = reply.find(kFence);
  if (open != std::string_view::npos) {
    const std::size_t line = std::min(reply.find('\n', open), reply.size());
    const std::size_t close = std::min(reply.find(kFence, line), reply.size());
    if (auto inside = ObjectIn(reply.substr(line, close - line))) return inside;
  }
  const std::size_t begin = reply.find('{');
  const std::size_t end = reply.rfind('}');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) {
    return std::nullopt;
  }
  return ObjectIn(reply.substr(begin, end + 1 - begin));
}

std::optional<double> NumberIn(const PythonValue& item, const std::string& field) {
  const auto found = item.dict.find(field);
  return found == item.dict.end() ? std::nullopt : PythonFloat(found->second);
}

std::string TextIn(const PythonValue& item, const std::string& field) {
  const auto found = item.dict.find(field);
  return found == item.dict.end() ? "" : std::string(PythonStrip(found->second.text));
}

// Empty: it rates every criterion once, within the scale.
std::string StrictProblem(const std::vector<RaceRating>& ratings,
                          const std::vector<RaceCriterion>& criteria) {
  std::set<std::string> open;
  for (const RaceCriterion& one : criteria) {
    open.insert(PythonLower(PythonStrip(one.criterion)));
  }
  for (const RaceRating& rating : ratings) {
    const std::string shown = absl::StrCat("\"", EscapeForTerminal(rating.criterion, 60), "\"");
    if (open.erase(PythonLower(rating.criterion)) == 0) {
      return absl::StrCat(shown, " is no criterion, or stands there twice");
    }
    for (const std::optional<double>& value : {rating.text, rating.reference}) {
      if (value.has_value() && *value >= 0 && *value <= kMost) continue;
      return absl::StrCat(shown, ": expected two scores from 0 to 10");
    }
  }
  if (open.empty()) return "";
  return absl::StrCat(open.size(), " criteria have no rating");
}

double WeightOf(const std::string& text, const std::vector<RaceCriterion>& criteria) {
  const std::string lower = PythonLower(text);
  for (const RaceCriterion& one : criteria) {
    if (one.criterion == text) return one.weight;
  }
  for (const RaceCriterion& one : criteria) {
    if (PythonLower(one.criterion) == lower) return one.weight;
  }
  double sum = 0;
  for (const RaceCriterion& one : criteria) {
    const std::string own = PythonLower(one.criterion);
    if (own.find(lower) != std::string::npos || lower.find(own) != std::string::npos) {
      return one.weight;
    }
    sum += one.weight;
  }
  return sum / static_cast<double>(criteria.size());
}

}  // namespace

absl::StatusOr<RaceCriteria> ParseRaceCriteria(std::string_view json) {
  const auto root = ParseOrderedJson(json);
  if (!root.ok()) return root.status();
  RaceCriteria criteria;
  if (!root->is_object() || root->empty()) return InvalidArgument("expected an object of lists");
  for (const auto& [dimension, list] : root->items()) {
    auto& own = criteria.emplace_back(dimension, std::vector<RaceCriterion>()).second;
    for (const OrderedJson& item : list) {
      const bool good = item.is_object() && item.contains("criterion") &&
                        item["criterion"].is_string() && item.contains("explanation") &&
                        item["explanation"].is_string() && item.contains("weight") &&
                        item["weight"].is_number();
      if (!good) return InvalidArgument(dimension + ": expected criterion, explanation, weight");
      own.push_back({item["criterion"], item["explanation"], item["weight"]});
    }
    if (own.empty()) return InvalidArgument(dimension + ": expected at least one criterion");
  }
  return criteria;
}

std::string RaceCriteriaList(const RaceCriteria& criteria) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [dimension, own] : criteria) {
    OrderedJson& list = json[dimension] = OrderedJson::array();
    for (const RaceCriterion& one : own) {
      list.push_back({{"criterion", one.criterion}, {"explanation", one.explanation}});
    }
  }
  return json.dump(2);
}

absl::StatusOr<std::string> RacePrompt(std::string_view score_prompt, std::string_view task,
                                       std::string_view text, std::string_view reference,
                                       const RaceCriteria& criteria) {
  const std::string list = RaceCriteriaList(criteria);
  const std::vector<std::pair<std::string_view, std::string_view>> fields = {
      {"task_prompt", task},
      {"article_1", text},
      {"article_2", reference},
      {"criteria_list", list}};
  for (const auto& [name, value] : fields) {
    const std::string field = absl::StrCat("{", std::string(name), "}");
    if (score_prompt.find(field) == std::string_view::npos) {
      return InvalidArgument("needs " + field);
    }
  }
  return PythonFormat(score_prompt, fields);
}

RaceReply ReadRaceReply(std::string_view reply, const RaceCriteria& criteria, bool official) {
  RaceReply read;
  const std::optional<PythonValue> object = ObjectOf(reply);
  if (!object.has_value()) {
    read.problem = absl::StrCat("no JSON object: \"", EscapeForTerminal(reply, 80), "\"");
    return read;
  }
  for (const auto& [dimension, own] : criteria) {
    const auto found = object->dict.find(dimension);
    if (found == object->dict.end() || found->second.kind != Kind::kList) {
      read.problem = dimension + ": is missing, expected a list";
      return read;
    }
    std::vector<RaceRating>& ratings = read.dimensions[dimension];
    for (const PythonValue& item : found->second.list) {
      if (item.kind != Kind::kDict) continue;
      ratings.push_back({TextIn(item, "criterion"), NumberIn(item, "article_1_score"),
                         NumberIn(item, "article_2_score"), TextIn(item, "analysis")});
    }
    if (official) continue;
    const std::string problem = StrictProblem(ratings, own);
    if (problem.empty()) continue;
    read.problem = absl::StrCat(dimension, ": ", problem);
    return read;
  }
  return read;
}

RaceScores ScoreRace(const RaceReply& reply, const RaceCriteria& criteria,
                     const std::map<std::string, double>& dimension_weights) {
  RaceScores scores;
  double text_total = 0;
  double reference_total = 0;
  for (const auto& [dimension, own] : criteria) {
    double text = 0;
    double reference = 0;
    double weights = 0;
    bool last_has_reference = false;
    const auto ratings = reply.dimensions.find(dimension);
    if (ratings == reply.dimensions.end()) continue;
    for (const RaceRating& rating : ratings->second) {
      last_has_reference = rating.reference.has_value();
      if (rating.criterion.empty() || !rating.text.has_value()) continue;
      const double weight = WeightOf(rating.criterion, own);
      text += *rating.text * weight;
      reference += rating.reference.value_or(0) * weight;
      weights += weight;
    }
    const double text_mean = weights > 0 ? text / weights : 0;
    const double reference_mean = weights > 0 && last_has_reference ? reference / weights : 0;
    scores.dimensions[dimension] = AgainstReference(text_mean, reference_mean);
    const auto weight = dimension_weights.find(dimension);
    if (weight == dimension_weights.end()) continue;
    text_total += text_mean * weight->second;
    reference_total += reference_mean * weight->second;
  }
  scores.overall = AgainstReference(text_total, reference_total);
  return scores;
}

}  // namespace assay
