#include "common/text/outline.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/text/pattern.h"
#include "common/text/python_text.h"
#include "common/text/segments.h"
#include "common/text/text_map.h"

namespace assay {
namespace {

std::string_view Of(std::string_view text, TextRange range) {
  return text.substr(range.begin, range.end - range.begin);
}

TextRange Trimmed(std::string_view text, TextRange range) {
  const std::string_view inner = PythonStrip(Of(text, range));
  if (inner.empty()) return {range.begin, range.begin};
  const auto begin = static_cast<std::size_t>(inner.data() - text.data());
  return {begin, begin + inner.size()};
}

int HashesOf(std::string_view line) {
  int hashes = 0;
  while (hashes < static_cast<int>(line.size()) && line[static_cast<std::size_t>(hashes)] == '#')
    ++hashes;
  const bool heading = hashes >= 1 && hashes <= 6 &&
                       static_cast<std::size_t>(hashes) < line.size() &&
                       (line[static_cast<std::size_t>(hashes)] == ' ' ||
                        line[static_cast<std::size_t>(hashes)] == '\t');
  return heading ? hashes : 0;
}

bool IsBoldLine(std::string_view line) {
  if (line.size() < 5 || !line.starts_with("**")) return false;
  const std::size_t close = line.find("**", 2);
  if (close == std::string_view::npos) return false;
  const std::string_view rest = line.substr(close + 2);
  return rest.empty() || rest == ":" || rest == ".";
}

// A line that opens a code block, or may close one.
struct Fence {
  char mark = 0;  // ` or ~; 0: no fence
  std::size_t length = 0;
  std::string_view info;
};

Fence FenceOf(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos || begin > 3) return {};
  const char mark = line[begin];
  if (mark != '`' && mark != '~') return {};
  const std::size_t end = std::min(line.find_first_not_of(mark, begin), line.size());
  const std::string_view info = PythonStrip(line.substr(end));
  const bool inline_code = mark == '`' && info.find('`') != std::string_view::npos;
  if (end - begin < 3 || inline_code) return {};
  return {mark, end - begin, info};
}

bool Closes(const Fence& fence, const Fence& open) {
  return fence.mark == open.mark && fence.length >= open.length && fence.info.empty();
}

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

}  // namespace

bool IsHeadingLine(std::string_view line) { return HashesOf(line) > 0 || IsBoldLine(line); }

std::vector<Heading> HeadingsOf(std::string_view whole) {
  const std::string outline = WithoutCode(whole);
  const std::string_view text = outline;
  std::vector<Heading> headings;
  for (const TextRange& whole : LinesOf(text)) {
    const TextRange line = Trimmed(text, whole);
    const std::string_view written = Of(text, line);
    const int hashes = HashesOf(written);
    if (hashes > 0) {
      TextRange title = Trimmed(text, {line.begin + static_cast<std::size_t>(hashes), line.end});
      while (title.end > title.begin && text[title.end - 1] == '#') --title.end;
      headings.push_back({line, Trimmed(text, title), hashes});
    } else if (IsBoldLine(written)) {
      headings.push_back({line, {line.begin + 2, line.begin + written.find("**", 2)}, 6});
    }
  }
  return headings;
}

std::string WithoutCode(std::string_view text) {
  std::string outline(text);
  Fence wrapper;
  Fence code;
  for (const TextRange& line : LinesOf(text)) {
    const Fence fence = FenceOf(Of(text, line));
    bool visible = code.mark == 0;
    if (code.mark != 0) {
      if (Closes(fence, code)) code = {};
    } else if (wrapper.mark != 0 && Closes(fence, wrapper)) {
      wrapper = {};
      visible = false;
    } else if (fence.mark != 0) {
      const bool wraps = wrapper.mark == 0 && (fence.info == "markdown" || fence.info == "md");
      (wraps ? wrapper : code) = fence;
      visible = false;
    }
    if (visible) continue;
    std::fill(outline.begin() + static_cast<std::ptrdiff_t>(line.begin),
              outline.begin() + static_cast<std::ptrdiff_t>(line.end), ' ');
  }
  return outline;
}

std::string TitleForm(std::string_view title) {
  const std::string normal = NormalizedForQuotes(title, LetterCase::kFolded);
  return std::string(PythonStrip(normal, " \t\n#*_>`\"'-:.。"));
}

std::string WithoutNumber(const std::string& title) { return Without(Numbering(), title); }

bool IsTitled(const std::string& heading, const std::string& wanted) {
  return WithoutNumber(heading) == WithoutNumber(wanted) ||
         Without(BareNumber(), heading) == wanted;
}

}  // namespace assay
