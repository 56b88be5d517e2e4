#include "simulator/writing_task.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "common/text/segments.h"

namespace assay {
namespace {

constexpr std::int64_t kUnitsMax = 1'000'000;
constexpr std::size_t kListMax = 12;
constexpr std::size_t kPhraseBytesMax = 90;

bool IsWordByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool IsHanzi(std::string_view text, std::size_t i) {
  const auto byte = static_cast<unsigned char>(text[i]);
  return byte >= 0xE4 && byte <= 0xE9 && i + 2 < text.size();
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n.,;:!?*-\"'()";
  const std::size_t from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

// Digits with thousands separators that end right before `end`; -1 when there are none.
std::int64_t NumberBefore(std::string_view text, std::size_t end) {
  std::size_t from = end;
  while (from > 0 && (std::isdigit(static_cast<unsigned char>(text[from - 1])) != 0 ||
                      (text[from - 1] == ',' && from < end))) {
    --from;
  }
  std::int64_t value = -1;
  for (std::size_t i = from; i < end; ++i) {
    if (text[i] == ',') continue;
    value = std::min(std::max<std::int64_t>(value, 0) * 10 + (text[i] - '0'), kUnitsMax);
  }
  return value;
}

std::int64_t EnglishUnits(std::string_view lower) {
  std::int64_t most = 0;
  for (std::size_t at = lower.find("word"); at != std::string_view::npos;
       at = lower.find("word", at + 4)) {
    std::size_t end = at;
    while (end > 0 && (lower[end - 1] == ' ' || lower[end - 1] == '-')) --end;
    std::int64_t scale = 1;
    if (end > 0 && end < at && lower[end - 1] == 'k') {
      --end;
      scale = 1000;
    }
    if (end < at) most = std::max(most, NumberBefore(lower, end) * scale);
  }
  return std::min(most, kUnitsMax);
}

struct ChineseDigit {
  std::string_view text;
  std::int64_t value;
};
constexpr std::array<ChineseDigit, 11> kChineseDigits = {{{"一", 1},
                                                          {"二", 2},
                                                          {"两", 2},
                                                          {"三", 3},
                                                          {"四", 4},
                                                          {"五", 5},
                                                          {"六", 6},
                                                          {"七", 7},
                                                          {"八", 8},
                                                          {"九", 9},
                                                          {"十", 10}}};

// The factor before a unit such as 千: digits, one Chinese digit, or -1.
std::int64_t FactorBefore(std::string_view text, std::size_t end) {
  if (const std::int64_t number = NumberBefore(text, end); number >= 0) return number;
  if (end < 3) return -1;
  for (const ChineseDigit& digit : kChineseDigits) {
    if (text.substr(end - 3, 3) == digit.text) return digit.value;
  }
  return -1;
}

std::int64_t UnitsBefore(std::string_view text, std::size_t end) {
  if (const std::int64_t number = NumberBefore(text, end); number >= 0) return number;
  if (end < 3) return 0;
  std::int64_t scale = 0;
  const std::string_view unit = text.substr(end - 3, 3);
  if (unit == "百") scale = 100;
  if (unit == "千") scale = 1000;
  if (unit == "万") scale = 10000;
  return scale == 0 ? 0 : std::max<std::int64_t>(FactorBefore(text, end - 3), 0) * scale;
}

std::int64_t ChineseUnits(std::string_view prompt) {
  std::int64_t most = 0;
  for (std::size_t at = prompt.find("字"); at != std::string_view::npos;
       at = prompt.find("字", at + 3)) {
    std::size_t end = at;
    for (const std::string_view filler : {"汉", "个", "多", "余"}) {
      if (end >= 3 && prompt.substr(end - 3, 3) == filler) end -= 3;
    }
    while (end > 0 && prompt[end - 1] == ' ') --end;
    most = std::max(most, UnitsBefore(prompt, end));
  }
  return std::min(most, kUnitsMax);
}

void AddPhrase(std::vector<std::string>& list, std::string_view phrase) {
  phrase = Trim(phrase);
  if (phrase.size() < 3 || phrase.size() > kPhraseBytesMax || list.size() >= kListMax) return;
  if (std::find(list.begin(), list.end(), phrase) == list.end()) list.emplace_back(phrase);
}

// The text between each `open` and the next `close` on the same line.
void AddQuoted(std::string_view prompt, std::string_view open, std::string_view close,
               std::vector<std::string>& list) {
  std::size_t at = prompt.find(open);
  while (at != std::string_view::npos && list.size() < kListMax) {
    const std::size_t from = at + open.size();
    const std::size_t to = prompt.find(close, from);
    if (to == std::string_view::npos) return;
    const std::string_view inside = prompt.substr(from, to - from);
    if (!inside.empty() && inside.size() <= kPhraseBytesMax &&
        inside.find('\n') == std::string_view::npos &&
        std::find(list.begin(), list.end(), inside) == list.end()) {
      list.emplace_back(inside);
    }
    at = prompt.find(open, to + close.size());
  }
}

// The text of a line that is a list item ("- x", "* x", "3. x", "3) x", "3、x"), else empty.
std::string_view ListItem(std::string_view line) {
  const std::size_t from = line.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  line.remove_prefix(from);
  if (line.starts_with("- ") || line.starts_with("* ")) return line.substr(2);
  std::size_t digits = 0;
  while (digits < line.size() && std::isdigit(static_cast<unsigned char>(line[digits])) != 0) {
    ++digits;
  }
  if (digits == 0 || digits > 2) return {};
  line.remove_prefix(digits);
  if (line.starts_with(". ") || line.starts_with(") ")) return line.substr(2);
  return line.starts_with("、") ? line.substr(3) : std::string_view();
}

void AddListItems(std::string_view prompt, std::vector<std::string>& list) {
  while (!prompt.empty()) {
    const std::size_t end = std::min(prompt.find('\n'), prompt.size());
    std::string_view item = ListItem(prompt.substr(0, end));
    AddPhrase(list, item.substr(0, item.find_first_of(".:;")));
    prompt.remove_prefix(std::min(end + 1, prompt.size()));
  }
}

// "cover a, b and c." gives a, b, c.
void AddEnumerations(std::string_view prompt, const std::string& lower,
                     std::vector<std::string>& list) {
  for (const std::string_view verb : {"cover ", "covering ", "include ", "including ", "address ",
                                      "discuss ", "aspects: ", "topics: "}) {
    const std::size_t at = lower.find(verb);
    if (at == std::string::npos) continue;
    const std::size_t from = at + verb.size();
    std::string_view rest = prompt.substr(from);
    rest = rest.substr(0, rest.find_first_of(".\n;:!?\""));
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      const std::size_t both = rest.find(" and ");
      const std::size_t end = std::min({comma, both, rest.size()});
      std::string_view item = Trim(rest.substr(0, end));
      if (item.starts_with("and ")) item.remove_prefix(4);
      if (std::count(item.begin(), item.end(), ' ') < 7) AddPhrase(list, item);
      rest.remove_prefix(std::min(rest.size(), end + (end == both ? 5 : 1)));
    }
  }
}

constexpr std::array<std::string_view, 49> kNotTopics = {
    "short",    "about",    "write",    "words",         "should",    "which",   "their",
    "there",    "these",    "those",    "would",         "could",     "please",  "include",
    "article",  "essay",    "story",    "report",        "following", "least",   "length",
    "detail",   "detailed", "minimum",  "approximately", "around",    "between", "section",
    "sections", "response", "required", "requirements",  "must",      "mention", "covering",
    "cover",    "discuss",  "describe", "explain",       "where",     "while",   "other",
    "using",    "contain",  "exactly",  "phrase",        "document",  "create",  "paragraph"};

std::vector<std::string> EnglishTopics(const std::string& lower) {
  std::vector<std::string> topics;
  for (std::size_t i = 0; i < lower.size() && topics.size() < kListMax;) {
    std::size_t end = i;
    while (end < lower.size() && std::isalpha(static_cast<unsigned char>(lower[end])) != 0) ++end;
    const std::string word = lower.substr(i, end - i);
    if (word.size() >= 5 &&
        std::find(kNotTopics.begin(), kNotTopics.end(), word) == kNotTopics.end() &&
        std::find(topics.begin(), topics.end(), word) == topics.end()) {
      topics.push_back(word);
    }
    i = end + 1;
  }
  return topics;
}

std::string EnglishSubject(std::string_view prompt, const std::string& lower) {
  for (const std::string_view lead :
       {" about ", " on the topic of ", " titled ", " on ", " for "}) {
    const std::size_t at = lower.find(lead);
    if (at == std::string::npos) continue;
    std::string_view rest = prompt.substr(at + lead.size());
    rest = rest.substr(0, rest.find_first_of(".,;:!?\n\"("));
    for (const std::string_view stop :
         {" covering ", " including ", " that ", " with ", " which "}) {
      rest = rest.substr(0, rest.find(stop));
    }
    std::size_t end = 0;
    for (int words = 0; words < 7 && end != std::string_view::npos; ++words) {
      end = rest.find(' ', end + (words > 0 ? 1 : 0));
    }
    rest = Trim(rest.substr(0, end));
    if (rest.size() >= 3 && rest.size() <= kPhraseBytesMax) return std::string(rest);
  }
  return "the task at hand";
}

std::string ChineseSubject(std::string_view prompt) {
  for (const std::string_view lead : {"关于", "以", "围绕", "介绍", "讲述", "题为"}) {
    const std::size_t at = prompt.find(lead);
    if (at == std::string_view::npos) continue;
    std::size_t end = at + lead.size();
    std::string subject;
    while (end < prompt.size() && IsHanzi(prompt, end) && subject.size() < 36) {
      const std::string_view hanzi = prompt.substr(end, 3);
      if (hanzi == "的" || hanzi == "为") break;
      subject += hanzi;
      end += 3;
    }
    if (subject.size() >= 6) return subject;
  }
  return "这一主题";
}

bool ContainsAny(std::string_view text, std::initializer_list<std::string_view> needles) {
  return std::any_of(needles.begin(), needles.end(), [text](std::string_view needle) {
    return text.find(needle) != std::string_view::npos;
  });
}

}  // namespace

std::int64_t CountUnits(std::string_view text) {
  std::int64_t units = 0;
  bool in_word = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool word = IsWordByte(text[i]);
    units += word && !in_word;
    in_word = word;
    if (IsHanzi(text, i)) {
      ++units;
      i += 2;
    }
  }
  return units;
}

