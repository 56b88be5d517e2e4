// LongProc: the user's copy as suites, its selections, its tables, and files that are not as they
// should be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <map>
#include <numeric>
#include <sstream>

#include "common/base/digest.h"
#include "common/text/numpy_random.h"
#include "common/text/python_random.h"
#include "suites/longproc/tables.h"
#include "suites/suite_loader.h"
#include "tests/unit/judge/benchmarks/longproc/longproc_data.h"
#include "tests/unit/suites/malformed_files.h"

namespace assay {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Every suite of an import by its name.
std::map<std::string, v1::Suite> Import(const std::string& from, const TempFolder& to) {
  const auto imported = ImportBenchmark("longproc", {from, to.path(), false});
  EXPECT_TRUE(imported.ok()) << imported.status();
  std::map<std::string, v1::Suite> suites;
  if (!imported.ok()) return suites;
  for (const ImportedSuite& suite : *imported) {
    const absl::StatusOr<LoadedSuite> loaded = LoadSuite(suite.folder);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->suite.digest(), suite.digest);
    suites[suite.name] = loaded->suite;
  }
  return suites;
}

class LongProcRealDataTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::filesystem::exists(LongProcFolder() / "golden")) return;
    std::cout << "SKIPPED: no " << LongProcFolder() << "\n";
    GTEST_SKIP() << "the benchmark's data is not there";
  }

  // The user's copy, imported once.
  static const std::map<std::string, v1::Suite>& Suites() {
    static const auto* const kSuites = [] {
      const TempFolder to;
      return new std::map<std::string, v1::Suite>(Import(LongProcFolder().string(), to));
    }();
    return *kSuites;
  }
};

TEST_F(LongProcRealDataTest, EveryPromptAndReferenceIsTheOfficialOne) {
  const std::map<std::string, v1::Suite>& suites = Suites();
  ASSERT_EQ(suites.size(), 6u);
  std::map<std::string, const v1::Sample*> samples;
  for (const char* name : {"longproc-0.5k", "longproc-2k", "longproc-8k"}) {
    for (const v1::Sample& sample : suites.at(name).samples()) samples[sample.id()] = &sample;
  }
  EXPECT_EQ(suites.at("longproc-0.5k").samples_size(), 899);
  EXPECT_EQ(suites.at("longproc-2k").samples_size(), 789);
  EXPECT_EQ(suites.at("longproc-8k").samples_size(), 320);
  int equal = 0;
  for (const Json& golden : ReadJsonLines(LongProcFolder() / "golden/prompts_sha256.jsonl.gz")) {
    char number[16];
    std::snprintf(number, sizeof number, "-%03d", golden.at("index").get<int>());
    const std::string id = golden.at("dataset").get<std::string>() + number;
    const auto found = samples.find(id);
    ASSERT_NE(found, samples.end()) << id;
    const v1::Sample& sample = *found->second;
    const std::string& reference = sample.scorer_data().at("reference");
    EXPECT_EQ(Sha256Hex(sample.prompt()), golden.at("prompt_sha256").get<std::string>()) << id;
    EXPECT_EQ(Sha256Hex(reference), golden.at("reference_sha256").get<std::string>()) << id;
    ++equal;
  }
  EXPECT_EQ(equal, 2008);
  EXPECT_EQ(samples.size(), 2008u);
  const v1::SuiteManifest& manifest = suites.at("longproc-2k").manifest();
  EXPECT_EQ(manifest.sampling().temperature(), 0);
  EXPECT_EQ(manifest.sampling().max_tokens(), 3072);
  EXPECT_THAT(manifest.source(), HasSubstr("countdown_2k.json sha256:"));
  EXPECT_EQ(manifest.scorers(0).benchmark().options_size(), 0);
  EXPECT_EQ(suites.at("longproc-8k").manifest().scorers(0).benchmark().options().at("programs"),
            "none");
}

