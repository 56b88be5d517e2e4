#include "suites/deepresearch_bench/import.h"

#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "suites/deepresearch_bench/tables.h"
#include "suites/source_files.h"

namespace assay {
namespace {

constexpr char kAdvice[] =
    "take the file again from https://github.com/Ayanami0730/deep_research_bench (folder data)";
constexpr std::int64_t kMaxId = 1'000'000;

// Files of the clone's folder data, or all in one folder.
struct Layout {
  std::string query;
  std::string criteria;
  std::string reference;
};

Layout LayoutOf(const SourceFolder& source) {
  if (source.Has("prompt_data/query.jsonl")) {
    return {"prompt_data/query.jsonl", "criteria_data/criteria.jsonl",
            "test_data/cleaned_data/reference.jsonl"};
  }
  return {"query.jsonl", "criteria.jsonl", "reference.jsonl"};
}

std::string IdOf(std::int64_t id) {
  char text[32];
  std::snprintf(text, sizeof(text), "drb-%03d", static_cast<int>(id));
  return text;
}

// What a file says of a task, by the task's prompt, which is what the benchmark joins files by.
template <typename T>
using ByPrompt = std::map<std::string, T>;

struct Criteria {
  std::vector<v1::Criterion> criteria;
  std::map<std::string, double> weights;  // of the dimensions
};

void ReadDimension(const RowReader& all, const char* dimension, ConfigErrors& errors,
                   std::vector<v1::Criterion>& criteria) {
  const ConfigNode* list = all.List(dimension);
  if (list == nullptr) return;
  if (list->children.empty()) all.Fail(dimension, "expected at least one criterion");
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    const std::string place = std::string(dimension) + "[" + std::to_string(i) + "]";
    const ConfigNode& node = list->children[i];
    if (node.kind != ConfigNode::Kind::kMapping) {
      all.Fail(place, "expected an object");
      continue;
    }
    const RowReader item(node, &errors, "criterions." + place, kAdvice);
    v1::Criterion& criterion = criteria.emplace_back();
    criterion.set_id(std::string(dimension) + "-" + std::to_string(i + 1));
    criterion.set_text(item.Text("criterion") + "\n" + item.Text("explanation"));
    criterion.set_group(dimension);
    criterion.set_weight(item.Number("weight", 0, 1));
    // To a rubric a weight of 0 is one that was not given.
    if (item.Has("weight") && criterion.weight() == 0) item.Fail("weight", "expected more than 0");
  }
}

Criteria ReadCriteria(const RowReader& row, ConfigErrors& errors) {
  Criteria found;
  const ConfigNode* weights = row.Object("dimension_weight");
  const ConfigNode* criteria = row.Object("criterions");
  if (weights == nullptr || criteria == nullptr) return found;
  const RowReader of_dimensions(*weights, &errors, "dimension_weight", kAdvice);
  const RowReader all(*criteria, &errors, "criterions", kAdvice);
  for (const RaceDimension& dimension : kRaceDimensions) {
    found.weights[dimension.name] = of_dimensions.Number(dimension.name, 0, 1);
    ReadDimension(all, dimension.name, errors, found.criteria);
  }
  return found;
}

struct File {
  std::string path;
  std::string digest;
};

// Rows by prompt, each by `read`; a prompt twice is an error.
template <typename T, typename Read>
absl::StatusOr<File> ReadByPrompt(const SourceFolder& source, const std::string& name,
                                  const Read& read, ByPrompt<T>& found) {
  UniqueIds prompts;
  ASSAY_ASSIGN_OR_RETURN(const std::string digest,
                         source.ForEachRow(name, [&](const ConfigNode& node, ConfigErrors& errors) {
                           const RowReader row(node, &errors, "", kAdvice);
                           const std::string prompt = row.Text("prompt");
                           prompts.Add(prompt, node.line, row, "prompt");
                           found[prompt] = read(row, errors);
                         }));
  return File{source.PathOf(name), digest};
}

absl::StatusOr<File> ReadTasks(const SourceFolder& source, const std::string& name,
                               std::vector<v1::Sample>& samples) {
  UniqueIds ids;
  UniqueIds prompts;
  ASSAY_ASSIGN_OR_RETURN(
      const std::string digest,
      source.ForEachRow(name, [&](const ConfigNode& node, ConfigErrors& errors) {
        const RowReader row(node, &errors, "", kAdvice);
        v1::Sample& sample = samples.emplace_back();
        sample.set_id(IdOf(row.Whole("id", 1, kMaxId)));
        sample.set_category(row.Text("topic"));
        sample.set_language(row.Text("language"));
        sample.set_prompt(row.Text("prompt"));
        ids.Add(sample.id(), node.line, row, "id");
        prompts.Add(sample.prompt(), node.line, row, "prompt");
        if (sample.language() == "en" || sample.language() == "zh" || sample.language().empty()) {
          return;
        }
        row.Fail("language", "expected en or zh, found " + QuoteForError(sample.language()));
      }));
  return File{source.PathOf(name), digest};
}

absl::Status Lacks(const File& file, const v1::Sample& sample) {
  return InvalidArgument(file.path + ": has no row with the prompt of task " + sample.id() + ", " +
                         QuoteForError(sample.prompt()) + "; " + kAdvice);
}

v1::SuiteManifest Manifest(const std::vector<File>& files) {
  v1::SuiteManifest manifest;
  manifest.set_name("deepresearch-bench");
  manifest.set_benchmark("deepresearch-bench");
  manifest.set_title("DeepResearch Bench (RACE)");
  manifest.set_version("214741e4");
  manifest.set_description(
      "Research reports, rated beside a reference report by weighted criteria of four dimensions: "
      "100 T / (T + R), 50 means as good as the reference.");
  manifest.set_license("Apache-2.0");
  std::string source = "https://github.com/Ayanami0730/deep_research_bench";
  for (const File& file : files) {
    source += " " + file.path.substr(file.path.rfind('/') + 1) + " sha256:" + file.digest;
  }
  manifest.set_source(source);
  v1::ScorerSpec& scorer = *manifest.add_scorers();
  scorer.set_id(kRaceScorer);
  scorer.set_compat(v1::COMPAT_STRICT);
  scorer.mutable_rubric()->set_method("relative");
  return manifest;
}

absl::StatusOr<std::vector<ImportedSuite>> ImportDeepResearchBench(const ImportRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(
      const SourceFolder source,
      SourceFolder::FindAny(request.from, {"data", ""}, {"prompt_data/query.jsonl", "query.jsonl"},
                            kAdvice));
  const Layout layout = LayoutOf(source);
  std::vector<v1::Sample> samples;
  ASSAY_ASSIGN_OR_RETURN(const File tasks, ReadTasks(source, layout.query, samples));
  ByPrompt<Criteria> criteria;
  ASSAY_ASSIGN_OR_RETURN(const File rubrics,
                         ReadByPrompt(source, layout.criteria, ReadCriteria, criteria));
  ByPrompt<std::string> reports;
  ASSAY_ASSIGN_OR_RETURN(
      const File references,
      ReadByPrompt(
          source, layout.reference,
          [](const RowReader& row, ConfigErrors&) { return row.Text("article"); }, reports));
  SuiteFolder folder;
  *folder.suite.mutable_manifest() = Manifest({tasks, rubrics, references});
  for (v1::Sample& sample : samples) {
    const auto rubric = criteria.find(sample.prompt());
    if (rubric == criteria.end()) return Lacks(rubrics, sample);
    const auto report = reports.find(sample.prompt());
    if (report == reports.end()) return Lacks(references, sample);
    for (const v1::Criterion& criterion : rubric->second.criteria) {
      *sample.add_criteria() = criterion;
    }
    sample.mutable_group_weights()->insert(rubric->second.weights.begin(),
                                           rubric->second.weights.end());
    sample.set_reference_answer(report->second);
    *folder.suite.add_samples() = std::move(sample);
  }
  return WriteImported(request, {folder});
}

}  // namespace

Benchmark DeepResearchBench() {
  Benchmark benchmark;
  benchmark.name = "deepresearch-bench";
  benchmark.title =
      "DeepResearch Bench (2025), RACE: 100 research tasks, Chinese and English, each with "
      "weighted "
      "criteria and a reference report";
  benchmark.version = "214741e4";
  benchmark.license = "Apache-2.0";
  benchmark.source = "https://github.com/Ayanami0730/deep_research_bench";
  benchmark.needs =
      "a clone, or one folder with query.jsonl, criteria.jsonl and reference.jsonl (the reports of "
      "data/test_data/cleaned_data)";
  benchmark.judge = "gemini-2.5-pro, asked by our own prompt";
  benchmark.samples = 100;
  benchmark.judge_calls = 600;
  benchmark.judge_input_tokens = 9'000'000;
  benchmark.judge_output_tokens = 350'000;
  benchmark.unavailable =
      "FACT (citations need web pages as they were), and RACE's own prompt and cleaning of "
      "citations";
  benchmark.import = &ImportDeepResearchBench;
  benchmark.tables = &DeepResearchBenchTables;
  return benchmark;
}

}  // namespace assay