std::int64_t RequiredUnits(std::string_view prompt) {
  return std::max(EnglishUnits(Lower(prompt)), ChineseUnits(prompt));
}

namespace {

// One line of text each; at most so many.
constexpr std::size_t kMaxFacts = 200;

void AddFacts(std::string_view prompt, std::vector<std::string>& facts) {
  for (const std::string_view marker : {"--- Reference document", "--- 参考"}) {
    for (std::size_t at = prompt.find(marker); at != std::string_view::npos;
         at = prompt.find(marker, at + 1)) {
      const std::size_t begin = prompt.find('\n', at);
      if (begin == std::string_view::npos) return;
      const std::string_view document = prompt.substr(begin, prompt.find("\n---", begin) - begin);
      for (const TextRange& range : SentencesOf(document)) {
        const std::string sentence(document.substr(range.begin, range.end - range.begin));
        const bool line = sentence.find('\n') == std::string::npos && !sentence.starts_with("|");
        if (line && facts.size() < kMaxFacts) facts.push_back(sentence);
      }
    }
  }
}

}  // namespace

WritingTask ReadWritingTask(std::string_view prompt) {
  WritingTask task;
  const std::string lower = Lower(prompt);
  const auto hanzi =
      static_cast<std::int64_t>(std::count_if(prompt.begin(), prompt.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0xE4 && byte <= 0xE9;
      }));
  task.chinese = hanzi * 3 > CountUnits(prompt);
  task.units = RequiredUnits(prompt);
  if (task.units == 0) task.units = kDefaultUnits;
  task.narrative = ContainsAny(
      lower, {"story", "novel", "fiction", "narrative", "tale ", "故事", "小说", "童话"});
  AddListItems(prompt, task.aspects);
  AddQuoted(prompt, "\"", "\"", task.musts);
  AddQuoted(prompt, "“", "”", task.musts);
  AddQuoted(prompt, "「", "」", task.musts);
  AddFacts(prompt, task.facts);
  if (task.chinese) {
    task.subject = ChineseSubject(prompt);
    return task;
  }
  AddEnumerations(prompt, lower, task.aspects);
  task.topics = EnglishTopics(lower);
  task.subject = EnglishSubject(prompt, lower);
  return task;
}

}  // namespace assay
