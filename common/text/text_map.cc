#include "common/text/text_map.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "common/base/check.h"
#include "common/text/utf8.h"
#include "common/text/word_edge.h"

namespace assay {
namespace {

constexpr std::size_t kMaxEllipsisGap = 2000;
constexpr std::size_t kMinPart = 8;
constexpr std::size_t kMinLetters = 3;

const icu::Normalizer2& Nfkc() {
  static const icu::Normalizer2* const kNormalizer = [] {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKCInstance(status);
    ASSAY_CHECK(U_SUCCESS(status));
    return normalizer;
  }();
  return *kNormalizer;
}

// The one character that a typographic one stands for; 0: itself; 1: nothing.
char32_t Plain(char32_t c) {
  switch (c) {
    case 0x2018:
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x2032:
    case 0x00B4:
    case 0x0060:
      return '\'';
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033:
    case 0x00AB:
    case 0x00BB:
    case 0x300C:
    case 0x300D:
    case 0x300E:
    case 0x300F:
      return '"';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
      return '-';
    case 0x00AD:
    case '*':
    case '_':
      return 1;
    default:
      return u_charType(static_cast<UChar32>(c)) == U_FORMAT_CHAR ? 1 : 0;
  }
}

// Writes normalised characters and where they come from.
class Mapper {
 public:
  Mapper(std::string& out, std::vector<std::uint32_t>& begin, std::vector<std::uint32_t>& end)
      : out_(out), begin_(begin), end_(end) {}

  // A normalised character of an original range.
  void Add(char32_t c, std::size_t begin, std::size_t end) {
    if (u_isUWhiteSpace(static_cast<UChar32>(c))) {
      blank_ = true;
      return;
    }
    const char32_t plain = Plain(c);
    if (plain == 1) return;
    if (blank_ && !out_.empty()) {
      // The blank is what lies between: it has the place of what was before it.
      Put(' ', begin_.empty() ? begin : end_.back(), begin);
    }
    blank_ = false;
    Put(plain == 0 ? c : plain, begin, end);
  }

 private:
  void Put(char32_t c, std::size_t begin, std::size_t end) {
    const std::size_t before = out_.size();
    AppendUtf8(c, out_);
    for (std::size_t i = before; i < out_.size(); ++i) {
      begin_.push_back(static_cast<std::uint32_t>(begin));
      end_.push_back(static_cast<std::uint32_t>(std::max(begin, end)));
    }
  }

  std::string& out_;
  std::vector<std::uint32_t>& begin_;
  std::vector<std::uint32_t>& end_;
  bool blank_ = false;
};

// Characters that interact with nothing around them, and the original bytes that they take up.
struct Run {
  std::string text;
  std::size_t begin = 0;
  std::size_t end = 0;
};

void AddRun(Run& run, LetterCase letter_case, Mapper& mapper) {
  if (run.text.empty()) return;
  if (run.text.size() == 1) {
    const char c = run.text[0];
    const bool folds = letter_case == LetterCase::kFolded && c >= 'A' && c <= 'Z';
    mapper.Add(static_cast<unsigned char>(folds ? c - 'A' + 'a' : c), run.begin, run.end);
  } else {
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString normal = Nfkc().normalize(icu::UnicodeString::fromUTF8(run.text), status);
    ASSAY_CHECK(U_SUCCESS(status));
    if (letter_case == LetterCase::kFolded) normal.foldCase();
    for (std::int32_t i = 0; i < normal.length(); i = normal.moveIndex32(i, 1)) {
      mapper.Add(static_cast<char32_t>(normal.char32At(i)), run.begin, run.end);
    }
  }
  run.text.clear();
}

// Full-width forms of what is dropped, too: what NFKC makes of them would be dropped after it.
bool IsDropped(char32_t c) { return Plain(c) == 1 || c == 0xFF0A || c == 0xFF3F; }

// NFKC of the text without what is dropped, cut where a character that has a boundary before it
// begins: no pair across such a cut composes.
void Normalize(std::string_view text, LetterCase letter_case, Mapper& mapper) {
  Run run;
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    const std::size_t next = at + c.bytes;
    if (!c.valid) {
      AddRun(run, letter_case, mapper);
      mapper.Add(0xFFFD, at, next);
    } else if (!IsDropped(c.code_point)) {
      if (Nfkc().hasBoundaryBefore(static_cast<UChar32>(c.code_point)) != 0) {
        AddRun(run, letter_case, mapper);
      }
      if (run.text.empty()) run.begin = at;
      run.text.append(text, at, c.bytes);
      run.end = next;
    }
    at = next;
  }
  AddRun(run, letter_case, mapper);
}

std::string WithoutOuterQuotes(std::string quote) {
  const auto outer = [](char c) { return c == '"' || c == '\'' || c == ' '; };
  while (!quote.empty() && outer(quote.back())) quote.pop_back();
  std::size_t begin = 0;
  while (begin < quote.size() && outer(quote[begin])) ++begin;
  return quote.substr(begin);
}

std::size_t LettersIn(std::string_view text) {
  std::size_t letters = 0;
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    if (u_isalnum(static_cast<UChar32>(c.code_point))) ++letters;
    at += c.bytes;
  }
  return letters;
}

