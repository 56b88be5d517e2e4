#include "judge/constraints/code_checks.h"

#include <algorithm>
#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/json/json.h"
#include "common/text/language.h"
#include "common/text/outline.h"
#include "common/text/pattern.h"
#include "common/text/segments.h"
#include "judge/constraints/heading_checks.h"
#include "judge/constraints/text_facts.h"
#include "judge/constraints/word_checks.h"

namespace assay {
namespace {

constexpr int kLeastWordsOfRepeat = 5;  // shorter paragraphs, such as a refrain, may return

using Check = std::function<CheckResult(const v1::Constraint&, const CheckedText&)>;
using CheckTable = std::map<std::string, Check, std::less<>>;
using CountOf = std::int64_t (*)(const v1::Constraint&, const CheckedText&);

std::int64_t CountWordsBy(const v1::Constraint& constraint, const CheckedText& text) {
  const std::string counting = TextParam(constraint, "counting");
  if (counting == "split") return CountSplitWords(text.text);
  if (counting == "words")
    return static_cast<std::int64_t>(WordsOf(text.text, text.language).size());
  return CountLongBenchWords(text.text);
}

std::int64_t CountCharactersBy(const v1::Constraint& constraint, const CheckedText& text) {
  return TextParam(constraint, "counting") == "with_spaces" ? CountCharacters(text.text)
                                                            : CountVisibleCharacters(text.text);
}

// What is counted, and so can be asked for at least, at most, exactly and in a range.
struct Counted {
  const char* kind;
  const char* unit;
  CountOf count;
};

constexpr Counted kCounted[] = {
    {"words", "words", CountWordsBy},
    {"characters", "characters", CountCharactersBy},
    {"sentences", "sentences",
     [](const v1::Constraint&, const CheckedText& text) {
       return static_cast<std::int64_t>(SentencesOf(text.text, text.language).size());
     }},
    {"paragraphs", "paragraphs",
     [](const v1::Constraint&, const CheckedText& text) {
       return CountProseParagraphs(text.outline);
     }},
    {"sections", "headings",
     [](const v1::Constraint&, const CheckedText& text) {
       return static_cast<std::int64_t>(HeadingsOf(text.outline).size());
     }},
    {"list_items", "list items",
     [](const v1::Constraint&, const CheckedText& text) { return CountListItems(text.outline); }},
    {"tables", "tables",
     [](const v1::Constraint&, const CheckedText& text) { return CountTables(text.outline); }},
};

CheckResult Compared(std::int64_t count, bool holds, const std::string& wanted, const char* unit) {
  return {holds ? 1.0 : 0.0, absl::StrCat(count, " of ", wanted, " ", unit), {}};
}

std::int64_t WholeParam(const v1::Constraint& constraint, const char* name) {
  return static_cast<std::int64_t>(NumberParam(constraint, name, 0));
}

void AddCounted(const Counted& counted, CheckTable& checks) {
  const CountOf count = counted.count;
  const char* unit = counted.unit;
  const std::string kind = counted.kind;
  checks[kind + "_min"] = [=](const v1::Constraint& constraint, const CheckedText& text) {
    const std::int64_t wanted = WholeParam(constraint, "count");
    const std::int64_t found = count(constraint, text);
    return Compared(found, found >= wanted, absl::StrCat("at least ", wanted), unit);
  };
  checks[kind + "_max"] = [=](const v1::Constraint& constraint, const CheckedText& text) {
    const std::int64_t wanted = WholeParam(constraint, "count");
    const std::int64_t found = count(constraint, text);
    return Compared(found, found <= wanted, absl::StrCat("at most ", wanted), unit);
  };
  checks[kind + "_exact"] = [=](const v1::Constraint& constraint, const CheckedText& text) {
    const std::int64_t wanted = WholeParam(constraint, "count");
    const std::int64_t found = count(constraint, text);
    return Compared(found, found == wanted, absl::StrCat("exactly ", wanted), unit);
  };
  checks[kind + "_range"] = [=](const v1::Constraint& constraint, const CheckedText& text) {
    const std::int64_t least = WholeParam(constraint, "min");
    const std::int64_t most = WholeParam(constraint, "max");
    const std::int64_t found = count(constraint, text);
    return Compared(found, found >= least && found <= most, absl::StrCat(least, " to ", most),
                    unit);
  };
}

CheckResult Regex(const v1::Constraint& constraint, const CheckedText& text, bool wanted) {
  const absl::StatusOr<Pattern> pattern = Pattern::Compile(TextParam(constraint, "pattern"));
  if (!pattern.ok()) return Undecided(std::string(pattern.status().message()));
  const auto least = static_cast<std::size_t>(NumberParam(constraint, "count", 1));
  const std::size_t most = std::max(least, kMaxSpans);
  const PatternMatches found = pattern->FindAll(text.text, most);
  CheckResult result;
  const std::size_t count = found.places.size();
  if (found.gave_up && count < (wanted ? least : 1)) {
    return Undecided(absl::StrCat("the pattern takes too long on this text; given up after ", count,
                                  " matches"));
  }
  result.satisfied = (wanted ? count >= least : count == 0) ? 1 : 0;
  result.note = absl::StrCat(count == most || found.gave_up ? "at least " : "", count, " matches");
  for (const TextRange& place : found.places) AddSpan(place, result);
  return result;
}

CheckResult JsonWithKeys(const v1::Constraint& constraint, const CheckedText& text) {
  const absl::StatusOr<Json> json = ParseJson(WithoutFence(text.text));
  if (!json.ok()) return {0, std::string(json.status().message()), {}};
  const std::vector<std::string> keys = TextsParam(constraint);
  if (keys.empty()) return {1, "is JSON", {}};
  std::size_t held = 0;
  std::vector<std::string> missing;
  for (const std::string& key : keys) {
    if (json->is_object() && json->contains(key)) {
      ++held;
    } else {
      missing.push_back(key);
    }
  }
  return OfParts(held, missing, "keys are there", {});
}

CheckResult TableWithColumns(const v1::Constraint& constraint, const CheckedText& text,
                             char separator) {
  const FieldTable table = ReadFields(WithoutFence(text.text), separator);
  if (!table.problem.empty()) return {0, table.problem, {}};
  const std::vector<std::string> columns = TextsParam(constraint);
  const bool named = columns.empty() || table.header == columns;
  return {named ? 1.0 : 0.0,
          absl::StrCat(table.records, " lines of ", table.header.size(), " columns",
                       named ? "" : " with other names"),
          {}};
}

CheckResult Language(const v1::Constraint& constraint, const CheckedText& text) {
  const std::string tag = TextParam(constraint, "text");
  const std::optional<std::string> wanted = GuessableLanguage(tag);
  if (!wanted) return Undecided(tag + " cannot be told by a program");
  const std::vector<std::string> guess = GuessLanguage(text.text);
  const bool may_be = std::find(guess.begin(), guess.end(), *wanted) != guess.end();
  if (guess.empty() || (may_be && guess.size() > 1)) {
    return Undecided("the language cannot be told");
  }
  return {may_be ? 1.0 : 0.0, absl::StrCat("reads as ", absl::StrJoin(guess, " or ")), {}};
}

CheckResult ParagraphsUnique(const v1::Constraint&, const CheckedText& text) {
  const ParagraphLoops loops = FindParagraphLoops(text.text, kLeastWordsOfRepeat);
  CheckResult result;
  result.satisfied = loops.repeats.empty() ? 1 : 0;
  result.note = absl::StrCat(loops.repeats.size(), " of ", loops.paragraphs,
                             " paragraphs stand there before");
  for (const TextRange& repeat : loops.repeats) AddSpan(repeat, result);
  return result;
}

const CheckTable& Checks() {
  static const auto* const kChecks = [] {
    auto* checks = new CheckTable{
        {"headings", HeadingsThere},
        {"heading_depth_max", HeadingDepthAtMost},
        {"paragraphs_unique", ParagraphsUnique},
        {"must_contain", MustContain},
        {"must_not_contain", MustNotContain},
        {"starts_with", StartsWith},
        {"ends_with", EndsWith},
        {"numbered", Numbered},
        {"every_nth", EveryNth},
        {"position", Position},
        {"order", Order},
        {"regex", [](const auto& c, const auto& t) { return Regex(c, t, true); }},
        {"regex_not", [](const auto& c, const auto& t) { return Regex(c, t, false); }},
        {"json", JsonWithKeys},
        {"tsv", [](const auto& c, const auto& t) { return TableWithColumns(c, t, '\t'); }},
        {"csv", [](const auto& c, const auto& t) { return TableWithColumns(c, t, ','); }},
        {"language", Language},
    };
    for (const Counted& counted : kCounted) AddCounted(counted, *checks);
    return checks;
  }();
  return *kChecks;
}

}  // namespace

std::vector<std::string> KindsCheckedInCode() {
  std::vector<std::string> kinds;
  for (const auto& [kind, check] : Checks()) kinds.push_back(kind);
  return kinds;
}

bool IsCheckedInCode(const v1::Constraint& constraint) {
  return Checks().find(constraint.kind()) != Checks().end();
}

CheckResult CheckInCode(const v1::Constraint& constraint, const CheckedText& text) {
  return Checks().at(constraint.kind())(constraint, text);
}

}  // namespace assay
