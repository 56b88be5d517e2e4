#include "judge/coherence/announced_sections.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/text/pattern.h"
#include "common/text/python_text.h"
#include "common/text/segments.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr std::size_t kMaxEntryBytes = 160;
constexpr std::size_t kMaxEntries = 200;

std::string_view Of(std::string_view text, TextRange range) {
  return text.substr(range.begin, range.end - range.begin);
}

Pattern Compiled(const std::string& expression) {
  absl::StatusOr<Pattern> pattern = Pattern::Compile(expression);
  ASSAY_CHECK(pattern.ok());
  return *std::move(pattern);
}

bool Matches(const Pattern& pattern, std::string_view text) {
  return !pattern.FindAll(std::string(text), 1).places.empty();
}

bool IsContentsTitle(std::string_view line) {
  static const auto* const kTitles = new std::set<std::string>{
      "contents", "table of contents",  "目录",   "目錄",     "目次",
      "inhalt",   "inhaltsverzeichnis", "índice", "sommaire", "table des matières"};
  return line.size() <= 60 && kTitles->contains(WithoutNumber(TitleForm(line)));
}

bool IsListed(std::string_view line) {
  static const auto* const kMarker = new Pattern(
      Compiled("^[ \\t]*(?:[-*+•]|[0-9]{1,3}[.)、]|[0-9]+(?:\\.[0-9]+)+|[IVXivx]+[.)]) *"));
  return Matches(*kMarker, line);
}

// "- [Costs](#costs)" and "3. Costs ..... 12" are titled "costs".
std::string EntryTitle(std::string_view line) {
  std::string_view title = PythonStrip(line);
  if (title.starts_with("- ") || title.starts_with("* ") || title.starts_with("+ "))
    title = PythonStrip(title.substr(2));
  std::string linked(title);
  const std::size_t open = title.find('[');
  const std::size_t close = title.find("](");
  if (open != std::string_view::npos && close != std::string_view::npos && open < close) {
    linked = absl::StrCat(std::string(title.substr(0, open)),
                          std::string(title.substr(open + 1, close - open - 1)));
  }
  static const auto* const kPage =
      new Pattern(Compiled("(?: *(?:\\.{2,}|…+|\\t) *[0-9]+|\\.{3,})$"));
  const std::vector<TextRange> page = kPage->FindAll(linked, 1).places;
  if (!page.empty()) linked.resize(page[0].begin);
  return TitleForm(linked);
}

