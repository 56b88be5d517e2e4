// WritingBench's figures: the published runs to the last digit, and the script's quirks.
#include "judge/benchmarks/writingbench/writingbench_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "common/text/python_json.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

std::vector<PythonValue> PythonRows(const std::filesystem::path& path) {
  std::vector<PythonValue> rows;
  const std::string text = ReadGolden(path);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    auto row = PythonJsonLoads(std::string_view(text).substr(at, end - at));
    EXPECT_TRUE(row.ok()) << path << ": " << row.status();
    if (row.ok()) rows.push_back(*std::move(row));
    at = end + 1;
  }
  return rows;
}

std::int64_t IndexOf(const PythonValue& row) {
  return static_cast<std::int64_t>(row.dict.at("index").number);
}

std::vector<WritingBenchLine> ScoreLines(const std::filesystem::path& path) {
  std::vector<WritingBenchLine> lines;
  for (const PythonValue& row : PythonRows(path)) {
    WritingBenchLine& line = lines.emplace_back();
    line.index = IndexOf(row);
    const PythonValue& scores = row.dict.at("scores");
    for (const std::string& name : scores.keys) {
      auto& values = line.scores.emplace_back(name, std::vector<double>()).second;
      for (const PythonValue& draw : scores.dict.at(name).list) {
        values.push_back(draw.dict.at("score").number);
      }
    }
  }
  return lines;
}

WritingBenchBenchmark PublishedBenchmark() {
  const std::filesystem::path folder = GoldenFolder("writingbench");
  WritingBenchBenchmark benchmark;
  for (const PythonValue& row : PythonRows(folder / "golden_fork/queries_index_1-20.jsonl.gz")) {
    benchmark.domains[IndexOf(row)] = {row.dict.at("domain1").text, row.dict.at("domain2").text};
  }
  const std::filesystem::path length = folder / "benchmark_query/requirement/length";
  WritingBenchRequirement& requirement = benchmark.requirements["length"];
  for (const PythonValue& row : PythonRows(length / "length_subset.jsonl.gz")) {
    requirement.queries.push_back(IndexOf(row));
  }
  for (const PythonValue& row : PythonRows(length / "length_subset_C.jsonl.gz")) {
    for (const PythonValue& criterion : row.dict.at("checklist").list) {
      requirement.criteria[IndexOf(row)].push_back(criterion.dict.at("name").text);
    }
  }
  return benchmark;
}

TEST(WritingBenchGoldenTest, ThreePublishedRuns) {
  if (!HasGolden("writingbench")) GTEST_SKIP();
  const std::filesystem::path folder = GoldenFolder("writingbench");
  const Json expected = GoldenJson(folder / "EXPECTED.json")["runs"];
  const WritingBenchBenchmark benchmark = PublishedBenchmark();
  ASSERT_EQ(expected.size(), 3u);
  int compared = 0;
  for (const auto& [run, values] : expected.items()) {
    SCOPED_TRACE(run);
    const std::vector<WritingBenchLine> lines =
        ScoreLines(folder / "golden_fork/WritingBench" / run /
                   "scores/tinker_meta-llama_Llama-3.1-8B-Instruct.jsonl.gz");
    ASSERT_EQ(lines.size(), 20u);
    const auto figures = WritingBenchAggregate(lines, benchmark);
    ASSERT_TRUE(figures.ok()) << figures.status();
    std::map<std::string, double> found = {{"Overall", figures->overall},
                                           {"Count", static_cast<double>(figures->count)},
                                           {"length_R", figures->whole.at("length")},
                                           {"length_C", figures->part.at("length")}};
    for (const auto& [name, mean] : figures->first) found["Domain1_" + name] = mean;
    for (const auto& [name, mean] : figures->second) found["Domain2_" + name] = mean;
    EXPECT_EQ(found.size(), values["recomputed"].size());
    for (const char* part : {"recomputed", "report"}) {
      for (const auto& [name, value] : values[part].items()) {
        if (!value.is_number() || name.starts_with("style") || name.starts_with("format")) continue;
        EXPECT_EQ(found.at(name), value.get<double>()) << part << " " << name;
        ++compared;
      }
    }
    for (const WritingBenchLine& line : lines) {
      EXPECT_EQ(WritingBenchQueryMean(line),
                values["per_query_mean"][std::to_string(line.index)].get<double>());
      ++compared;
    }
    // The report's columns are in the table's order.
    std::vector<std::string> columns;
    const std::string text = ReadGolden(folder / "golden_fork/WritingBench" / run / "report.json");
    const auto report = PythonJsonLoads(text);
    ASSERT_TRUE(report.ok()) << report.status();
    const PythonValue& row = report->kind == PythonValue::Kind::kList ? report->list[0] : *report;
    for (const std::string& key : row.keys) {
      if (key.starts_with("Domain2_")) columns.push_back(key.substr(8));
    }
    EXPECT_EQ(columns.size(), 4u);
    EXPECT_EQ(WritingBenchSecondDomains({*figures}, benchmark), columns);
  }
  EXPECT_EQ(compared, 3 * (9 + 9 + 20));
  std::cout << "figures: " << compared << " published values equal in 3 runs\n";
}

