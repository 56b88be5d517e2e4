#include "judge/coherence/text_measures.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "absl/strings/str_split.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr std::size_t kMaxPassageBytes = 1200;

std::string_view Of(std::string_view text, TextRange range) {
  return text.substr(range.begin, range.end - range.begin);
}

std::size_t Shared(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::size_t shared = 0;
  for (const std::string& word : a) shared += b.count(word);
  return shared;
}

double Cohesion(std::string_view text, std::string_view language) {
  double sum = 0;
  int pairs = 0;
  std::set<std::string> before;
  for (const TextRange& paragraph : ParagraphsOf(text)) {
    std::set<std::string> words = TopicWords(Of(text, paragraph), language);
    if (words.empty()) continue;
    if (!before.empty()) {
      sum += static_cast<double>(Shared(before, words)) /
             static_cast<double>(std::min(before.size(), words.size()));
      ++pairs;
    }
    before = std::move(words);
  }
  return pairs == 0 ? -1 : 100 * sum / pairs;
}

// The number that a heading carries, alone or behind one word ("Chapter 3", "3. Results"); 0: none.
int NumberOf(std::string_view title) {
  const std::size_t digit = title.find_first_of("0123456789");
  if (digit == std::string_view::npos || digit > 12) return 0;
  if (std::count(title.begin(), title.begin() + static_cast<std::ptrdiff_t>(digit), ' ') > 1)
    return 0;
  int number = 0;
  const auto [end, problem] =
      std::from_chars(title.data() + digit, title.data() + title.size(), number);
  if (problem != std::errc() || number > 200) return 0;
  // "3.2" and "1791" are numbers of another kind.
  const bool dotted =
      end + 1 < title.data() + title.size() && *end == '.' && end[1] >= '0' && end[1] <= '9';
  return dotted ? 0 : number;
}

void CheckOutline(std::string_view text, TextMeasures& measures) {
  const std::vector<Heading> headings = HeadingsOf(text);
  if (headings.empty()) return;
  std::set<std::string> titles;
  std::map<int, int> last_number;  // by depth
  for (const Heading& heading : headings) {
    const std::string title(Of(text, heading.title));
    bool bad = !titles.insert(title).second;
    for (auto deeper = last_number.upper_bound(heading.depth); deeper != last_number.end();) {
      deeper = last_number.erase(deeper);
    }
    if (const int number = NumberOf(title); number > 0) {
      int& last = last_number[heading.depth];
      bad = bad || (last != 0 && number != last + 1);
      last = number;
    }
    if (bad) measures.bad_headings.push_back(heading.line);
  }
  measures.outline_consistency = 100 * (1 - static_cast<double>(measures.bad_headings.size()) /
                                                static_cast<double>(headings.size()));
}

}  // namespace

std::set<std::string> TopicWords(std::string_view text, std::string_view language) {
  std::set<std::string> words;
  const std::string segmented = SegmentedForSearch(text, language);
  for (const auto piece : absl::StrSplit(segmented, ' ')) {
    const std::string word(piece);
    const std::size_t letters = CountCodePoints(word);
    const bool wide = !word.empty() && static_cast<unsigned char>(word[0]) >= 0xE3;
    if (letters >= 4 || (wide && letters >= 2)) words.insert(word);
  }
  return words;
}

TextMeasures MeasureText(std::string_view text, std::string_view language) {
  TextMeasures measures;
  measures.words = static_cast<std::int64_t>(WordsOf(text, language).size());
  measures.lexical_cohesion = Cohesion(text, language);
  CheckOutline(text, measures);
  return measures;
}

std::vector<TextRange> PassagesLike(std::string_view text, std::size_t from, std::string_view query,
                                    std::string_view language, std::size_t most) {
  const std::set<std::string> wanted = TopicWords(query, language);
  std::vector<std::pair<std::size_t, TextRange>> found;
  for (TextRange paragraph : ParagraphsOf(text.substr(from))) {
    paragraph = {paragraph.begin + from, paragraph.end + from};
    const std::string_view cut = CutUtf8(Of(text, paragraph), kMaxPassageBytes);
    paragraph.end = paragraph.begin + cut.size();
    const std::size_t shared = Shared(wanted, TopicWords(cut, language));
    if (shared > 0) found.emplace_back(shared, paragraph);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<TextRange> passages;
  for (std::size_t i = 0; i < std::min(most, found.size()); ++i)
    passages.push_back(found[i].second);
  return passages;
}

std::string OutlineOf(std::string_view text, std::size_t max_bytes) {
  std::string outline;
  for (const Heading& heading : HeadingsOf(text)) {
    const std::string line = std::string(static_cast<std::size_t>(heading.depth - 1) * 2, ' ') +
                             std::string(CutUtf8(Of(text, heading.title), 100)) + "\n";
    if (outline.size() + line.size() > max_bytes) return outline + "...\n";
    outline += line;
  }
  return outline.empty() ? "(none)\n" : outline;
}

}  // namespace assay
