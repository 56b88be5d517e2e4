// Which language in Cyrillic letters a text is written in, by its letters. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace assay {

class CyrillicLetters {
 public:
  // A letter of U+0400 to U+04FF; of others nothing.
  void Add(char32_t letter);

  std::int64_t count() const { return count_; }

  // be, bg, mk, ru, sr or uk: the one whose alphabet has the letters (but for one in a hundred, of
  // names and quotes) and whose own letters are there, ћ and ђ of sr, say, in the share that its
  // texts have them. Empty: none, such as kk, or too few letters to tell them apart.
  std::string Language() const;

  // What Language may say, sorted.
  static const std::vector<std::string>& Languages();

 private:
  std::map<char32_t, std::int64_t> letters_;  // small ones
  std::int64_t count_ = 0;
};

}  // namespace assay
