// WritingBench's prompts and replies, as many as a run of the benchmark has, beside Python. Its
// str.format, str and json are C: there is less to be had than from a loop of Python's.
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/text/python_json.h"
#include "judge/benchmarks/writingbench/writingbench_judge.h"
#include "tests/bench/python_side.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr char kRun[] = "golden_fork/WritingBench/results";
constexpr char kModel[] = "tinker_meta-llama_Llama-3.1-8B-Instruct.jsonl.gz";

// A query with its criteria, and a response to one that is as long.
PythonGroup Prompts(const fs::path& folder) {
  PythonGroup group{.name = "prompts"};
  const std::string prompt = ReadGolden(folder / "prompts/evaluate_prompt.txt");
  const std::vector<Json> responses = GoldenRows(folder / kRun / "responses" / kModel);
  ASSAY_CHECK(!responses.empty());
  std::size_t next = 0;
  for (const Json& row :
       GoldenRows(folder / "benchmark_query/requirement/length/length_subset.jsonl.gz")) {
    const std::string query = row["query"].get<std::string>();
    const std::string response =
        responses[next++ % responses.size()]["response"].get<std::string>();
    const std::string criterion = DumpJson(row["checklist"].at(0));
    const absl::StatusOr<PythonValue> value = PythonJsonLoads(criterion);
    ASSAY_CHECK(value.ok());
    group.Add({{"prompt", prompt},
               {"query", query},
               {"response", response},
               {"criteria", row["checklist"].at(0)}},
              prompt.size() + query.size() + response.size(), [=, value = *value] {
                const auto built = WritingBenchPrompt(prompt, query, response, value);
                return built.ok() ? static_cast<double>(built->size()) : -1;
              });
  }
  return group;
}

// The judge's replies of a run, in a fence as judges write them, and the published odd ones.
std::vector<std::string> Replies(const fs::path& folder) {
  std::vector<std::string> replies;
  for (const Json& row : GoldenRows(folder / kRun / "scores" / kModel)) {
    for (const Json& answers : row["scores"]) {
      for (const Json& answer : answers) {
        replies.push_back("```json\n" + DumpJson(answer) + "\n```");
      }
    }
  }
  for (const Json& row : GoldenRows(folder / "golden_parse.jsonl")) {
    replies.push_back(row["output"].get<std::string>());
  }
  return replies;
}

PythonGroup Parsing(const fs::path& folder) {
  PythonGroup group{.name = "replies"};
  for (const std::string& reply : Replies(folder)) {
    group.Add({{"reply", reply}}, reply.size(), [=] {
      const WritingBenchReply read = ParseOfficialWritingBench(reply);
      return read.fate == WritingBenchReply::Fate::kAccepted ? read.score : 0;
    });
  }
  return group;
}

int Run(int argc, char** argv) {
  BenchReport report("WritingBench's prompts and replies (MB = 10^6 bytes)",
                     ParseBenchOptions(argc, argv));
  const fs::path folder = GoldenFolder("writingbench");
  if (!fs::exists(folder / kRun)) {
    report.Note("not measured, ../shared/data/writingbench is not there");
    return report.Finish();
  }
  CompareWithPython("writingbench_rules.py", {Prompts(folder), Parsing(folder)}, report);
  return report.Finish();
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Run(argc, argv); }
