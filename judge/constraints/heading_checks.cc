#include "judge/constraints/heading_checks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/text/outline.h"
#include "common/text/pattern.h"
#include "common/text/python_text.h"
#include "common/text/segments.h"
#include "judge/constraints/text_facts.h"

namespace assay {
namespace {}  // namespace

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