bool IsPartOfWord(unsigned char c) {
  return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

// `whole` is `beginning`, or goes on behind it with a mark: "costs: a table".
bool BeginsWith(const std::string& whole, const std::string& beginning) {
  return !beginning.empty() && whole.starts_with(beginning) &&
         (whole.size() == beginning.size() ||
          !IsPartOfWord(static_cast<unsigned char>(whole[beginning.size()])));
}

bool HasTitle(const std::string& heading, const std::string& entry) {
  if (IsTitled(heading, entry)) return true;
  const std::string bare_heading = WithoutNumber(heading);
  const std::string bare_entry = WithoutNumber(entry);
  return BeginsWith(heading, entry) || BeginsWith(entry, heading) ||
         BeginsWith(bare_heading, bare_entry) || BeginsWith(bare_entry, bare_heading);
}

std::size_t IndentOf(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

// The lines of a table of contents whose title is line `title`.
std::vector<TextRange> EntriesBelow(std::string_view text, const std::vector<TextRange>& lines,
                                    std::size_t title) {
  std::vector<TextRange> entries;
  bool gap = true;
  for (std::size_t i = title + 1; i < lines.size() && entries.size() < kMaxEntries; ++i) {
    const std::string_view line = Of(text, lines[i]);
    const std::string_view written = PythonStrip(line);
    if (written.empty()) {
      gap = true;
      continue;
    }
    const bool goes_on = entries.empty() || !gap || IsListed(line);
    if (!goes_on || IsHeadingLine(written) || line.size() > kMaxEntryBytes) break;
    entries.push_back(lines[i]);
    gap = false;
  }
  std::size_t least = kMaxEntryBytes;
  for (const TextRange& entry : entries) least = std::min(least, IndentOf(Of(text, entry)));
  std::erase_if(entries, [&](const TextRange& entry) { return IndentOf(Of(text, entry)) > least; });
  return entries;
}

int NumberOf(const std::string& word) {
  static constexpr std::array<const char*, 13> kWords = {"",     "one",    "two",   "three", "four",
                                                         "five", "six",    "seven", "eight", "nine",
                                                         "ten",  "eleven", "twelve"};
  const auto found = std::find(kWords.begin() + 1, kWords.end(), word);
  if (found != kWords.end()) return static_cast<int>(found - kWords.begin());
  static constexpr std::array<const char*, 11> kChinese = {"",   "一", "二", "三", "四", "五",
                                                           "六", "七", "八", "九", "十"};
  const auto chinese = std::find(kChinese.begin() + 1, kChinese.end(), word);
  if (chinese != kChinese.end()) return static_cast<int>(chinese - kChinese.begin());
  int number = 0;
  for (const char c : word) {
    if (c < '0' || c > '9') return 0;
    number = number * 10 + (c - '0');
  }
  return number;
}

// A section by its kind and number, as "chapter 3" and "第三章" name it.
struct NumberedSection {
  std::string kind;
  int number = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<NumberedSection> NumberedIn(const std::string& form) {
  static const auto* const kEnglish = new Pattern(Compiled(
      "\\b(?:chapter|section|part) (?:[0-9]{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|"
      "eleven|twelve)\\b"));
  static const auto* const kChinese =
      new Pattern(Compiled("第(?:[0-9]{1,2}|[一二三四五六七八九十])(?:章|节|節|部分)"));
  std::vector<NumberedSection> sections;
  for (const TextRange& place : kEnglish->FindAll(form, 50).places) {
    const std::string found = form.substr(place.begin, place.end - place.begin);
    const std::size_t blank = found.find(' ');
    sections.push_back(
        {found.substr(0, blank), NumberOf(found.substr(blank + 1)), place.begin, place.end});
  }
  const std::size_t mark = std::string("第").size();
  for (const TextRange& place : kChinese->FindAll(form, 50).places) {
    const std::string found = form.substr(place.begin + mark, place.end - place.begin - mark);
    for (const char* kind : {"章", "节", "節", "部分"}) {
      if (!found.ends_with(kind)) continue;
      const std::string number = found.substr(0, found.size() - std::string(kind).size());
      sections.push_back({kind, NumberOf(number), place.begin, place.end});
    }
  }
  // "Section 4 of the Act" is none of this text.
  std::erase_if(sections, [&](const NumberedSection& section) {
    return section.number == 0 || form.compare(section.end, 4, " of ") == 0;
  });
  return sections;
}

// Numbers of the headings by kind; those with a number alone are sections.
std::map<std::string, std::set<int>> HeadingNumbers(std::string_view text,
                                                    const std::vector<Heading>& headings) {
  static const auto* const kBare = new Pattern(Compiled("^[0-9]{1,2}(?:[.):]| )(?:[^0-9]|$)"));
  std::map<std::string, std::set<int>> numbers;
  for (const Heading& heading : headings) {
    const std::string form = TitleForm(Of(text, heading.title));
    for (const NumberedSection& section : NumberedIn(form)) {
      if (section.begin == 0) numbers[section.kind].insert(section.number);
    }
    if (!Matches(*kBare, form)) continue;
    const std::size_t end = form.find_first_not_of("0123456789");
    numbers["section"].insert(NumberOf(form.substr(0, end)));
  }
  return numbers;
}

bool HasWholeTitle(const std::string& announcement, const std::string& title) {
  const bool words = title.find(' ') != std::string::npos;
  const bool wide = CountCodePoints(title) >= 4 && static_cast<unsigned char>(title[0]) >= 0xE3;
  if (!words && !wide) return false;
  const std::size_t at = announcement.find(title);
  if (at == std::string::npos) return false;
  if (wide) return true;
  const std::size_t end = at + title.size();
  return (at == 0 || !IsPartOfWord(static_cast<unsigned char>(announcement[at - 1]))) &&
         (end == announcement.size() ||
          !IsPartOfWord(static_cast<unsigned char>(announcement[end])));
}

}  // namespace

std::vector<ContentsEntry> ContentsOf(std::string_view whole) {
  const std::string outline = WithoutCode(whole);
  const std::string_view text = outline;
  const std::vector<TextRange> lines = LinesOf(text);
  const auto title = std::find_if(lines.begin(), lines.end(), [&](const TextRange& line) {
    return IsContentsTitle(Of(text, line));
  });
  if (title == lines.end()) return {};
  const std::vector<TextRange> listed =
      EntriesBelow(text, lines, static_cast<std::size_t>(title - lines.begin()));
  if (listed.size() < 2) return {};
  std::vector<std::string> titles;
  for (const Heading& heading : HeadingsOf(text)) {
    if (heading.line.begin > listed.back().end)
      titles.push_back(TitleForm(Of(text, heading.title)));
  }
  std::vector<ContentsEntry> entries;
  bool any = false;
  for (const TextRange& line : listed) {
    const std::string entry = EntryTitle(Of(text, line));
    const bool there = std::any_of(titles.begin(), titles.end(), [&](const std::string& heading) {
      return HasTitle(heading, entry);
    });
    any = any || there;
    entries.push_back({line, there});
  }
  return any ? entries : std::vector<ContentsEntry>();
}

SectionFound FindAnnounced(std::string_view text, TextRange announcement,
                           const std::vector<Heading>& headings) {
  const std::string form = TitleForm(Of(text, announcement));
  std::map<std::string, std::set<int>> numbers = HeadingNumbers(text, headings);
  bool there = false;
  for (const NumberedSection& section : NumberedIn(form)) {
    const std::set<int>& known = numbers[section.kind];
    const bool found = known.contains(section.number);
    if (!found && known.size() >= 2) return SectionFound::kMissing;
    there = there || found;
  }
  for (const Heading& heading : headings) {
    if (there || heading.line.begin < announcement.end) continue;
    there = HasWholeTitle(form, WithoutNumber(TitleForm(Of(text, heading.title))));
  }
  return there ? SectionFound::kThere : SectionFound::kUnknown;
}

}  // namespace assay
