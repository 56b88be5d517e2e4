// WritingBench as a clone, with what its three recorded runs said: for tests that replay them.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/json/json.h"
#include "common/text/python_repr.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {

// Takes the path of a file, relative to a folder of the test, and its content.
using FileSink = std::function<void(const std::string& name, const std::string& content)>;

inline constexpr char kRunFile[] = "tinker_meta-llama_Llama-3.1-8B-Instruct.jsonl.gz";
inline constexpr int kQueries = 20;
inline constexpr int kCriteria = 5;
inline constexpr int kAboutLength = 16;  // the one query of these with a demand on length

inline std::filesystem::path WritingBenchData() { return GoldenFolder("writingbench"); }

inline OrderedJson RowOf(const Json& query, const std::vector<std::string>& names) {
  OrderedJson checklist = OrderedJson::array();
  for (const std::string& name : names) {
    OrderedJson criterion = {{"name", name}, {"criteria_description", "what it is about"}};
    for (const char* band : {"1-2", "3-4", "5-6", "7-8", "9-10"}) criterion[band] = "so good";
    checklist.push_back(criterion);
  }
  return {{"index", query["index"]},     {"domain1", query["domain1"]},
          {"domain2", query["domain2"]}, {"lang", "zh"},
          {"query", query["query"]},     {"checklist", checklist}};
}

// A clone with the queries of the runs. The rubrics of all but one are not public here; what
// stands in their place is shown to the judge and changes no figure.
inline void WriteWritingBenchClone(const FileSink& write) {
  std::string all;
  std::string subset;
  std::string about;
  for (const Json& query :
       GoldenRows(WritingBenchData() / "golden_fork/queries_index_1-20.jsonl.gz")) {
    const auto names = query["criteria_names"].get<std::vector<std::string>>();
    all += DumpJson(RowOf(query, names)) + "\n";
    if (query["index"] != kAboutLength) continue;
    subset = DumpJson(RowOf(query, names)) + "\n";
    const std::filesystem::path file =
        WritingBenchData() / "benchmark_query/requirement/length/length_subset_C.jsonl.gz";
    for (const Json& row : GoldenRows(file)) {
      if (row["index"] == kAboutLength) about = DumpJson(row) + "\n";
    }
  }
  const std::string folder = "clone/benchmark_query/";
  write(folder + "benchmark_all.jsonl", all);
  write(folder + "requirement/length/length_subset.jsonl", subset);
  write(folder + "requirement/length/length_subset_C.jsonl", about);
  const std::filesystem::path prompts = WritingBenchData() / "prompts";
  write("clone/prompt.py", "evaluate_system = \"\"\"\n" +
                               ReadGolden(prompts / "evaluate_system.txt") +
                               "\n\"\"\".strip()\nevaluate_prompt = \"\"\"\n" +
                               ReadGolden(prompts / "evaluate_prompt.txt") + "\n\"\"\".strip()\n");
}

// A judge prompt is recognised by the criterion and the response that stand in it.
inline void WriteWritingBenchRecordings(const Json& expected, const FileSink& write) {
  for (const auto& [name, values] : expected.items()) {
    const std::filesystem::path run = WritingBenchData() / "golden_fork/WritingBench" / name;
    std::map<int, std::string> responses;
    std::string texts;
    std::string verdicts;
    for (const Json& row : GoldenRows(run / "responses" / kRunFile)) {
      responses[row["index"].get<int>()] = row["response"].get<std::string>();
      texts += DumpJson(Json{{"prompt", row["query"]}, {"response", row["response"]}}) + "\n";
    }
    for (const Json& row : GoldenRows(run / "scores" / kRunFile)) {
      for (const auto& [criterion, draws] : row["scores"].items()) {
        verdicts += DumpJson(Json{{"prompt", "{'name': " + PythonRepr(criterion) + ","},
                                  {"response", responses.at(row["index"].get<int>())},
                                  {"scores", draws[0]}}) +
                    "\n";
      }
    }
    write("recorded/" + name + ".jsonl", texts);
    write("recorded/" + name + "_judge.jsonl", verdicts);
  }
}

}  // namespace assay
