#include "common/text/nltk_chunks.h"

#include <array>
#include <cstddef>
#include <string>

#include "common/text/nltk_words.h"
#include "common/text/python_text.h"

namespace assay {
namespace {

using View = std::u32string_view;

// What a character can do to its chunk, the signs between two white spaces. Every rule acts through
// signs of a chunk and the white space beside it; only the one of the final full stop looks
// further, over closing signs up to the end.
enum class Sign : unsigned char {
  kWord,   // \w
  kOther,  // nothing, as "/" and one "-"
  kSpace,
  kPad,    // a token of its own wherever it stands
  kComma,  // "," and ":": a token of its own unless a digit follows
  kStop,   // "."
  kRules,  // quotes, and letters that Python's (?i) takes for others
};

constexpr std::array<Sign, 128> MakeSigns() {
  std::array<Sign, 128> signs{};
  for (std::size_t c = 0; c < signs.size(); ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    const bool space = (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= ' ');
    signs[c] = letter || digit ? Sign::kWord : space ? Sign::kSpace : Sign::kOther;
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

constexpr std::array<Sign, 128> kSigns = MakeSigns();

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

inline Sign SignOf(char32_t c) { return c < 128 ? kSigns[c] : SignOfRare(c); }

bool IsDigit(char32_t c) { return c < 128 ? c >= U'0' && c <= U'9' : IsPythonDigit(c); }

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
    while (at < text_.size() && SignOf(text_[at]) == Sign::kSpace) ++at;
    return at;
  }

  Chunk Scan(std::size_t begin) const {
    Chunk chunk;
    chunk.begin = begin;
    bool has_word = false;
    std::size_t run = 0;  // of \w, up to here
    std::size_t at = begin;
    const auto end_run = [&] {
      if ((run == 5 || run == 6) && MayContract(text_.substr(at - run, run))) chunk.plain = false;
      run = 0;
    };
    for (; at < text_.size(); ++at) {
      const Sign sign = SignOf(text_[at]);
      if (sign == Sign::kWord) {
        ++run;
        has_word = true;
        continue;
      }
      if (sign == Sign::kSpace) break;
      end_run();
      const Sign next = at + 1 < text_.size() ? SignOf(text_[at + 1]) : Sign::kSpace;
      switch (sign) {
        case Sign::kOther:
          if (text_[at] == U'-' && at + 1 < text_.size() && text_[at + 1] == U'-') {
            chunk.plain = false;
          }
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
            chunk.final_stop = EndsSentence(at + 1, chunk.plain);
            if (chunk.final_stop) chunk.whole = false;
          } else if (next != Sign::kWord && next != Sign::kOther) {
            chunk.plain = false;
          }
          break;
        default:
          chunk.plain = false;
      }
    }
    end_run();
    chunk.end = at;
    // Signs alone may be what follows the final full stop.
    if (!has_word) chunk.plain = false;
    return chunk;
  }

  // Whether nothing follows the full stop before `at`. Where something does that is no word, the
  // stop may still be the final one: `plain` becomes false.
  bool EndsSentence(std::size_t at, bool& plain) const {
    const std::size_t next = SkipSpace(at);
    if (next == text_.size()) return true;
    if (SignOf(text_[next]) != Sign::kWord) plain = false;
    return false;
  }

  void Split(const Chunk& chunk) const {
    std::size_t begin = chunk.begin;
    for (std::size_t at = chunk.begin; at < chunk.end; ++at) {
      const Sign sign = SignOf(text_[at]);
      if (sign == Sign::kWord || sign == Sign::kOther) continue;
      if (sign == Sign::kComma && at + 1 < chunk.end && IsDigit(text_[at + 1])) continue;
      if (sign == Sign::kStop && !(chunk.final_stop && at + 1 == chunk.end)) continue;
      if (at > begin) each_(text_.substr(begin, at - begin));
      each_(text_.substr(at, 1));
      begin = at + 1;
    }
    if (begin < chunk.end) each_(text_.substr(begin, chunk.end - begin));
  }

  // What stands between the plain chunks that end at `kept` and begin at `next`. A letter stands
  // for either of them: the rules see no more of it.
  void ApplyRules(std::size_t kept, std::size_t next) const {
    const bool before = kept > 0;
    const bool behind = next < text_.size();
    std::u32string piece;
    piece.reserve(next - kept + 2);
    if (before) piece += U'x';
    piece.append(text_.substr(kept, next - kept));
    if (behind) piece += U'x';
    const std::u32string spaced = SpaceNltkWords(piece);
    bool skip = before;
    View held;  // the last token so far
    for (std::size_t at = 0; at < spaced.size();) {
      if (SignOf(spaced[at]) == Sign::kSpace) {
        ++at;
        continue;
      }
      const std::size_t start = at;
      while (at < spaced.size() && SignOf(spaced[at]) != Sign::kSpace) ++at;
      if (!held.empty()) each_(held);
      if (!skip) held = View(spaced).substr(start, at - start);
      skip = false;
    }
    if (!held.empty() && !behind) each_(held);
  }

  const View text_;
  const absl::FunctionRef<void(View)> each_;
};

}  // namespace

void ForEachNltkWord(std::u32string_view sentence,
                     absl::FunctionRef<void(std::u32string_view)> each) {
  Scanner(sentence, each).Run();
}

}  // namespace assay
