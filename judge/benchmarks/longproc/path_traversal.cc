#include "judge/benchmarks/longproc/path_traversal.h"

#include <algorithm>

#include "common/text/python_split.h"
#include "common/text/python_text.h"

namespace assay {

LongProcScore ScorePathTraversal(std::string_view reference, std::string_view reply) {
  LongProcScore score;
  const std::optional<std::string_view> route = TaggedPart(reply, "Route");
  if (!route) {
    score.problem = "no <Route> ... </Route>";
    return score;
  }
  score.extracted = 1;
  score.parsed = *route;
  const std::string_view expected = PythonStrip(reference);
  if (*route == expected) {
    score.score = score.partial = 1;
    return score;
  }
  const std::size_t wanted = CountLines(expected);
  std::optional<std::string_view> wanted_rest = expected;
  std::optional<std::string_view> found_rest = *route;
  std::size_t reached = 0;
  while (wanted_rest && found_rest) {
    const std::string_view wanted_line = *TakeLine(wanted_rest);
    const std::string_view found_line = *TakeLine(found_rest);
    const std::size_t line = reached++;
    if (wanted_line == found_line) continue;
    score.problem = LineProblem(line, wanted_line, found_line);
    break;
  }
  if (score.problem.empty()) {
    score.problem = wanted_rest ? "lines are missing" : "there are lines too many";
  }
  score.partial = static_cast<double>(reached) / static_cast<double>(wanted);
  return score;
}

}  // namespace assay
