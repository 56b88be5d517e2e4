#include "suites/longbench_write/tables.h"

#include <algorithm>
#include <optional>
#include <string>

#include "suites/result_table.h"

namespace assay {
namespace {

constexpr char kLength[] = "length";
constexpr char kQuality[] = "rubric";

struct Scores {
  std::vector<double> lengths;    // S_l
  std::vector<double> qualities;  // S_q
  std::vector<double> words;
};

bool Within(const v1::LengthBucket& bucket, const v1::SampleResult& result) {
  const int words = result.required_words();
  return words >= bucket.min_words() && (bucket.max_words() == 0 || words < bucket.max_words());
}

template <typename Wanted>
Scores ScoresOf(const TableInput& input, const std::string& model, const Wanted& wanted) {
  Scores scores;
  for (const v1::SampleResult* result : input.results) {
    if (result->model() != model || !wanted(*result)) continue;
    const std::optional<double> length = ScoreOf(*result, kLength, "S_l");
    const std::optional<double> quality = ScoreOf(*result, kQuality, "S_q");
    if (length.has_value()) scores.lengths.push_back(*length);
    if (quality.has_value()) scores.qualities.push_back(*quality);
    if (result->outcome() == v1::OUTCOME_GENERATED) {
      scores.words.push_back(static_cast<double>(result->words()));
    }
  }
  return scores;
}

std::optional<double> HalfSum(std::optional<double> a, std::optional<double> b) {
  if (!a.has_value() || !b.has_value()) return std::nullopt;
  return (*a + *b) / 2;
}

v1::ResultTable WriteTable(const TableInput& input) {
  std::vector<std::string> columns = {"model", "S_bar", "S_l", "S_q"};
  const auto& buckets = input.suite.manifest().length_buckets();
  for (const v1::LengthBucket& bucket : buckets) {
    columns.push_back(bucket.label() + " S_l");
    columns.push_back(bucket.label() + " S_q");
  }
  v1::ResultTable table = MakeTable("LongBench-Write", columns, 2);
  for (const std::string& model : input.models) {
    const Scores all = ScoresOf(input, model, [](const auto&) { return true; });
    const auto length = MeanOfAll(all.lengths);
    const auto quality = MeanOfAll(all.qualities);
    std::vector<std::optional<double>> figures = {HalfSum(length, quality), length, quality};
    for (const v1::LengthBucket& bucket : buckets) {
      const Scores some =
          ScoresOf(input, model, [&](const auto& result) { return Within(bucket, result); });
      figures.push_back(MeanOfAll(some.lengths));
      figures.push_back(MeanOfAll(some.qualities));
    }
    AddTableRow(table, model, figures);
    const std::size_t missing =
        all.lengths.size() - std::min(all.lengths.size(), all.qualities.size());
    if (missing > 0) {
      table.add_notes(model + ": S_q lacks " + std::to_string(missing) + " of " +
                      std::to_string(all.lengths.size()) + " texts");
    }
  }
  return table;
}

v1::ResultTable RulerTable(const TableInput& input) {
  std::vector<std::string> columns = {"words written"};
  const auto& buckets = input.suite.manifest().length_buckets();
  for (const v1::LengthBucket& bucket : buckets) columns.push_back("asked " + bucket.label());
  v1::ResultTable table = MakeTable("LongWrite-Ruler", columns, 0);
  for (const std::string& model : input.models) {
    for (const char* language : {"en", "zh"}) {
      std::vector<std::optional<double>> figures;
      for (const v1::LengthBucket& bucket : buckets) {
        const Scores some = ScoresOf(input, model, [&](const auto& result) {
          return Within(bucket, result) && result.language() == language;
        });
        figures.push_back(MeanOfAll(some.words));
      }
      AddTableRow(table, model + ", " + language, figures);
    }
  }
  return table;
}

}  // namespace

std::vector<v1::ResultTable> LongBenchWriteTables(const TableInput& input) {
  if (input.suite.manifest().name() == "longwrite-ruler") return {RulerTable(input)};
  return {WriteTable(input)};
}

}  // namespace assay
