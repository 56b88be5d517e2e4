// Importing WritingBench, and its tables: the benchmark's own files, small ones, malformed ones,
// and the published runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/digest.h"
#include "common/json/json.h"
#include "common/text/python_json.h"
#include "judge/benchmarks/writingbench/writingbench_judge.h"
#include "judge/benchmarks/writingbench/writingbench_scores.h"
#include "suites/suite_loader.h"
#include "tests/unit/judge/claims/golden_data.h"
#include "tests/unit/suites/malformed_files.h"

namespace assay {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr char kAgain[] = "; take the file again from https://github.com/X-PLUG/WritingBench";

std::string CriterionJson(const std::string& name) {
  return R"({"name":")" + name +
         R"(","criteria_description":"d","1-2":"a","3-4":"b","5-6":"c","7-8":"d","9-10":"e"})";
}

std::string RowJson(int index, const std::string& criteria, const std::string& field = "checklist",
                    const std::string& domain = "Education") {
  return R"({"index":)" + std::to_string(index) + R"(,"domain1":")" + domain +
         R"(","domain2":"Speech","query":"Write a speech.",")" + field + R"(":[)" + criteria +
         "]}\n";
}

std::string Two() { return CriterionJson("one") + "," + CriterionJson("two"); }

// prompt.py as the benchmark writes it, of its own texts.
std::string PromptPy(const std::string& prompt_file) {
  const std::filesystem::path prompts = GoldenFolder("writingbench") / "prompts";
  std::string python = "# prompts\n";
  for (const auto& [name, file] :
       {std::pair<std::string, std::string>{"evaluate_system", "evaluate_system.txt"},
        {"evaluate_prompt", prompt_file}}) {
    python += name + " = \"\"\"\n" + ReadGolden(prompts / file) + "\n\"\"\".strip()\n\n";
  }
  return python;
}

class WritingBenchImportTest : public testing::Test {
 protected:
  void WriteAll(const std::string& rows) { from_.Write(kAll, rows); }
  void WriteSubset(const std::string& rows, const std::string& about) {
    from_.Write(kSubset + ".jsonl", rows);
    from_.Write(kSubset + "_C.jsonl", about);
  }
  std::string Problem() { return ImportProblem("writingbench", from_); }

  const std::string kAll = "benchmark_query/benchmark_all.jsonl";
  const std::string kSubset = "benchmark_query/requirement/style/style_subset";
  TempFolder from_;
};

