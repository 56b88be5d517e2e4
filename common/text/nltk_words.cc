#include "common/text/nltk_words.h"

#include <array>
#include <cstddef>

#include "common/text/python_text.h"

namespace assay {
namespace {

using Text = std::u32string;
using View = std::u32string_view;

bool In(View set, char32_t c) { return set.find(c) != View::npos; }

// Letters that (?i) takes for `lower`, an ASCII lower-case letter or a sign.
bool Same(char32_t c, char32_t lower) {
  if (c >= U'A' && c <= U'Z') c += U'a' - U'A';
  if (c == 0x131) c = U'i';  // dotless i and long s
  if (c == 0x17F) c = U's';
  return c == lower;
}

bool SameAt(View text, std::size_t at, View lower) {
  if (text.size() - at < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (!Same(text[at + i], lower[i])) return false;
  }
  return true;
}

bool WordAt(View text, std::size_t at) { return at < text.size() && IsPythonWord(text[at]); }

// \b between at-1 and at.
bool Edge(View text, std::size_t at) {
  return WordAt(text, at) != (at > 0 && WordAt(text, at - 1));
}

// Every character of `set` with a space on either side.
void Pad(Text& text, View set) {
  Text out;
  out.reserve(text.size() + 16);
  for (const char32_t c : text) {
    if (In(set, c)) {
      out += U' ';
      out += c;
      out += U' ';
    } else {
      out += c;
    }
  }
  text = std::move(out);
}

// `what` by " with " on either side, left to right.
void PadPair(Text& text, View what, View with) {
  if (text.find(what) == Text::npos) return;
  Text out;
  for (std::size_t at = 0; at < text.size();) {
    if (View(text).substr(at, what.size()) == what) {
      out += with;
      at += what.size();
    } else {
      out += text[at++];
    }
  }
  text = std::move(out);
}

// Runs of at least `least` of `c` with a space on either side.
void PadRuns(Text& text, char32_t c, std::size_t least) {
  Text out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && text[end] == c) ++end;
    const std::size_t run = end - at;
    if (run == 0) {
      out += text[at++];
      continue;
    }
    if (run >= least) out += U' ';
    out.append(text, at, run);
    if (run >= least) out += U' ';
    at = end;
  }
  text = std::move(out);
}

// ([ (\[{<])("|'{2})
void QuotesBehindOpeners(Text& text) {
  Text out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (!In(U" ([{<", text[at])) continue;
    const View rest = View(text).substr(at + 1);
    const std::size_t quote = rest.starts_with(U"\"") ? 1 : rest.starts_with(U"''") ? 2 : 0;
    if (quote == 0) continue;
    out += U" `` ";
    at += quote;
  }
  text = std::move(out);
}

// (?i)(')(?!re|ve|ll|m|t|s|d|n)(\w)\b: an apostrophe before a single letter.
void LoneLetters(Text& text) {
  constexpr std::array<View, 8> kEndings = {U"re", U"ve", U"ll", U"m", U"t", U"s", U"d", U"n"};
  Text out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (text[at] != U'\'' || !WordAt(text, at + 1) || WordAt(text, at + 2)) continue;
    bool ending = false;
    for (const View end : kEndings) ending = ending || SameAt(text, at + 1, end);
    if (ending) continue;
    out += U' ';
    out += text[++at];
  }
  text = std::move(out);
}

// ([^.])(\.)([set]*)\s*$: the full stop that ends the sentence, before closing signs.
void FinalStop(Text& text, View set, bool space_behind) {
  std::size_t tail = text.size();
  while (tail > 0 && IsPythonSpace(text[tail - 1])) --tail;
  std::size_t begin = tail;
  while (begin > 0 && In(set, text[begin - 1])) --begin;
  if (begin < 2 || text[begin - 1] != U'.' || text[begin - 2] == U'.') return;
  std::size_t end = begin;
  while (end < text.size() && In(set, text[end])) ++end;
  Text out = text.substr(0, begin - 1);
  out += space_behind ? U" . " : U" .";
  out.append(text, begin, end - begin);
  out += U' ';
  text = std::move(out);
}