WritingBenchBenchmark Small() {
  WritingBenchBenchmark benchmark;
  benchmark.domains = {{1, {"Education", "Course"}},
                       {2, {"Politics & Law", "Contract"}},
                       {3, {"Education", "Speech"}}};
  benchmark.requirements["style"] = {{3, 1, 9}, {{1, {"b"}}, {3, {"a", "b"}}, {9, {"x"}}}};
  benchmark.requirements["format"] = {};
  return benchmark;
}

TEST(WritingBenchScoresTest, MeansOfWhat) {
  const auto figures = WritingBenchAggregate(
      {{1, {{"a", {2}}, {"b", {4, 9}}}}, {2, {{"a", {10}}}}, {3, {{"a", {1}}, {"b", {2}}}}},
      Small());
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_DOUBLE_EQ(figures->overall, 28.0 / 6);
  EXPECT_EQ(figures->count, 3);
  EXPECT_DOUBLE_EQ(figures->first.at("Education"), (5.0 + 1.5) / 2);
  EXPECT_DOUBLE_EQ(figures->whole.at("style"), (1.5 + 5.0) / 2);
  EXPECT_DOUBLE_EQ(figures->part.at("style"), (1 + 2 + 6.5) / 3);
  EXPECT_EQ(figures->whole.at("format"), 0);
  EXPECT_EQ(figures->part.at("format"), 0);
}

TEST(WritingBenchScoresTest, OfEqualIndicesTheLastCountsAndAllCountOverall) {
  const auto figures = WritingBenchAggregate(
      {{1, {{"a", {2}}, {"b", {2}}}}, {7, {{"a", {3}}}}, {1, {{"a", {4}}, {"b", {8}}}}}, Small());
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_DOUBLE_EQ(figures->overall, 19.0 / 5);
  EXPECT_EQ(figures->count, 3);
  EXPECT_DOUBLE_EQ(figures->first.at("Education"), 6);
  EXPECT_EQ(figures->first.size(), 1u);
  EXPECT_DOUBLE_EQ(figures->part.at("style"), 8);
}

TEST(WritingBenchScoresTest, WhereTheScriptRaises) {
  const auto problem = [](const std::vector<WritingBenchLine>& lines) {
    return std::string(MessageOf(WritingBenchAggregate(lines, Small()).status()));
  };
  EXPECT_EQ(problem({}), "no scores");
  EXPECT_EQ(problem({{1, {}}}), "query 1: a criterion without scores");
  EXPECT_EQ(problem({{1, {{"a", {}}}}}), "query 1: a criterion without scores");
  EXPECT_EQ(problem({{1, {{"a", {2}}}}}),
            "query 1: no score for criterion \"b\", which is about style");
  WritingBenchBenchmark benchmark = Small();
  benchmark.requirements["style"].criteria.erase(1);
  EXPECT_EQ(MessageOf(WritingBenchAggregate({{1, {{"a", {2}}}}}, benchmark).status()),
            "query 1: no criteria for style");
}

TEST(WritingBenchScoresTest, SecondDomainsByTheMeanOverModels) {
  WritingBenchFigures one;
  one.second = {{"Speech", 4}, {"Contract", 1}, {"Course", 5}};
  WritingBenchFigures other;
  other.second = {{"Speech", 7}, {"Course", 5}};
  EXPECT_EQ(WritingBenchSecondDomains({one, other}, Small()),
            (std::vector<std::string>{"Contract", "Speech", "Course"}));
  EXPECT_EQ(WritingBenchSecondDomains({one}, Small()),
            (std::vector<std::string>{"Contract", "Course", "Speech"}));
}

}  // namespace
}  // namespace assay
