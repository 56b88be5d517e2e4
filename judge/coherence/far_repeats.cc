#include "judge/coherence/far_repeats.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "common/text/segments.h"
#include "common/text/utf8.h"
#include "judge/coherence/text_measures.h"

namespace assay {
namespace {

constexpr std::size_t kLeastWords = 12;
constexpr std::size_t kMaxBytes = 900;
constexpr std::size_t kMaxParagraphsOfWord = 64;
constexpr std::size_t kStemLetters = 6;
constexpr double kLeastLikeness = 0.3;

struct Paragraph {
  TextRange place;
  std::vector<std::size_t> words;  // distinct, by number
  double length = 0;               // of its vector
};

std::string_view Of(std::string_view text, TextRange range) {
  return text.substr(range.begin, range.end - range.begin);
}

std::string StemOf(const std::string& word) {
  std::size_t at = 0;
  for (std::size_t letters = 0; at < word.size() && letters < kStemLetters; ++letters) {
    at += DecodeUtf8(word, at).bytes;
  }
  return word.substr(0, at);
}

// What a text says where, and how much each of its words tells.
struct Index {
  std::vector<Paragraph> paragraphs;
  std::vector<double> weights;  // of each word, squared
};

Index IndexOf(std::string_view text, std::string_view language) {
  Index index;
  std::map<std::string, std::size_t> numbers;
  std::vector<double> paragraphs_with;
  double all = 0;
  for (const TextRange& place : ParagraphsOf(text)) {
    std::set<std::size_t> words;
    for (const std::string& word : TopicWords(Of(text, place), language)) {
      words.insert(numbers.try_emplace(StemOf(word), numbers.size()).first->second);
    }
    if (words.empty()) continue;
    ++all;
    paragraphs_with.resize(numbers.size());
    for (const std::size_t word : words) paragraphs_with[word] += 1;
    if (words.size() < kLeastWords) continue;
    index.paragraphs.push_back({place, {words.begin(), words.end()}, 0});
  }
  paragraphs_with.resize(numbers.size());
  for (const double with : paragraphs_with) {
    const double weight = with > 0 ? std::log(all / with) : 0;
    index.weights.push_back(weight * weight);
  }
  for (Paragraph& paragraph : index.paragraphs) {
    double sum = 0;
    for (const std::size_t word : paragraph.words) sum += index.weights[word];
    paragraph.length = std::sqrt(sum);
  }
  return index;
}

std::size_t WindowOf(const std::vector<TextRange>& windows, std::size_t at) {
  const auto behind = std::upper_bound(
      windows.begin(), windows.end(), at,
      [](std::size_t byte, const TextRange& window) { return byte < window.begin; });
  return behind == windows.begin() ? 0 : static_cast<std::size_t>(behind - windows.begin()) - 1;
}

TextRange Shown(std::string_view text, TextRange place) {
  return {place.begin, place.begin + CutUtf8(Of(text, place), kMaxBytes).size()};
}

// The paragraph before `end` that is most like number `later`.
std::optional<FarRepeat> MostLike(std::string_view text, const Index& index,
                                  const std::vector<std::vector<std::size_t>>& paragraphs_of,
                                  std::size_t later, std::size_t end) {
  const Paragraph& own = index.paragraphs[later];
  std::map<std::size_t, double> shared;
  for (const std::size_t word : own.words) {
    for (const std::size_t other : paragraphs_of[word]) {
      if (index.paragraphs[other].place.end > end) break;
      shared[other] += index.weights[word];
    }
  }
  std::optional<FarRepeat> best;
  for (const auto& [other, weight] : shared) {
    const Paragraph& paragraph = index.paragraphs[other];
    const double likeness = weight / std::max(1e-9, own.length * paragraph.length);
    if (likeness < kLeastLikeness || (best && likeness <= best->likeness)) continue;
    // Copies are found by counting.
    if (Of(text, paragraph.place) == Of(text, own.place)) return std::nullopt;
    best = FarRepeat{Shown(text, paragraph.place), Shown(text, own.place), likeness};
  }
  return best;
}

}  // namespace

std::vector<FarRepeat> FarRepeats(std::string_view text, std::string_view language,
                                  const std::vector<TextRange>& windows, std::size_t seen_before,
                                  std::size_t most_per_window) {
  if (windows.size() < 2) return {};
  const Index index = IndexOf(text, language);
  std::vector<std::vector<std::size_t>> paragraphs_of(index.weights.size());
  std::map<std::size_t, std::vector<FarRepeat>> by_window;
  for (std::size_t i = 0; i < index.paragraphs.size(); ++i) {
    const Paragraph& paragraph = index.paragraphs[i];
    const std::size_t window = WindowOf(windows, paragraph.place.begin);
    const std::size_t begin = windows[window].begin;
    const std::size_t end = begin - std::min(begin, seen_before);
    const auto found = MostLike(text, index, paragraphs_of, i, end);
    if (found) by_window[window].push_back(*found);
    for (const std::size_t word : paragraph.words) {
      if (paragraphs_of[word].size() < kMaxParagraphsOfWord) paragraphs_of[word].push_back(i);
    }
  }
  const auto more_alike = [](const FarRepeat& a, const FarRepeat& b) {
    return a.likeness > b.likeness;
  };
  std::vector<FarRepeat> repeats;
  for (auto& [window, found] : by_window) {
    std::stable_sort(found.begin(), found.end(), more_alike);
    found.resize(std::min(found.size(), most_per_window));
    repeats.insert(repeats.end(), found.begin(), found.end());
  }
  std::stable_sort(repeats.begin(), repeats.end(), more_alike);
  return repeats;
}

}  // namespace assay
