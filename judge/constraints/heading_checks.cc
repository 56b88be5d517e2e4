#include "judge/constraints/heading_checks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/text/pattern.h"
#include "common/text/python_text.h"
#include "common/text/segments.h"
#include "judge/constraints/text_facts.h"

namespace assay {
namespace {

// A number before a heading, in lower case: "1.", "(2)", "2.3", "iv.", "b)", "一、", "第三章",
// "chapter 4:". Without a full stop or the like only what nothing else could be is one.
const Pattern& Numbering() {
  static const auto* const kNumbering = [] {
    const std::string chinese = "[0-9〇零一二三四五六七八九十百]+";
    const std::string number = absl::StrCat("(?:[0-9]+(?:\\.[0-9]+)*|", chinese, ")");
    const std::string counter = absl::StrCat("(?:", number, "|[ivxl]+|[a-z])");
    absl::StatusOr<Pattern> pattern = Pattern::Compile(
        absl::StrCat("^(?:", "\\(", counter, "\\)|", "[0-9]+(?:\\.[0-9]+)+ |", number, "[.)、]|",
                     "(?:(?:chapter|section|part|appendix|step) )?", counter, "(?:[.):]+ | - )|",
                     "第", chinese, "(?:章|节|節|部分|篇|回|条|條|讲|講|课|課|卷)[、.:-]?) *"));
    ASSAY_CHECK(pattern.ok());
    return new Pattern(*std::move(pattern));
  }();
  return *kNumbering;
}

// Of a heading of one or two digits and a title, the title: "3 Budget". More digits are a year.
const Pattern& BareNumber() {
  static const auto* const kBare = new Pattern(*Pattern::Compile("^[0-9]{1,2} +"));
  return *kBare;
}

std::string Without(const Pattern& beginning, const std::string& title) {
  const std::vector<TextRange> found = beginning.FindAll(title, 1).places;
  const std::size_t begin = found.empty() ? 0 : found[0].end;
  return begin < title.size() ? title.substr(begin) : title;
}

// Without markup, letter case, and a colon or full stop behind it.
std::string TitleForm(std::string_view title) {
  const std::string normal = NormalizedForQuotes(title, LetterCase::kFolded);
  return std::string(PythonStrip(normal, " \t\n#*_>`\"'-:.。"));
}

bool IsTitled(const std::string& heading, const std::string& wanted) {
  const std::string title = Without(Numbering(), heading);
  return title == Without(Numbering(), wanted) || Without(BareNumber(), heading) == wanted;
}

}  // namespace

CheckResult HeadingsThere(const v1::Constraint& constraint, const CheckedText& text) {
  std::size_t held = 0;
  std::vector<std::string> missing;
  std::vector<TextRange> spans;
  const std::vector<Heading> headings = TitledLinesOf(text.outline);
  std::vector<std::string> titles;
  for (const Heading& heading : headings) {
    titles.push_back(
        TitleForm(text.text.substr(heading.title.begin, heading.title.end - heading.title.begin)));
  }
  const bool in_order = FlagParam(constraint, "in_order", false);
  auto from = titles.begin();
  for (const std::string& wanted : TextsParam(constraint)) {
    const std::string form = TitleForm(wanted);
    const auto found = std::find_if(
        from, titles.end(), [&](const std::string& title) { return IsTitled(title, form); });
    if (found == titles.end()) {
      missing.push_back(wanted);
      continue;
    }
    ++held;
    spans.push_back(headings[static_cast<std::size_t>(found - titles.begin())].title);
    if (in_order) from = found + 1;
  }
  return OfParts(held, missing, in_order ? "headings are there, in order" : "headings are there",
                 spans);
}

CheckResult HeadingDepthAtMost(const v1::Constraint& constraint, const CheckedText& text) {
  const auto most = static_cast<int>(NumberParam(constraint, "count", 6));
  CheckResult result;
  int deepest = 0;
  for (const Heading& heading : HeadingsOf(text.outline)) {
    if (text.text[heading.line.begin] != '#') continue;  // a bold line has no depth
    deepest = std::max(deepest, heading.depth);
    if (heading.depth > most) AddSpan(heading.line, result);
  }
  result.satisfied = deepest <= most ? 1 : 0;
  result.note = absl::StrCat("headings go ", deepest, " deep, at most ", most);
  return result;
}

}  // namespace assay
