#include "common/text/punkt_breaks.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "common/text/nltk_tokenize.h"
#include "common/text/python_case.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

using View = std::string_view;

constexpr std::uint32_t kMidUpper = 4;
constexpr std::uint32_t kUpper = 14;
constexpr std::uint32_t kBeginLower = 16;
constexpr std::uint32_t kLower = 112;
constexpr char kNumber[] = "##number##";

// What a byte of UTF-8 can be to the patterns; a byte that is not ASCII is looked at as a whole
// character, which can only be white space.
enum Trait : unsigned char {
  kStop = 1,        // .?!
  kNonWord = 2,     // )";}]*:@'({[?!
  kAsciiSpace = 4,  // string.whitespace
  kSpace = 8,       // \s
  kMulti = 16,      // begins a sign of several characters: - and .
  kComma = 32,
  kNoWordStart = 64,  // ("`{[:;&#*@)}]-,
  kNotAscii = 128,
};

constexpr std::array<unsigned char, 256> MakeTraits() {
  std::array<unsigned char, 256> traits{};
  const auto add = [&traits](std::string_view set, unsigned char trait) {
    for (const char c : set) traits[static_cast<unsigned char>(c)] |= trait;
  };
  add(".?!", kStop);
  add(")\";}]*:@'({[?!", kNonWord);
  add(" \t\n\r\v\f", kAsciiSpace | kSpace);
  add("\x1c\x1d\x1e\x1f", kSpace);
  add("-.", kMulti);
  add(",", kComma);
  add("(\"`{[:;&#*@)}]-,", kNoWordStart);
  for (std::size_t c = 128; c < traits.size(); ++c) traits[c] = kNotAscii;
  return traits;
}

constexpr std::array<unsigned char, 256> kTraits = MakeTraits();

unsigned TraitsAt(View text, std::size_t at) {
  return kTraits[static_cast<unsigned char>(text[at])];
}
bool Is(View text, std::size_t at, unsigned traits) { return (TraitsAt(text, at) & traits) != 0; }

// Bytes of the white space at `at`; 0: there is none.
std::size_t SpaceAt(View text, std::size_t at) {
  const unsigned traits = TraitsAt(text, at);
  if ((traits & kNotAscii) == 0) return (traits & kSpace) != 0 ? 1 : 0;
  const DecodedChar next = DecodeUtf8(text, at);
  return IsPythonSpace(next.code_point) ? next.bytes : 0;
}

std::size_t SkipSpace(View text, std::size_t at) {
  while (at < text.size()) {
    const std::size_t space = SpaceAt(text, at);
    if (space == 0) break;
    at += space;
  }
  return at;
}

std::size_t CharAt(View text, std::size_t at) {
  return Is(text, at, kNotAscii) ? DecodeUtf8(text, at).bytes : 1;
}

// -{2,}|\.{2,}|(\.\s){2,}\. at `at`; its length, 0: none.
std::size_t MultiCharAt(View text, std::size_t at) {
  if (at >= text.size() || !Is(text, at, kMulti)) return 0;
  std::size_t end = at;
  while (end < text.size() && text[end] == text[at]) ++end;
  if (end - at >= 2) return end - at;
  if (text[at] != '.') return 0;
  std::size_t pairs = 0;
  std::size_t last_stop = at;
  end = at;
  while (end + 1 < text.size() && text[end] == '.') {
    const std::size_t space = SpaceAt(text, end + 1);
    if (space == 0) break;
    last_stop = end;
    end += 1 + space;
    ++pairs;
  }
  // (\.\s){2,}\. gives pairs back until a full stop follows.
  if (end < text.size() && text[end] == '.' && pairs >= 2) return end + 1 - at;
  return pairs >= 3 ? last_stop + 1 - at : 0;
}

// Whether a word ends before `at`, but for a comma there.
bool EndsWordPlainly(View line, std::size_t at) {
  if (at >= line.size()) return true;
  const unsigned traits = TraitsAt(line, at);
  if (traits == 0) return false;
  if ((traits & (kNonWord | kSpace)) != 0) return true;
  if ((traits & kMulti) != 0) return MultiCharAt(line, at) > 0;
  return (traits & kNotAscii) != 0 && SpaceAt(line, at) > 0;
}

bool EndsWord(View line, std::size_t at) {
  return EndsWordPlainly(line, at) || (line[at] == ',' && EndsWordPlainly(line, at + 1));
}

struct Token {
  View text;
  bool period_final = false;
  bool sentence_break = false;
  bool abbreviation = false;
  bool ellipsis = false;
  bool initial = false;

  char32_t first() const { return DecodeUtf8(text, 0).code_point; }
  bool first_upper() const { return u_isUUppercase(static_cast<UChar32>(first())); }
  bool first_lower() const { return u_isULowercase(static_cast<UChar32>(first())); }
};

