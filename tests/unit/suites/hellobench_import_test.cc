#include <map>

#include "judge/benchmarks/hellobench/hellobench_rules.h"
#include "suites/hellobench/tables.h"
#include "suites/suite_loader.h"
#include "tests/unit/suites/malformed_files.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class HelloBenchImport : public MalformedFiles {};

TEST_F(HelloBenchImport, TheBenchmarksOwnFiles) {
  if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
  const auto imported =
      ImportBenchmark("hellobench", {GoldenFolder("hellobench").string(), to_.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->size(), 5u);
  EXPECT_EQ((*imported)[0].samples, 647);
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ((*imported)[i].samples, 123);
}

TEST_F(HelloBenchImport, EverySpoiltFileIsNamed) {
  if (!Copy("hellobench")) GTEST_SKIP() << "no shared data";
  Spoil("hellobench", "data/main_data/chat.jsonl.gz", "instruction", "id",
        "take it from https://github.com/Quehry/HelloBench");
  Write("prompts/user_prompt.txt", "another prompt {instruction}");
  EXPECT_THAT(Problem("hellobench"), AllOf(HasSubstr("prompts/user_prompt.txt: its SHA-256 is"),
                                           HasSubstr("take it from")));
  std::filesystem::remove_all(from_.path() + "/punkt_english");
  std::filesystem::remove(from_.path() + "/prompts/user_prompt.txt");
  EXPECT_THAT(Problem("hellobench"), HasSubstr("and so is llm_judge.py"));
}

// The table on the published scores of one model is the published table.
TEST_F(HelloBenchImport, TheTableIsThePublishedOne) {
  if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
  const auto imported =
      ImportBenchmark("hellobench", {GoldenFolder("hellobench").string(), to_.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  const auto loaded = LoadSuite((*imported)[0].folder);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  std::map<std::string, std::vector<double>> weights;
  for (const v1::Sample& sample : loaded->suite.samples()) {
    for (const v1::Criterion& criterion : sample.criteria()) {
      weights[sample.id()].push_back(criterion.weight());
    }
  }
  const Json expected = GoldenJson(GoldenFolder("hellobench") / "EXPECTED.json")["main_exp"];
  for (const char* model : {"gpt4o_0806", "claude35", "suri_7b"}) {
    std::map<std::string, v1::SampleResult> judged;
    const auto file =
        GoldenFolder("hellobench") / "golden_scores/main_exp" / (std::string(model) + ".jsonl.gz");
    for (const Json& row : GoldenRows(file)) {
      const std::string id = row["id"];
      v1::SampleResult& result = judged[id];
      result.set_sample_id(id);
      result.set_model(model);
      v1::ScorerResult& scorer = *result.add_scorers();
      scorer.set_scorer("hellobench");
      v1::Score& score = *scorer.add_scores();
      score.set_name("score");
      score.set_value(HelloBenchScore(row["scores"].get<std::vector<double>>(), weights.at(id)));
      v1::Score& tokens = *scorer.add_scores();
      tokens.set_name("tokens");
      tokens.set_value(row["response_tokens"].get<double>());
    }
    TableInput input{loaded->suite, {model}, {}};
    for (const v1::Sample& sample : loaded->suite.samples()) {
      if (judged.count(sample.id()) > 0) input.results.push_back(&judged[sample.id()]);
    }
    const std::vector<v1::ResultTable> tables = HelloBenchTables(input);
    ASSERT_EQ(tables.size(), 1u);
    ASSERT_EQ(tables[0].rows_size(), 1);
    const v1::TableRow& row = tables[0].rows(0);
    ASSERT_EQ(row.cells_size(), 13);
    int cell = 1;
    for (const char* task : kHelloBenchTasks) {
      EXPECT_EQ(row.cells(cell++).number(), expected[model][task]["score"].get<double>()) << task;
      EXPECT_EQ(row.cells(cell++).number(), expected[model][task]["length"].get<double>()) << task;
    }
    EXPECT_EQ(row.cells(cell++).number(), expected[model]["average"]["score"].get<double>());
    EXPECT_EQ(row.cells(cell++).number(), expected[model]["average"]["length"].get<double>());
  }
}

}  // namespace
}  // namespace assay