TEST_F(WritingBenchImportTest, MakesASuiteOfAllAndOneOfASubset) {
  if (!HasGolden("writingbench")) GTEST_SKIP();
  WriteAll(RowJson(7, Two()) + RowJson(3, CriterionJson("a") + "," + Two()));
  WriteSubset(RowJson(3, CriterionJson("a") + "," + Two()),
              RowJson(3, CriterionJson("two") + "," + CriterionJson("a")));
  from_.Write("prompt.py", PromptPy("evaluate_prompt.txt"));
  const TempFolder to;
  const auto imported = ImportBenchmark("writingbench", {from_.path(), to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->size(), 2u);
  EXPECT_EQ((*imported)[0].name, "writingbench");
  EXPECT_EQ((*imported)[1].name, "writingbench-style");
  const v1::Suite suite = LoadSuite((*imported)[0].folder)->suite;
  EXPECT_EQ(suite.digest(), (*imported)[0].digest);
  ASSERT_EQ(suite.samples_size(), 2);
  const v1::Sample& sample = suite.samples(1);
  EXPECT_EQ(sample.id(), "wb-0003");
  EXPECT_EQ(sample.prompt(), "Write a speech.");
  EXPECT_EQ(sample.language(), "en");
  EXPECT_EQ(sample.category(), "Education");
  EXPECT_EQ(sample.metadata().at("domain2"), "Speech");
  EXPECT_EQ(sample.metadata().at("style"), "3 1");
  EXPECT_FALSE(suite.samples(0).metadata().contains("style"));
  EXPECT_EQ(suite.samples(0).scorer_data().at("criteria"), "[" + Two() + "]");
  const v1::SuiteManifest& manifest = suite.manifest();
  EXPECT_EQ(manifest.benchmark(), "writingbench");
  EXPECT_EQ(manifest.version(), "2025-04, prompt v2");
  EXPECT_EQ(manifest.sampling().top_k(), 20);
  EXPECT_EQ(manifest.sampling().max_tokens(), 16000);
  EXPECT_EQ(manifest.scorers(0).benchmark().prompts().at("evaluate"),
            ReadGolden(GoldenFolder("writingbench") / "prompts/evaluate_prompt.txt"));
  EXPECT_EQ(manifest.scorers(0).benchmark().prompts().at("system"),
            ReadGolden(GoldenFolder("writingbench") / "prompts/evaluate_system.txt"));
  EXPECT_FALSE(manifest.scorers(0).benchmark().has_sampling());
  EXPECT_THAT(manifest.source(), HasSubstr("benchmark_all.jsonl sha256:"));
}

TEST_F(WritingBenchImportTest, TheReleaseOfMarchHasItsOwnPromptAndDecoding) {
  if (!HasGolden("writingbench")) GTEST_SKIP();
  WriteAll(RowJson(7, Two(), "criteria"));
  from_.Write("prompt.py", PromptPy("evaluate_prompt.v1-2025-03.txt"));
  const TempFolder to;
  // The folder of the data itself: prompt.py is beside it.
  const auto imported =
      ImportBenchmark("writingbench", {from_.path() + "/benchmark_query", to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->size(), 1u);
  EXPECT_EQ((*imported)[0].name, "writingbench-2025-03");
  const v1::SuiteManifest manifest = LoadSuite((*imported)[0].folder)->suite.manifest();
  EXPECT_EQ(manifest.version(), "2025-03, prompt v1");
  const v1::BenchmarkScorer& scorer = manifest.scorers(0).benchmark();
  EXPECT_EQ(scorer.prompts().at("evaluate"),
            ReadGolden(GoldenFolder("writingbench") / "prompts/evaluate_prompt.v1-2025-03.txt"));
  EXPECT_EQ(scorer.sampling().temperature(), 0.7);
  EXPECT_EQ(scorer.sampling().top_p(), 0.8);
  EXPECT_EQ(scorer.sampling().top_k(), 20);
  EXPECT_EQ(scorer.sampling().max_tokens(), 2048);
}

TEST_F(WritingBenchImportTest, MalformedFiles) {
  const std::string file = kAll + ":2";
  const auto with = [&](const std::string& row) {
    WriteAll(RowJson(7, Two()) + row);
    return Problem();
  };
  // A missing field.
  EXPECT_EQ(with("{\"index\":1,\"domain1\":\"Education\",\"domain2\":\"x\",\"query\":\"q\"}\n"),
            file + ":1: checklist: is missing, expected a list" + kAgain);
  EXPECT_EQ(with(RowJson(1, R"({"name":"n","criteria_description":"d","1-2":"a","3-4":"b",)"
                            R"("5-6":"c","9-10":"e"})")),
            file + ":92: checklist[0].7-8: is missing, expected a text" + kAgain);
  // A wrong type, a wrong value.
  EXPECT_EQ(with("{\"index\":\"1\",\"domain1\":\"Education\",\"domain2\":\"x\",\"query\":\"q\","
                 "\"checklist\":[" +
                 Two() + "]}\n"),
            file + ":10: index: expected a whole number from 1 to 1000000, found '1'" + kAgain);
  EXPECT_THAT(with(RowJson(1, R"({"name":5,"criteria_description":"d","1-2":"a","3-4":"b",)"
                              R"("5-6":"c","7-8":"d","9-10":"e"})")),
              HasSubstr(": checklist[0].name: expected a text, found '5'" + std::string(kAgain)));
  EXPECT_EQ(with(RowJson(1, Two(), "checklist", "Sports")),
            file + ":22: domain1: expected one of the six domains, found 'Sports'" + kAgain);
  EXPECT_THAT(
      with(RowJson(1, CriterionJson("a") + "," + CriterionJson("a"))),
      EndsWith(": checklist[1].name: 'a' is the name of two criteria" + std::string(kAgain)));
  EXPECT_THAT(with(RowJson(1, "")),
              EndsWith(": checklist: expected 1 to 100 criteria" + std::string(kAgain)));
  EXPECT_THAT(with(RowJson(1, "7")),
              EndsWith(": checklist[0]: expected an object" + std::string(kAgain)));
  EXPECT_THAT(with(RowJson(1, Two(), "criteria")),
              HasSubstr("checklist: is missing, expected a list"));
  // An index twice.
  EXPECT_THAT(with(RowJson(7, Two())), testing::AllOf(HasSubstr(file + ":10: index: "),
                                                      HasSubstr("line 1"), EndsWith(kAgain)));
  // Bytes that are no UTF-8, and no JSON.
  EXPECT_THAT(with("{\"index\":1,\"query\":\"\xff\"}\n"),
              testing::AllOf(HasSubstr(file), HasSubstr("UTF-8"), EndsWith(kAgain)));
  EXPECT_THAT(with("{\"index\":1,\n"), testing::AllOf(HasSubstr(file), EndsWith(kAgain)));
}

TEST_F(WritingBenchImportTest, FilesThatAreBroken) {
  // A line of 1 GB.
  WriteHugeLine(from_, kAll);
  EXPECT_THAT(Problem(),
              testing::AllOf(HasSubstr(kAll + ":1"), HasSubstr("16777216"), EndsWith(kAgain)));
  std::filesystem::remove(from_.path() + "/" + kAll);
  // A gzip that ends too soon.
  from_.Write(kAll + ".gz", GzipOf(RowJson(7, Two()), 6));
  EXPECT_THAT(Problem(), testing::AllOf(HasSubstr(kAll + ".gz"), EndsWith(kAgain)));
  std::filesystem::remove(from_.path() + "/" + kAll + ".gz");
  EXPECT_THAT(Problem(), HasSubstr("neither benchmark_all.jsonl nor "
                                   "requirement/length/length_subset.jsonl"));
}

TEST_F(WritingBenchImportTest, SubsetsThatDoNotFit) {
  WriteAll(RowJson(7, Two()));
  WriteSubset(RowJson(7, Two()), RowJson(7, CriterionJson("three")));
  EXPECT_EQ(Problem(), kSubset + "_C.jsonl:1: criterion 'three' is not among those of index 7 in " +
                           kSubset + ".jsonl" + kAgain);
  WriteSubset(RowJson(7, Two()), RowJson(8, CriterionJson("one")));
  EXPECT_EQ(Problem(), kSubset + "_C.jsonl:1: index: 8 is not in " + kSubset + ".jsonl" + kAgain);
  WriteSubset(RowJson(7, Two()) + RowJson(8, Two()), RowJson(7, CriterionJson("one")));
  EXPECT_EQ(Problem(), kSubset + ".jsonl:2: index: 8 is not in " + kSubset + "_C.jsonl" + kAgain);
  WriteSubset(RowJson(8, Two()), RowJson(8, CriterionJson("one")));
  EXPECT_EQ(Problem(), kSubset + ".jsonl:1: index: 8 is not in " + kAll + kAgain);
  std::filesystem::remove(from_.path() + "/" + kSubset + "_C.jsonl");
  EXPECT_EQ(Problem(), kSubset + "_C.jsonl: is missing" + kAgain);
}

TEST_F(WritingBenchImportTest, PromptsThatAreOthers) {
  WriteAll(RowJson(7, Two()));
  EXPECT_THAT(Problem(), testing::AllOf(HasSubstr("neither prompt.py nor ../prompt.py is there"),
                                        EndsWith(kAgain)));
  from_.Write("prompt.py", "evaluate_system = \"You.\"\n");
  EXPECT_THAT(Problem(),
              testing::AllOf(testing::StartsWith("prompt.py: evaluate_system: its SHA-256 is "),
                             HasSubstr(", expected 27ba8032"), EndsWith(kAgain)));
  from_.Write("prompt.py", "evaluate_system = make()\n");
  EXPECT_EQ(Problem(), std::string("prompt.py: line 1: evaluate_system is more than a plain text "
                                   "in quotes, expected evaluate_system = \"\"\"...\"\"\"") +
                           kAgain);
  from_.Write("prompt.py", "x = '''");
  EXPECT_THAT(Problem(), testing::StartsWith("prompt.py: line 1: a string that is never closed"));
  if (!HasGolden("writingbench")) return;
  from_.Write("prompt.py", PromptPy("evaluate_prompt.v1-2025-03.txt"));
  EXPECT_THAT(Problem(), HasSubstr("prompt.py: evaluate_prompt: its SHA-256 is 54f76c9e"));
}

TEST(WritingBenchRealDataTest, TheSubsetsOfBothReleases) {
  if (!HasGolden("writingbench")) GTEST_SKIP();
  const TempFolder to;
  const std::string from = GoldenFolder("writingbench").string();
  const auto now = ImportBenchmark("writingbench", {from, to.path(), false});
  ASSERT_TRUE(now.ok()) << now.status();
  ASSERT_EQ(now->size(), 1u);
  EXPECT_EQ((*now)[0].name, "writingbench-length");
  EXPECT_EQ((*now)[0].samples, 222);
  const auto march = ImportBenchmark("writingbench", {from + "/history-2025-03", to.path(), false});
  ASSERT_TRUE(march.ok()) << march.status();
  std::map<std::string, std::int64_t> sizes;
  for (const ImportedSuite& suite : *march) sizes[suite.name] = suite.samples;
  EXPECT_EQ(sizes, (std::map<std::string, std::int64_t>{{"writingbench-2025-03-format", 342},
                                                        {"writingbench-2025-03-length", 214},
                                                        {"writingbench-2025-03-style", 395}}));

  // Every prompt that the scorer will make of the imported suite is the published one.
  const v1::Suite suite = LoadSuite((*now)[0].folder)->suite;
  std::map<std::string, int> languages;
  std::size_t about_length = 0;
  std::map<std::string, std::pair<const v1::Sample*, std::vector<PythonValue>>> samples;
  for (const v1::Sample& sample : suite.samples()) {
    ++languages[sample.language()];
    const std::string& numbers = sample.metadata().at("length");
    about_length += 1 + static_cast<std::size_t>(std::count(numbers.begin(), numbers.end(), ' '));
    const auto criteria = PythonJsonLoads(sample.scorer_data().at("criteria"));
    ASSERT_TRUE(criteria.ok()) << criteria.status();
    samples[sample.id()] = {&sample, criteria->list};
  }
  EXPECT_EQ(languages["zh"], 94);
  EXPECT_EQ(about_length, 226u);
  const std::string& prompt = suite.manifest().scorers(0).benchmark().prompts().at("evaluate");
  int equal = 0;
  for (const Json& golden : GoldenRows(GoldenFolder("writingbench") / "golden_prompts.jsonl.gz")) {
    char id[16];
    std::snprintf(id, sizeof(id), "wb-%04d", golden["index"].get<int>());
    const auto& [sample, criteria] = samples.at(id);
    const auto text = WritingBenchPrompt(prompt, sample->prompt(), "RESPONSE",
                                         criteria.at(golden["criterion"].get<std::size_t>()));
    ASSERT_TRUE(text.ok()) << text.status();
    equal += Sha256Hex(*text) == golden["prompt_sha256"].get<std::string>() ? 1 : 0;
  }
  EXPECT_EQ(equal, 1110);
  std::cout << "imported: " << equal << " of 1110 prompts equal\n";
}

// A suite as the importer makes it, without prompts.
v1::Suite TableSuite(const std::vector<Json>& queries) {
  v1::Suite suite;
  suite.mutable_manifest()->set_name("writingbench");
  suite.mutable_manifest()->set_benchmark("writingbench");
  for (const Json& query : queries) {
    v1::Sample& sample = *suite.add_samples();
    sample.set_id("wb-" + std::to_string(query["index"].get<int>()));
    sample.set_category(query["domain1"].get<std::string>());
    (*sample.mutable_metadata())["domain2"] = query["domain2"].get<std::string>();
    if (query.contains("length")) {
      (*sample.mutable_metadata())["length"] = query["length"].get<std::string>();
    }
  }
  return suite;
}

v1::SampleResult Result(const std::string& model, int index, const std::vector<double>& scores,
                        bool whole = true) {
  v1::SampleResult result;
  result.set_suite("writingbench");
  result.set_model(model);
  result.set_sample_id("wb-" + std::to_string(index));
  v1::ScorerResult& scorer = *result.add_scorers();
  scorer.set_scorer("writingbench");
  for (std::size_t i = 0; i < scores.size(); ++i) {
    v1::Score& score = *scorer.add_scores();
    score.set_name(WritingBenchCriterionScore(i));
    score.set_value(scores[i]);
  }
  if (whole) scorer.add_scores()->set_name("mean");
  return result;
}

std::vector<v1::ResultTable> TablesOf(const v1::Suite& suite,
                                      const std::vector<v1::SampleResult>& results,
                                      const std::vector<std::string>& models) {
  google::protobuf::RepeatedPtrField<v1::Suite> suites;
  *suites.Add() = suite;
  return BenchmarkTables(suites, models, results);
}

std::map<std::string, double> RowOf(const v1::ResultTable& table, int row) {
  std::map<std::string, double> cells;
  for (int i = 0; i < table.columns_size(); ++i) {
    const v1::TableCell& cell = table.rows(row).cells(i);
    if (cell.has_number()) cells[table.columns(i)] = cell.number();
  }
  return cells;
}

TEST(WritingBenchTablesTest, ThreePublishedRunsSideBySide) {
  if (!HasGolden("writingbench")) GTEST_SKIP();
  const std::filesystem::path folder = GoldenFolder("writingbench");
  std::vector<Json> queries = GoldenRows(folder / "golden_fork/queries_index_1-20.jsonl.gz");
  for (Json& query : queries) {
    if (query["index"] == 16) query["length"] = "5";  // as the real import has it
  }
  const Json expected = GoldenJson(folder / "EXPECTED.json")["runs"];
  std::vector<v1::SampleResult> results;
  std::vector<std::string> models;
  for (const auto& [name, values] : expected.items()) {
    models.push_back(name);
    const std::string text = ReadGolden(folder / "golden_fork/WritingBench" / name /
                                        "scores/tinker_meta-llama_Llama-3.1-8B-Instruct.jsonl.gz");
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const auto row = PythonJsonLoads(std::string_view(text).substr(at, end - at));
      ASSERT_TRUE(row.ok());
      std::vector<double> scores;
      for (const std::string& criterion : row->dict.at("scores").keys) {
        scores.push_back(row->dict.at("scores").dict.at(criterion).list[0].dict.at("score").number);
      }
      results.push_back(Result(name, static_cast<int>(row->dict.at("index").number), scores));
      at = end + 1;
    }
  }
  const auto tables = TablesOf(TableSuite(queries), results, models);
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(tables[0].notes_size(), 0);
  int compared = 0;
  for (int i = 0; i < 3; ++i) {
    const std::string& model = models[static_cast<std::size_t>(i)];
    EXPECT_EQ(tables[0].rows(i).cells(0).text(), model);
    const std::map<std::string, double> row = RowOf(tables[0], i);
    for (const auto& [name, value] : expected[model]["recomputed"].items()) {
      if (name.starts_with("Domain2_")) {
        for (const v1::TableRow& second : tables[1].rows()) {
          if ("Domain2_" + second.cells(0).text() != name) continue;
          EXPECT_EQ(second.cells(i + 1).number(), value.get<double>()) << name;
          ++compared;
        }
        continue;
      }
      const std::string column = name.starts_with("Domain1_") ? name.substr(8) : name;
      EXPECT_EQ(row.at(column), value.get<double>()) << model << " " << name;
      ++compared;
    }
    EXPECT_EQ(row.at("leaderboard"), row.at("Overall") * 10);
  }
  EXPECT_EQ(compared, 27);
  std::cout << "tables: " << compared << " published figures equal\n";
}

TEST(WritingBenchTablesTest, RepeatsAndWhatIsMissing) {
  const v1::Suite suite = TableSuite(
      {Json{{"index", 1}, {"domain1", "Education"}, {"domain2", "Speech"}, {"length", "2"}},
       Json{{"index", 2}, {"domain1", "Education"}, {"domain2", "Course"}}});
  const auto tables = TablesOf(suite,
                               {Result("m", 1, {4, 6}), Result("m", 1, {8, 2}),
                                Result("m", 2, {3}, false), Result("n", 2, {9})},
                               {"m", "n", "none"});
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(tables[0].suite(), "writingbench");
  ASSERT_EQ(tables[0].rows_size(), 2);
  const std::map<std::string, double> m = RowOf(tables[0], 0);
  EXPECT_EQ(m.at("Overall"), 5);
  EXPECT_EQ(m.at("Count"), 1);
  EXPECT_EQ(m.at("length_R"), 5);
  EXPECT_EQ(m.at("length_C"), 4);
  const std::map<std::string, double> n = RowOf(tables[0], 1);
  EXPECT_EQ(n.at("Overall"), 9);
  EXPECT_FALSE(n.contains("length_R"));
  EXPECT_FALSE(n.contains("Politics & Law"));
  ASSERT_EQ(tables[0].notes_size(), 3);
  EXPECT_EQ(tables[0].notes(0),
            "m: 1 of 2 samples are not in the figures: no text, or not all criteria judged");
  EXPECT_EQ(tables[1].rows(0).cells(0).text(), "Course");
}

}  // namespace
}  // namespace assay