// ^-?[.,]?\d[\d,.-]*\.?$
bool IsNumber(View token) {
  std::size_t at = token.starts_with('-') ? 1 : 0;
  if (at < token.size() && (token[at] == '.' || token[at] == ',')) ++at;
  if (at >= token.size() || !IsPythonDigit(DecodeUtf8(token, at).code_point)) return false;
  while (at < token.size()) {
    const DecodedChar next = DecodeUtf8(token, at);
    const char32_t c = next.code_point;
    if (!IsPythonDigit(c) && c != U',' && c != U'.' && c != U'-') return false;
    at += next.bytes;
  }
  return true;
}

// Lower case, numbers as one.
std::string TypeOf(const Token& token) {
  return IsNumber(token.text) ? kNumber : PythonLower(token.text);
}

std::string TypeNoPeriod(const Token& token) {
  std::string type = TypeOf(token);
  if (type.size() > 1 && type.back() == '.') type.pop_back();
  return type;
}

std::string TypeNoSentencePeriod(const Token& token) {
  return token.sentence_break ? TypeNoPeriod(token) : TypeOf(token);
}

// ^\.\.+$ and ^[^\W\d]\.$
bool IsEllipsis(View token) {
  return token.size() >= 2 && token.find_first_not_of('.') == View::npos;
}
bool IsInitial(View token) {
  if (token.size() < 2 || token.back() != '.') return false;
  const DecodedChar first = DecodeUtf8(token, 0);
  return first.bytes + 1 == token.size() && IsPythonWord(first.code_point) &&
         !IsPythonDigit(first.code_point);
}

void FirstPass(const PunktModel& model, Token& token) {
  if (token.text.size() == 1 && Is(token.text, 0, kStop)) {
    token.sentence_break = true;
  } else if (token.ellipsis) {
    return;
  } else if (token.period_final && !token.text.ends_with("..")) {
    const std::string stem = PythonLower(token.text.substr(0, token.text.size() - 1));
    const std::size_t dash = stem.rfind('-');
    const bool known = model.IsAbbreviation(stem) ||
                       (dash != std::string::npos && model.IsAbbreviation(stem.substr(dash + 1)));
    (known ? token.abbreviation : token.sentence_break) = true;
  }
}

// Past the token that begins at `at`, where no white space is.
std::size_t EndOfToken(View line, std::size_t at) {
  const std::size_t multi = MultiCharAt(line, at);
  if (multi > 0) return at + multi;
  const std::size_t second = at + CharAt(line, at);
  if (Is(line, at, kNoWordStart)) return second;
  std::size_t end = second;
  while (!EndsWord(line, end)) end += CharAt(line, end);
  return end;
}

void AddTokens(const PunktModel& model, View line, std::vector<Token>& tokens) {
  // A multi-character sign never begins with white space.
  for (std::size_t at = SkipSpace(line, 0); at < line.size(); at = SkipSpace(line, at)) {
    const std::size_t end = EndOfToken(line, at);
    Token& token = tokens.emplace_back();
    token.text = line.substr(at, end - at);
    token.period_final = token.text.back() == '.';
    if (token.period_final) {
      token.ellipsis = IsEllipsis(token.text);
      token.initial = IsInitial(token.text);
    }
    FirstPass(model, token);
    at = end;
  }
}

enum class Starts { kYes, kNo, kUnknown };

Starts OrthoHeuristic(const PunktModel& model, const Token& token) {
  if (token.text.size() == 1 && View(";:,.!?").find(token.text[0]) != View::npos) {
    return Starts::kNo;
  }
  const std::uint32_t context = model.OrthoContext(TypeNoSentencePeriod(token));
  if (token.first_upper() && (context & kLower) != 0 && (context & kMidUpper) == 0) {
    return Starts::kYes;
  }
  if (token.first_lower() && ((context & kUpper) != 0 || (context & kBeginLower) == 0)) {
    return Starts::kNo;
  }
  return Starts::kUnknown;
}

void SecondPass(const PunktModel& model, Token& first, const Token& second) {
  if (!first.period_final) return;
  const std::string type = TypeNoPeriod(first);
  const std::string next = TypeNoSentencePeriod(second);
  const auto no_break = [&first] {
    first.sentence_break = false;
    first.abbreviation = true;
  };
  if (model.IsCollocation(type, next)) return no_break();
  const bool open = first.abbreviation || first.ellipsis || first.initial || type == kNumber;
  if (!open) return;
  const Starts starts = OrthoHeuristic(model, second);
  if ((first.abbreviation || first.ellipsis) && !first.initial) {
    const bool starter = second.first_upper() && model.IsStarter(next);
    if (starts == Starts::kYes || starter) {
      first.sentence_break = true;
      return;
    }
  }
  if (!first.initial && type != kNumber) return;
  if (starts == Starts::kNo) return no_break();
  const bool never_lower = (model.OrthoContext(next) & kLower) == 0;
  if (starts == Starts::kUnknown && first.initial && second.first_upper() && never_lower) {
    no_break();
  }
}