TEST_F(LongProcRealDataTest, ThePapersSelectionIsTaken) {
  const std::map<std::string, v1::Suite>& suites = Suites();
  const Json golden = ReadJsonFile(LongProcFolder() / "golden/sample_selection.json");
  std::map<std::string, std::vector<int>> chosen;
  for (const char* name : {"longproc-0.5k-paper", "longproc-2k-paper", "longproc-8k-paper"}) {
    for (const v1::Sample& sample : suites.at(name).samples()) {
      const std::size_t dash = sample.id().rfind('-');
      chosen[sample.id().substr(0, dash)].push_back(std::stoi(sample.id().substr(dash + 1)));
    }
  }
  EXPECT_EQ(chosen.size(), 11u);
  for (const auto& [set, indices] : chosen) {
    if (set.starts_with("html")) {
      EXPECT_EQ(indices.size(), set.ends_with("0.5k") ? 100u : set.ends_with("2k") ? 189u : 120u);
    } else {
      EXPECT_EQ(indices, golden.at("helmet").at(set).get<std::vector<int>>()) << set;
    }
  }
  EXPECT_EQ(suites.at("longproc-8k-paper").manifest().sampling().max_tokens(), 10240);
}

// Of the sets that are not in this copy too: their sizes are published.
TEST_F(LongProcRealDataTest, BothShufflesAreTheOfficialOnesForAllSixteenSets) {
  const Json golden = ReadJsonFile(LongProcFolder() / "golden/sample_selection.json");
  const std::map<std::string, std::size_t> other_sizes = {
      {"html_to_tsv_0.5k", 100},    {"html_to_tsv_2k", 189},     {"html_to_tsv_8k", 120},
      {"pseudo_to_code_0.5k", 199}, {"travel_planning_2k", 769}, {"travel_planning_8k", 239}};
  int sets = 0;
  for (const auto& [set, indices] : golden.at("helmet").items()) {
    const auto other = other_sizes.find(set);
    const std::size_t size = other == other_sizes.end() ? 200 : other->second;
    std::vector<std::uint32_t> helmet = NumpyPermutation(42, static_cast<std::uint32_t>(size));
    helmet.resize(100);
    EXPECT_EQ(helmet, indices.get<std::vector<std::uint32_t>>()) << set;
    std::vector<std::uint32_t> script(size);
    std::iota(script.begin(), script.end(), 0U);
    PythonRandom(42).Shuffle(script);
    script.resize(10);
    EXPECT_EQ(script, golden.at("example_script").at(set).get<std::vector<std::uint32_t>>()) << set;
    ++sets;
  }
  EXPECT_EQ(sets, 16);
}

// The file of all travel plans is not in this copy: one of the same shape, of the instances that
// are.
TEST_F(LongProcRealDataTest, TravelPlansAreSplitByTheLengthOfTheirAnswers) {
  const TempFolder from;
  from.Write("countdown/prompts.yaml", "USER_PROMPT: x\n");
  const auto folder = LongProcFolder() / "data/travel_planning";
  from.Write("travel_planning/prompts.yaml", ReadGzip(folder / "prompts.yaml"));
  from.Write("travel_planning/travel_planning_icl_examples.json",
             ReadGzip(folder / "travel_planning_icl_examples.json"));
  Json items = ReadJsonFile(LongProcFolder() / "golden/travel_synthetic_instances.json");
  ASSERT_EQ(items.size(), 4u);
  const int tokens[] = {2047, 2048, 4096, 8192};
  for (std::size_t i = 0; i < items.size(); ++i) items[i]["estimated_output_tokens"] = tokens[i];
  from.Write("travel_planning/travel_planning_all.json", DumpJson(items));
  const TempFolder to;
  const std::map<std::string, v1::Suite> suites = Import(from.path(), to);
  ASSERT_EQ(suites.at("longproc-2k").samples_size(), 1);
  ASSERT_EQ(suites.at("longproc-8k").samples_size(), 1);
  const v1::Sample& sample = suites.at("longproc-2k").samples(0);
  EXPECT_EQ(sample.id(), "travel_planning_2k-000");
  EXPECT_EQ(sample.metadata().at("id"), "synthetic_7");
  EXPECT_EQ(sample.scorer_data().at("cities"), "Lisbon**Rome**Dublin**Madrid**Oslo");
  EXPECT_EQ(sample.scorer_data().at("reference"), *TravelReference(TravelOf(items[0])));
  EXPECT_EQ(suites.at("longproc-8k").samples(0).metadata().at("id"), items[2]["id"]);
  // Four examples, then the problem.
  const std::string& prompt = sample.prompt();
  std::size_t examples = 0;
  for (std::size_t at = 0; (at = prompt.find("# Example\n", at)) != std::string::npos; ++at) {
    ++examples;
  }
  EXPECT_EQ(examples, 4u);
  EXPECT_TRUE(prompt.ends_with("\n\nsynthetic")) << prompt.substr(prompt.size() - 80);
}

