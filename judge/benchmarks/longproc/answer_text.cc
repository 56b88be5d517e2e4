#include "judge/benchmarks/longproc/answer_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/text/python_case.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

enum Kind : unsigned char { kOther, kWord, kSpace, kPunctuation, kNotAscii };

// Of a byte: what it is, and of an ASCII letter or digit its lower case, of others 0.
struct ByteTables {
  std::array<Kind, 256> kinds{};
  std::array<char, 256> letters{};
};

constexpr ByteTables MakeByteTables() {
  ByteTables tables;
  for (std::size_t c = 0; c < 256; ++c) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool word = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool space = (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= ' ');
    tables.kinds[c] = c >= 0x80             ? kNotAscii
                      : word                ? kWord
                      : space               ? kSpace
                      : c > ' ' && c < 0x7F ? kPunctuation
                                            : kOther;
    if (word) tables.letters[c] = static_cast<char>(upper ? c + ('a' - 'A') : c);
  }
  return tables;
}

constexpr ByteTables kBytes = MakeByteTables();

// Normalises into a buffer that has room for all of the text: nothing gets longer.
class Normalizer {
 public:
  Normalizer(const WordSet& left_out, Blanks blanks, char* out)
      : left_out_(left_out), keep_(blanks == Blanks::kKeep), begin_(out), out_(out) {}

  // `text` is in lower case where it is not ASCII. Answers the end of what was written.
  char* Run(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const auto byte = static_cast<unsigned char>(text[at]);
      Kind kind = kBytes.kinds[byte];
      if (kind == kPunctuation) {
        ++at;
        continue;
      }
      std::size_t end = at + 1;
      if (kind == kNotAscii) {
        const DecodedChar next = DecodeUtf8(text, at);
        end = at + next.bytes;
        kind = IsPythonWord(next.code_point)    ? kWord
               : IsPythonSpace(next.code_point) ? kSpace
                                                : kOther;
      }
      if (kind == kSpace) {
        gap_ = true;
        at = end;
        continue;
      }
      char* const before = out_;
      const bool gap = std::exchange(gap_, false);
      if (gap && keep_ && out_ != begin_) *out_++ = ' ';
      char* const piece = out_;
      if (kind == kWord) {
        at = CopyWord(text, at);
        if (left_out_.Contains({piece, static_cast<std::size_t>(out_ - piece)})) {
          out_ = before;
          gap_ = true;
          continue;
        }
      } else {
        for (; at < end; ++at) *out_++ = text[at];
      }
    }
    return out_;
  }

 private:
  // The \w from `at` on, over punctuation; answers where they end.
  std::size_t CopyWord(std::string_view text, std::size_t at) {
    while (at < text.size()) {
      char* out = out_;  // a local: the loop is where the time goes
      while (at < text.size()) {
        const char letter = kBytes.letters[static_cast<unsigned char>(text[at])];
        if (letter == 0) break;
        *out++ = letter;
        ++at;
      }
      out_ = out;
      if (at == text.size()) break;
      const Kind kind = kBytes.kinds[static_cast<unsigned char>(text[at])];
      if (kind == kPunctuation) {
        ++at;
      } else if (kind == kNotAscii) {
        const DecodedChar next = DecodeUtf8(text, at);
        if (!IsPythonWord(next.code_point)) break;
        for (const std::size_t end = at + next.bytes; at < end; ++at) *out_++ = text[at];
      } else {
        break;
      }
    }
    return at;
  }

  const WordSet& left_out_;
  const bool keep_;
  char* const begin_;
  char* out_;
  bool gap_ = false;  // white space, or a word that is left out, stands before what comes next
};

}  // namespace

std::optional<std::string_view> TaggedPart(std::string_view text, std::string_view tag) {
  const std::string closing = absl::StrCat("</", std::string(tag), ">");
  const std::size_t close = text.find(closing);
  if (close == std::string_view::npos) return std::nullopt;
  const std::size_t open = text.find(absl::StrCat("<", std::string(tag), ">"));
  if (open == std::string_view::npos) return std::nullopt;
  const std::size_t begin = open + closing.size() - 1;
  if (close < begin) return std::string_view();
  return PythonStrip(text.substr(begin, close - begin));
}

std::optional<std::string_view> FencedPart(std::string_view text, std::string_view opening) {
  const std::size_t open = text.find(opening);
  if (open == std::string_view::npos) return std::nullopt;
  const std::size_t begin = open + opening.size();
  const std::size_t close = text.rfind("```");
  if (close < begin) return std::nullopt;
  return text.substr(begin, close - begin);
}

void AppendNormalized(std::string_view text, const WordSet& left_out, Blanks blanks,
                      std::string& out) {
  std::string lower;
  if (!LowersInAsciiOnly(text)) {
    lower = PythonLower(text);
    text = lower;
  }
  const std::size_t size = out.size();
  out.resize(size + text.size());
  const char* const end = Normalizer(left_out, blanks, out.data() + size).Run(text);
  out.resize(static_cast<std::size_t>(end - out.data()));
}

bool IsNormalizedToNothing(std::string_view text, const WordSet& left_out) {
  std::array<char, WordSet::kLongest + 1> word;
  std::size_t letters = 0;
  // The first word that is ASCII and not left out settles it.
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const Kind kind = kBytes.kinds[byte];
    if (kind == kPunctuation) continue;
    if (kind == kNotAscii) break;
    if (kind == kOther) return false;
    if (kind == kWord) {
      if (letters == WordSet::kLongest) return false;
      word[letters++] = kBytes.letters[byte];
    } else if (letters > 0) {
      if (!left_out.Contains({word.data(), letters})) return false;
      letters = 0;
    }
  }
  std::string out;
  AppendNormalized(text, left_out, Blanks::kKeep, out);
  return out.empty();
}

const WordSet& Articles() {
  static constexpr std::array<std::string_view, 3> kArticles = {"a", "an", "the"};
  static constexpr WordSet kSet(kArticles);
  return kSet;
}

std::optional<std::string_view> TakeLine(std::optional<std::string_view>& text) {
  if (!text) return std::nullopt;
  const std::size_t end = text->find('\n');
  const std::string_view line = text->substr(0, end);
  if (end == std::string_view::npos) {
    text.reset();
  } else {
    text->remove_prefix(end + 1);
  }
  return line;
}

std::size_t CountLines(std::string_view text) {
  constexpr std::size_t kBlock = 255;  // counts in a byte, so that many are compared at once
  std::size_t lines = 1;
  while (!text.empty()) {
    unsigned char ends = 0;
    for (const char c : text.substr(0, kBlock)) {
      ends = static_cast<unsigned char>(ends + (c == '\n' ? 1 : 0));
    }
    lines += ends;
    text.remove_prefix(std::min(kBlock, text.size()));
  }
  return lines;
}

std::string LineProblem(std::size_t index, std::string_view expected, std::string_view found) {
  return absl::StrCat("line ", index + 1, ": expected \"", EscapeForTerminal(expected),
                      "\", found \"", EscapeForTerminal(found), "\"");
}

}  // namespace assay
