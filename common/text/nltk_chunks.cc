#include "common/text/nltk_chunks.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "common/text/nltk_words.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

using View = std::string_view;

// What a character can do to its chunk, the signs between two white spaces. Every rule acts through
// signs of a chunk and the white space beside it; only the one of the final full stop looks
// further, over closing signs up to the end.
enum class Sign : unsigned char {
  kWord,   // \w
  kOther,  // nothing, as "/" and one "-"
  kSpace,
  kPad,       // a token of its own wherever it stands
  kComma,     // "," and ":": a token of its own unless a digit follows
  kStop,      // "."
  kRules,     // quotes, and letters that Python's (?i) takes for others
  kNotAscii,  // of a byte only: the whole character tells
};

constexpr std::array<Sign, 256> MakeSigns() {
  std::array<Sign, 256> signs{};
  for (std::size_t c = 0; c < signs.size(); ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    const bool space = (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= ' ');
    signs[c] = c >= 0x80         ? Sign::kNotAscii
               : letter || digit ? Sign::kWord
               : space           ? Sign::kSpace
                                 : Sign::kOther;
  }
  for (const char c :
       {';', '@', '#', '$', '%', '&', '?', '!', '*', '[', ']', '(', ')', '{', '}', '<', '>'}) {
    signs[static_cast<std::size_t>(c)] = Sign::kPad;
  }
  for (const char c : {'\'', '"', '`'}) signs[static_cast<std::size_t>(c)] = Sign::kRules;
  signs[','] = Sign::kComma;
  signs[':'] = Sign::kComma;
  signs['.'] = Sign::kStop;
  return signs;
}

constexpr std::array<Sign, 256> kSigns = MakeSigns();

Sign SignOfRare(char32_t c) {
  switch (c) {
    case U'«':
    case U'»':
    case U'“':
    case U'”':
    case U'‘':
    case U'’':
    case U'„':
      return Sign::kPad;
    case 0x131:
    case 0x17F:
      return Sign::kRules;
    default:
      return IsPythonSpace(c) ? Sign::kSpace : IsPythonWord(c) ? Sign::kWord : Sign::kOther;
  }
}

// A character of a text, and where the next one begins.
struct Char {
  Sign sign = Sign::kOther;
  std::size_t end = 0;
};

inline Sign ByteSign(View text, std::size_t at) {
  return kSigns[static_cast<unsigned char>(text[at])];
}

inline Char CharAt(View text, std::size_t at) {
  const Sign sign = ByteSign(text, at);
  if (sign != Sign::kNotAscii) return {sign, at + 1};
  const DecodedChar decoded = DecodeUtf8(text, at);
  return {SignOfRare(decoded.code_point), at + decoded.bytes};
}

// What stands at `at`, white space past the end.
inline Sign SignAt(View text, std::size_t at) {
  return at < text.size() ? CharAt(text, at).sign : Sign::kSpace;
}

bool IsDigitAt(View text, std::size_t at) {
  const char c = text[at];
  if (static_cast<unsigned char>(c) < 0x80) return c >= '0' && c <= '9';
  return IsPythonDigit(DecodeUtf8(text, at).code_point);
}

char AsciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Whether the rules cut the word in two.
bool Contracts(View word) {
  constexpr std::array<View, 6> kWords = {"cannot", "gimme", "gonna", "gotta", "lemme", "wanna"};
  if (word.size() != 5 && word.size() != 6) return false;
  const char first = AsciiLower(word[0]);
  if (first != 'c' && first != 'g' && first != 'l' && first != 'w') return false;
  return std::any_of(kWords.begin(), kWords.end(), [word](View whole) {
    return std::equal(whole.begin(), whole.end(), word.begin(), word.end(),
                      [](char a, char b) { return a == AsciiLower(b); });
  });
}

struct Chunk {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool plain = true;        // its tokens can be told without the rules
  bool whole = true;        // plain: it is one token
  bool final_stop = false;  // plain: its last "." is a token
};

class Scanner {
 public:
  Scanner(View text, absl::FunctionRef<void(View)> each) : text_(text), each_(each) {}

  void Run() {
    std::size_t kept = 0;  // end of the last plain chunk
    bool waiting = false;  // chunks behind it wait for the rules
    for (std::size_t at = SkipSpace(0); at < text_.size();) {
      const Chunk chunk = Scan(at);
      at = SkipSpace(chunk.end);
      if (!chunk.plain) {
        waiting = true;
        continue;
      }
      if (waiting) ApplyRules(kept, chunk.begin);
      waiting = false;
      kept = chunk.end;
      if (chunk.whole) {
        each_(text_.substr(chunk.begin, chunk.end - chunk.begin));
      } else {
        Split(chunk);
      }
    }
    if (waiting) ApplyRules(kept, text_.size());
  }

