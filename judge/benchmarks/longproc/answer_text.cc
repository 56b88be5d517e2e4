#include "judge/benchmarks/longproc/answer_text.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/text/python_case.h"
#include "common/text/python_text.h"

namespace assay {
namespace {

bool IsAsciiPunctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

std::string WithoutPunctuation(std::string text) {
  text.erase(std::remove_if(text.begin(), text.end(), IsAsciiPunctuation), text.end());
  return text;
}

}  // namespace

std::optional<std::string_view> TaggedPart(std::string_view text, std::string_view tag) {
  const std::string opening = absl::StrCat("<", std::string(tag), ">");
  const std::size_t open = text.find(opening);
  const std::size_t close = text.find(absl::StrCat("</", std::string(tag), ">"));
  if (open == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
  const std::size_t begin = open + opening.size();
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

std::string NormalizedAnswer(std::string_view text, std::span<const std::string_view> left_out,
                             Blanks blanks) {
  const std::string plain = WithoutPunctuation(PythonLower(text));
  std::string out;
  bool gap = false;  // white space, or a word that is left out, stands before what comes next
  const auto append = [&](std::string_view piece) {
    if (gap && blanks == Blanks::kKeep && !out.empty()) out.push_back(' ');
    gap = false;
    out += piece;
  };
  std::size_t at = 0;
  while (at < plain.size()) {
    const std::size_t begin = at;
    DecodedChar next = DecodeUtf8(plain, at);
    const bool word = IsPythonWord(next.code_point);
    at += next.bytes;
    if (!word) {
      if (IsPythonSpace(next.code_point)) {
        gap = true;
      } else {
        append(std::string_view(plain).substr(begin, at - begin));
      }
      continue;
    }
    while (at < plain.size()) {
      next = DecodeUtf8(plain, at);
      if (!IsPythonWord(next.code_point)) break;
      at += next.bytes;
    }
    const std::string_view run = std::string_view(plain).substr(begin, at - begin);
    if (std::find(left_out.begin(), left_out.end(), run) != left_out.end()) {
      gap = true;
    } else {
      append(run);
    }
  }
  return out;
}

std::span<const std::string_view> Articles() {
  static constexpr std::array<std::string_view, 3> kArticles = {"a", "an", "the"};
  return kArticles;
}

std::string LineProblem(std::size_t index, std::string_view expected, std::string_view found) {
  return absl::StrCat("line ", index + 1, ": expected \"", EscapeForTerminal(expected),
                      "\", found \"", EscapeForTerminal(found), "\"");
}

}  // namespace assay
