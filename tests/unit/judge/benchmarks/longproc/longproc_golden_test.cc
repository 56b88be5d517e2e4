// What the official evaluators said of 645 answers, made by running them. Skips without the data.
#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "judge/benchmarks/longproc/html_to_tsv.h"
#include "judge/benchmarks/longproc/path_traversal.h"
#include "judge/benchmarks/longproc/pseudo_to_code.h"
#include "judge/benchmarks/longproc/tom_tracking.h"
#include "tests/unit/judge/benchmarks/longproc/longproc_data.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

class LongProcGoldenTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(LongProcFolder() / "golden")) {
      std::cout << "SKIPPED: no " << LongProcFolder() << "\n";
      GTEST_SKIP() << "the benchmark's data is not there";
    }
    golden_ = ReadJsonLines(LongProcFolder() / "golden/longproc_golden.jsonl.gz");
    ASSERT_EQ(golden_.size(), 645u);
  }

  // The data file of a record's set, read once.
  const Json& Items(const std::string& set) {
    const auto found = items_.find(set);
    if (found != items_.end()) return found->second;
    const std::string task = set.substr(0, set.rfind('_'));
    return items_[set] = ReadJsonFile(LongProcFolder() / "data" / task / (set + ".json.gz"));
  }

  const Json& TravelItem(const std::string& index) {
    if (index.starts_with("icl_")) {
      Json& items = items_["icl"];
      if (items.is_null()) {
        items = ReadJsonFile(LongProcFolder() /
                             "data/travel_planning/travel_planning_icl_examples.json");
      }
      return items.at(std::stoul(index.substr(4)));
    }
    Json& items = items_["synthetic"];
    if (items.is_null()) {
      items = ReadJsonFile(LongProcFolder() / "golden/travel_synthetic_instances.json");
    }
    for (const Json& item : items) {
      if (item.at("id") == index) return item;
    }
    ADD_FAILURE() << "no travel instance " << index;
    return items.at(0);
  }

  LongProcScore Score(const Json& record) {
    const std::string set = record.at("dataset").get<std::string>();
    const std::string reply = record.at("prediction").get<std::string>();
    if (set == "travel_planning") {
      const Json& item = TravelItem(record.at("index").get<std::string>());
      return ScoreTravelPlan(*ReadTravelStays(item.at("ground_truth_cities").get<std::string>(),
                                              item.at("ground_truth_durations").get<std::string>()),
                             *TravelReference(TravelOf(item)), reply);
    }
    const Json& item = Items(set).at(record.at("index").get<std::size_t>());
    const auto text = [&](const char* field) { return item.at(field).get<std::string>(); };
    if (set.starts_with("countdown")) {
      const CountdownProblem problem = CountdownOf(item);
      return ScoreCountdown(problem, *CountdownReference(problem), reply);
    }
    if (set.starts_with("path")) return ScorePathTraversal(text("answer_nl"), reply);
    if (set.starts_with("tom")) return ScoreTomTracking(text("solution"), reply);
    return ScoreHtmlToTsv(text("gt"), reply);
  }

  std::vector<Json> golden_;
  std::map<std::string, Json> items_;
};

TEST_F(LongProcGoldenTest, EveryAnswerOfTheFiveTasksWithoutPrograms) {
  std::map<std::string, int> equal;
  int crashes = 0;
  for (const Json& record : golden_) {
    const std::string set = record.at("dataset").get<std::string>();
    if (set.starts_with("pseudo")) continue;
    const std::string where =
        set + " " + record.at("index").dump() + " " + record.at("case").get<std::string>();
    const LongProcScore score = Score(record);
    ++equal[set.substr(0, set.find('_'))];
    if (record.contains("exception")) {  // the official run ends here; a service scores 0
      ++crashes;
      EXPECT_EQ(score.score, 0) << where;
      continue;
    }
    const Json& metrics = record.at("metrics");
    EXPECT_EQ(score.extracted, metrics.at("extraction_rate").get<double>()) << where;
    if (metrics.contains("f1")) {
      EXPECT_EQ(score.score, metrics.at("f1").get<double>()) << where;
      EXPECT_EQ(score.precision, metrics.at("precision").get<double>()) << where;
      EXPECT_EQ(score.recall, metrics.at("recall").get<double>()) << where;
    } else {
      EXPECT_EQ(score.score, metrics.at("accuracy").get<double>()) << where;
      EXPECT_EQ(score.partial, metrics.at("partial_accuracy").get<double>()) << where;
    }
    const Json& parsed = record.at("parsed_output");
    if (!parsed.is_null()) {
      EXPECT_EQ(score.parsed, parsed.get<std::string>()) << where;
    }
    EXPECT_EQ(score.problem.empty(), score.score == 1) << where;
  }
  EXPECT_EQ(equal,
            (std::map<std::string, int>{
                {"countdown", 145}, {"html", 168}, {"path", 68}, {"tom", 80}, {"travel", 160}}));
  EXPECT_EQ(crashes, 29);
}

TEST_F(LongProcGoldenTest, CodeIsTakenFromAnAnswerAsOfficially) {
  int records = 0;
  for (const Json& record : golden_) {
    if (!record.at("dataset").get<std::string>().starts_with("pseudo")) continue;
    ++records;
    const std::optional<std::string> code = CodeOf(record.at("prediction").get<std::string>());
    const Json& parsed = record.at("parsed_output");
    EXPECT_EQ(code.has_value(), !parsed.is_null()) << record.at("case");
    EXPECT_EQ(code.value_or(""), parsed.is_null() ? "" : parsed.get<std::string>());
  }
  EXPECT_EQ(records, 24);
}

}  // namespace
}  // namespace assay
