#include <map>
#include <set>

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

// What the import says of `file` with `from` in it replaced by `to`.
class HelloBenchOwnTables : public HelloBenchImport {
 protected:
  std::string After(const std::string& file, const std::string& from, const std::string& to) {
    const std::string whole = ReadGolden(from_.path() + "/" + file);
    std::string changed = whole;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at == std::string::npos) return "";
    changed.replace(at, from.size(), to);
    Write(file, changed);
    std::string problem = Problem("hellobench");
    Write(file, whole);
    const std::size_t folder = problem.find(from_.path() + "/");
    return folder == std::string::npos ? problem : problem.erase(folder, from_.path().size() + 1);
  }
};

TEST_F(HelloBenchOwnTables, AWeightThatIsNoneIsNamedWithItsLine) {
  if (!Copy("hellobench")) GTEST_SKIP() << "no shared data";
  const std::string file = "weighted_scores.txt";
  const std::string advice = "; take it from https://github.com/Quehry/HelloBench";
  EXPECT_EQ(After(file, "16.548365732493735", "a lot"),
            file + ":4: travel[3]: expected a number above 0, found 'a lot'" + advice);
  EXPECT_EQ(After(file, "16.548365732493735", "-16.5"),
            file + ":4: travel[3]: expected a number above 0, found '-16.5'" + advice);
  EXPECT_EQ(After(file, "16.548365732493735", "1"),
            file + ":2: travel: expected weights that add up to 100, found 84.451634" + advice);
  EXPECT_EQ(After(file, "19.449029525853824\n    ],", "19.449029525853824\n    ,"),
            file + ":2: travel: the list has no end, expected ']'" + advice);
  EXPECT_EQ(After(file, "'Tech'", "'travel'"),
            file + ":7: travel: line 2 has other weights for it" + advice);
  Write(file, "REGRESSION_DICT = {}\n");
  EXPECT_THAT(Problem("hellobench"),
              HasSubstr(file + ": no weights in it, expected 'category': [number, ...]" + advice));
}

TEST_F(HelloBenchOwnTables, AScriptThatCannotBeReadIsNamedWithWhatToDo) {
  if (!Copy("hellobench")) GTEST_SKIP() << "no shared data";
  std::filesystem::remove_all(from_.path() + "/prompts");
  Write("llm_judge.py", "x = \"\"\"a\n");
  EXPECT_THAT(Problem("hellobench"),
              HasSubstr("llm_judge.py: line 1: a string that is never closed; take it from "
                        "https://github.com/Quehry/HelloBench"));
}

TEST_F(HelloBenchOwnTables, ALineOfPunktIsNamed) {
  if (!Copy("hellobench")) GTEST_SKIP() << "no shared data";
  const std::string advice =
      "; put NLTK's English Punkt tables beside the benchmark: nltk.download('punkt_tab'), then "
      "the folder punkt_tab/english";
  EXPECT_EQ(After("punkt_english/ortho_context.tsv.gz", "a&m\t4", "a&m\tfour"),
            "punkt_english/ortho_context.tsv.gz:2: flags: expected a whole number below 128, found "
            "'four'" +
                advice);
  EXPECT_EQ(
      After("punkt_english/ortho_context.tsv.gz", "a&m\t4", "a&m"),
      "punkt_english/ortho_context.tsv.gz:2: expected type, tab, flags, found 'a&m'" + advice);
  EXPECT_EQ(After("punkt_english/collocations.tsv", "##number##\taes", "##number##\t"),
            "punkt_english/collocations.tsv:2: second type: expected a text, found ''" + advice);
  Write("punkt_english/sent_starters.txt", "among\n");
  EXPECT_THAT(Problem("hellobench"),
              HasSubstr("punkt_english/sent_starters.txt: expected 39 lines, found 1 (cut off, or "
                        "another language?)" +
                        advice));
}

using Rows = std::map<std::string, std::vector<Json>>;  // of golden_scores, by suite

// The results of a model by its published scores.
std::vector<v1::SampleResult> ResultsOf(const std::map<std::string, v1::Suite>& suites,
                                        const std::string& model, const Rows& rows) {
  std::vector<v1::SampleResult> results;
  for (const auto& [name, of_suite] : rows) {
    std::map<std::string, const Json*> judged;
    for (const Json& row : of_suite) judged[row["id"]] = &row;
    for (const v1::Sample& sample : suites.at(name).samples()) {
      const auto row = judged.find(sample.id());
      if (row == judged.end()) continue;
      std::vector<double> weights;
      for (const v1::Criterion& criterion : sample.criteria())
        weights.push_back(criterion.weight());
      v1::SampleResult& result = results.emplace_back();
      result.set_suite(name);
      result.set_sample_id(sample.id());
      result.set_model(model);
      v1::ScorerResult& scorer = *result.add_scorers();
      scorer.set_scorer("hellobench");
      v1::Score& score = *scorer.add_scores();
      score.set_name("score");
      score.set_value(
          HelloBenchScore((*row->second)["scores"].get<std::vector<double>>(), weights));
      v1::Score& tokens = *scorer.add_scores();
      tokens.set_name("tokens");
      tokens.set_value((*row->second)["response_tokens"].get<double>());
    }
  }
  return results;
}

