#include "judge/constraints/word_checks.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"
#include "common/text/word_edge.h"

namespace assay {
namespace {

using Edges = TextMap::Edges;

// Where `needle` stands, as the constraint's match_case and whole_word have it.
std::vector<TextRange> PlacesOf(const std::string& needle, const v1::Constraint& constraint,
                                bool match_case, const CheckedText& text,
                                std::size_t most = kMaxOccurrences) {
  const TextMap& map = FlagParam(constraint, "match_case", match_case) ? text.map : text.folded;
  return map.FindAll(needle, most,
                     FlagParam(constraint, "whole_word", true) ? Edges::kWords : Edges::kAny);
}

// Without white space and Markdown marks at both ends; a part of `normalized`.
std::string_view Stripped(std::string_view normalized) {
  return PythonStrip(normalized, " \t\n#*_>`\"'-");
}

std::string LastPart(std::string_view text) {
  std::size_t begin = text.size() > 60 ? text.size() - 60 : 0;
  while (begin < text.size() && (text[begin] & '\xC0') == '\x80') ++begin;
  return std::string(text.substr(begin));
}

// 1 to 99, as Chinese writes it; "" for others.
std::string ChineseNumber(std::int64_t n) {
  static const char* const kDigits[] = {"", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
  if (n < 1 || n > 99) return "";
  const std::string tens = n < 10 ? "" : absl::StrCat(n < 20 ? "" : kDigits[n / 10], "十");
  return tens + kDigits[n % 10];
}

// The ways to write a label. 第{n}周 may have a Chinese numeral: between 第 and what stands behind
// it none is a part of a longer one.
struct Label {
  std::string name;
  std::vector<std::string> forms;
};

std::vector<Label> LabelsOf(const v1::Constraint& constraint) {
  const std::string label = TextParam(constraint, "label");
  const std::size_t number = label.find("{n}");
  const bool chinese = number != std::string::npos && number >= 3 &&
                       label.compare(number - 3, 3, "第") == 0 && number + 3 < label.size();
  std::vector<Label> labels;
  const auto to = static_cast<std::int64_t>(NumberParam(constraint, "to", 0));
  for (auto n = static_cast<std::int64_t>(NumberParam(constraint, "from", 1)); n <= to; ++n) {
    Label& one = labels.emplace_back();
    one.name = absl::StrReplaceAll(label, {{"{n}", absl::StrCat(n)}});
    one.forms = {one.name};
    const std::string numeral = chinese ? ChineseNumber(n) : "";
    if (!numeral.empty()) one.forms.push_back(absl::StrReplaceAll(label, {{"{n}", numeral}}));
  }
  return labels;
}

std::vector<TextRange> PlacesOfLabel(const Label& label, const CheckedText& text,
                                     std::size_t most) {
  std::vector<TextRange> places;
  for (const std::string& form : label.forms) {
    const std::vector<TextRange> found = text.folded.FindAll(form, most, Edges::kWords);
    places.insert(places.end(), found.begin(), found.end());
  }
  return places;
}

// Nothing but markup stands before it on its line.
bool BeginsLine(std::string_view text, std::size_t at) {
  while (at > 0 && text[at - 1] != '\n') {
    std::size_t begin = at - 1;
    while (begin > 0 && (text[begin] & '\xC0') == '\x80') --begin;
    if (IsPythonWord(DecodeUtf8(text, begin).code_point)) return false;
    at = begin;
  }
  return true;
}

// A part of the text that a label opens: up to the next part of another label.
struct Part {
  std::size_t label = 0;
  TextRange opening;
  std::size_t end = 0;
};

// Where a label stands at the beginning of a line it opens a part, and is only spoken of elsewhere;
// a label that begins no line opens one wherever it stands.
std::vector<Part> PartsOf(const std::vector<Label>& labels, const CheckedText& text) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::vector<TextRange> places = PlacesOfLabel(labels[i], text, kMaxOccurrences);
    const auto begins_line = [&](TextRange place) { return BeginsLine(text.text, place.begin); };
    const bool opens_lines = std::any_of(places.begin(), places.end(), begins_line);
    for (const TextRange& place : places) {
      if (!opens_lines || begins_line(place)) parts.push_back({i, place, text.text.size()});
    }
  }
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return a.opening.begin < b.opening.begin; });
  for (std::size_t i = parts.size(); i-- > 1;) {
    Part& before = parts[i - 1];
    before.end = before.label == parts[i].label ? parts[i].end : parts[i].opening.begin;
  }
  return parts;
}

}  // namespace