// Avg of the published table is the plain mean of its tasks, rounded to one decimal, in 50 of its
// 51 cells; the one of Qwen2.5-72B at 8K is printed as 20.0, where its tasks have 19.52.
TEST_F(LongProcRealDataTest, ThePublishedMeansComeOut) {
  std::istringstream csv(ReadGzip(LongProcFolder() / "results/full_results.csv"));
  std::string line;
  std::getline(csv, line);
  const char* tasks[] = {"html_to_tsv",    "travel_planning", "tom_tracking",
                         "path_traversal", "countdown",       "pseudo_to_code"};
  int means = 0;
  while (std::getline(csv, line)) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
    ASSERT_EQ(cells.size(), 2u + 7 * 3) << line;
    for (std::size_t length = 0; length < 3; ++length) {
      v1::Suite suite;
      std::vector<v1::SampleResult> results;
      for (std::size_t task = 0; task < 6; ++task) {
        const std::string& cell = cells[2 + 3 * (task + 1) + length];
        if (cell == "-") continue;
        suite.add_samples()->set_category(tasks[task]);
        v1::SampleResult& result = results.emplace_back();
        result.set_model(cells[0]);
        result.set_category(tasks[task]);
        v1::ScorerResult& scorer = *result.add_scorers();
        scorer.set_scorer("longproc");
        scorer.set_outcome(v1::OUTCOME_SCORED);
        v1::Score& score = *scorer.add_scores();
        score.set_name("score");
        score.set_value(std::stod(cell) / 100);
      }
      TableInput input{suite, {cells[0]}, {}};
      for (const v1::SampleResult& result : results) input.results.push_back(&result);
      const std::vector<v1::ResultTable> tables = LongProcTables(input);
      ASSERT_EQ(tables.size(), 3u);
      EXPECT_EQ(tables[0].rows(0).cells_size(), 2 + suite.samples_size());
      const double mean = tables[0].rows(0).cells(1).number();
      if (cells[0] == "Qwen2.5-72B-Inst" && length == 2) {
        EXPECT_EQ(cells[2 + length], "20.0");
        EXPECT_NEAR(mean, 19.52, 1e-9);
        continue;
      }
      EXPECT_NEAR(mean, std::stod(cells[2 + length]), 0.0501) << line << " " << length;
      ++means;
    }
  }
  EXPECT_EQ(means, 17 * 3 - 1);
}

// A copy of the benchmark with one small set of each task.
class LongProcFilesTest : public testing::Test {
 protected:
  LongProcFilesTest() {
    Prompt("countdown", "{demonstration} Numbers {nums} to {target} {{braces}}");
    Prompt("html_to_tsv",
           "{html_str} on {task_topic}: {task_description}{filtering_instruction} {tsv_header}");
    Prompt("path_traversal", "{city_context} from {src_city} to {dst_city}");
    Prompt("pseudo_to_code", "{pseudocode}");
    Prompt("tom_tracking", "{story} {question}");
    Prompt("travel_planning", "{demonstration} {problem}");
    Items("countdown/countdown_2k", {{{"nums", {1, 2, 3, 4}}, {"target", 24}}});
    const Json page = {{"task_id", "W1"},
                       {"html_path", "webpage/a.html"},
                       {"task_topic", "fruit"},
                       {"task_description", "name"},
                       {"filtering_instruction", ""},
                       {"tsv_header", "name"},
                       {"gt", "name\napple"}};
    Items("html_to_tsv/html_to_tsv_2k", {page});
    from_.Write("data/html_to_tsv/webpage/a.html", "<p>\r\napple\r</p>\n");
    Items("path_traversal/path_traversal_2k",
          {{{"context_nl", "A to B."}, {"question_repr", {"A", "B"}}, {"answer_nl", "A B"}}});
    Items("pseudo_to_code/pseudo_to_code_2k",
          {{{"problem_id", "1A"},
            {"pseudocode_lines", {"begin", "", "end"}},
            {"code_lines", {"int main() {", "}"}},
            {"testcases", {{{"1", "2"}, {"3"}}, {Json::array(), {"4"}}}}}});
    Items("tom_tracking/tom_tracking_2k",
          {{{"story", "S."}, {"question", "Q?"}, {"solution", "- Step 0"}}});
    travel_ = {{"id", "t1"},
               {"estimated_output_tokens", 100},
               {"constraints",
                {{{"type", "duration"}, {"city", "Rome"}, {"num_days", 3}},
                 {{"type", "fixed"}, {"city", "Rome"}, {"start_day", 2}, {"end_day", 4}},
                 {{"type", "duration"}, {"city", "Oslo"}, {"num_days", 2}}}},
               {"connected_cities", Json::array({Json::array({"Oslo", "Rome"})})},
               {"disambig_question_text", "Plan."},
               {"ground_truth_cities", "Oslo**Rome"},
               {"ground_truth_durations", "2**3"}};
    Items("travel_planning/travel_planning_all", {travel_});
    Items("travel_planning/travel_planning_icl_examples", {travel_});
  }

