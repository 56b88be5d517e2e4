#include "common/text/punkt_breaks.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <optional>
#include <string>

#include "common/text/nltk_tokenize.h"
#include "common/text/python_case.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

using View = std::u32string_view;

constexpr std::uint32_t kMidUpper = 4;
constexpr std::uint32_t kUpper = 14;
constexpr std::uint32_t kBeginLower = 16;
constexpr std::uint32_t kLower = 112;
constexpr char kNumber[] = "##number##";

bool In(View set, char32_t c) { return set.find(c) != View::npos; }
bool IsStop(char32_t c) { return c == U'.' || c == U'?' || c == U'!'; }
bool IsNonWord(char32_t c) { return In(U")\";}]*:@'({[?!", c); }
// string.whitespace: ASCII only.
bool IsAsciiSpace(char32_t c) { return c == U' ' || (c >= U'\t' && c <= U'\r'); }

bool IsSpace(char32_t c) {
  return c < 128 ? IsAsciiSpace(c) || (c >= 0x1C && c <= 0x1F) : IsPythonSpace(c);
}

// -{2,}|\.{2,}|(\.\s){2,}\. at `at`; its length, 0: none.
std::size_t MultiCharAt(View text, std::size_t at) {
  if (at >= text.size() || (text[at] != U'-' && text[at] != U'.')) return 0;
  std::size_t end = at;
  while (end < text.size() && text[end] == text[at]) ++end;
  if (end - at >= 2) return end - at;
  if (text[at] != U'.') return 0;
  std::size_t pairs = 0;
  end = at;
  while (end + 1 < text.size() && text[end] == U'.' && IsSpace(text[end + 1])) {
    end += 2;
    ++pairs;
  }
  // (\.\s){2,}\. gives pairs back until a full stop follows.
  if (end < text.size() && text[end] == U'.' && pairs >= 2) return end + 1 - at;
  return pairs >= 3 ? 2 * (pairs - 1) + 1 : 0;
}

bool EndsWord(View line, std::size_t at) {
  if (at >= line.size()) return true;
  const char32_t c = line[at];
  if (IsSpace(c) || IsNonWord(c) || MultiCharAt(line, at) > 0) return true;
  if (c != U',') return false;
  return at + 1 >= line.size() || IsSpace(line[at + 1]) || IsNonWord(line[at + 1]) ||
         MultiCharAt(line, at + 1) > 0;
}

struct Token {
  std::u32string_view text;
  std::string type;  // lower case, numbers as one
  bool period_final = false;
  bool sentence_break = false;
  bool abbreviation = false;
  bool ellipsis = false;
  bool initial = false;

  std::string TypeNoPeriod() const {
    return type.size() > 1 && type.back() == '.' ? type.substr(0, type.size() - 1) : type;
  }
  std::string TypeNoSentencePeriod() const { return sentence_break ? TypeNoPeriod() : type; }
  bool first_upper() const { return u_isUUppercase(static_cast<UChar32>(text[0])); }
  bool first_lower() const { return u_isULowercase(static_cast<UChar32>(text[0])); }
};

std::string LowerOf(View text) {
  std::string utf8;
  utf8.reserve(text.size());
  for (const char32_t c : text) AppendUtf8(c, utf8);
  return PythonLower(utf8);
}

// ^-?[.,]?\d[\d,.-]*\.?$
bool IsNumber(View token) {
  std::size_t at = token.starts_with(U"-") ? 1 : 0;
  if (at < token.size() && (token[at] == U'.' || token[at] == U',')) ++at;
  if (at >= token.size() || !IsPythonDigit(token[at])) return false;
  return std::all_of(token.begin() + static_cast<std::ptrdiff_t>(at), token.end(), [](char32_t c) {
    return IsPythonDigit(c) || c == U',' || c == U'.' || c == U'-';
  });
}

// ^\.\.+$ and ^[^\W\d]\.$
bool IsEllipsis(View token) {
  return token.size() >= 2 && token.find_first_not_of(U'.') == View::npos;
}
bool IsInitial(View token) {
  return token.size() == 2 && token[1] == U'.' && IsPythonWord(token[0]) &&
         !IsPythonDigit(token[0]);
}

