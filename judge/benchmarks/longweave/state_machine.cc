#include "judge/benchmarks/longweave/state_machine.h"

#include <vector>

#include "common/base/status.h"
#include "common/text/byte_scan.h"
#include "common/text/python_text.h"
#include "judge/benchmarks/longweave/ignore_case.h"
#include "judge/benchmarks/longweave/tasks.h"

namespace assay::longweave {
namespace {

constexpr std::size_t kExampleSteps = 3;
constexpr int kOutputColumn = 3;

int Step(int state, char input) {
  const int next = state + (input - '0');
  return next < kStates ? next : next - kStates;
}

std::string Padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// One row of the transition table, or of a trace.
absl::StatusOr<std::string> Row(std::string_view row, int state, char input) {
  const int next = Step(state, input);
  return Fill(row, {{"<<state:<12>>", Padded("S" + std::to_string(state), 12)},
                    {"<<input_char:<5>>", Padded(std::string(1, input), 5)},
                    {"<<next_state:<10>>", Padded("S" + std::to_string(next), 10)},
                    {"<<output>>", std::to_string(next)}});
}

// ^\s*current\s+state\s*\| without case, and ^\s*-+\s*$, of a line that is stripped
// and not empty.
bool IsHeader(std::string_view line) {
  if (line[0] != '-' && line[0] != 'c' && line[0] != 'C') return false;
  if (line.find_first_not_of('-') == std::string_view::npos) return true;
  const std::optional<std::size_t> current = EndOfWord(line, 0, "current");
  if (!current) return false;
  const std::size_t gap = SkipSpace(line, *current);
  if (gap == *current) return false;
  const std::optional<std::size_t> state = EndOfWord(line, gap, "state");
  if (!state) return false;
  const std::size_t bar = SkipSpace(line, *state);
  return bar < line.size() && line[bar] == '|';
}

// PythonStrip, at once where nothing but blanks is to be taken off, as in nearly every row.
std::string_view Stripped(std::string_view text) {
  const auto plain = [](char c) { return c > ' ' && c <= '~'; };
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.empty() || (plain(text.front()) && plain(text.back()))) return text;
  return PythonStrip(text);
}

// Of the parts between "|", ":" and ",", stripped; nullopt when there are fewer.
std::optional<std::string_view> Column(std::string_view line, int column) {
  const auto separator = [&line] {
    std::size_t at = SkipEights(line, 0, [](std::uint64_t bytes) {
      return AnyIs(bytes, '|') | AnyIs(bytes, ':') | AnyIs(bytes, ',');
    });
    while (at < line.size() && line[at] != '|' && line[at] != ':' && line[at] != ',') ++at;
    return at;
  };
  for (; column > 0; --column) {
    const std::size_t end = separator();
    if (end == line.size()) return std::nullopt;
    line.remove_prefix(end + 1);
  }
  return Stripped(line.substr(0, separator()));
}

}  // namespace

std::string DrawInput(std::string_view id, std::int64_t length) {
  std::string input;
  for (const std::size_t drawn : RandomOf(id).Choices(kStates, static_cast<std::size_t>(length))) {
    input.push_back(static_cast<char>('0' + drawn));
  }
  return input;
}

std::string OutputOf(std::string_view input) {
  std::string output;
  output.reserve(input.size());
  int state = 0;
  for (const char c : input) {
    state = Step(state, c);
    output.push_back(static_cast<char>('0' + state));
  }
  return output;
}

absl::StatusOr<std::string> StateMachinePrompt(const Templates& templates, std::string_view input) {
  const auto piece = [&templates](std::size_t index) {
    return templates.Text("state_machine_task", "generate_prompt", "prompt", index);
  };
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < 7; ++i) {
    ASSAY_ASSIGN_OR_RETURN(pieces.emplace_back(), piece(i));
  }
  const std::string example(input.substr(0, kExampleSteps));
  ASSAY_ASSIGN_OR_RETURN(std::string prompt, Fill(pieces[0], {{"<<input_string>>", input},
                                                              {"<<self.initial_state>>", "S0"}}));
  for (int state = 0; state < kStates; ++state) {
    for (char c = '0'; c < '0' + kStates; ++c) {
      ASSAY_ASSIGN_OR_RETURN(const std::string row, Row(pieces[1], state, c));
      prompt += row;
    }
  }
  prompt += pieces[2];
  ASSAY_ASSIGN_OR_RETURN(const std::string head,
                         Fill(pieces[3], {{"<<example_input_string>>", example}}));
  prompt += head;
  std::string trace;
  int state = 0;
  for (const char c : example) {
    ASSAY_ASSIGN_OR_RETURN(const std::string row, Row(PythonStrip(pieces[1]), state, c));
    trace += (trace.empty() ? "" : "\n") + row;
    state = Step(state, c);
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string body,
                         Fill(pieces[4], {{"<<'\\n'.join(example_process)>>", trace}}));
  ASSAY_ASSIGN_OR_RETURN(const std::string tail, Fill(pieces[6], {{"<<input_string>>", input}}));
  return prompt + body + pieces[5] + tail;
}

StateMachineScores ScoreStateMachine(std::string_view input, std::string_view response) {
  const std::string expected = OutputOf(input);
  StateMachineScores scores;
  scores.steps = static_cast<std::int64_t>(expected.size());
  std::string_view rest = PythonStrip(response);
  for (std::size_t step = 0; step < expected.size();) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = Stripped(rest.substr(0, end));
    if (!line.empty() && !IsHeader(line)) {
      const std::optional<std::string_view> output = Column(line, kOutputColumn);
      if (!output || output->size() != 1 || output->front() != expected[step]) {
        scores.line = std::string(line);
        scores.output = std::string(output.value_or(""));
        break;
      }
      ++step;
      ++scores.valid_steps;
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  if (scores.steps > 0) {
    scores.match_ratio =
        static_cast<double>(scores.valid_steps) / static_cast<double>(scores.steps);
  }
  return scores;
}

}  // namespace assay::longweave
