#include "judge/benchmarks/longweave/code_fixing.h"

#include <algorithm>
#include <cmath>

#include "common/base/status.h"
#include "common/text/python_text.h"
#include "judge/benchmarks/longweave/closeness.h"
#include "judge/benchmarks/longweave/ignore_case.h"

namespace assay::longweave {
namespace {

constexpr std::string_view kFence = "```";
constexpr double kHalfStyle = 50;  // violations at which the style score is a half
constexpr double kNothing = 1e-9;  // a score up to this makes the total 0

// str.count("def ")
double CountDefinitions(std::string_view code) {
  constexpr std::string_view kDefinition = "def ";
  double count = 0;
  for (std::size_t at = code.find(kDefinition); at != std::string_view::npos;
       at = code.find(kDefinition, at + kDefinition.size())) {
    ++count;
  }
  return count;
}

}  // namespace

absl::StatusOr<std::string> CodePrompt(const Templates& templates, std::string_view code) {
  ASSAY_ASSIGN_OR_RETURN(const std::string text,
                         templates.Text("code_fix_task", "generate_prompt", "prompt_lines", 0));
  return Fill(text, {{"<<original_code>>", PythonStrip(code)}});
}

std::string_view CodeOf(std::string_view response) {
  response = PythonStrip(response);
  const std::size_t fence = response.find(kFence);
  if (fence == std::string_view::npos) return response;
  std::size_t begin = fence + kFence.size();
  begin = EndOfWord(response, begin, "python").value_or(begin);
  const std::size_t end = response.find(kFence, begin);
  if (end == std::string_view::npos) return response;
  return PythonStrip(response.substr(begin, end - begin));
}

CodeScores ScoreCode(std::string_view original, std::string_view code, const CodeChecks& checks) {
  CodeScores scores;
  scores.runnable = checks.runnable ? 1 : 0;
  if (checks.runnable && checks.violations) {
    scores.style = 1 / (1 + static_cast<double>(*checks.violations) / kHalfStyle);
  }
  const double definitions = CountDefinitions(original);
  const double distance = std::abs(CountDefinitions(code) - definitions);
  scores.func_count = PythonRound(Closeness(distance, std::max(1.0, definitions * 0.25)), 4);
  if (std::min({scores.runnable, scores.style, scores.func_count}) > kNothing) {
    scores.total = 3 / (1 / scores.runnable + 1 / scores.style + 1 / scores.func_count);
  }
  return scores;
}

}  // namespace assay::longweave
