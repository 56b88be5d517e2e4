#include <algorithm>

#include "common/text/python_case.h"
#include "common/text/python_random.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"
#include "judge/benchmarks/longweave/item_seed.h"
#include "judge/benchmarks/longweave/rule_tasks.h"

namespace assay::longweave {
namespace {

constexpr int kStates = 3;

// From `at` past white space.
std::size_t SkipSpace(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const DecodedChar c = DecodeUtf8(text, at);
    if (!IsPythonSpace(c.code_point)) break;
    at += c.bytes;
  }
  return at;
}

// ^\s*current\s+state\s*\|, case-insensitive.
bool IsHeader(std::string_view line) {
  const std::string lower = PythonLower(line);
  std::size_t at = SkipSpace(lower, 0);
  constexpr std::string_view kCurrent = "current";
  constexpr std::string_view kState = "state";
  if (lower.compare(at, kCurrent.size(), kCurrent) != 0) return false;
  at += kCurrent.size();
  const std::size_t next = SkipSpace(lower, at);
  if (next == at || lower.compare(next, kState.size(), kState) != 0) return false;
  at = SkipSpace(lower, next + kState.size());
  return at < lower.size() && lower[at] == '|';
}

bool IsRule(std::string_view line) {
  return !line.empty() && line.find_first_not_of('-') == std::string_view::npos;
}

// Parts between `\s*[|:,]\s*`.
std::vector<std::string_view> PartsOf(std::string_view line) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] != '|' && line[at] != ':' && line[at] != ',') continue;
    std::string_view part = line.substr(begin, at - begin);
    while (!part.empty()) {
      std::size_t last = part.size() - 1;
      while (last > 0 && (static_cast<unsigned char>(part[last]) & 0xC0) == 0x80) --last;
      if (!IsPythonSpace(DecodeUtf8(part, last).code_point)) break;
      part = part.substr(0, last);
    }
    parts.push_back(part);
    begin = SkipSpace(line, at + 1);
    at = begin - 1;
  }
  parts.push_back(line.substr(begin));
  return parts;
}

// Lines of text.strip().split("\n"), stripped, without those that say nothing; at most `most`.
std::vector<std::string_view> StepsOf(std::string_view text, std::size_t most) {
  std::vector<std::string_view> steps;
  text = PythonStrip(text);
  while (!text.empty() && steps.size() < most) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = PythonStrip(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && !IsHeader(line) && !IsRule(line)) steps.push_back(line);
  }
  return steps;
}

}  // namespace

std::string StateMachineOutput(std::string_view input) {
  std::string output;
  int state = 0;
  for (const char c : input) {
    state = (state + (c - '0')) % kStates;
    output += static_cast<char>('0' + state);
  }
  return output;
}

StateScores ScoreStateMachine(std::string_view input, std::string_view text) {
  const std::string expected = StateMachineOutput(input);
  StateScores scores;
  scores.total_steps = static_cast<std::int64_t>(expected.size());
  for (const std::string_view line : StepsOf(text, expected.size())) {
    const std::vector<std::string_view> parts = PartsOf(line);
    const char wanted = expected[static_cast<std::size_t>(scores.valid_steps)];
    if (parts.size() < 4 || parts[3] != std::string_view(&wanted, 1)) break;
    ++scores.valid_steps;
  }
  if (scores.total_steps > 0) {
    scores.match_ratio =
        static_cast<double>(scores.valid_steps) / static_cast<double>(scores.total_steps);
  }
  return scores;
}

std::string MakeStateInput(std::string_view sample_id, std::int64_t length) {
  PythonRandom random(std::uint64_t{ItemSeed(sample_id)});
  std::string input;
  for (const std::size_t digit : random.Choices(kStates, static_cast<std::size_t>(length))) {
    input += static_cast<char>('0' + digit);
  }
  return input;
}

}  // namespace assay::longweave
