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
  const std::vector<std::string_view> wanted = PythonSplit(expected, "\n");
  const std::vector<std::string_view> found = PythonSplit(*route, "\n");
  const std::size_t common = std::min(wanted.size(), found.size());
  std::size_t reached = 0;
  while (reached < common) {
    const std::size_t line = reached++;
    if (wanted[line] == found[line]) continue;
    score.problem = LineProblem(line, wanted[line], found[line]);
    break;
  }
  if (score.problem.empty()) {
    score.problem = found.size() < wanted.size() ? "lines are missing" : "there are lines too many";
  }
  score.partial = static_cast<double>(reached) / static_cast<double>(wanted.size());
  return score;
}

}  // namespace assay
