#include "suites/constraint_kinds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "common/config/config_errors.h"
#include "common/config/message_decoder.h"
#include "common/text/language.h"
#include "common/text/pattern.h"
#include "common/text/python_text.h"
#include "common/text/text_map.h"

namespace assay {
namespace {

using google::protobuf::Value;

enum class ParamType {
  kCount,
  kText,
  kTexts,
  kFlag,
  kShare,
  kPart,
  kLanguage,
  kCountingWords,
  kCountingCharacters
};

struct Param {
  std::string_view name;
  ParamType type;
  bool required = true;
};

struct Kind {
  std::string name;
  std::vector<Param> params;
};

constexpr int kMaxLabels = 1000;

// What is counted has four kinds each: at least, at most, exactly, in a range.
void AddCounted(const std::string& unit, std::optional<Param> counting, std::vector<Kind>& kinds) {
  for (const char* form : {"_min", "_max", "_exact", "_range"}) {
    Kind& kind = kinds.emplace_back(Kind{unit + form, {{"count", ParamType::kCount}}});
    if (kind.name.ends_with("_range")) {
      kind.params = {{"min", ParamType::kCount}, {"max", ParamType::kCount}};
    }
    if (counting) kind.params.push_back(*counting);
  }
}

std::vector<Kind> MakeKinds() {
  const Param text{"text", ParamType::kText};
  const Param texts{"texts", ParamType::kTexts};
  const Param columns{"texts", ParamType::kTexts, false};
  const Param count{"count", ParamType::kCount};
  const Param times{"count", ParamType::kCount, false};
  const Param match_case{"match_case", ParamType::kFlag, false};
  const Param whole_word{"whole_word", ParamType::kFlag, false};
  const Param label{"label", ParamType::kText};
  const Param from{"from", ParamType::kCount};
  const Param to{"to", ParamType::kCount};
  const Param pattern{"pattern", ParamType::kText};
  std::vector<Kind> kinds = {
      {"headings", {texts, {"in_order", ParamType::kFlag, false}}},
      {"heading_depth_max", {count}},
      {"paragraphs_unique", {}},
      {"must_contain", {texts, times, match_case, whole_word}},
      {"must_not_contain", {texts, match_case, whole_word}},
      {"starts_with", {text}},
      {"ends_with", {text}},
      {"numbered", {label, from, to}},
      {"every_nth", {label, from, to, count, text, match_case, whole_word}},
      {"order", {texts, match_case, whole_word}},
      {"position",
       {text, {"part", ParamType::kPart}, {"share", ParamType::kShare}, match_case, whole_word}},
      {"regex", {pattern, times}},
      {"regex_not", {pattern}},
      {"json", {columns}},
      {"tsv", {columns}},
      {"csv", {columns}},
      {"language", {{"text", ParamType::kLanguage}}},
      {"judged", {}},
  };
  AddCounted("words", Param{"counting", ParamType::kCountingWords, false}, kinds);
  AddCounted("characters", Param{"counting", ParamType::kCountingCharacters, false}, kinds);
  for (const char* unit : {"sentences", "paragraphs", "sections", "list_items", "tables"}) {
    AddCounted(unit, std::nullopt, kinds);
  }
  return kinds;
}

const std::vector<Kind>& Kinds() {
  static const auto* const kKinds = new std::vector<Kind>(MakeKinds());
  return *kKinds;
}

const Kind* FindKind(std::string_view name) {
  const auto kind = std::find_if(Kinds().begin(), Kinds().end(),
                                 [name](const Kind& known) { return known.name == name; });
  return kind == Kinds().end() ? nullptr : &*kind;
}

bool IsText(const Value& value) {
  return value.has_string_value() && !value.string_value().empty() &&
         value.string_value().size() <= 4096;
}

std::string ExpectedLanguage(const Value& value) {
  if (value.has_string_value() && GuessableLanguage(value.string_value())) return "";
  std::string expected = "expected a language that a program can tell:";
  for (const std::string& language : GuessableLanguages()) expected += " " + language;
  return expected + " (with a region or not; judged can ask for others)";
}

// Empty when `value` is right for `type`; otherwise what was expected.
std::string Expected(const Value& value, ParamType type) {
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
    case ParamType::kFlag:
      return value.has_bool_value() ? "" : "expected true or false";
    case ParamType::kLanguage:
      return ExpectedLanguage(value);
    case ParamType::kCountingCharacters: {
      const std::string& counting = value.string_value();
      return counting == "visible" || counting == "with_spaces" ? ""
                                                                : "expected visible or with_spaces";
    }
    case ParamType::kCountingWords: {
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
    names.emplace_back(param.name);
    const std::string field = "params." + names.back();
    const auto found = fields.find(names.back());
    if (found == fields.end()) {
      if (param.required) problems->push_back({field, "is missing"});
      continue;
    }
    const std::string expected = Expected(found->second, param.type);
    if (!expected.empty()) problems->push_back({field, expected});
  }
  std::set<std::string> given;
  for (const auto& [name, value] : fields) given.insert(name);
  for (const std::string& name : given) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string near = NearestName(name, names);
    problems->push_back(
        {"params." + name, "unknown parameter of " + kind.name +
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
  if (Count(constraint, "to") - Count(constraint, "from") >= kMaxLabels) {
    problems->push_back({"params.to", "makes more than " + std::to_string(kMaxLabels) + " labels"});
  }
}

// "**" and " " leave nothing: they would never be found, so never be forbidden.
void CheckSearched(const v1::Constraint& constraint, std::vector<ConstraintProblem>* problems) {
  const auto& fields = constraint.params().fields();
  for (const char* name : {"text", "texts", "label"}) {
    const auto found = fields.find(name);
    if (found == fields.end()) continue;
    std::vector<std::string> texts = {found->second.string_value()};
    if (found->second.has_list_value()) texts.clear();
    for (const Value& item : found->second.list_value().values())
      texts.push_back(item.string_value());
    for (const std::string& text : texts) {
      if (!PythonStrip(NormalizedForQuotes(text), " '\"").empty()) continue;
      problems->push_back({std::string("params.") + name,
                           QuoteForError(text) + " is only of marks that are left out of texts; "
                                                 "regex can look for them"});
    }
  }
}

void CheckTogether(const Kind& kind, const v1::Constraint& constraint,
                   std::vector<ConstraintProblem>* problems) {
  if (kind.name == "numbered" || kind.name == "every_nth") CheckNumbered(constraint, problems);
  const bool searches = kind.name.find("contain") != std::string::npos ||
                        kind.name == "starts_with" || kind.name == "ends_with" ||
                        kind.name == "headings" || kind.name == "every_nth" ||
                        kind.name == "order" || kind.name == "position";
  if (searches) CheckSearched(constraint, problems);
  if (kind.name.ends_with("_range") && Count(constraint, "min") > Count(constraint, "max")) {
    problems->push_back({"params.max", "must not be less than min"});
  }
  if (kind.name.starts_with("regex")) {
    const absl::StatusOr<Pattern> pattern =
        Pattern::Compile(constraint.params().fields().at("pattern").string_value());
    if (!pattern.ok())
      problems->push_back({"params.pattern", std::string(MessageOf(pattern.status()))});
  }
}

// What constraints together ask for of one thing that is counted.
struct Bounds {
  double least = 0;
  double most = std::numeric_limits<double>::infinity();
};

void AddBounds(const v1::Constraint& constraint, std::map<std::string, Bounds>& bounds) {
  const std::string& kind = constraint.kind();
  const std::size_t cut = kind.rfind('_');
  if (cut == std::string::npos || constraint.params().fields().count("counting") > 0) return;
  const std::string form = kind.substr(cut);
  const char* least = form == "_range" ? "min" : "count";
  const char* most = form == "_range" ? "max" : "count";
  Bounds& bound = bounds[kind.substr(0, cut)];
  if (form == "_min" || form == "_exact" || form == "_range") {
    bound.least = std::max(bound.least, Count(constraint, least));
  }
  if (form == "_max" || form == "_exact" || form == "_range") {
    bound.most = std::min(bound.most, Count(constraint, most));
  }
}

}  // namespace

std::vector<std::string> ConstraintKinds() {
  std::vector<std::string> names;
  for (const Kind& kind : Kinds()) names.push_back(kind.name);
  return names;
}

std::vector<ConstraintProblem> CheckConstraint(const v1::Constraint& constraint) {
  std::vector<ConstraintProblem> problems;
  if (constraint.kind().empty()) return {{"kind", "is missing"}};
  const Kind* kind = FindKind(constraint.kind());
  if (kind == nullptr) {
    const std::string near = NearestName(constraint.kind(), ConstraintKinds());
    return {{"kind",
             "unknown kind " + QuoteForError(constraint.kind()) +
                 (near.empty() ? "; docs/suites.md lists them" : "; did you mean " + near + "?")}};
  }
  CheckKnownParams(*kind, constraint, &problems);
  if (problems.empty()) CheckTogether(*kind, constraint, &problems);
  return problems;
}

std::vector<std::string> ContradictionsOf(const v1::Sample& sample) {
  std::map<std::string, Bounds> bounds;  // by what is counted
  std::set<std::string> required;
  std::set<std::string> forbidden;
  for (const v1::Constraint& constraint : sample.constraints()) {
    AddBounds(constraint, bounds);
    if (constraint.kind() == "must_contain" || constraint.kind() == "must_not_contain") {
      auto& texts = constraint.kind() == "must_contain" ? required : forbidden;
      const auto found = constraint.params().fields().find("texts");
      if (found == constraint.params().fields().end()) continue;
      for (const Value& text : found->second.list_value().values()) {
        texts.insert(text.string_value());
      }
    }
  }
  std::vector<std::string> contradictions;
  for (const auto& [unit, bound] : bounds) {
    if (bound.least <= bound.most) continue;
    contradictions.push_back(unit + "_min is more than " + unit + "_max");
  }
  for (const std::string& text : required) {
    if (forbidden.count(text) > 0) {
      contradictions.push_back(QuoteForError(text) + " is both required and forbidden");
    }
  }
  return contradictions;
}

}  // namespace assay
