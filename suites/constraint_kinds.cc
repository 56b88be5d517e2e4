#include "suites/constraint_kinds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "common/config/config_errors.h"
#include "common/config/message_decoder.h"
#include "common/text/pattern.h"

namespace assay {
namespace {

using google::protobuf::Value;

enum class ParamType { kCount, kText, kTexts, kShare, kPart, kCounting };

struct Param {
  std::string_view name;
  ParamType type;
  bool required = true;
};

struct Kind {
  std::string_view name;
  std::array<Param, 5> params;  // unused ones have no name
};

constexpr std::array<Kind, 30> kKinds = {{
    {"words_min", {{{"count", ParamType::kCount}, {"counting", ParamType::kCounting, false}}}},
    {"words_max", {{{"count", ParamType::kCount}, {"counting", ParamType::kCounting, false}}}},
    {"characters_min", {{{"count", ParamType::kCount}}}},
    {"characters_max", {{{"count", ParamType::kCount}}}},
    {"sentences_min", {{{"count", ParamType::kCount}}}},
    {"sentences_max", {{{"count", ParamType::kCount}}}},
    {"paragraphs_max", {{{"count", ParamType::kCount}}}},
    {"list_items_max", {{{"count", ParamType::kCount}}}},
    {"tables_min", {{{"count", ParamType::kCount}}}},
    {"every_nth",
     {{{"label", ParamType::kText},
       {"from", ParamType::kCount},
       {"to", ParamType::kCount},
       {"count", ParamType::kCount},
       {"text", ParamType::kText}}}},
    {"regex", {{{"pattern", ParamType::kText}, {"count", ParamType::kCount, false}}}},
    {"regex_not", {{{"pattern", ParamType::kText}}}},
    {"json", {{{"texts", ParamType::kTexts, false}}}},
    {"tsv", {{{"texts", ParamType::kTexts, false}}}},
    {"language", {{{"text", ParamType::kText}}}},
    {"sections_min", {{{"count", ParamType::kCount}}}},
    {"sections_max", {{{"count", ParamType::kCount}}}},
    {"paragraphs_min", {{{"count", ParamType::kCount}}}},
    {"headings", {{{"texts", ParamType::kTexts}}}},
    {"must_contain", {{{"texts", ParamType::kTexts}, {"count", ParamType::kCount, false}}}},
    {"must_not_contain", {{{"texts", ParamType::kTexts}}}},
    {"starts_with", {{{"text", ParamType::kText}}}},
    {"ends_with", {{{"text", ParamType::kText}}}},
    {"numbered",
     {{{"label", ParamType::kText}, {"from", ParamType::kCount}, {"to", ParamType::kCount}}}},
    {"position",
     {{{"text", ParamType::kText}, {"part", ParamType::kPart}, {"share", ParamType::kShare}}}},
    {"list_items_min", {{{"count", ParamType::kCount}}}},
    {"order", {{{"texts", ParamType::kTexts}}}},
    {"judged", {}},
}};

const Kind* FindKind(std::string_view name) {
  const auto* kind = std::find_if(kKinds.begin(), kKinds.end(),
                                  [name](const Kind& candidate) { return candidate.name == name; });
  return kind == kKinds.end() ? nullptr : kind;
}

bool IsText(const Value& value) {
  return value.has_string_value() && !value.string_value().empty() &&
         value.string_value().size() <= 4096;
}

// Empty when `value` is right for `type`; otherwise what was expected.
std::string_view Expected(const Value& value, ParamType type) {
  switch (type) {
    case ParamType::kCount: {
      const double number = value.number_value();
      const bool count = value.has_number_value() && number >= 1 && number <= 10'000'000 &&
                         std::trunc(number) == number;
      return count ? "" : "expected a whole number from 1 to 10000000";
    }
    case ParamType::kText:
      return IsText(value) ? "" : "expected a text of 1 to 4096 bytes";
    case ParamType::kTexts: {
      const auto& items = value.list_value().values();
      const bool texts = value.has_list_value() && !items.empty() && items.size() <= 1000 &&
                         std::all_of(items.begin(), items.end(), IsText);
      return texts ? "" : "expected a list of 1 to 1000 texts";
    }
    case ParamType::kShare: {
      const double number = value.number_value();
      return value.has_number_value() && number > 0 && number <= 1
                 ? ""
                 : "expected a number more than 0 and at most 1";
    }
    case ParamType::kCounting: {
      const std::string& counting = value.string_value();
      return counting == "longbench_write" || counting == "split" || counting == "words"
                 ? ""
                 : "expected longbench_write, split or words";
    }
    case ParamType::kPart: {
      const std::string& part = value.string_value();
      return part == "begin" || part == "middle" || part == "end" ? ""
                                                                  : "expected begin, middle or end";
    }
  }
  return "";
}

void CheckKnownParams(const Kind& kind, const v1::Constraint& constraint,
                      std::vector<ConstraintProblem>* problems) {
  const auto& fields = constraint.params().fields();
  std::vector<std::string> names;
  for (const Param& param : kind.params) {
    if (param.name.empty()) continue;
    names.emplace_back(param.name);
    const std::string field = "params." + names.back();
    const auto found = fields.find(names.back());
    if (found == fields.end()) {
      if (param.required) problems->push_back({field, "is missing"});
      continue;
    }
    const std::string_view expected = Expected(found->second, param.type);
    if (!expected.empty()) problems->push_back({field, std::string(expected)});
  }
  std::set<std::string> given;
  for (const auto& [name, value] : fields) given.insert(name);
  for (const std::string& name : given) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string near = NearestName(name, names);
    problems->push_back(
        {"params." + name, "unknown parameter of " + std::string(kind.name) +
                               (near.empty() ? "" : "; did you mean " + near + "?")});
  }
}

double Count(const v1::Constraint& constraint, const char* name) {
  const auto found = constraint.params().fields().find(name);
  return found == constraint.params().fields().end() ? 0 : found->second.number_value();
}

void CheckNumbered(const v1::Constraint& constraint, std::vector<ConstraintProblem>* problems) {
  const std::string& label = constraint.params().fields().at("label").string_value();
  if (label.find("{n}") == std::string::npos) {
    problems->push_back({"params.label", "needs {n} where the number stands, as in 'Week {n}'"});
  }
  if (Count(constraint, "from") > Count(constraint, "to")) {
    problems->push_back({"params.to", "must not be less than from"});
  }
}

}  // namespace

