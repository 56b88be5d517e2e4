// WritingBench's published run through the real binary, over HTTP: the responses and verdicts of
// three recorded runs come out as the figures of the official script.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "common/json/json.h"
#include "simulator/simulator.h"
#include "tests/integration/bad_input/assay_process.h"
#include "tests/integration/replay/writingbench_recording.h"

namespace assay {
namespace {

class PublishedWritingBench : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!HasGolden("writingbench")) GTEST_SKIP();
    expected_ = GoldenJson(WritingBenchData() / "EXPECTED.json")["runs"];
    const FileSink write = [this](const std::string& name, const std::string& content) {
      workspace_.Write(name, content);
    };
    WriteWritingBenchClone(write);
    WriteWritingBenchRecordings(expected_, write);
    const ProcessResult imported =
        RunAssay(workspace_, {"import", "writingbench", "--from", workspace_.folder() + "/clone"});
    ASSERT_EQ(imported.exit_code, 0) << imported.err;
    EXPECT_THAT(imported.out + imported.err,
                testing::HasSubstr("its judge is asked, for one model: 100 calls, about "));
    SimulatorOptions options;
    options.replay_dir = workspace_.folder() + "/recorded";
    auto started = Simulator::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    simulator_ = *std::move(started);
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