// ([:,])([^\d]), then ([:,])$.
void ColonsAndCommas(Text& text) {
  Text out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char32_t c = text[at];
    if ((c != U':' && c != U',') || at + 1 >= text.size() || IsPythonDigit(text[at + 1])) {
      out += c;
      continue;
    }
    out += U' ';
    out += c;
    out += U' ';
    out += text[++at];
  }
  std::size_t end = out.size();
  if (end > 0 && out[end - 1] == U'\n') --end;
  if (end > 0 && (out[end - 1] == U':' || out[end - 1] == U',')) {
    out.insert(end, U" ");
    out.insert(end - 1, U" ");
  } else if (end < out.size() && (out.back() == U':' || out.back() == U',')) {
    out.insert(out.size() - 1, U" ");
    out += U' ';
  }
  text = std::move(out);
}

// ([^'])' : an apostrophe that ends a word.
void ClosingApostrophes(Text& text) {
  Text out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (text[at] == U'\'' || View(text).substr(at + 1, 2) != U"' ") continue;
    out += U" ' ";
    at += 2;
  }
  text = std::move(out);
}

// Length of the ending at `at` that a space follows; 0: none.
std::size_t EndingAt(View text, std::size_t at, bool long_ones) {
  constexpr std::array<View, 7> kShort = {U"'s", U"'S", U"'m", U"'M", U"'d", U"'D", U"'"};
  constexpr std::array<View, 8> kLong = {U"'ll", U"'LL", U"'re", U"'RE",
                                         U"'ve", U"'VE", U"n't", U"N'T"};
  const auto fits = [&](View ending) {
    return text.substr(at, ending.size()) == ending && at + ending.size() < text.size() &&
           text[at + ending.size()] == U' ';
  };
  if (long_ones) {
    for (const View ending : kLong) {
      if (fits(ending)) return ending.size();
    }
  } else {
    for (const View ending : kShort) {
      if (fits(ending)) return ending.size();
    }
  }
  return 0;
}

// ([^' ])(ending) : "\1 \2 ".
void Endings(Text& text, bool long_ones) {
  Text out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (text[at] == U'\'' || text[at] == U' ') continue;
    const std::size_t length = EndingAt(text, at + 1, long_ones);
    if (length == 0) continue;
    out += U' ';
    out.append(text, at + 1, length);
    out += U' ';
    at += length + 1;
  }
  text = std::move(out);
}

// \b(first)(second)\b, or before white space: " \1 \2 ".
void Contraction(Text& text, View first, View second, bool before_space) {
  Text out;
  bool found = false;
  const std::size_t length = first.size() + second.size();
  for (std::size_t at = 0; at < text.size();) {
    const bool here = Same(text[at], first[0]) && Edge(text, at) && SameAt(text, at, first) &&
                      SameAt(text, at + first.size(), second) &&
                      (before_space ? at + length < text.size() && IsPythonSpace(text[at + length])
                                    : Edge(text, at + length));
    if (!here) {
      if (found) out += text[at];
      ++at;
      continue;
    }
    if (!found) out.assign(text, 0, at);
    found = true;
    out += U' ';
    out.append(text, at, first.size());
    out += U' ';
    out.append(text, at + first.size(), second.size());
    out += U' ';
    at += length;
  }
  if (found) text = std::move(out);
}

//  ('t)(rest)\b
void Tis(Text& text, View rest) {
  Text out;
  bool found = false;
  const std::size_t length = 3 + rest.size();
  for (std::size_t at = 0; at < text.size();) {
    const bool here = text[at] == U' ' && SameAt(text, at + 1, U"'t") && at + 3 <= text.size() &&
                      SameAt(text, at + 3, rest) && Edge(text, at + length);
    if (!here) {
      if (found) out += text[at];
      ++at;
      continue;
    }
    if (!found) out.assign(text, 0, at);
    found = true;
    out += U' ';
    out.append(text, at + 1, 2);
    out += U' ';
    out.append(text, at + 3, rest.size());
    out += U' ';
    at += length;
  }
  if (found) text = std::move(out);
}

// Whether one of the words that are cut in two stands in `text`, at its boundaries or not.
bool MayContract(View text) {
  constexpr std::array<View, 6> kWords = {U"cannot", U"gimme", U"gonna",
                                          U"gotta",  U"lemme", U"wanna"};
  for (std::size_t at = 0; at + 5 <= text.size(); ++at) {
    if (!In(U"cCgGlLwW", text[at])) continue;
    for (const View word : kWords) {
      if (SameAt(text, at, word)) return true;
    }
  }
  return false;
}

