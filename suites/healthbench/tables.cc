#include "suites/healthbench/tables.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/str_split.h"
#include "suites/result_table.h"

namespace assay {
namespace {

// Tags of the samples, and of the criteria of each.
struct SampleTags {
  std::vector<std::string> example;
  std::set<std::string> criteria;
};

std::map<std::string, SampleTags> TagsOf(const v1::Suite& suite) {
  std::map<std::string, SampleTags> all;
  for (const v1::Sample& sample : suite.samples()) {
    SampleTags& tags = all[sample.id()];
    const auto example = sample.metadata().find("example_tags");
    if (example != sample.metadata().end()) {
      tags.example = absl::StrSplit(example->second, '\n', absl::SkipEmpty());
    }
    for (const v1::Criterion& criterion : sample.criteria()) {
      tags.criteria.insert(criterion.tags().begin(), criterion.tags().end());
    }
  }
  return all;
}

struct ModelScores {
  std::vector<double> all;
  std::map<std::string, std::vector<double>> by_tag;
  double unjudged = 0;  // criteria
};

// The id that the results have the scorer under.
const char* ScorerIn(const TableInput& input) {
  const bool style =
      std::any_of(input.results.begin(), input.results.end(), [](const v1::SampleResult* result) {
        return ScorerOf(*result, kHealthBenchStyle) != nullptr;
      });
  return style ? kHealthBenchStyle : kHealthBenchScorer;
}

ModelScores ScoresOf(const TableInput& input, const std::string& model,
                     const std::map<std::string, SampleTags>& tags) {
  const char* const scorer = ScorerIn(input);
  ModelScores scores;
  for (const v1::SampleResult* result : input.results) {
    const auto found = tags.find(result->sample_id());
    const auto score = ScoreOf(*result, scorer, "rubric");
    if (result->model() != model || !score || found == tags.end()) continue;
    scores.all.push_back(*score / 100);
    scores.unjudged += ScoreOf(*result, scorer, "unjudged_criteria").value_or(0);
    for (const std::string& tag : found->second.example) {
      scores.by_tag[tag].push_back(*score / 100);
    }
    for (const std::string& tag : found->second.criteria) {
      const auto part = ScoreOf(*result, scorer, tag);
      if (part) scores.by_tag[tag].push_back(*part / 100);
    }
  }
  return scores;
}

std::optional<double> CutMean(const std::vector<double>& scores) {
  const std::optional<double> mean = MeanOfAll(scores);
  return mean ? std::optional<double>(std::clamp(*mean, 0.0, 1.0)) : std::nullopt;
}

std::optional<double> OfTag(const ModelScores& scores, const std::string& tag) {
  const auto found = scores.by_tag.find(tag);
  return found == scores.by_tag.end() ? std::nullopt : CutMean(found->second);
}

void AddNotes(const TableInput& input, const std::string& model, const ModelScores& scores,
              v1::ResultTable& table) {
  std::size_t texts = 0;
  for (const v1::SampleResult* result : input.results) texts += result->model() == model ? 1 : 0;
  if (scores.all.size() < texts) {
    table.add_notes(model + ": " + std::to_string(texts - scores.all.size()) + " of " +
                    std::to_string(texts) + " texts have no score and are not in the figures");
  }
  if (scores.unjudged > 0) {
    table.add_notes(model + ": " + std::to_string(static_cast<std::int64_t>(scores.unjudged)) +
                    " criteria were not judged; they count neither as met nor in the points within "
                    "reach");
  }
}

}  // namespace

std::vector<v1::ResultTable> HealthBenchTables(const TableInput& input) {
  const std::map<std::string, SampleTags> tags = TagsOf(input.suite);
  std::vector<ModelScores> models;
  std::set<std::string> seen;
  for (const std::string& model : input.models) {
    models.push_back(ScoresOf(input, model, tags));
    for (const auto& [tag, scores] : models.back().by_tag) seen.insert(tag);
  }
  std::vector<std::string> columns;
  for (const char* kind : {"theme:", "axis:"}) {
    for (const std::string& tag : seen) {
      if (tag.starts_with(kind)) columns.push_back(tag);
    }
  }
  std::vector<std::string> head = {"model", "overall"};
  head.insert(head.end(), columns.begin(), columns.end());
  v1::ResultTable main = MakeTable(input.suite.manifest().title(), head, 3);
  if (std::string_view(ScorerIn(input)) == kHealthBenchStyle) {
    main.add_notes("healthbench-style: graded by Assay's own prompt, not by the benchmark's");
  }
  std::vector<std::string> tag_head = {"tag"};
  for (std::size_t i = 0; i < models.size(); ++i) {
    std::vector<std::optional<double>> figures = {CutMean(models[i].all)};
    for (const std::string& tag : columns) figures.push_back(OfTag(models[i], tag));
    AddTableRow(main, input.models[i], figures);
    AddNotes(input, input.models[i], models[i], main);
    tag_head.push_back(input.models[i]);
    tag_head.push_back(input.models[i] + " samples");
  }
  v1::ResultTable by_tag = MakeTable(input.suite.manifest().title() + ", tags", tag_head, 3);
  for (const std::string& tag : seen) {
    std::vector<std::optional<double>> figures;
    for (const ModelScores& scores : models) {
      figures.push_back(OfTag(scores, tag));
      const auto found = scores.by_tag.find(tag);
      figures.push_back(found == scores.by_tag.end() ? 0
                                                     : static_cast<double>(found->second.size()));
    }
    AddTableRow(by_tag, tag, figures);
  }
  return {main, by_tag};
}

}  // namespace assay
