#include "judge/constraints/code_checks.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/json/json.h"
#include "common/text/pattern.h"
#include "common/text/python_text.h"
#include "common/text/segments.h"
#include "common/text/utf8.h"
#include "judge/constraints/text_facts.h"

namespace assay {
namespace {

constexpr std::size_t kMaxSpans = 20;
constexpr std::size_t kMaxOccurrences = 100000;

using google::protobuf::Value;

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string TextParam(const v1::Constraint& constraint, const std::string& name) {
  const auto found = constraint.params().fields().find(name);
  return found == constraint.params().fields().end() ? "" : found->second.string_value();
}

double NumberParam(const v1::Constraint& constraint, const std::string& name, double absent) {
  const auto found = constraint.params().fields().find(name);
  const bool there =
      found != constraint.params().fields().end() && found->second.has_number_value();
  return there ? found->second.number_value() : absent;
}

std::vector<std::string> TextsParam(const v1::Constraint& constraint) {
  std::vector<std::string> texts;
  const auto found = constraint.params().fields().find("texts");
  if (found == constraint.params().fields().end()) return texts;
  for (const Value& text : found->second.list_value().values())
    texts.push_back(text.string_value());
  return texts;
}

void AddSpan(TextRange span, CheckResult& result) {
  if (result.spans.size() < kMaxSpans && span.begin < span.end) result.spans.push_back(span);
}

CheckResult AtLeast(std::int64_t count, double wanted, const std::string& unit) {
  return {static_cast<double>(count) >= wanted ? 1.0 : 0.0,
          absl::StrCat(count, " of at least ", static_cast<std::int64_t>(wanted), " ", unit),
          {}};
}

CheckResult AtMost(std::int64_t count, double wanted, const std::string& unit) {
  return {static_cast<double>(count) <= wanted ? 1.0 : 0.0,
          absl::StrCat(count, " of at most ", static_cast<std::int64_t>(wanted), " ", unit),
          {}};
}

using Check = std::function<CheckResult(const v1::Constraint&, const CheckedText&)>;
using CountOf = std::function<std::int64_t(const v1::Constraint&, const CheckedText&)>;

Check Least(CountOf count, std::string unit) {
  return [count = std::move(count), unit = std::move(unit)](const v1::Constraint& constraint,
                                                            const CheckedText& text) {
    return AtLeast(count(constraint, text), NumberParam(constraint, "count", 0), unit);
  };
}

Check Most(CountOf count, std::string unit) {
  return [count = std::move(count), unit = std::move(unit)](const v1::Constraint& constraint,
                                                            const CheckedText& text) {
    return AtMost(count(constraint, text), NumberParam(constraint, "count", 0), unit);
  };
}

// The share of parts that hold, with a note of those that do not.
CheckResult OfParts(std::size_t held, const std::vector<std::string>& missing,
                    const std::string& what, std::vector<TextRange> spans) {
  CheckResult result;
  const std::size_t all = held + missing.size();
  result.satisfied = all == 0 ? 0 : static_cast<double>(held) / static_cast<double>(all);
  result.note = absl::StrCat(held, " of ", all, " ", what);
  for (std::size_t i = 0; i < std::min<std::size_t>(missing.size(), 5); ++i) {
    absl::StrAppend(&result.note, i == 0 ? "; missing: " : ", ", missing[i]);
  }
  if (missing.size() > 5) absl::StrAppend(&result.note, ", ...");
  for (const TextRange& span : spans) AddSpan(span, result);
  return result;
}

CheckResult MustContain(const v1::Constraint& constraint, const CheckedText& text) {
  const auto wanted = static_cast<std::size_t>(NumberParam(constraint, "count", 1));
  std::size_t held = 0;
  std::vector<std::string> missing;
  std::vector<TextRange> spans;
  for (const std::string& needle : TextsParam(constraint)) {
    const std::vector<TextRange> found = text.map.FindAll(needle, kMaxOccurrences);
    if (found.size() >= wanted) {
      ++held;
    } else {
      missing.push_back(
          wanted == 1 ? needle : absl::StrCat(needle, " (", found.size(), " of ", wanted, ")"));
    }
    if (!found.empty()) spans.push_back(found.front());
  }
  return OfParts(held, missing, "texts are there", std::move(spans));
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// "shame" does not stand in "ashamed": letters at an edge of the needle want none beyond it.
bool IsWhole(std::string_view text, TextRange place) {
  const bool before =
      place.begin > 0 && IsLetter(text[place.begin]) && IsLetter(text[place.begin - 1]);
  const bool after =
      place.end < text.size() && IsLetter(text[place.end - 1]) && IsLetter(text[place.end]);
  return !before && !after;
}

CheckResult MustNotContain(const v1::Constraint& constraint, const CheckedText& text) {
  CheckResult result;
  std::size_t found = 0;
  for (const std::string& needle : TextsParam(constraint)) {
    for (const TextRange& place : text.lower_map.FindAll(LowerAscii(needle), kMaxOccurrences)) {
      if (!IsWhole(text.text, place)) continue;
      ++found;
      AddSpan(place, result);
    }
  }
  result.satisfied = found == 0 ? 1 : 0;
  result.note = found == 0 ? "none of them is there" : absl::StrCat(found, " times there");
  return result;
}

// Without white space and Markdown marks at both ends.
std::string Stripped(std::string_view normalized) {
  return std::string(PythonStrip(normalized, " \t\n#*_>`\"'-"));
}

CheckResult StartsWith(const v1::Constraint& constraint, const CheckedText& text) {
  const std::string wanted = Stripped(NormalizedForQuotes(TextParam(constraint, "text")));
  const std::string_view normal = text.map.normalized();
  const std::size_t at = normal.find(wanted.substr(0, 1));
  const std::string whole = Stripped(normal);
  CheckResult result;
  result.satisfied = !wanted.empty() && whole.starts_with(wanted) ? 1 : 0;
  result.note =
      result.satisfied > 0 ? "begins so" : "begins with: " + std::string(CutUtf8(whole, 60));
  if (result.satisfied > 0 && at != std::string_view::npos) {
    const std::size_t place = normal.find(wanted);
    AddSpan(text.map.ToOriginal(place, place + wanted.size()), result);
  }
  return result;
}

CheckResult EndsWith(const v1::Constraint& constraint, const CheckedText& text) {
  const std::string wanted = Stripped(NormalizedForQuotes(TextParam(constraint, "text")));
  const std::string_view normal = text.map.normalized();
  const std::string whole = Stripped(normal);
  CheckResult result;
  result.satisfied = !wanted.empty() && whole.ends_with(wanted) ? 1 : 0;
  std::size_t tail = whole.size() > 60 ? whole.size() - 60 : 0;
  while (tail < whole.size() && (whole[tail] & '\xC0') == '\x80') ++tail;
  result.note = result.satisfied > 0 ? "ends so" : "ends with: " + whole.substr(tail);
  if (result.satisfied > 0) {
    const std::size_t place = normal.rfind(wanted);
    AddSpan(text.map.ToOriginal(place, place + wanted.size()), result);
  }
  return result;
}

std::vector<std::string> Labels(const v1::Constraint& constraint) {
  std::vector<std::string> labels;
  const std::string label = TextParam(constraint, "label");
  const auto to = static_cast<std::int64_t>(NumberParam(constraint, "to", 0));
  for (auto n = static_cast<std::int64_t>(NumberParam(constraint, "from", 1)); n <= to; ++n) {
    labels.push_back(absl::StrReplaceAll(label, {{"{n}", absl::StrCat(n)}}));
  }
  return labels;
}

// First place of a label that no digit follows: "Week 1" does not stand in "Week 12".
std::optional<TextRange> PlaceOfLabel(const CheckedText& text, const std::string& label) {
  for (const TextRange& place : text.lower_map.FindAll(LowerAscii(label), kMaxOccurrences)) {
    const bool digits = place.end < text.text.size() && text.text[place.end - 1] >= '0' &&
                        text.text[place.end - 1] <= '9' && text.text[place.end] >= '0' &&
                        text.text[place.end] <= '9';
    if (!digits) return place;
  }
  return std::nullopt;
}

CheckResult Numbered(const v1::Constraint& constraint, const CheckedText& text) {
  std::size_t held = 0;
  std::vector<std::string> missing;
  std::vector<TextRange> spans;
  for (const std::string& label : Labels(constraint)) {
    const std::optional<TextRange> place = PlaceOfLabel(text, label);
    if (place) {
      ++held;
      spans.push_back(*place);
    } else {
      missing.push_back(label);
    }
  }
  return OfParts(held, missing, "are there", std::move(spans));
}

// Between a label and the next one that is there, or the end of the text.
CheckResult EveryNth(const v1::Constraint& constraint, const CheckedText& text) {
  const std::vector<std::string> labels = Labels(constraint);
  const auto every = static_cast<std::size_t>(std::max(1.0, NumberParam(constraint, "count", 1)));
  const std::string needle = LowerAscii(TextParam(constraint, "text"));
  std::size_t held = 0;
  std::vector<std::string> missing;
  std::vector<TextRange> spans;
  for (std::size_t i = every - 1; i < labels.size(); i += every) {
    const std::optional<TextRange> place = PlaceOfLabel(text, labels[i]);
    std::size_t end = text.text.size();
    for (std::size_t next = i + 1; next < labels.size() && place; ++next) {
      const std::optional<TextRange> other = PlaceOfLabel(text, labels[next]);
      if (other && other->begin > place->end) end = std::min(end, other->begin);
    }
    const std::optional<TextRange> found =
        place ? text.lower_map.Find(needle, TextRange{place->end, end}) : std::nullopt;
    if (found && found->begin < end) {
      ++held;
      spans.push_back(*found);
    } else {
      missing.push_back(labels[i]);
    }
  }
  return OfParts(held, missing, "parts have it", std::move(spans));
}

CheckResult Order(const v1::Constraint& constraint, const CheckedText& text) {
  CheckResult result;
  std::size_t last = 0;
  const std::vector<std::string> texts = TextsParam(constraint);
  std::size_t in_order = 0;
  for (const std::string& needle : texts) {
    const std::vector<TextRange> found = text.map.FindAll(needle, 1);
    if (found.empty()) {
      result.note = needle + " is not there";
      break;
    }
    if (found[0].begin < last) {
      result.note = needle + " stands before what it should follow";
      AddSpan(found[0], result);
      break;
    }
    last = found[0].begin;
    AddSpan(found[0], result);
    ++in_order;
  }
  result.satisfied = !texts.empty() && in_order == texts.size() ? 1 : 0;
  if (result.satisfied > 0) result.note = absl::StrCat(in_order, " in order");
  return result;
}

CheckResult Position(const v1::Constraint& constraint, const CheckedText& text) {
  CheckResult result;
  const std::vector<TextRange> found = text.map.FindAll(TextParam(constraint, "text"), 1);
  if (found.empty()) {
    result.note = "it is not there";
    return result;
  }
  const double at = static_cast<double>(found[0].begin) / static_cast<double>(text.text.size());
  const double share = NumberParam(constraint, "share", 1);
  const std::string part = TextParam(constraint, "part");
  const bool holds = part == "begin" ? at <= share
                     : part == "end" ? at >= 1 - share
                                     : at >= (1 - share) / 2 && at <= (1 + share) / 2;
  result.satisfied = holds ? 1 : 0;
  result.note = absl::StrCat("at ", static_cast<int>(at * 100), " % of the text");
  AddSpan(found[0], result);
  return result;
}

std::string HeadingForm(std::string_view title) {
  return LowerAscii(Stripped(NormalizedForQuotes(title)));
}

// A heading may carry a number before, or a colon behind what was asked for.
bool IsTitled(const std::string& heading, const std::string& wanted) {
  const std::size_t at = heading.find(wanted);
  if (at == std::string::npos) return false;
  const std::string before = heading.substr(0, at);
  const std::string after = heading.substr(at + wanted.size());
  const bool numbered = before.find_first_not_of("0123456789.) ivx:-") == std::string::npos;
  return numbered && (after.empty() || after.find_first_not_of(" :.") == std::string::npos);
}

CheckResult Headings(const v1::Constraint& constraint, const CheckedText& text) {
  std::size_t held = 0;
  std::vector<std::string> missing;
  std::vector<TextRange> spans;
  const std::vector<Heading> headings = TitledLinesOf(text.text);
  for (const std::string& wanted : TextsParam(constraint)) {
    const std::string form = HeadingForm(wanted);
    const auto found = std::find_if(headings.begin(), headings.end(), [&](const Heading& heading) {
      return IsTitled(HeadingForm(text.text.substr(heading.title.begin,
                                                   heading.title.end - heading.title.begin)),
                      form);
    });
    if (found == headings.end()) {
      missing.push_back(wanted);
    } else {
      ++held;
      spans.push_back(found->title);
    }
  }
  return OfParts(held, missing, "headings are there", std::move(spans));
}

CheckResult Regex(const v1::Constraint& constraint, const CheckedText& text, bool wanted) {
  CheckResult result;
  const absl::StatusOr<Pattern> pattern = Pattern::Compile(TextParam(constraint, "pattern"));
  if (!pattern.ok()) {
    result.note = std::string(pattern.status().message());
    return result;
  }
  const std::vector<TextRange> found = pattern->FindAll(text.text, kMaxOccurrences);
  const auto least = static_cast<std::size_t>(NumberParam(constraint, "count", 1));
  result.satisfied = (wanted ? found.size() >= least : found.empty()) ? 1 : 0;
  result.note = absl::StrCat(found.size(), " matches");
  for (const TextRange& place : found) AddSpan(place, result);
  return result;
}

CheckResult JsonWithKeys(const v1::Constraint& constraint, const CheckedText& text) {
  CheckResult result;
  const absl::StatusOr<Json> json = ParseJson(WithoutFence(text.text));
  if (!json.ok()) {
    result.note = std::string(json.status().message());
    return result;
  }
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

CheckResult TsvWithColumns(const v1::Constraint& constraint, const CheckedText& text) {
  CheckResult result;
  const std::vector<std::string> columns = TextsParam(constraint);
  const TabularFacts facts = TsvFactsOf(WithoutFence(text.text));
  if (facts.rows == 0) {
    result.note = "there is no line with a tab";
    return result;
  }
  if (!facts.even) {
    result.note = "the lines differ in their number of columns";
    return result;
  }
  result.satisfied = columns.empty() || facts.header == columns ? 1 : 0;
  result.note = absl::StrCat(facts.rows, " lines of ", facts.header.size(), " columns");
  return result;
}

CheckResult Language(const v1::Constraint& constraint, const CheckedText& text) {
  const LanguageGuess guess = GuessLanguage(text.text);
  const std::string wanted = TextParam(constraint, "text");
  CheckResult result;
  result.satisfied = guess.language == wanted ? 1 : 0;
  result.note = guess.language.empty()
                    ? "the language cannot be told"
                    : absl::StrCat("reads as ", guess.language, ", ",
                                   static_cast<int>(guess.share * 100), " % of what tells");
  return result;
}

std::int64_t CountWordsBy(const v1::Constraint& constraint, const CheckedText& text) {
  const std::string counting = TextParam(constraint, "counting");
  if (counting == "split") return CountSplitWords(text.text);
  if (counting == "words")
    return static_cast<std::int64_t>(WordsOf(text.text, text.language).size());
  return CountLongBenchWords(text.text);
}

const std::map<std::string, Check, std::less<>>& Checks() {
  const auto sentences = [](const v1::Constraint&, const CheckedText& text) {
    return static_cast<std::int64_t>(SentencesOf(text.text, text.language).size());
  };
  const auto paragraphs = [](const v1::Constraint&, const CheckedText& text) {
    return CountProseParagraphs(text.text);
  };
  const auto sections = [](const v1::Constraint&, const CheckedText& text) {
    return static_cast<std::int64_t>(HeadingsOf(text.text).size());
  };
  const auto items = [](const v1::Constraint&, const CheckedText& text) {
    return CountListItems(text.text);
  };
  const auto tables = [](const v1::Constraint&, const CheckedText& text) {
    return CountTables(text.text);
  };
  const auto characters = [](const v1::Constraint&, const CheckedText& text) {
    return CountVisibleCharacters(text.text);
  };
  static const auto* const kChecks = new std::map<std::string, Check, std::less<>>{
      {"words_min", Least(CountWordsBy, "words")},
      {"words_max", Most(CountWordsBy, "words")},
      {"characters_min", Least(characters, "characters")},
      {"characters_max", Most(characters, "characters")},
      {"sentences_min", Least(sentences, "sentences")},
      {"sentences_max", Most(sentences, "sentences")},
      {"paragraphs_min", Least(paragraphs, "paragraphs")},
      {"paragraphs_max", Most(paragraphs, "paragraphs")},
      {"sections_min", Least(sections, "headings")},
      {"sections_max", Most(sections, "headings")},
      {"list_items_min", Least(items, "list items")},
      {"list_items_max", Most(items, "list items")},
      {"tables_min", Least(tables, "tables")},
      {"headings", Headings},
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
      {"tsv", TsvWithColumns},
      {"language", Language},
  };
  return *kChecks;
}

}  // namespace

CheckedText::CheckedText(std::string_view whole, std::string language_tag)
    : text(whole), language(std::move(language_tag)), map(whole), lower_map(LowerAscii(whole)) {}

bool IsCheckedInCode(const v1::Constraint& constraint) {
  return Checks().find(constraint.kind()) != Checks().end();
}

CheckResult CheckInCode(const v1::Constraint& constraint, const CheckedText& text) {
  return Checks().at(constraint.kind())(constraint, text);
}

}  // namespace assay