void Contractions(Text& text, bool apostrophes) {
  if (MayContract(text)) {
    Contraction(text, U"can", U"not", false);
    Contraction(text, U"gim", U"me", false);
    Contraction(text, U"gon", U"na", false);
    Contraction(text, U"got", U"ta", false);
    Contraction(text, U"lem", U"me", false);
    Contraction(text, U"wan", U"na", true);
  }
  if (!apostrophes) return;
  Contraction(text, U"d", U"'ye", false);
  Contraction(text, U"more", U"'n", false);
  Tis(text, U"is");
  Tis(text, U"was");
}

// Which signs stand in a text, so that rules without theirs are left out.
enum Has : unsigned {
  kOpeners = 1,
  kBackticks = 2,
  kQuotes = 4,
  kApostrophes = 8,
  kStops = 16,
  kColons = 32,
  kSemicolons = 64,  // ;@#$%&
  kQuestions = 128,  // ?!
  kStars = 256,
  kBrackets = 512,
  kHyphens = 1024,
  kClosers = 2048,
};

unsigned HasOf(char32_t c) {
  switch (c) {
    case U'«':
    case U'“':
    case U'‘':
    case U'„':
      return kOpeners;
    case U'`':
      return kBackticks;
    case U'"':
      return kQuotes;
    case U'\'':
      return kApostrophes;
    case U'.':
      return kStops;
    case U':':
    case U',':
      return kColons;
    case U';':
    case U'@':
    case U'#':
    case U'$':
    case U'%':
    case U'&':
      return kSemicolons;
    case U'?':
    case U'!':
      return kQuestions;
    case U'*':
      return kStars;
    case U'[':
    case U']':
    case U'(':
    case U')':
    case U'{':
    case U'}':
    case U'<':
    case U'>':
      return kBrackets;
    case U'-':
      return kHyphens;
    case U'»':
    case U'”':
    case U'’':
      return kClosers;
    default:
      return 0;
  }
}

}  // namespace

std::u32string SpaceNltkWords(std::u32string_view sentence) {
  unsigned has = 0;
  for (const char32_t c : sentence) has |= HasOf(c);
  Text text(sentence);
  if ((has & kOpeners) != 0) Pad(text, U"«“‘„");
  if ((has & kBackticks) != 0) PadRuns(text, U'`', 1);
  if (text.starts_with(U"\"")) {
    text.replace(0, 1, U"``");
    has |= kBackticks;
  }
  if ((has & kBackticks) != 0) PadPair(text, U"``", U" `` ");
  if ((has & (kQuotes | kApostrophes)) != 0) QuotesBehindOpeners(text);
  if ((has & kApostrophes) != 0) LoneLetters(text);
  if ((has & kStops) != 0) FinalStop(text, U"])}>\"'»”’ ", true);
  if ((has & kColons) != 0) ColonsAndCommas(text);
  if ((has & kStops) != 0) PadRuns(text, U'.', 2);
  if ((has & kSemicolons) != 0) Pad(text, U";@#$%&");
  if ((has & kStops) != 0) FinalStop(text, U"])}>\"'", false);
  if ((has & kQuestions) != 0) Pad(text, U"?!");
  if ((has & kApostrophes) != 0) ClosingApostrophes(text);
  if ((has & kStars) != 0) Pad(text, U"*");
  if ((has & kBrackets) != 0) Pad(text, U"][(){}<>");
  if ((has & kHyphens) != 0) PadPair(text, U"--", U" -- ");
  text.insert(0, 1, U' ');
  text += U' ';
  if ((has & kClosers) != 0) Pad(text, U"»”’");
  if ((has & kApostrophes) != 0) PadPair(text, U"''", U" '' ");
  if ((has & kQuotes) != 0) PadPair(text, U"\"", U" '' ");
  if ((has & kApostrophes) != 0) {
    Endings(text, false);
    Endings(text, true);
  }
  Contractions(text, (has & kApostrophes) != 0);
  return text;
}

}  // namespace assay