 private:
  std::size_t SkipSpace(std::size_t at) const {
    while (at < text_.size()) {
      const Char next = CharAt(text_, at);
      if (next.sign != Sign::kSpace) break;
      at = next.end;
    }
    return at;
  }

  // Past the \w that begin at `at`.
  std::size_t SkipWord(std::size_t at) const {
    while (at < text_.size()) {
      if (ByteSign(text_, at) == Sign::kWord) {
        ++at;
        continue;
      }
      const Char next = CharAt(text_, at);
      if (next.sign != Sign::kWord) break;
      at = next.end;
    }
    return at;
  }

  Chunk Scan(std::size_t begin) const {
    Chunk chunk;
    chunk.begin = begin;
    bool has_word = false;
    std::size_t at = begin;
    while (at < text_.size()) {
      const std::size_t word = at;
      at = SkipWord(at);
      if (at > word) {
        has_word = true;
        if (Contracts(text_.substr(word, at - word))) chunk.plain = false;
        if (at == text_.size()) break;
      }
      const Char here = CharAt(text_, at);
      if (here.sign == Sign::kSpace) break;
      Look(here, at, chunk);
      at = here.end;
    }
    chunk.end = at;
    // Signs alone may be what follows the final full stop.
    if (!has_word) chunk.plain = false;
    return chunk;
  }

  // What the sign at `at` makes of its chunk.
  void Look(const Char& here, std::size_t at, Chunk& chunk) const {
    const Sign next = SignAt(text_, here.end);
    switch (here.sign) {
      case Sign::kOther:
        if (text_.substr(at, 2) == "--") chunk.plain = false;
        break;
      case Sign::kPad:
        chunk.whole = false;
        break;
      case Sign::kComma:
        if (next == Sign::kComma || next == Sign::kRules) chunk.plain = false;
        chunk.whole = false;
        break;
      case Sign::kStop:
        if (next == Sign::kSpace) {
          chunk.final_stop = EndsSentence(here.end, chunk.plain);
          if (chunk.final_stop) chunk.whole = false;
        } else if (next != Sign::kWord && next != Sign::kOther) {
          chunk.plain = false;
        }
        break;
      default:
        chunk.plain = false;
    }
  }

  // Whether nothing follows the full stop before `at`. Where something does that is no word, the
  // stop may still be the final one: `plain` becomes false.
  bool EndsSentence(std::size_t at, bool& plain) const {
    const std::size_t next = SkipSpace(at);
    if (next == text_.size()) return true;
    if (CharAt(text_, next).sign != Sign::kWord) plain = false;
    return false;
  }

  void Split(const Chunk& chunk) const {
    std::size_t begin = chunk.begin;
    std::size_t end = begin;
    for (std::size_t at = begin; at < chunk.end; at = end) {
      const Char here = CharAt(text_, at);
      end = here.end;
      if (here.sign == Sign::kWord || here.sign == Sign::kOther) continue;
      if (here.sign == Sign::kComma && end < chunk.end && IsDigitAt(text_, end)) continue;
      if (here.sign == Sign::kStop && !(chunk.final_stop && end == chunk.end)) continue;
      if (at > begin) each_(text_.substr(begin, at - begin));
      each_(text_.substr(at, end - at));
      begin = end;
    }
    if (begin < chunk.end) each_(text_.substr(begin, chunk.end - begin));
  }

  // What stands between the plain chunks that end at `kept` and begin at `next`. A letter stands
  // for either of them: the rules see no more of it.
  void ApplyRules(std::size_t kept, std::size_t next) const {
    const bool before = kept > 0;
    const bool behind = next < text_.size();
    std::u32string piece;
    if (before) piece += U'x';
    piece += ToCodePoints(text_.substr(kept, next - kept));
    if (behind) piece += U'x';
    const std::u32string spaced = SpaceNltkWords(piece);
    bool skip = before;
    std::string token;
    std::string held;  // the last token so far
    for (std::size_t at = 0; at < spaced.size();) {
      token.clear();
      for (; at < spaced.size() && !IsPythonSpace(spaced[at]); ++at) {
        AppendUtf8(spaced[at], token);
      }
      ++at;
      if (token.empty()) continue;
      if (!held.empty()) each_(held);
      held.clear();
      if (!skip) held.swap(token);
      skip = false;
    }
    if (!held.empty() && !behind) each_(held);
  }

  const View text_;
  const absl::FunctionRef<void(View)> each_;
};

}  // namespace

void ForEachNltkWord(std::string_view sentence, absl::FunctionRef<void(std::string_view)> each) {
  Scanner(sentence, each).Run();
}

}  // namespace assay
