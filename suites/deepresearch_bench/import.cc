#include "suites/deepresearch_bench/import.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/config/regular_file.h"
#include "common/json/json.h"
#include "common/text/python_literal.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"
#include "judge/benchmarks/race/race_judge.h"
#include "suites/deepresearch_bench/tables.h"
#include "suites/source_files.h"

namespace assay {
namespace {

constexpr char kAdvice[] =
    "take the file again from https://github.com/Ayanami0730/deep_research_bench (folder data)";
constexpr char kReferenceAdvice[] =
    "RACE compares with reference reports; take data/test_data/cleaned_data/reference.jsonl from "
    "https://github.com/Ayanami0730/deep_research_bench, or give reports of your own by "
    "--references FILE (rows with prompt and article) or DIR (<task>.md or .txt, such as "
    "drb-001.md)";
constexpr char kPromptName[] = "generate_merged_score_prompt";
constexpr char kPromptAdvice[] =
    "take prompt/score_prompt_en.py and score_prompt_zh.py from "
    "https://github.com/Ayanami0730/deep_research_bench";
constexpr std::size_t kMaxPromptBytes = std::size_t{1} << 20;
constexpr std::int64_t kMaxId = 1'000'000;
constexpr std::size_t kMaxReportBytes = std::size_t{8} << 20;
constexpr std::size_t kNamed = 5;  // of missing reports

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
  std::map<std::string, double> weights;           // of the dimensions
  OrderedJson as_written = OrderedJson::object();  // for the scorer race
};

void ReadDimension(const RowReader& all, const char* dimension, ConfigErrors& errors,
                   Criteria& found) {
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
    v1::Criterion& criterion = found.criteria.emplace_back();
    criterion.set_id(std::string(dimension) + "-" + std::to_string(i + 1));
    const std::string text = item.Text("criterion");
    const std::string explanation = item.Text("explanation");
    criterion.set_text(text + "\n" + explanation);
    criterion.set_group(dimension);
    criterion.set_weight(item.Number("weight", 0, 1));
    // To a rubric a weight of 0 is one that was not given.
    found.as_written[dimension].push_back(
        {{"criterion", text}, {"explanation", explanation}, {"weight", criterion.weight()}});
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
  for (const ConfigNode& dimension : criteria->children) {  // in the order of the row
    const bool known =
        std::any_of(kRaceDimensions.begin(), kRaceDimensions.end(),
                    [&](const RaceDimension& one) { return one.name == dimension.key; });
    if (known) found.as_written[dimension.key] = OrderedJson::array();
  }
  for (const RaceDimension& dimension : kRaceDimensions) {
    found.weights[dimension.name] = of_dimensions.Number(dimension.name, 0, 1);
    ReadDimension(all, dimension.name, errors, found);
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

// "drb-001, drb-002 and 3 more"; empty: none.
std::string NamesOf(const std::vector<std::string>& ids) {
  std::string names;
  for (std::size_t i = 0; i < std::min(kNamed, ids.size()); ++i) {
    names += (i == 0 ? "" : ", ") + ids[i];
  }
  if (ids.size() > kNamed) names += " and " + std::to_string(ids.size() - kNamed) + " more";
  return names;
}

// Whether every task has its row in a file that was read.
template <typename T>
absl::Status ExpectEvery(const std::vector<v1::Sample>& samples, const ByPrompt<T>& found,
                         const std::string& path) {
  std::vector<std::string> missing;
  for (const v1::Sample& sample : samples) {
    if (found.find(sample.prompt()) == found.end()) missing.push_back(sample.id());
  }
  if (missing.empty()) return absl::OkStatus();
  return InvalidArgument(path + ": has no row with the prompt of " + NamesOf(missing) + "; " +
                         kAdvice);
}

// The user's own texts, one file a task.
absl::Status ReadFolder(const std::string& folder, const std::vector<v1::Sample>& samples,
                        ByPrompt<std::string>& reports) {
  std::vector<std::string> missing;
  for (const v1::Sample& sample : samples) {
    const auto path = std::filesystem::path(folder) / sample.id();
    absl::StatusOr<std::string> text = NotFound("");
    for (const char* ending : {".md", ".txt"}) {
      const std::string file = path.string() + ending;
      if (!std::filesystem::exists(file)) continue;
      text = ReadRegularFile(file, kMaxReportBytes);
      if (!text.ok()) return text.status();
      if (!IsValidUtf8(*text)) return InvalidArgument(file + ": not valid UTF-8");
      if (PythonStrip(*text).empty()) return InvalidArgument(file + ": is blank");
      break;
    }
    if (text.ok()) {
      reports[sample.prompt()] = *std::move(text);
    } else {
      missing.push_back(sample.id());
    }
  }
  if (missing.empty()) return absl::OkStatus();
  return NotFound(folder + ": no text for " + NamesOf(missing) +
                  ", expected <task>.md or <task>.txt of each; " + kReferenceAdvice);
}

// Where the reports are: given by the user, or in the copy. Empty: nowhere.
absl::StatusOr<std::vector<File>> ReadReports(const ImportRequest& request,
                                              const SourceFolder& source,
                                              const std::string& in_copy,
                                              const std::vector<v1::Sample>& samples,
                                              ByPrompt<std::string>& reports) {
  const auto article = [](const RowReader& row, ConfigErrors&) { return row.Text("article"); };
  if (request.references.empty()) {
    if (!source.Has(in_copy)) return std::vector<File>();
    ASSAY_ASSIGN_OR_RETURN(const File file, ReadByPrompt(source, in_copy, article, reports));
    return std::vector<File>{file};
  }
  if (std::filesystem::is_directory(request.references)) {
    ASSAY_RETURN_IF_ERROR(ReadFolder(request.references, samples, reports));
    FieldHasher hasher("assay.reports.v1");
    for (const auto& [prompt, report] : reports) hasher.Add(prompt).Add(report);
    return std::vector<File>{{request.references, hasher.FinishHex()}};
  }
  const std::filesystem::path path(request.references);
  ASSAY_ASSIGN_OR_RETURN(
      const SourceFolder given,
      SourceFolder::Find(path.parent_path().empty() ? "." : path.parent_path().string(), {""},
                         path.filename().string(), kReferenceAdvice));
  ASSAY_ASSIGN_OR_RETURN(const File file,
                         ReadByPrompt(given, path.filename().string(), article, reports));
  return std::vector<File>{file};
}

using Prompts = std::map<std::string, std::string>;  // by language

// RACE's own question out of the clone, which is not run; empty where the copy has none.
absl::StatusOr<Prompts> ReadPrompts(const std::string& from) {
  Prompts prompts;
  const auto source = SourceFolder::FindAny(from, {"prompt", "../prompt", ""},
                                            {"score_prompt_en.py", "score_prompt_zh.py"}, kAdvice);
  if (!source.ok()) return prompts;
  for (const char* language : {"en", "zh"}) {
    const std::string file = std::string("score_prompt_") + language + ".py";
    ASSAY_ASSIGN_OR_RETURN(const std::string code, source->ReadText(file, kMaxPromptBytes));
    const auto text = PythonStringConstant(code, kPromptName);
    absl::Status problem = text.status();
    if (text.ok()) problem = RacePrompt(*text, "", "", "", {}).status();
    if (!problem.ok()) {
      return InvalidArgument(source->PathOf(file) + ": " + kPromptName + ": " +
                             std::string(MessageOf(problem)) + "; " + kPromptAdvice);
    }
    prompts[language] = *text;
  }
  return prompts;
}

// Names the scorer by what it is: RACE's own question, ours in its style, or no comparison.
void AddScorer(bool compared, const Prompts& prompts, SuiteFolder& folder) {
  v1::ScorerSpec& scorer = *folder.suite.mutable_manifest()->add_scorers();
  if (compared && !prompts.empty()) {
    scorer.set_id(kRaceScorer);
    scorer.mutable_benchmark()->set_name("race");
    for (const auto& [language, text] : prompts) {
      const std::string file = "score_prompt_" + language + ".txt";
      folder.files[file] = text;
      (*scorer.mutable_benchmark()->mutable_prompt_files())[language] = file;
    }
    return;
  }
  scorer.set_id(compared ? kRaceStyle : kRaceCriteria);
  scorer.set_compat(v1::COMPAT_STRICT);
  scorer.mutable_rubric()->set_method(compared ? "relative" : "weighted");
}

v1::SuiteManifest Manifest(const std::vector<File>& files, bool compared) {
  v1::SuiteManifest manifest;
  manifest.set_name(compared ? "deepresearch-bench" : "deepresearch-bench-criteria");
  manifest.set_benchmark("deepresearch-bench");
  manifest.set_title(compared ? "DeepResearch Bench (RACE)"
                              : "DeepResearch Bench, criteria without reference reports");
  manifest.set_version("214741e4");
  manifest.set_description(
      compared ? "Research reports, rated beside a reference report by weighted criteria of four "
                 "dimensions: 100 T / (T + R), 50 means as good as the reference."
               : "Research reports, rated by weighted criteria of four dimensions, 0 to 100. Not "
                 "RACE, which compares each report with a reference report.");
  manifest.set_license("Apache-2.0");
  std::string source = "https://github.com/Ayanami0730/deep_research_bench";
  for (const File& file : files) {
    source += " " + file.path.substr(file.path.rfind('/') + 1) + " sha256:" + file.digest;
  }
  manifest.set_source(source);
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
  ASSAY_ASSIGN_OR_RETURN(const std::vector<File> references,
                         ReadReports(request, source, layout.reference, samples, reports));
  ASSAY_ASSIGN_OR_RETURN(const Prompts prompts, ReadPrompts(request.from));
  std::vector<File> files = {tasks, rubrics};
  ASSAY_RETURN_IF_ERROR(ExpectEvery(samples, criteria, rubrics.path));
  if (!references.empty()) {
    ASSAY_RETURN_IF_ERROR(ExpectEvery(samples, reports, references[0].path));
  }
  files.insert(files.end(), references.begin(), references.end());
  SuiteFolder folder;
  *folder.suite.mutable_manifest() = Manifest(files, !references.empty());
  AddScorer(!references.empty(), prompts, folder);
  for (v1::Sample& sample : samples) {
    const Criteria& rubric = criteria[sample.prompt()];
    sample.mutable_criteria()->Add(rubric.criteria.begin(), rubric.criteria.end());
    sample.mutable_group_weights()->insert(rubric.weights.begin(), rubric.weights.end());
    (*sample.mutable_scorer_data())["race"] = DumpJson(rubric.as_written);
    const auto report = reports.find(sample.prompt());
    if (report != reports.end()) sample.set_reference_answer(report->second);
    *folder.suite.add_samples() = std::move(sample);
  }
  auto imported = WriteImported(request, {folder});
  if (!imported.ok()) return imported;
  std::string& note = (*imported)[0].note;
  if (references.empty()) {
    note = source.PathOf(layout.reference) + " is missing: " + kReferenceAdvice;
  } else if (prompts.empty()) {
    note = std::string("RACE's own prompts are not there, so that its scorer is ") + kRaceStyle +
           " with Assay's prompt; " + kPromptAdvice;
  }
  return imported;
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
      "a clone, or one folder with query.jsonl, criteria.jsonl and, for RACE itself, "
      "reference.jsonl (the reports of data/test_data/cleaned_data) or --references";
  benchmark.judge = "gemini-2.5-pro";
  benchmark.samples = 100;
  benchmark.judge_calls = 100;
  benchmark.judge_input_tokens = 2'500'000;
  benchmark.judge_output_tokens = 350'000;
  benchmark.unavailable =
      "FACT (citations need web pages as they were), and RACE's cleaning of citations by a model";
  benchmark.takes_references = true;
  benchmark.import = &ImportDeepResearchBench;
  benchmark.tables = &DeepResearchBenchTables;
  return benchmark;
}

}  // namespace assay