void FirstPass(const PunktModel& model, Token& token) {
  if (token.text.size() == 1 && IsStop(token.text[0])) {
    token.sentence_break = true;
  } else if (token.ellipsis) {
    return;
  } else if (token.period_final && !token.text.ends_with(U"..")) {
    const std::string stem = LowerOf(token.text.substr(0, token.text.size() - 1));
    const std::size_t dash = stem.rfind('-');
    const bool known = model.IsAbbreviation(stem) ||
                       (dash != std::string::npos && model.IsAbbreviation(stem.substr(dash + 1)));
    (known ? token.abbreviation : token.sentence_break) = true;
  }
}

void AddTokens(const PunktModel& model, View line, std::vector<Token>& tokens) {
  std::size_t at = 0;
  while (at < line.size()) {
    if (IsSpace(line[at])) {
      // A multi-character sign never begins with white space.
      ++at;
      continue;
    }
    std::size_t length = MultiCharAt(line, at);
    if (length == 0) {
      length = 1;
      if (!In(U"(\"`{[:;&#*@)}]-,", line[at])) {
        std::size_t end = at + 1;
        bool word = true;
        while (!EndsWord(line, end)) {
          if (IsSpace(line[end])) {
            word = false;
            break;
          }
          ++end;
        }
        if (word) length = end - at;
      }
    }
    Token& token = tokens.emplace_back();
    token.text = line.substr(at, length);
    token.type = IsNumber(token.text) ? kNumber : LowerOf(token.text);
    token.period_final = token.text.back() == U'.';
    token.ellipsis = IsEllipsis(token.text);
    token.initial = IsInitial(token.text);
    FirstPass(model, token);
    at += length;
  }
}

enum class Starts { kYes, kNo, kUnknown };

Starts OrthoHeuristic(const PunktModel& model, const Token& token) {
  if (token.text.size() == 1 && In(U";:,.!?", token.text[0])) return Starts::kNo;
  const std::uint32_t context = model.OrthoContext(token.TypeNoSentencePeriod());
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
  const std::string type = first.TypeNoPeriod();
  const std::string next = second.TypeNoSentencePeriod();
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
    const std::size_t end = std::min(context.find(U'\n'), context.size());
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
  if (IsNonWord(text[at + 1])) {
    candidate.after_end = at + 2;
    return candidate;
  }
  std::size_t next = at + 1;
  while (next < text.size() && IsSpace(text[next])) ++next;
  if (next == at + 1 || next >= text.size()) return std::nullopt;
  candidate.next_token = next;
  while (next < text.size() && !IsSpace(text[next])) ++next;
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
    if (!IsStop(text[at])) continue;
    std::optional<Candidate> candidate = CandidateAt(text, at);
    if (!candidate.has_value()) continue;
    // White space at the very beginning of what is looked at counts as none, as in NLTK.
    std::size_t space = at;
    while (space > previous_word.end && !IsAsciiSpace(text[space - 1])) --space;
    const bool found = space > previous_word.end && space - 1 > previous_word.end;
    candidate->word = {found ? space : previous_word.begin, at};
    if (previous.has_value() && previous_word.end <= candidate->word.begin) decide();
    previous = candidate;
    previous_word = candidate->word;
  }
  if (previous.has_value()) decide();
  std::size_t end = text.size();
  while (end > 0 && IsSpace(text[end - 1])) --end;
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
  while (signs < text.size() && In(U"\"')]}", text[signs])) {
    ++signs;
    std::size_t end = signs;
    while (end < text.size() && IsSpace(text[end])) ++end;
    if (end > signs) return Closers{end, signs};
    if (text.substr(signs, 2) == U"--" || signs == text.size()) return Closers{signs, signs};
  }
  return std::nullopt;
}

}  // namespace

std::vector<PunktSlice> PunktSentences(const PunktModel& model, std::u32string_view text) {
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