// The parts between ellipses; NFKC has made three full stops of U+2026.
std::vector<std::string> PartsOf(const std::string& quote) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  const auto add = [&](std::size_t end) {
    std::string part = quote.substr(begin, end - begin);
    while (!part.empty() && (part.back() == ' ' || part.back() == '[' || part.back() == '('))
      part.pop_back();
    std::size_t first = 0;
    while (first < part.size() && (part[first] == ' ' || part[first] == ']' || part[first] == ')'))
      ++first;
    part.erase(0, first);
    if (!part.empty()) parts.push_back(std::move(part));
  };
  for (std::size_t dots = quote.find("..."); dots != std::string::npos;
       dots = quote.find("...", begin)) {
    add(dots);
    begin = dots;
    while (begin < quote.size() && quote[begin] == '.') ++begin;
  }
  add(quote.size());
  return parts;
}

}  // namespace

TextMap::TextMap(std::string_view original, LetterCase letter_case)
    : letter_case_(letter_case), original_size_(original.size()) {
  normalized_.reserve(original.size());
  begin_.reserve(original.size());
  end_.reserve(original.size());
  Mapper mapper(normalized_, begin_, end_);
  Normalize(original, letter_case, mapper);
}

TextRange TextMap::ToOriginal(std::size_t begin, std::size_t end) const {
  ASSAY_CHECK(begin <= end && end <= normalized_.size());
  if (begin == end) {
    const std::size_t at = begin < begin_.size() ? begin_[begin] : original_size_;
    return {at, at};
  }
  return {begin_[begin], end_[end - 1]};
}

TextRange TextMap::ToNormalized(TextRange original) const {
  const auto first = std::upper_bound(end_.begin(), end_.end(), original.begin);
  const auto last = std::lower_bound(begin_.begin(), begin_.end(), original.end);
  const auto begin = static_cast<std::size_t>(first - end_.begin());
  const auto end = static_cast<std::size_t>(last - begin_.begin());
  return {begin, std::max(begin, end)};
}

std::optional<TextRange> TextMap::Find(std::string_view quote,
                                       std::optional<TextRange> within) const {
  const std::string wanted = WithoutOuterQuotes(NormalizedForQuotes(quote, letter_case_));
  if (LettersIn(wanted) < kMinLetters) return std::nullopt;
  TextRange place{0, normalized_.size()};
  if (within) place = ToNormalized(*within);
  const auto begins_within = [&](std::size_t at) {
    return at != std::string::npos && at >= place.begin &&
           at < std::max(place.end, place.begin + 1);
  };
  if (const std::size_t at = normalized_.find(wanted, place.begin); begins_within(at)) {
    return ToOriginal(at, at + wanted.size());
  }
  const std::vector<std::string> parts = PartsOf(wanted);
  if (parts.empty() || (parts.size() == 1 && parts[0] == wanted)) return std::nullopt;
  for (const std::string& part : parts) {
    const bool short_part = part.size() < kMinPart && parts.size() > 1;
    if (short_part || LettersIn(part) < kMinLetters) return std::nullopt;
  }
  for (std::size_t first = normalized_.find(parts[0], place.begin); begins_within(first);
       first = normalized_.find(parts[0], first + 1)) {
    std::size_t end = first + parts[0].size();
    bool all = true;
    for (std::size_t i = 1; i < parts.size() && all; ++i) {
      const std::size_t next = normalized_.find(parts[i], end);
      all = next != std::string::npos && next + parts[i].size() - first <= kMaxEllipsisGap;
      if (all) end = next + parts[i].size();
    }
    if (all) return ToOriginal(first, end);
  }
  return std::nullopt;
}

std::vector<TextRange> TextMap::FindAll(std::string_view quote, std::size_t most,
                                        Edges edges) const {
  std::vector<TextRange> found;
  const std::string wanted = WithoutOuterQuotes(NormalizedForQuotes(quote, letter_case_));
  if (wanted.empty()) return found;
  for (std::size_t at = normalized_.find(wanted); at != std::string::npos && found.size() < most;) {
    const std::size_t end = at + wanted.size();
    const bool counts =
        edges == Edges::kAny || (IsWordEdge(normalized_, at) && IsWordEdge(normalized_, end));
    if (counts) found.push_back(ToOriginal(at, end));
    at = normalized_.find(wanted, counts ? end : at + 1);
  }
  return found;
}

std::string NormalizedForQuotes(std::string_view text, LetterCase letter_case) {
  return std::string(TextMap(text, letter_case).normalized());
}

}  // namespace assay
