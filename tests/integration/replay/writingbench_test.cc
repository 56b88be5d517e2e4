// WritingBench's published run through the real binary, over HTTP: the responses and verdicts of
// three recorded runs come out as the figures of the official script.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "common/json/json.h"
#include "common/text/python_repr.h"
#include "simulator/simulator.h"
#include "tests/integration/bad_input/assay_process.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

constexpr char kRunFile[] = "tinker_meta-llama_Llama-3.1-8B-Instruct.jsonl.gz";
constexpr int kQueries = 20;
constexpr int kCriteria = 5;
constexpr int kAboutLength = 16;  // the one query of these with a demand on length

std::filesystem::path DataFolder() { return GoldenFolder("writingbench"); }

OrderedJson RowOf(const Json& query, const std::vector<std::string>& names) {
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

class PublishedWritingBench : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!HasGolden("writingbench")) GTEST_SKIP();
    expected_ = GoldenJson(DataFolder() / "EXPECTED.json")["runs"];
    WriteBenchmark();
    WriteRecordings();
    const ProcessResult imported =
        RunAssay(workspace_, {"import", "writingbench", "--from", workspace_.folder() + "/clone"});
    ASSERT_EQ(imported.exit_code, 0) << imported.err;
    SimulatorOptions options;
    options.replay_dir = workspace_.folder() + "/recorded";
    auto started = Simulator::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    simulator_ = *std::move(started);
  }

  // A clone with the queries of the runs. The rubrics of all but one are not public here; what
  // stands in their place is shown to the judge and changes no figure.
  void WriteBenchmark() {
    std::string all;
    std::string subset;
    std::string about;
    for (const Json& query : GoldenRows(DataFolder() / "golden_fork/queries_index_1-20.jsonl.gz")) {
      const auto names = query["criteria_names"].get<std::vector<std::string>>();
      all += DumpJson(RowOf(query, names)) + "\n";
      if (query["index"] != kAboutLength) continue;
      subset = DumpJson(RowOf(query, names)) + "\n";
      const std::filesystem::path file =
          DataFolder() / "benchmark_query/requirement/length/length_subset_C.jsonl.gz";
      for (const Json& row : GoldenRows(file)) {
        if (row["index"] == kAboutLength) about = DumpJson(row) + "\n";
      }
    }
    const std::string folder = "clone/benchmark_query/";
    workspace_.Write(folder + "benchmark_all.jsonl", all);
    workspace_.Write(folder + "requirement/length/length_subset.jsonl", subset);
    workspace_.Write(folder + "requirement/length/length_subset_C.jsonl", about);
    const std::filesystem::path prompts = DataFolder() / "prompts";
    workspace_.Write("clone/prompt.py",
                     "evaluate_system = \"\"\"\n" + ReadGolden(prompts / "evaluate_system.txt") +
                         "\n\"\"\".strip()\nevaluate_prompt = \"\"\"\n" +
                         ReadGolden(prompts / "evaluate_prompt.txt") + "\n\"\"\".strip()\n");
  }

  // A judge prompt is recognised by the criterion and the response that stand in it.
  void WriteRecordings() {
    for (const auto& [name, values] : expected_.items()) {
      const std::filesystem::path run = DataFolder() / "golden_fork/WritingBench" / name;
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
      workspace_.Write("recorded/" + name + ".jsonl", texts);
      workspace_.Write("recorded/" + name + "_judge.jsonl", verdicts);
    }
  }

  // Probes of the judge would not be found among the recordings.
  ProcessResult Run(const std::string& model, const std::string& compat) {
    const std::string run_id = model + "-" + compat;
    workspace_.Write(run_id + ".yaml",
                     "suites: [{name: writingbench}]\n"
                     "endpoints: [{id: replay, base_url: \"" +
                         simulator_->base_url() + "\"}]\nmodels: [{model: \"" + model +
                         "\"}]\njudges: [{model: \"judge:" + model + "\"}]\ncompat: " + compat +
                         "\njudge_health: {enabled: false}\n");
    return RunAssay(workspace_, {"run", run_id + ".yaml", "--run-id", run_id}, {},
                    std::chrono::seconds(120));
  }

  Workspace workspace_;
  Json expected_;
  std::unique_ptr<Simulator> simulator_;
};

TEST_F(PublishedWritingBench, ThreeRunsInBothModes) {
  ASSERT_EQ(expected_.size(), 3u);
  int compared = 0;
  for (const auto& [name, values] : expected_.items()) {
    for (const std::string compat : {"official", "strict"}) {
      SCOPED_TRACE(name + " " + compat);
      const LedgerCounts before = simulator_->Counts();
      const ProcessResult result = Run(name, compat);
      ASSERT_EQ(result.exit_code, 0) << result.err;
      const LedgerCounts after = simulator_->Counts();
      EXPECT_EQ(after.complete - before.complete, kQueries + kQueries * kCriteria);
      const auto summary =
          ParseJson(workspace_.Read("runs/" + name + "-" + compat + "/summary.json"));
      ASSERT_TRUE(summary.ok()) << summary.status();
      ASSERT_EQ((*summary)["tables"].size(), 2u);
      const Json& main = (*summary)["tables"][0];
      const Json& second = (*summary)["tables"][1];
      std::map<std::string, double> found;
      for (std::size_t i = 1; i < main["columns"].size(); ++i) {
        const Json& cell = main["rows"][0]["cells"][i];
        if (cell.contains("number")) found[main["columns"][i]] = cell["number"].get<double>();
      }
      for (const Json& row : second["rows"]) {
        found["Domain2_" + row["cells"][0]["text"].get<std::string>()] =
            row["cells"][1]["number"].get<double>();
      }
      for (const auto& [figure, value] : values["recomputed"].items()) {
        const std::string column =
            figure.starts_with("Domain1_") ? figure.substr(8) : std::string(figure);
        ASSERT_TRUE(found.contains(column)) << column;
        EXPECT_EQ(found[column], value.get<double>()) << column;
        ++compared;
      }
      EXPECT_THAT(result.out, testing::HasSubstr("WritingBench"));
    }
  }
  EXPECT_EQ(compared, 54);
  std::cout << "replay: " << compared << " published figures equal over HTTP\n";
}

}  // namespace
}  // namespace assay