  void Prompt(const std::string& task, const std::string& text) {
    from_.Write("data/" + task + "/prompts.yaml", "USER_PROMPT: |-\n  " + text + "\n");
  }
  void Items(const std::string& name, const std::vector<Json>& items) {
    from_.Write("data/" + name + ".json", DumpJson(Json(items)));
  }
  std::string ImportProblemHere() { return ImportProblem("longproc", from_); }

  TempFolder from_;
  Json travel_;
};

constexpr char kAgain[] =
    "; take the file again from https://github.com/princeton-pli/LongProc (folder data)";

TEST_F(LongProcFilesTest, APromptThatIsNotThePublishedOneIsNoted) {
  const TempFolder to;
  const auto imported = ImportBenchmark("longproc", {from_.path(), to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  for (const ImportedSuite& suite : *imported) {
    EXPECT_THAT(suite.note,
                AllOf(HasSubstr("countdown/prompts.yaml: USER_PROMPT: not the published text"),
                      HasSubstr("travel_planning/prompts.yaml: USER_PROMPT: not the published"),
                      HasSubstr(kAgain)));
  }
}

TEST_F(LongProcFilesTest, MakesASampleOfEachTask) {
  const TempFolder to;
  const std::map<std::string, v1::Suite> suites = Import(from_.path(), to);
  ASSERT_EQ(suites.size(), 2u);  // longproc-2k and its selection
  std::map<std::string, v1::Sample> samples;
  for (const v1::Sample& sample : suites.at("longproc-2k").samples()) {
    samples[sample.category()] = sample;
  }
  ASSERT_EQ(samples.size(), 6u);
  EXPECT_THAT(samples["countdown"].prompt(), HasSubstr(" Numbers [1, 2, 3, 4] to 24 {braces}"));
  EXPECT_EQ(samples["countdown"].scorer_data().at("numbers"), "[1, 2, 3, 4]");
  EXPECT_EQ(samples["html_to_tsv"].prompt(), "<p>\napple\n</p>\n on fruit: name name");
  EXPECT_EQ(samples["path_traversal"].prompt(), "A to B. from A to B");
  EXPECT_EQ(samples["pseudo_to_code"].prompt(), "begin\n\nend");
  EXPECT_EQ(samples["pseudo_to_code"].scorer_data().at("cases"),
            R"([[["1","2"],["3"]],[[],["4"]]])");
  EXPECT_EQ(samples["pseudo_to_code"].scorer_data().at("reference"), "int main() {\n}");
  EXPECT_EQ(samples["tom_tracking"].prompt(), "S. Q?");
  EXPECT_THAT(samples["travel_planning"].scorer_data().at("reference"),
              HasSubstr("**Day 1-2:** Arriving in Oslo and visit Oslo for 2 days.\n"
                        "**Day 2:** Fly from Oslo to Rome.\n"
                        "**Day 2-4:** Visit Rome for 3 days."));
}

TEST_F(LongProcFilesTest, PagesMayBeInAnArchive) {
  std::filesystem::remove_all(from_.path() + "/data/html_to_tsv/webpage");
  EXPECT_THAT(ImportProblemHere(),
              AllOf(HasSubstr("html_to_tsv_2k.json:1:"), HasSubstr("[0].html_path: "),
                    HasSubstr("webpage/a.html: is missing")));
  from_.Write("page/webpage/a.html", "<p>");
  ASSERT_EQ(std::system(("tar -C " + from_.path() + "/page -czf " + from_.path() +
                         "/data/html_to_tsv/webpage.tar.gz webpage")
                            .c_str()),
            0);
  EXPECT_EQ(ImportProblemHere(), "accepted");
  const std::string archive = from_.path() + "/data/html_to_tsv/webpage.tar.gz";
  std::filesystem::resize_file(archive, std::filesystem::file_size(archive) - 20);
  EXPECT_THAT(ImportProblemHere(), AllOf(HasSubstr("webpage.tar.gz: "), HasSubstr(kAgain + 2)));
  from_.Write("data/html_to_tsv/webpage.tar.gz", GzipOf("no archive" + std::string(600, 'x')));
  EXPECT_THAT(ImportProblemHere(),
              HasSubstr("webpage.tar.gz: no header of a tar archive (byte 512)"));
}

TEST_F(LongProcFilesTest, ItemsThatAreNotAsTheyShouldBe) {
  const auto with = [this](const std::string& name, const std::vector<Json>& items) {
    const std::string path = from_.path() + "/data/" + name + ".json";
    const std::string good = TempFolder::Read(path);
    Items(name, items);
    const std::string problem = ImportProblemHere();
    from_.Write("data/" + name + ".json", good);
    return problem;
  };
  const std::string countdown = "countdown/countdown_2k";
  EXPECT_EQ(with(countdown, {{{"nums", {1, 2, 3, 4}}}}),
            "data/countdown/countdown_2k.json:1:2: [0].target: is missing, expected a whole "
            "number" +
                std::string(kAgain));
  EXPECT_EQ(with(countdown, {{{"nums", {1, 2, "3", 4}}, {"target", 5}}}),
            "data/countdown/countdown_2k.json:1:15: [0].nums[2]: expected a whole number from 0 "
            "to 1000000" +
                std::string(kAgain));
  EXPECT_THAT(with(countdown, {{{"nums", {1, 1, 1, 1}}, {"target", 999}}}),
              HasSubstr("[0].nums: no way leads from [1, 1, 1, 1] to 999"));
  EXPECT_THAT(with(countdown, {7}), HasSubstr("[0]: expected an object"));
  EXPECT_THAT(with(countdown, {}), HasSubstr("expected a list of items"));
  const Json page =
      (*ParseJson(TempFolder::Read(from_.path() + "/data/html_to_tsv/html_to_tsv_2k.json")))[0];
  EXPECT_THAT(with("html_to_tsv/html_to_tsv_2k", {page, page}),
              AllOf(HasSubstr("[1].task_id: 'W1' stands in line 1 already"), HasSubstr(kAgain)));
  Json escaping = page;
  escaping["html_path"] = "../../../etc/passwd";
  EXPECT_THAT(with("html_to_tsv/html_to_tsv_2k", {escaping}),
              HasSubstr("is outside of the benchmark's folder"));
  EXPECT_THAT(with("path_traversal/path_traversal_2k",
                   {{{"context_nl", "c"}, {"question_repr", {"A"}}, {"answer_nl", "x"}}}),
              HasSubstr("[0].question_repr: expected the names of two cities"));
  EXPECT_THAT(
      with("tom_tracking/tom_tracking_2k", {{{"story", "S"}, {"question", 5}, {"solution", "x"}}}),
      HasSubstr("[0].question: expected a text that is not blank"));
  EXPECT_THAT(with("pseudo_to_code/pseudo_to_code_2k", {{{"problem_id", "1A"},
                                                         {"pseudocode_lines", {"a"}},
                                                         {"code_lines", {"b"}},
                                                         {"testcases", {{{"1"}, "2"}}}}}),
              HasSubstr("[0].testcases[0]: expected a pair of lists of lines"));
  Json travel = travel_;
  travel["constraints"].erase(2);
  EXPECT_THAT(with("travel_planning/travel_planning_all", {travel}),
              HasSubstr("[0].constraints: no plan fits the constraints"));
  travel = travel_;
  travel["constraints"][1]["city"] = "Oslo";
  EXPECT_THAT(with("travel_planning/travel_planning_all", {travel}),
              HasSubstr("[0].constraints[1]: expected a duration"));
  travel = travel_;
  travel["ground_truth_durations"] = "2";
  EXPECT_THAT(with("travel_planning/travel_planning_all", {travel}),
              HasSubstr("[0].ground_truth_cities: 2 cities and 1 durations"));
  EXPECT_EQ(ImportProblemHere(), "accepted");
}

TEST_F(LongProcFilesTest, FilesThatAreNotAsTheyShouldBe) {
  const std::string good =
      TempFolder::Read(from_.path() + "/data/tom_tracking/tom_tracking_2k.json");
  const auto with = [this](const std::string& bytes) {
    from_.Write("data/tom_tracking/tom_tracking_2k.json", bytes);
    return ImportProblemHere();
  };
  EXPECT_THAT(with("[{\"story\": \"S\""), AllOf(HasSubstr("tom_tracking_2k.json:1:"),
                                                HasSubstr("not valid JSON"), HasSubstr(kAgain)));
  EXPECT_EQ(
      with("[{\"story\": \"\xff\"}]"),
      "data/tom_tracking/tom_tracking_2k.json:1: not valid UTF-8 (byte 12)" + std::string(kAgain));
  std::filesystem::remove(from_.path() + "/data/tom_tracking/tom_tracking_2k.json");
  from_.Write("data/tom_tracking/tom_tracking_2k.json.gz", GzipOf(good, 6));
  EXPECT_THAT(ImportProblemHere(),
              AllOf(HasSubstr("tom_tracking_2k.json.gz: "), HasSubstr(kAgain)));
  from_.Write("data/tom_tracking/tom_tracking_2k.json.gz", GzipOf(good));
  EXPECT_EQ(ImportProblemHere(), "accepted");
  std::filesystem::remove(from_.path() + "/data/tom_tracking/tom_tracking_2k.json.gz");
  WriteHugeLine(from_, "data/tom_tracking/tom_tracking_2k.json");
  EXPECT_EQ(
      ImportProblemHere(),
      "data/tom_tracking/tom_tracking_2k.json: longer than 536870912 bytes" + std::string(kAgain));
  from_.Write("data/tom_tracking/tom_tracking_2k.json", good);

  Prompt("tom_tracking", "{story} {answer}");
  EXPECT_THAT(ImportProblemHere(), AllOf(HasSubstr("tom_tracking/prompts.yaml: USER_PROMPT: "),
                                         HasSubstr("answer"), HasSubstr(kAgain)));
  Prompt("tom_tracking", "{story}");
  EXPECT_THAT(ImportProblemHere(),
              AllOf(HasSubstr("tom_tracking/prompts.yaml: USER_PROMPT: has no {question}"),
                    HasSubstr(kAgain)));
  from_.Write("data/tom_tracking/prompts.yaml", "PROMPT: x\n");
  EXPECT_THAT(ImportProblemHere(), HasSubstr("USER_PROMPT: expected the text of the prompt"));
  std::filesystem::remove(from_.path() + "/data/tom_tracking/prompts.yaml");
  EXPECT_EQ(ImportProblemHere(),
            "data/tom_tracking/prompts.yaml: is missing" + std::string(kAgain));
}

TEST_F(LongProcFilesTest, AFolderWithoutTheBenchmarkIsToldApart) {
  const TempFolder empty;
  EXPECT_THAT(ImportProblem("longproc", empty),
              HasSubstr("neither data/countdown/prompts.yaml nor countdown/prompts.yaml is there"));
  empty.Write("countdown/prompts.yaml", "USER_PROMPT: x\n");
  EXPECT_THAT(ImportProblem("longproc", empty), HasSubstr("there is no set of items in it"));
}

TEST(LongProcTablesTest, SamplesWithoutAScoreAreNamedAndNotInTheMeans) {
  v1::Suite suite;
  suite.add_samples()->set_category("countdown");
  suite.add_samples()->set_category("countdown");
  std::vector<v1::SampleResult> results(2);
  for (v1::SampleResult& result : results) {
    result.set_model("m");
    result.set_category("countdown");
  }
  v1::ScorerResult& scorer = *results[0].add_scorers();
  scorer.set_scorer("longproc");
  scorer.set_outcome(v1::OUTCOME_SCORED);
  v1::Score& score = *scorer.add_scores();
  score.set_name("score");
  score.set_value(0.5);
  TableInput input{suite, {"m"}, {&results[0], &results[1]}};
  const v1::ResultTable table = LongProcTables(input)[0];
  EXPECT_THAT(table.columns(), testing::ElementsAre("model", "Avg", "Countdown"));
  EXPECT_EQ(table.rows(0).cells(1).number(), 50);
  EXPECT_EQ(table.rows(0).cells(2).number(), 50);
  ASSERT_EQ(table.notes_size(), 1);
  EXPECT_EQ(table.notes(0), "m: 1 samples have no score and are not in the means");
}

}  // namespace
}  // namespace assay
