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

// The table of a suite on a model's published scores, from rows of golden_scores in their own
// order.
v1::TableRow TableRowOf(const v1::Suite& suite, const std::string& model,
                        const std::vector<Json>& rows) {
  std::map<std::string, std::vector<double>> weights;
  for (const v1::Sample& sample : suite.samples()) {
    for (const v1::Criterion& criterion : sample.criteria()) {
      weights[sample.id()].push_back(criterion.weight());
    }
  }
  std::map<std::string, v1::SampleResult> judged;
  for (const Json& row : rows) {
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
  TableInput input{suite, {model}, {}};
  for (const v1::Sample& sample : suite.samples()) {
    if (judged.count(sample.id()) > 0) input.results.push_back(&judged[sample.id()]);
  }
  const std::vector<v1::ResultTable> tables = HelloBenchTables(input);
  EXPECT_EQ(tables.size(), 1u);
  if (tables.size() != 1 || tables[0].rows_size() != 1) return {};
  return tables[0].rows(0);
}

// Where the published file has the rows in another order than the data, its sums were rounded
// otherwise.
bool InOrderOf(const v1::Suite& suite, const std::vector<Json>& rows) {
  std::map<std::string, std::map<std::string, int>> places;
  int place = 0;
  for (const v1::Sample& sample : suite.samples()) {
    places[sample.metadata().at("task")][sample.id()] = place++;
  }
  std::map<std::string, int> last;
  for (const Json& row : rows) {
    const std::string task = row["task"];
    const int here = places.at(task).at(row["id"]);
    if (last.count(task) > 0 && here < last[task]) return false;
    last[task] = here;
  }
  return true;
}

int ExpectFigures(const v1::TableRow& row, const std::vector<std::string>& names,
                  const Json& published, bool exact) {
  EXPECT_EQ(row.cells_size(), static_cast<int>(1 + 2 * names.size()));
  if (row.cells_size() != static_cast<int>(1 + 2 * names.size())) return 0;
  int cell = 1;
  for (const std::string& name : names) {
    for (const char* figure : {"score", "length"}) {
      const double value = row.cells(cell++).number();
      const double wanted = published[name][figure].get<double>();
      if (exact) {
        EXPECT_EQ(value, wanted) << name << " " << figure;
      } else {
        EXPECT_NEAR(value, wanted, 1e-12) << name << " " << figure;
      }
    }
  }
  return cell - 1;
}

// The tables on the published scores of all 35 runs are the published tables, to the last digit.
TEST_F(HelloBenchImport, TheTablesAreThePublishedOnes) {
  if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
  const auto imported =
      ImportBenchmark("hellobench", {GoldenFolder("hellobench").string(), to_.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  std::map<std::string, v1::Suite> suites;
  for (const ImportedSuite& suite : *imported) {
    const auto loaded = LoadSuite(suite.folder);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    suites[suite.name] = loaded->suite;
  }
  const Json expected = GoldenJson(GoldenFolder("hellobench") / "EXPECTED.json");
  std::vector<std::string> main(kHelloBenchTasks.begin(), kHelloBenchTasks.end());
  main.push_back("average");
  int runs = 0;
  int figures = 0;
  int reordered = 0;
  for (const char* experiment : {"main_exp", "longcontext_exp", "length_constrained_exp"}) {
    for (const auto& [model, published] : expected[experiment].items()) {
      SCOPED_TRACE(std::string(experiment) + " " + model);
      std::map<std::string, std::vector<Json>> rows;
      for (Json& row : GoldenRows(GoldenFolder("hellobench") / "golden_scores" / experiment /
                                  (model + ".jsonl.gz"))) {
        const bool length = std::string(experiment) == "length_constrained_exp";
        const std::string suite =
            length ? "hellobench-" + row["task"].get<std::string>() : "hellobench";
        rows[suite].push_back(std::move(row));
      }
      for (const auto& [suite, of_suite] : rows) {
        const bool whole = suite == "hellobench";
        const bool exact = InOrderOf(suites.at(suite), of_suite);
        reordered += exact ? 0 : 1;
        figures += ExpectFigures(
            TableRowOf(suites.at(suite), model, of_suite),
            whole ? main : std::vector<std::string>{suite.substr(suite.rfind('-') + 1)}, published,
            exact);
      }
      ++runs;
    }
  }
  EXPECT_EQ(runs, 35);
  // 26 runs with five tasks and their average, and 34 files of the length-constrained sets.
  EXPECT_EQ(figures, 26 * 12 + 34 * 2);
  EXPECT_EQ(reordered, 3);  // gpt4o_0806: 4k, 8k, 16k
}

}  // namespace
}  // namespace assay