std::vector<v1::ResultTable> TablesOf(const std::map<std::string, v1::Suite>& suites,
                                      const std::string& model, const Rows& rows) {
  google::protobuf::RepeatedPtrField<v1::Suite> used;
  for (const auto& [name, suite] : suites) {
    if (rows.count(name) > 0) *used.Add() = suite;
  }
  return BenchmarkTables(used, {model}, ResultsOf(suites, model, rows));
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

// Cells 1 + 2i and 2 + 2i are score and length of `names[i]`; those of `inexact` agree to 1e-12.
int ExpectFigures(const v1::TableRow& row, const std::vector<std::string>& names, Json published,
                  const std::set<std::string>& inexact) {
  EXPECT_EQ(row.cells_size(), static_cast<int>(1 + 2 * names.size()));
  if (row.cells_size() != static_cast<int>(1 + 2 * names.size())) return 0;
  int compared = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const int cell = static_cast<int>(1 + 2 * i);
    if (published[names[i]].is_null()) {
      EXPECT_NE(row.cells(cell).value_case(), v1::TableCell::kNumber) << names[i];
      continue;
    }
    const Json& wanted = published[names[i]];
    const double score = row.cells(cell).number();
    const double length = row.cells(cell + 1).number();
    if (inexact.count(names[i]) == 0) {
      EXPECT_EQ(score, wanted["score"].get<double>()) << names[i];
      EXPECT_EQ(length, wanted["length"].get<double>()) << names[i];
    } else {
      EXPECT_NEAR(score, wanted["score"].get<double>(), 1e-12) << names[i];
      EXPECT_NEAR(length, wanted["length"].get<double>(), 1e-12) << names[i];
    }
    compared += 2;
  }
  return compared;
}

class HelloBenchTablesTest : public HelloBenchImport {
 protected:
  void Load() {
    const auto imported =
        ImportBenchmark("hellobench", {GoldenFolder("hellobench").string(), to_.path(), false});
    ASSERT_TRUE(imported.ok()) << imported.status();
    for (const ImportedSuite& suite : *imported) {
      const auto loaded = LoadSuite(suite.folder);
      ASSERT_TRUE(loaded.ok()) << loaded.status();
      suites_[suite.name] = loaded->suite;
    }
    expected_ = GoldenJson(GoldenFolder("hellobench") / "EXPECTED.json");
  }

  static void Read(const std::string& experiment, const std::string& model, Rows& rows) {
    for (Json& row : GoldenRows(GoldenFolder("hellobench") / "golden_scores" / experiment /
                                (model + ".jsonl.gz"))) {
      const bool length = experiment == "length_constrained_exp";
      rows[length ? "hellobench-" + row["task"].get<std::string>() : "hellobench"].push_back(
          std::move(row));
    }
  }

  std::map<std::string, v1::Suite> suites_;
  Json expected_;
};

// The tables on the published scores of the 26 runs of the whole benchmark, to the last digit.
TEST_F(HelloBenchTablesTest, AreThePublishedOnes) {
  if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
  Load();
  std::vector<std::string> names(kHelloBenchTasks.begin(), kHelloBenchTasks.end());
  names.push_back("average");
  int figures = 0;
  for (const char* experiment : {"main_exp", "longcontext_exp"}) {
    for (const auto& [model, published] : expected_[experiment].items()) {
      SCOPED_TRACE(std::string(experiment) + " " + model);
      Rows rows;
      Read(experiment, model, rows);
      EXPECT_TRUE(InOrderOf(suites_.at("hellobench"), rows.at("hellobench")));
      const auto tables = TablesOf(suites_, model, rows);
      ASSERT_EQ(tables.size(), 1u);
      figures += ExpectFigures(tables[0].rows(0), names, published, {});
    }
  }
  EXPECT_EQ(figures, 26 * 12);
}

// One table over the length-constrained suites, with the same task of the main suite before them.
TEST_F(HelloBenchTablesTest, LengthsStandInOneTable) {
  if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
  Load();
  std::vector<std::string> names = {"heuristic_text_generation"};
  names.insert(names.end(), kHelloBenchLengths.begin(), kHelloBenchLengths.end());
  int figures = 0;
  int reordered = 0;
  for (const auto& [model, lengths] : expected_["length_constrained_exp"].items()) {
    SCOPED_TRACE(model);
    Rows rows;
    Read("main_exp", model, rows);
    Read("length_constrained_exp", model, rows);
    Json published = lengths;  // null: not run
    published[names[0]] = expected_["main_exp"][model][names[0]];
    std::set<std::string> inexact;
    for (const auto& [suite, of_suite] : rows) {
      if (!InOrderOf(suites_.at(suite), of_suite)) inexact.insert(suite.substr(11));
    }
    reordered += static_cast<int>(inexact.size());
    const auto tables = TablesOf(suites_, model, rows);
    ASSERT_EQ(tables.size(), 2u);
    EXPECT_EQ(tables[1].suite(), rows.rbegin()->first);  // the last suite of the run
    figures += ExpectFigures(tables[1].rows(0), names, published, inexact);
  }
  // 9 runs of the main task, and 34 files of the length-constrained sets.
  EXPECT_EQ(figures, 2 * (9 + 34));
  EXPECT_EQ(reordered, 3);  // gpt4o_0806: 4k, 8k, 16k
}

TEST_F(HelloBenchTablesTest, TheTableOfLengthsNamesTheSuitesThatTheRunLacks) {
  if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
  Load();
  Rows rows;
  Read("length_constrained_exp", "claude35", rows);
  rows.erase("hellobench-4k");
  const auto tables = TablesOf(suites_, "claude35", rows);
  ASSERT_EQ(tables.size(), 1u);
  ASSERT_EQ(tables[0].notes_size(), 1);
  EXPECT_EQ(tables[0].notes(0), "not in this run: hellobench, hellobench-4k");
  EXPECT_NE(tables[0].rows(0).cells(1).value_case(), v1::TableCell::kNumber);
  EXPECT_EQ(tables[0].rows(0).cells(3).value_case(), v1::TableCell::kNumber);
}

}  // namespace
}  // namespace assay
