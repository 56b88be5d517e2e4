#include <algorithm>
#include <cmath>

#include "common/text/python_text.h"
#include "common/text/utf8.h"
#include "judge/benchmarks/longweave/judged_tasks.h"
#include "judge/benchmarks/longweave/rule_tasks.h"

namespace assay::longweave {
namespace {

constexpr std::string_view kFence = "```";
constexpr double kNothing = 1e-9;

std::size_t SkipSpace(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const DecodedChar c = DecodeUtf8(text, at);
    if (!IsPythonSpace(c.code_point)) break;
    at += c.bytes;
  }
  return at;
}

bool SaysPython(std::string_view text) {
  constexpr std::string_view kPython = "python";
  if (text.size() < kPython.size()) return false;
  for (std::size_t i = 0; i < kPython.size(); ++i) {
    const char c = text[i];
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower != kPython[i]) return false;
  }
  return true;
}

std::int64_t CountDefs(std::string_view code) {
  constexpr std::string_view kDef = "def ";
  std::int64_t count = 0;
  for (std::size_t at = code.find(kDef); at != std::string_view::npos;
       at = code.find(kDef, at + kDef.size())) {
    ++count;
  }
  return count;
}

}  // namespace

// ```(?:python)?\s*(.*?)\s*```, the first; white space before the closing fence is not part of it.
std::string ExtractCode(std::string_view text) {
  const std::size_t open = text.find(kFence);
  if (open != std::string_view::npos) {
    std::size_t begin = open + kFence.size();
    if (SaysPython(text.substr(begin))) begin += 6;
    begin = SkipSpace(text, begin);
    const std::size_t close = text.find(kFence, begin);
    if (close != std::string_view::npos) {
      return std::string(PythonStrip(text.substr(begin, close - begin)));
    }
  }
  return std::string(PythonStrip(text));
}

// \{.*?"is_relevant_and_complete"\s*:\s*(true|false).*?\}: nothing after the word matters but a
// brace somewhere.
std::optional<bool> ReadRelevance(std::string_view reply) {
  constexpr std::string_view kKey = "\"is_relevant_and_complete\"";
  const std::size_t open = reply.find('{');
  if (open == std::string_view::npos) return std::nullopt;
  for (std::size_t at = reply.find(kKey, open); at != std::string_view::npos;
       at = reply.find(kKey, at + 1)) {
    std::size_t next = SkipSpace(reply, at + kKey.size());
    if (next >= reply.size() || reply[next] != ':') continue;
    next = SkipSpace(reply, next + 1);
    const std::string_view rest = reply.substr(next);
    const bool yes = rest.starts_with("true");
    if (!yes && !rest.starts_with("false")) continue;
    if (rest.find('}') == std::string_view::npos) continue;
    return yes;
  }
  return std::nullopt;
}

CodeScores ScoreCode(std::string_view original, std::string_view code, bool relevant, bool compiles,
                     std::int64_t violations) {
  CodeScores scores;
  if (code.empty() || !relevant) return scores;
  scores.runnable = compiles ? 1 : 0;
  scores.style = compiles ? 1 / (1 + static_cast<double>(violations) / 50) : 0;
  const auto before = static_cast<double>(CountDefs(original));
  const auto after = static_cast<double>(CountDefs(code));
  const double width = std::max(1.0, 0.25 * before);
  scores.func_count = PythonRound(Closeness(std::abs(after - before), width), 4);
  const bool all =
      scores.runnable > kNothing && scores.style > kNothing && scores.func_count > kNothing;
  if (all) scores.total = 3 / (1 / scores.runnable + 1 / scores.style + 1 / scores.func_count);
  return scores;
}

}  // namespace assay::longweave