// Whether a token other than the last ends a sentence. `tokens` is room for them.
bool HoldsBreak(const PunktModel& model, View context, std::vector<Token>& tokens) {
  tokens.clear();
  while (!context.empty()) {
    const std::size_t end = std::min(context.find('\n'), context.size());
    AddTokens(model, context.substr(0, end), tokens);
    context.remove_prefix(std::min(end + 1, context.size()));
  }
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) SecondPass(model, tokens[i], tokens[i + 1]);
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (tokens[i].sentence_break) return true;
  }
  return false;
}

// [.?!](?=(NW|\s+(\S+))) at `at`, where one of the signs is.
struct Candidate {
  std::size_t begin = 0;
  std::size_t after_end = 0;   // of the group that follows
  std::size_t next_token = 0;  // where it begins; 0: there is none
  PunktSlice word;             // before the sign
};

std::optional<Candidate> CandidateAt(View text, std::size_t at) {
  if (at + 1 >= text.size()) return std::nullopt;
  Candidate candidate;
  candidate.begin = at;
  if (Is(text, at + 1, kNonWord)) {
    candidate.after_end = at + 2;
    return candidate;
  }
  std::size_t next = SkipSpace(text, at + 1);
  if (next == at + 1 || next >= text.size()) return std::nullopt;
  candidate.next_token = next;
  while (next < text.size() && SpaceAt(text, next) == 0) next += CharAt(text, next);
  candidate.after_end = next;
  return candidate;
}

std::vector<PunktSlice> Slices(const PunktModel& model, View text) {
  std::vector<PunktSlice> slices;
  std::size_t last_break = 0;
  std::optional<Candidate> previous;
  PunktSlice previous_word;
  std::vector<Token> tokens;
  const auto decide = [&] {
    const std::size_t begin = previous->word.begin;
    if (!HoldsBreak(model, text.substr(begin, previous->after_end - begin), tokens)) return;
    slices.push_back({last_break, previous->begin + 1});
    last_break = previous->next_token > 0 ? previous->next_token : previous->begin + 1;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!Is(text, at, kStop)) continue;
    std::optional<Candidate> candidate = CandidateAt(text, at);
    if (!candidate.has_value()) continue;
    // White space at the very beginning of what is looked at counts as none, as in NLTK.
    std::size_t space = at;
    while (space > previous_word.end && !Is(text, space - 1, kAsciiSpace)) --space;
    const bool found = space > previous_word.end && space - 1 > previous_word.end;
    candidate->word = {found ? space : previous_word.begin, at};
    if (previous.has_value() && previous_word.end <= candidate->word.begin) decide();
    previous = candidate;
    previous_word = candidate->word;
  }
  if (previous.has_value()) decide();
  const View stripped = PythonStrip(text);
  const std::size_t end =
      stripped.empty() ? 0 : static_cast<std::size_t>(stripped.end() - text.begin());
  slices.push_back({last_break, std::max(end, last_break)});
  return slices;
}

// ["')\]}]+?(?:\s+|(?=--)|$) at the beginning of `text`, lines ending anywhere; its length and the
// length without white space behind. nullopt: no match.
struct Closers {
  std::size_t length = 0;
  std::size_t signs = 0;
};

std::optional<Closers> ClosersAt(View text) {
  std::size_t signs = 0;
  while (signs < text.size() && View("\"')]}").find(text[signs]) != View::npos) {
    ++signs;
    const std::size_t end = SkipSpace(text, signs);
    if (end > signs) return Closers{end, signs};
    if (text.substr(signs, 2) == "--" || signs == text.size()) return Closers{signs, signs};
  }
  return std::nullopt;
}

}  // namespace

std::vector<PunktSlice> PunktSentences(const PunktModel& model, std::string_view text) {
  const std::vector<PunktSlice> slices = Slices(model, text);
  std::vector<PunktSlice> sentences;
  std::size_t realign = 0;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const std::size_t begin = slices[i].begin + realign;
    realign = 0;
    if (i + 1 < slices.size()) {
      const PunktSlice& next = slices[i + 1];
      const auto closers = ClosersAt(text.substr(next.begin, next.end - next.begin));
      if (closers.has_value()) {
        sentences.push_back({begin, next.begin + closers->signs});
        realign = closers->length;
        continue;
      }
    }
    if (begin < slices[i].end) sentences.push_back({begin, slices[i].end});
  }
  return sentences;
}

}  // namespace assay
