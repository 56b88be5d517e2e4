#include "common/text/cyrillic_language.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace assay {
namespace {

struct Alphabet {
  const char* language;
  // Against the Russian one: letters that are missing, letters that are there besides.
  std::u32string_view without;
  std::u32string_view with;
  // Letters that tell it from those with which it shares the others, and the least share of them.
  std::u32string_view own;
  double least_own;
  // In fewer letters their absence tells nothing of the others (measured on program messages).
  std::int64_t least_letters;
};

constexpr std::array<Alphabet, 6> kAlphabets = {{
    {"be", U"ищъ", U"іў", U"ў", 0.003, 0},
    {"bg", U"ыэё", U"", U"ъ", 0.01, 200},
    {"mk", U"ёйщъыьэюя", U"ѓѕјљњќџ", U"ѓќѕ", 0.0015, 0},
    {"ru", U"", U"", U"ыэё", 0.005, 100},
    {"sr", U"ёйщъыьэюя", U"ђјљњћџ", U"ћђ", 0.002, 0},
    {"uk", U"ёъыэ", U"іїєґ", U"їєґі", 0.01, 0},
}};

constexpr std::int64_t kFewLetters = 100;  // of so few every one is of the alphabet
constexpr std::int64_t kOutside = 100;     // of more, but one in so many
constexpr std::int64_t kMoreOwn = 5;       // times the own letters of any other

bool Has(std::u32string_view letters, char32_t letter) {
  return letters.find(letter) != std::u32string_view::npos;
}

bool IsOf(const Alphabet& alphabet, char32_t letter) {
  const bool russian = (letter >= U'а' && letter <= U'я') || letter == U'ё';
  return russian ? !Has(alphabet.without, letter) : Has(alphabet.with, letter);
}

}  // namespace

void CyrillicLetters::Add(char32_t letter) {
  if (letter < 0x0400 || letter > 0x04FF) return;
  if (letter >= 0x0410 && letter <= 0x042F) letter += 0x20;
  if (letter <= 0x040F) letter += 0x50;
  ++letters_[letter];
  ++count_;
}

const std::vector<std::string>& CyrillicLetters::Languages() {
  static const auto* const kLanguages = [] {
    auto* languages = new std::vector<std::string>();
    for (const Alphabet& alphabet : kAlphabets) languages->push_back(alphabet.language);
    return languages;
  }();
  return *kLanguages;
}

std::string CyrillicLetters::Language() const {
  struct Candidate {
    const Alphabet* alphabet;
    std::int64_t own;
  };
  std::vector<Candidate> candidates;
  for (const Alphabet& alphabet : kAlphabets) {
    std::int64_t outside = 0;
    std::int64_t own = 0;
    for (const auto& [letter, count] : letters_) {
      if (!IsOf(alphabet, letter)) outside += count;
      if (Has(alphabet.own, letter)) own += count;
    }
    const bool possible = count_ < kFewLetters ? outside == 0 : outside * kOutside <= count_;
    if (possible) candidates.push_back({&alphabet, own});
  }
  const auto most =
      std::max_element(candidates.begin(), candidates.end(),
                       [](const Candidate& a, const Candidate& b) { return a.own < b.own; });
  if (most == candidates.end() || most->own == 0) return "";
  const auto is_told = [&](const Candidate& candidate) {
    return static_cast<double>(candidate.own) >=
           candidate.alphabet->least_own * static_cast<double>(count_);
  };
  if (!is_told(*most) || count_ < most->alphabet->least_letters) return "";
  for (const Candidate& other : candidates) {
    const bool rival = other.alphabet != most->alphabet && is_told(other);
    if (rival && other.own * kMoreOwn > most->own) return "";
  }
  return most->alphabet->language;
}

}  // namespace assay