CheckResult MustContain(const v1::Constraint& constraint, const CheckedText& text) {
  const auto wanted = static_cast<std::size_t>(NumberParam(constraint, "count", 1));
  std::size_t held = 0;
  std::vector<std::string> missing;
  std::vector<TextRange> spans;
  for (const std::string& needle : TextsParam(constraint)) {
    const std::vector<TextRange> found = PlacesOf(needle, constraint, /*match_case=*/true, text);
    if (found.size() >= wanted) {
      ++held;
    } else {
      missing.push_back(
          wanted == 1 ? needle : absl::StrCat(needle, " (", found.size(), " of ", wanted, ")"));
    }
    if (!found.empty()) spans.push_back(found.front());
  }
  return OfParts(held, missing, "texts are there", spans);
}

CheckResult MustNotContain(const v1::Constraint& constraint, const CheckedText& text) {
  CheckResult result;
  std::size_t found = 0;
  for (const std::string& needle : TextsParam(constraint)) {
    for (const TextRange& place : PlacesOf(needle, constraint, /*match_case=*/false, text)) {
      ++found;
      AddSpan(place, result);
    }
  }
  result.satisfied = found == 0 ? 1 : 0;
  result.note = found == 0 ? "none of them is there" : absl::StrCat(found, " times there");
  return result;
}

CheckResult StartsWith(const v1::Constraint& constraint, const CheckedText& text) {
  const std::string normal = NormalizedForQuotes(TextParam(constraint, "text"));
  const std::string_view wanted = Stripped(normal);
  const std::string_view whole = text.map.normalized();
  const std::string_view said = Stripped(whole);
  const auto begin = static_cast<std::size_t>(said.data() - whole.data());
  const std::size_t end = begin + wanted.size();
  const bool holds = !wanted.empty() && said.starts_with(wanted) && IsWordEdge(whole, end);
  if (!holds) return {0, "begins with: " + std::string(CutUtf8(said, 60)), {}};
  return {1, "begins so", {text.map.ToOriginal(begin, end)}};
}

CheckResult EndsWith(const v1::Constraint& constraint, const CheckedText& text) {
  const std::string normal = NormalizedForQuotes(TextParam(constraint, "text"));
  const std::string_view wanted = Stripped(normal);
  const std::string_view whole = text.map.normalized();
  const std::string_view said = Stripped(whole);
  if (wanted.empty() || !said.ends_with(wanted)) return {0, "ends with: " + LastPart(said), {}};
  const auto end = static_cast<std::size_t>(said.data() - whole.data()) + said.size();
  const std::size_t begin = end - wanted.size();
  if (!IsWordEdge(whole, begin)) return {0, "ends with: " + LastPart(said), {}};
  return {1, "ends so", {text.map.ToOriginal(begin, end)}};
}

CheckResult Numbered(const v1::Constraint& constraint, const CheckedText& text) {
  std::size_t held = 0;
  std::vector<std::string> missing;
  std::vector<TextRange> spans;
  for (const Label& label : LabelsOf(constraint)) {
    const std::vector<TextRange> places = PlacesOfLabel(label, text, 1);
    if (places.empty()) {
      missing.push_back(label.name);
    } else {
      ++held;
      spans.push_back(places.front());
    }
  }
  return OfParts(held, missing, "labels are there", spans);
}

CheckResult EveryNth(const v1::Constraint& constraint, const CheckedText& text) {
  const std::vector<Label> labels = LabelsOf(constraint);
  const auto every = static_cast<std::size_t>(std::max(1.0, NumberParam(constraint, "count", 1)));
  const std::vector<TextRange> needles =
      PlacesOf(TextParam(constraint, "text"), constraint, /*match_case=*/false, text);
  std::vector<std::optional<TextRange>> found(labels.size());
  for (const Part& part : PartsOf(labels, text)) {
    const auto first = std::lower_bound(
        needles.begin(), needles.end(), part.opening.end,
        [](const TextRange& needle, std::size_t begin) { return needle.begin < begin; });
    if (first != needles.end() && first->begin < part.end && !found[part.label]) {
      found[part.label] = *first;
    }
  }
  std::size_t held = 0;
  std::vector<std::string> missing;
  std::vector<TextRange> spans;
  for (std::size_t i = every - 1; i < labels.size(); i += every) {
    if (found[i]) {
      ++held;
      spans.push_back(*found[i]);
    } else {
      missing.push_back(labels[i].name);
    }
  }
  return OfParts(held, missing, "parts have it", spans);
}

CheckResult Order(const v1::Constraint& constraint, const CheckedText& text) {
  CheckResult result;
  std::size_t last = 0;
  const std::vector<std::string> texts = TextsParam(constraint);
  std::size_t in_order = 0;
  for (const std::string& needle : texts) {
    const std::vector<TextRange> found = PlacesOf(needle, constraint, /*match_case=*/true, text, 1);
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
  const std::vector<TextRange> found =
      PlacesOf(TextParam(constraint, "text"), constraint, /*match_case=*/true, text, 1);
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

}  // namespace assay
