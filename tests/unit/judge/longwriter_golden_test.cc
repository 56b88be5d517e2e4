// LongBench-Write's published figures from its own outputs and verdicts. Skips without the data.
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "common/json/json.h"
#include "common/text/words.h"
#include "judge/length_scorer.h"
#include "judge/rubric_reply.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

std::string ReadGzip(const fs::path& path) {  // plain files too
  gzFile file = gzopen(path.c_str(), "rb");
  EXPECT_NE(file, nullptr) << path;
  std::string text;
  std::array<char, 65536> buffer;
  for (int got = 0; (got = gzread(file, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  gzclose(file);
  return text;
}

std::vector<Json> ReadRows(const fs::path& path) {
  std::vector<Json> rows;
  const std::string text = ReadGzip(path);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) {
      absl::StatusOr<Json> row = ParseJson(std::string_view(text).substr(at, end - at));
      EXPECT_TRUE(row.ok()) << path << ": " << row.status();
      if (row.ok()) rows.push_back(*std::move(row));
    }
    at = end + 1;
  }
  return rows;
}

class LongWriterGoldenTest : public testing::Test {
 protected:
  void SetUp() override {
    if (fs::exists(data_ / "EXPECTED.json")) return;
    std::cout << "SKIPPED: no " << data_ << "\n";
    GTEST_SKIP() << "the benchmark's data is not there";
  }

  v1::ScorerSpec OfficialRubric() const {
    v1::ScorerSpec spec;
    spec.set_compat(v1::COMPAT_OFFICIAL);
    spec.mutable_rubric()->set_preset("longbench-write");
    spec.mutable_rubric()->set_prompt(ReadGzip(data_ / "evaluation/judge.txt"));
    return *ResolveScorer(spec);
  }

  const fs::path data_ = fs::path(ASSAY_SOURCE_DIR) / "../shared/data/longwriter";
};

TEST_F(LongWriterGoldenTest, WordCounts) {
  const std::vector<Json> rows = ReadRows(data_ / "golden_word_count.jsonl");
  EXPECT_EQ(rows.size(), 53u);
  for (const Json& row : rows) {
    EXPECT_EQ(CountLongBenchWords(row["text"].get<std::string>()), row["count"].get<int>())
        << row["text"];
  }
}

TEST_F(LongWriterGoldenTest, ReadmeCases) {
  const std::vector<Json> rows = ReadRows(data_ / "golden_readme_cases.jsonl");
  EXPECT_EQ(rows.size(), 2u);
  for (const Json& row : rows) {
    EXPECT_EQ(CountLongBenchWords(row["response"].get<std::string>()),
              row["stated_count"].get<int>());
  }
}

TEST_F(LongWriterGoldenTest, LengthScores) {
  const std::vector<Json> rows = ReadRows(data_ / "golden_length_score.jsonl");
  EXPECT_EQ(rows.size(), 17u);
  for (const Json& row : rows) {
    EXPECT_EQ(LongBenchLengthScore(row["required"].get<int>(), row["actual"].get<int>()),
              row["score"].get<double>())
        << row;
  }
}

TEST_F(LongWriterGoldenTest, ParseCases) {
  const v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {OfficialRubric()});
  const std::vector<Json> rows = ReadRows(data_ / "golden_parse.jsonl");
  EXPECT_EQ(rows.size(), 28u);
  for (const Json& row : rows) {
    SCOPED_TRACE(row["case"].get<std::string>());
    const std::string output = row["output"].get<std::string>();
    const RubricReply reply = ParseOfficialReply(inputs.scorers(0).rubric(), output);
    EXPECT_EQ(reply.accepted, row["accepted"].get<bool>());
    const JudgedRun run = RunMachine(inputs, {TextReply(output)});
    EXPECT_EQ(run.calls.size(), row["judge_calls_if_output_repeats"].get<std::size_t>());
    if (!reply.accepted) {
      EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_UNJUDGED);
      continue;
    }
    for (const v1::RubricDimension& dimension : inputs.scorers(0).rubric().dimensions()) {
      const Json& value = row["scores"][dimension.name()];
      if (value.is_number() && run.verdict().outcome() == v1::OUTCOME_SCORED) {
        EXPECT_EQ(run.score(dimension.name()), (value.get<double>() - 1) * 25);
      }
    }
  }
}

// The rows of a run: all of its generations. Where a file holds only judged rows, the texts stand
// in a file beside it or, for the other judge's folder, in the folder of the first.
std::vector<Json> GenerationRows(const fs::path& evaluation, const std::string& run) {
  const std::string twin = run.starts_with("preds_gpt/") ? "preds" + run.substr(9) : run;
  for (const std::string& name :
       {run + ".jsonl.gz", twin + ".jsonl.gz", run + "_judge.jsonl.gz", twin + "_judge.jsonl.gz"}) {
    if (!fs::exists(evaluation / name)) continue;
    std::vector<Json> rows = ReadRows(evaluation / name);
    if (rows.size() == 60) return rows;
  }
  return {};
}

struct Mean {
  double sum = 0;
  int count = 0;
  void Add(double value) { sum += value, ++count; }
  double value() const { return sum / count; }
};

TEST_F(LongWriterGoldenTest, PublishedRuns) {
  const fs::path evaluation = data_ / "golden_fork/evaluation";
  const Json expected = *ParseJson(ReadGzip(data_ / "EXPECTED.json"));
  v1::UnitInputs rules = ScoringInputs(v1::UNIT_KIND_SCORE_RULES, {LengthSpec()});
  v1::UnitInputs judged = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {OfficialRubric()});
  int runs = 0;
  int texts = 0;
  int verdicts = 0;
  for (const auto& [name, figures] : expected["runs"].items()) {
    if (!fs::exists(evaluation / (name + "_judge.jsonl.gz"))) continue;
    SCOPED_TRACE(name);
    ++runs;
    Mean length;
    for (const Json& row : GenerationRows(evaluation, name)) {
      const std::string text = row["response"].get<std::string>();
      EXPECT_EQ(CountLongBenchWords(text), row["response_length"].get<int>());
      rules.set_text(text);
      rules.mutable_sample()->set_required_words(row["length"].get<int>());
      length.Add(RunMachine(rules).score("S_l"));
      ++texts;
    }
    EXPECT_EQ(length.count, figures["pred_rows"].get<int>());
    EXPECT_NEAR(length.value(), figures["S_l"].get<double>(), 1e-9);
    std::map<std::string, Mean> quality;
    for (const Json& row : ReadRows(evaluation / (name + "_judge.jsonl.gz"))) {
      if (!row.contains("scores")) continue;
      judged.set_prompt_text(row["prompt"].get<std::string>());
      judged.set_text(row["response"].get<std::string>());
      const JudgedRun run = RunMachine(judged, {TextReply(DumpJson(row["scores"]))});
      for (const v1::Score& score : run.verdict().scores())
        quality[score.name()].Add(score.value());
      ++verdicts;
    }
    for (const auto& [dimension, value] : figures["S_q"].items()) {
      const Mean& mean = quality[dimension == "total" ? "S_q" : dimension];
      EXPECT_EQ(mean.count, figures["judged_rows"].get<int>()) << dimension;
      EXPECT_NEAR(mean.value(), value.get<double>(), 1e-9) << dimension;
    }
  }
  EXPECT_EQ(runs, 29);
  EXPECT_EQ(texts, 29 * 60);
  EXPECT_EQ(verdicts, 1714);
}

}  // namespace
}  // namespace assay
