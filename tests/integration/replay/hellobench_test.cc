// HelloBench's published runs through the real binary, over HTTP: the recorded responses and
// verdicts come out as the published tables, to the last digit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "common/json/json.h"
#include "judge/benchmarks/hellobench/hellobench_rules.h"
#include "simulator/simulator.h"
#include "tests/integration/bad_input/assay_process.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

constexpr int kMainSamples = 647;
constexpr int kLengthSamples = 123;

std::filesystem::path DataFolder() { return GoldenFolder("hellobench"); }

PunktModel English() {
  const std::filesystem::path tables = DataFolder() / "punkt_english";
  auto model = PunktModel::Parse(PackPunktTables(
      ReadGolden(tables / "abbrev_types.txt"), ReadGolden(tables / "collocations.tsv"),
      ReadGolden(tables / "sent_starters.txt"), ReadGolden(tables / "ortho_context.tsv.gz")));
  EXPECT_TRUE(model.ok()) << model.status();
  return *std::move(model);
}

const std::vector<std::string> kTasks = {"open_ended_qa", "summarization", "chat",
                                         "text_completion", "heuristic_text_generation"};
const std::vector<std::string> kLengths = {"2k", "4k", "8k", "16k"};

class PublishedHelloBench : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
    expected_ = GoldenJson(DataFolder() / "EXPECTED.json");
    const PunktModel punkt = English();
    for (const char* model : {"gpt4o_0806", "longwriter_9b"}) {
      std::vector<std::string> files;
      for (const std::string& task : kTasks) {
        files.push_back(std::string("main_exp/") + model + "/" + task);
      }
      Record(punkt, model, files);
    }
    std::vector<std::string> files;
    for (const std::string& length : kLengths) {
      files.push_back("length_constrained_exp/claude35/heuristic_text_generation_" + length);
    }
    Record(punkt, "claude35", files);
    const ProcessResult imported =
        RunAssay(workspace_, {"import", "hellobench", "--from", DataFolder().string()});
    ASSERT_EQ(imported.exit_code, 0) << imported.err;
    SimulatorOptions options;
    options.replay_dir = workspace_.folder() + "/recorded";
    auto started = Simulator::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    simulator_ = *std::move(started);
  }

  // A judge prompt is recognised by instruction and response as they stand in it: in NLTK's tokens.
  void Record(const PunktModel& punkt, const std::string& model,
              const std::vector<std::string>& files) {
    std::string texts;
    std::string verdicts;
    for (const std::string& file : files) {
      const auto path = DataFolder() / "results/judgements" / (file + "_results.jsonl.gz");
      for (const Json& row : GoldenRows(path)) {
        const Json& prompt = row["instruction"];
        const std::string response = row["response"];
        texts += DumpJson(Json{{"prompt", prompt}, {"response", response}}) + "\n";
        verdicts += DumpJson(Json{{"prompt", prompt},
                                  {"response", HelloBenchShown(NltkTokens(punkt, response))},
                                  {"scores", row["checklist_wise_evaluation"]}}) +
                    "\n";
      }
    }
    workspace_.Write("recorded/" + model + ".jsonl", texts);
    workspace_.Write("recorded/" + model + "_judge.jsonl", verdicts);
  }

  // The tables of a run whose every call is made once. Probes of the judge would not be found among
  // the recordings.
  Json Tables(const std::string& model, const std::string& suites, const std::string& compat,
              int samples) {
    const std::string run_id = "run-" + std::to_string(++runs_);
    workspace_.Write(run_id + ".yaml", "suites: [" + suites +
                                           "]\n"
                                           "endpoints: [{id: replay, base_url: \"" +
                                           simulator_->base_url() + "\"}]\nmodels: [{model: \"" +
                                           model + "\"}]\njudges: [{model: \"judge:" + model +
                                           "\"}]\ncompat: " + compat +
                                           "\njudge_health: {enabled: false}\n");
    const LedgerCounts before = simulator_->Counts();
    const ProcessResult result = RunAssay(workspace_, {"run", run_id + ".yaml", "--run-id", run_id},
                                          {}, std::chrono::seconds(280));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, testing::HasSubstr("HelloBench"));
    EXPECT_EQ(simulator_->Counts().Total() - before.Total(), 2 * samples);
    EXPECT_EQ(simulator_->Counts().complete - before.complete, 2 * samples);
    const auto summary = ParseJson(workspace_.Read("runs/" + run_id + "/summary.json"));
    EXPECT_TRUE(summary.ok()) << summary.status();
    return summary.ok() ? (*summary)["tables"] : Json();
  }

  // Cells 1 + 2i and 2 + 2i are score and length of `names[i]`.
  void ExpectFigures(const Json& table, const std::vector<std::string>& names,
                     const Json& published) {
    ASSERT_EQ(table["rows"].size(), 1u);
    const Json& cells = table["rows"][0]["cells"];
    ASSERT_EQ(cells.size(), 1 + 2 * names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      SCOPED_TRACE(names[i]);
      EXPECT_EQ(cells[1 + 2 * i]["number"].get<double>(),
                published[names[i]]["score"].get<double>());
      EXPECT_EQ(cells[2 + 2 * i]["number"].get<double>(),
                published[names[i]]["length"].get<double>());
      compared_ += 2;
    }
    EXPECT_TRUE(!table.contains("notes") || table["notes"].empty()) << "samples are missing";
  }

  Workspace workspace_;
  Json expected_;
  std::unique_ptr<Simulator> simulator_;
  int compared_ = 0;
  int runs_ = 0;
};

TEST_F(PublishedHelloBench, MainRunsInBothModes) {
  std::vector<std::string> names = kTasks;
  names.push_back("average");
  for (const std::string model : {"gpt4o_0806", "longwriter_9b"}) {
    for (const std::string compat : {"official", "strict"}) {
      SCOPED_TRACE(model + " " + compat);
      const Json tables = Tables(model, "{name: hellobench}", compat, kMainSamples);
      ASSERT_EQ(tables.size(), 1u);
      ExpectFigures(tables[0], names, expected_["main_exp"][model]);
    }
  }
  EXPECT_EQ(compared_, 48);
}

// The 16k set is written with other sampling than the three before it, in one run with them.
TEST_F(PublishedHelloBench, LengthConstrainedRunsInBothModes) {
  for (const std::string compat : {"official", "strict"}) {
    SCOPED_TRACE(compat);
    const Json tables = Tables("claude35",
                               "{name: hellobench-2k}, {name: hellobench-4k}, "
                               "{name: hellobench-8k}, {name: hellobench-16k}",
                               compat, 4 * kLengthSamples);
    ASSERT_EQ(tables.size(), 1u);
    Json table = tables[0];
    EXPECT_EQ(table["notes"], Json({"not in this run: hellobench"}));
    table.erase("notes");
    Json& cells = table["rows"][0]["cells"];
    cells.erase(1);  // the main suite's task
    cells.erase(1);
    ExpectFigures(table, kLengths, expected_["length_constrained_exp"]["claude35"]);
  }
  EXPECT_EQ(compared_, 16);
}

}  // namespace
}  // namespace assay
