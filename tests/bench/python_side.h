// The Python half of a benchmark: a script of tests/bench that does the same work on the same
// inputs, timed by itself without its start and without reading them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "common/json/json.h"
#include "tests/bench/bench_report.h"

namespace assay {

// What the script `name` prints for `inputs`, as JSON: its first argument is a file with them, the
// second the number of runs. Exits with 3 when the script fails.
Json RunPythonSide(const std::string& name, const Json& inputs, int runs);

// One kind of work, done by both sides on `cases`; each has the input's bytes and what we answer,
// as the script answers it.
struct PythonGroup {
  std::string name;  // of the group, in inputs and in the script's answer
  Json cases = Json::array();
  Json answers = Json::array();
  std::size_t bytes = 0;
  std::function<void()> work = {};  // our side, all cases once

  // A case whose answer is one number.
  void Add(Json theirs, std::size_t size, std::function<double()> ours);

  std::vector<std::function<double()>> works = {};  // of Add; done after `work`
};

// Runs the script on all groups, compares the answers (exits with 1 where they differ, or there
// would be no figure), and adds a figure for each: MB/s beside Python's, with 50 times as goal.
void CompareWithPython(const std::string& script, const std::vector<PythonGroup>& groups,
                       BenchReport& report);

}  // namespace assay