std::vector<ConstraintProblem> CheckConstraint(const v1::Constraint& constraint) {
  std::vector<ConstraintProblem> problems;
  if (constraint.kind().empty()) return {{"kind", "is missing"}};
  const Kind* kind = FindKind(constraint.kind());
  if (kind == nullptr) {
    std::vector<std::string> names;
    for (const Kind& known : kKinds) names.emplace_back(known.name);
    const std::string near = NearestName(constraint.kind(), names);
    return {{"kind",
             "unknown kind " + QuoteForError(constraint.kind()) +
                 (near.empty() ? "; docs/suites.md lists them" : "; did you mean " + near + "?")}};
  }
  CheckKnownParams(*kind, constraint, &problems);
  const bool numbered = kind->name == "numbered" || kind->name == "every_nth";
  if (problems.empty() && numbered) CheckNumbered(constraint, &problems);
  if (problems.empty() && kind->name.starts_with("regex")) {
    const absl::StatusOr<Pattern> pattern =
        Pattern::Compile(constraint.params().fields().at("pattern").string_value());
    if (!pattern.ok())
      problems.push_back({"params.pattern", std::string(MessageOf(pattern.status()))});
  }
  return problems;
}

std::vector<std::string> ContradictionsOf(const v1::Sample& sample) {
  double words_min = 0;
  double words_max = std::numeric_limits<double>::infinity();
  std::set<std::string> required;
  std::set<std::string> forbidden;
  for (const v1::Constraint& constraint : sample.constraints()) {
    if (constraint.kind() == "words_min") {
      words_min = std::max(words_min, Count(constraint, "count"));
    } else if (constraint.kind() == "words_max") {
      words_max = std::min(words_max, Count(constraint, "count"));
    } else if (constraint.kind() == "must_contain" || constraint.kind() == "must_not_contain") {
      auto& texts = constraint.kind() == "must_contain" ? required : forbidden;
      const auto found = constraint.params().fields().find("texts");
      if (found == constraint.params().fields().end()) continue;
      for (const Value& text : found->second.list_value().values()) {
        texts.insert(text.string_value());
      }
    }
  }
  std::vector<std::string> contradictions;
  if (words_min > words_max) contradictions.emplace_back("words_min is more than words_max");
  for (const std::string& text : required) {
    if (forbidden.count(text) > 0) {
      contradictions.push_back(QuoteForError(text) + " is both required and forbidden");
    }
  }
  return contradictions;
}

}  // namespace assay
