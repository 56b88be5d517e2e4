#include "suites/writingbench/import.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/json/json.h"
#include "common/text/python_literal.h"
#include "judge/benchmarks/writingbench/writingbench_scores.h"
#include "suites/source_files.h"
#include "suites/writingbench/tables.h"

namespace assay {
namespace {

constexpr char kAdvice[] = "take the file again from https://github.com/X-PLUG/WritingBench";
constexpr char kAll[] = "benchmark_all.jsonl";
constexpr std::int64_t kMaxIndex = 1'000'000;
constexpr std::size_t kMaxCriteria = 100;
constexpr std::size_t kMaxPromptBytes = std::size_t{1} << 20;
constexpr std::array<const char*, 7> kCriterionTexts = {
    "name", "criteria_description", "1-2", "3-4", "5-6", "7-8", "9-10"};

// What differs from release to release.
struct Release {
  const char* field;    // of the criteria
  const char* suffix;   // of the suites' names
  const char* version;  // of the suites
  const char* prompt_file;
  const char* prompt_sha256;
  bool first;  // its judge was asked with other decoding
};
constexpr Release kApril = {"checklist",
                            "",
                            "2025-04, prompt v2",
                            "prompts/evaluate_prompt.txt",
                            "db50de309a38e922c29bdaf9dae753a84f6141b0d60f35bd5001bf5e17d6f7ef",
                            false};
constexpr Release kMarch = {"criteria",
                            "-2025-03",
                            "2025-03, prompt v1",
                            "prompts/evaluate_prompt.v1-2025-03.txt",
                            "54f76c9e55293c0dbb8b658045b6fbeded74a24f3f8c49dc5d2ae97cee35a02b",
                            true};
constexpr char kSystemFile[] = "prompts/evaluate_system.txt";
constexpr char kSystemSha256[] = "27ba80325caaf209ad169b616fc7ef203445f93649a85cda9328133489f46cc1";

std::string SubsetFile(std::string_view requirement, const char* ending) {
  const std::string name(requirement);
  return "requirement/" + name + "/" + name + ending;
}

struct Query {
  std::int64_t index = 0;
  int line = 0;
  std::string domain;
  std::string subdomain;
  std::string language;
  std::string text;
  std::vector<std::string> names;  // of its criteria
  std::string criteria;            // all of them, as JSON
};

struct DataFile {
  std::string path;
  std::string digest;  // of the content, decompressed
  std::vector<Query> queries;
};

// A requirement's criteria by index of the query, from 1.
using Numbers = std::map<std::int64_t, std::string>;

struct Data {
  const Release* release = nullptr;
  std::optional<DataFile> all;
  std::map<std::string, DataFile> subsets;  // by requirement
  std::map<std::string, DataFile> parts;    // <requirement>_subset_C
  std::map<std::string, Numbers> numbers;   // by requirement
};

OrderedJson ReadCriterion(const ConfigNode& node, const RowReader& criterion) {
  for (const char* name : kCriterionTexts) {
    if (!criterion.Has(name)) criterion.Fail(name, "is missing, expected a text");
  }
  OrderedJson json = OrderedJson::object();
  for (const ConfigNode& entry : node.children) json[entry.key] = criterion.AnyText(entry.key);
  return json;
}

void ReadCriteria(const RowReader& row, const Release& release, ConfigErrors& errors,
                  Query& query) {
  const ConfigNode* list = row.List(release.field);
  if (list == nullptr) return;
  if (list->children.empty() || list->children.size() > kMaxCriteria) {
    row.Fail(release.field, "expected 1 to " + std::to_string(kMaxCriteria) + " criteria");
    return;
  }
  OrderedJson all = OrderedJson::array();
  std::set<std::string> seen;
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    const std::string path = std::string(release.field) + "[" + std::to_string(i) + "]";
    const ConfigNode& node = list->children[i];
    if (node.kind != ConfigNode::Kind::kMapping) {
      row.Fail(path, "expected an object");
      return;
    }
    const RowReader criterion(node, &errors, path, kAdvice);
    all.push_back(ReadCriterion(node, criterion));
    query.names.push_back(all.back().value("name", ""));
    if (criterion.Has("name") && !seen.insert(query.names.back()).second) {
      criterion.Fail("name", QuoteForError(query.names.back()) + " is the name of two criteria");
    }
  }
  query.criteria = DumpJson(all);
}

Query ReadQuery(const ConfigNode& node, const Release& release, ConfigErrors& errors) {
  const RowReader row(node, &errors, "", kAdvice);
  Query query;
  query.index = row.Whole("index", 1, kMaxIndex);
  query.line = node.line;
  query.domain = row.Text("domain1");
  query.subdomain = row.Text("domain2");
  query.text = row.Text("query");
  query.language = row.TextOr("lang", ChineseOrEnglish(query.text));
  ReadCriteria(row, release, errors, query);
  const auto& domains = kWritingBenchDomains;
  if (!query.domain.empty() &&
      std::find(domains.begin(), domains.end(), query.domain) == domains.end()) {
    row.Fail("domain1", "expected one of the six domains, found " + QuoteForError(query.domain));
  }
  if (query.language != "en" && query.language != "zh") {
    row.Fail("lang", "expected en or zh, found " + QuoteForError(query.language));
  }
  return query;
}

// The first row of all decides which release this is.
absl::StatusOr<DataFile> ReadDataFile(const SourceFolder& source, const std::string& name,
                                      const Release** release) {
  DataFile data;
  data.path = source.PathOf(name);
  UniqueIds indices;
  ASSAY_ASSIGN_OR_RETURN(
      data.digest, source.ForEachRow(name, [&](const ConfigNode& node, ConfigErrors& errors) {
        if (*release == nullptr) {
          const bool first =
              node.Find(kApril.field) == nullptr && node.Find(kMarch.field) != nullptr;
          *release = first ? &kMarch : &kApril;
        }
        data.queries.push_back(ReadQuery(node, **release, errors));
        const RowReader row(node, &errors, "", kAdvice);
        indices.Add(std::to_string(data.queries.back().index), node.line, row, "index");
      }));
  return data;
}

absl::Status Mismatch(const DataFile& file, const Query& query, const std::string& what) {
  return InvalidArgument(file.path + ":" + std::to_string(query.line) + ": " + what + "; " +
                         kAdvice);
}

std::map<std::int64_t, const Query*> ByIndex(const DataFile& file) {
  std::map<std::int64_t, const Query*> queries;
  for (const Query& query : file.queries) queries[query.index] = &query;
  return queries;
}

// Where the criteria of `part` stand among those of `whole`, "1 4".
absl::StatusOr<Numbers> NumbersOf(const DataFile& whole, const DataFile& part) {
  const std::map<std::int64_t, const Query*> queries = ByIndex(whole);
  Numbers numbers;
  for (const Query& query : part.queries) {
    const std::string index = std::to_string(query.index);
    const auto found = queries.find(query.index);
    if (found == queries.end()) {
      return Mismatch(part, query, "index: " + index + " is not in " + whole.path);
    }
    const std::vector<std::string>& names = found->second->names;
    std::string& text = numbers[query.index];
    for (const std::string& name : query.names) {
      const auto place = std::find(names.begin(), names.end(), name);
      if (place == names.end()) {
        return Mismatch(part, query,
                        "criterion " + QuoteForError(name) + " is not among those of index " +
                            index + " in " + whole.path);
      }
      text += (text.empty() ? "" : " ") + std::to_string(place - names.begin() + 1);
    }
  }
  return numbers;
}

absl::Status ReadRequirement(const SourceFolder& source, const std::string& name, Data& data) {
  const std::string whole = SubsetFile(name, "_subset.jsonl");
  const std::string part = SubsetFile(name, "_subset_C.jsonl");
  if (!source.Has(whole) && !source.Has(part)) return absl::OkStatus();
  ASSAY_ASSIGN_OR_RETURN(DataFile subset, ReadDataFile(source, whole, &data.release));
  ASSAY_ASSIGN_OR_RETURN(DataFile about, ReadDataFile(source, part, &data.release));
  ASSAY_ASSIGN_OR_RETURN(const Numbers own, NumbersOf(subset, about));
  for (const Query& query : subset.queries) {
    if (own.contains(query.index)) continue;
    return Mismatch(subset, query,
                    "index: " + std::to_string(query.index) + " is not in " + about.path);
  }
  data.numbers[name] = own;
  if (data.all) {
    ASSAY_RETURN_IF_ERROR(NumbersOf(*data.all, subset).status());
    ASSAY_ASSIGN_OR_RETURN(data.numbers[name], NumbersOf(*data.all, about));
  }
  data.subsets[name] = std::move(subset);
  data.parts[name] = std::move(about);
  return absl::OkStatus();
}

absl::StatusOr<SourceFolder> FindData(const std::string& from) {
  std::vector<std::string> markers = {kAll};
  for (const std::string_view name : kWritingBenchRequirements) {
    markers.push_back(SubsetFile(name, "_subset.jsonl"));
  }
  for (const std::string& marker : markers) {
    auto source = SourceFolder::Find(from, {"benchmark_query", ""}, marker, kAdvice);
    if (source.ok()) return source;
  }
  return NotFound(from + ": neither " + kAll +
                  " nor requirement/length/length_subset.jsonl (or those of style and format) is "
                  "there or in its folder benchmark_query (plain or .gz); clone "
                  "https://github.com/X-PLUG/WritingBench");
}

absl::StatusOr<Data> ReadData(const std::string& from) {
  ASSAY_ASSIGN_OR_RETURN(const SourceFolder source, FindData(from));
  Data data;
  if (source.Has(kAll)) {
    ASSAY_ASSIGN_OR_RETURN(data.all, ReadDataFile(source, kAll, &data.release));
  }
  for (const std::string_view name : kWritingBenchRequirements) {
    ASSAY_RETURN_IF_ERROR(ReadRequirement(source, std::string(name), data));
  }
  return data;
}

// A text that prompt.py assigns; it is read, not run.
absl::StatusOr<std::string> PromptText(const SourceFolder& source, const std::string& python,
                                       const char* name, std::string_view sha256) {
  const std::string path = source.PathOf("prompt.py");
  absl::StatusOr<std::string> text = PythonStringConstant(python, name);
  if (!text.ok()) {
    return InvalidArgument(path + ": " + std::string(MessageOf(text.status())) + ", expected " +
                           name + " = \"\"\"...\"\"\"; " + kAdvice);
  }
  const std::string digest = Sha256Hex(*text);
  if (digest == sha256) return text;
  return InvalidArgument(path + ": " + name + ": its SHA-256 is " + digest + ", expected " +
                         std::string(sha256) + " (the prompts of another release?); " + kAdvice);
}

// evaluate_system and evaluate_prompt of the release: of prompt.py beside the data, or of files of
// their own.
absl::StatusOr<std::map<std::string, std::string>> ReadPrompts(const std::string& from,
                                                               const Release& release) {
  std::map<std::string, std::string> prompts;
  const auto clone = SourceFolder::Find(from, {"", ".."}, "prompt.py", kAdvice);
  if (clone.ok()) {
    ASSAY_ASSIGN_OR_RETURN(const std::string python, clone->ReadText("prompt.py", kMaxPromptBytes));
    ASSAY_ASSIGN_OR_RETURN(prompts["evaluate_system.txt"],
                           PromptText(*clone, python, "evaluate_system", kSystemSha256));
    ASSAY_ASSIGN_OR_RETURN(prompts["evaluate_prompt.txt"],
                           PromptText(*clone, python, "evaluate_prompt", release.prompt_sha256));
    return prompts;
  }
  const auto files = SourceFolder::Find(from, {"", ".."}, kSystemFile, kAdvice);
  if (!files.ok()) return clone.status();
  ASSAY_ASSIGN_OR_RETURN(prompts["evaluate_system.txt"],
                         files->ReadText(kSystemFile, kMaxPromptBytes, kSystemSha256));
  ASSAY_ASSIGN_OR_RETURN(
      prompts["evaluate_prompt.txt"],
      files->ReadText(release.prompt_file, kMaxPromptBytes, release.prompt_sha256));
  return prompts;
}

void SetSampling(double temperature, double top_p, int max_tokens, v1::Sampling& sampling) {
  sampling.set_temperature(temperature);
  sampling.set_top_p(top_p);
  sampling.set_max_tokens(max_tokens);
}

v1::SuiteManifest Manifest(const Release& release, const std::string& part,
                           const std::vector<const DataFile*>& files) {
  v1::SuiteManifest manifest;
  manifest.set_name("writingbench" + std::string(release.suffix) +
                    (part.empty() ? "" : "-" + part));
  manifest.set_benchmark("writingbench");
  manifest.set_title("WritingBench" + (part.empty() ? "" : ", queries with a demand on " + part));
  manifest.set_version(release.version);
  manifest.set_description(
      "Writing tasks, each with criteria of its own that a judge scores from 1 to 10, one call a "
      "criterion. The leaderboard shows the mean times 10.");
  manifest.set_license("Apache-2.0");
  std::string source = "https://github.com/X-PLUG/WritingBench";
  for (const DataFile* file : files) {
    source += " " + file->path.substr(file->path.rfind('/') + 1) + " sha256:" + file->digest;
  }
  manifest.set_source(source);
  SetSampling(0.7, 0.8, 16000, *manifest.mutable_sampling());
  manifest.mutable_sampling()->set_top_k(20);
  v1::BenchmarkScorer& scorer = *manifest.add_scorers()->mutable_benchmark();
  scorer.set_name("writingbench");
  (*scorer.mutable_prompt_files())["system"] = "evaluate_system.txt";
  (*scorer.mutable_prompt_files())["evaluate"] = "evaluate_prompt.txt";
  if (release.first) {
    SetSampling(0.7, 0.8, 2048, *scorer.mutable_sampling());
    scorer.mutable_sampling()->set_top_k(20);
  }
  return manifest;
}

v1::Sample SampleOf(const Query& query) {
  v1::Sample sample;
  char id[32];
  std::snprintf(id, sizeof(id), "wb-%04d", static_cast<int>(query.index));
  sample.set_id(id);
  sample.set_prompt(query.text);
  sample.set_language(query.language);
  sample.set_category(query.domain);
  (*sample.mutable_metadata())["domain2"] = query.subdomain;
  (*sample.mutable_scorer_data())["criteria"] = query.criteria;
  return sample;
}

// `part`: empty, or the requirement whose subset this is; the table of a subset knows that one
// only, for of the others it has a part.
SuiteFolder SuiteOf(const Data& data, const std::string& part,
                    const std::map<std::string, std::string>& prompts) {
  const DataFile& file = part.empty() ? *data.all : data.subsets.at(part);
  std::vector<const DataFile*> files = {&file};
  for (const auto& [name, about] : data.parts) {
    if (part.empty() || part == name) files.push_back(&about);
  }
  SuiteFolder folder;
  folder.files = prompts;
  *folder.suite.mutable_manifest() = Manifest(*data.release, part, files);
  for (const Query& query : file.queries) {
    v1::Sample& sample = *folder.suite.add_samples();
    sample = SampleOf(query);
    for (const auto& [name, numbers] : data.numbers) {
      const auto found = numbers.find(query.index);
      if (found == numbers.end() || !(part.empty() || part == name)) continue;
      (*sample.mutable_metadata())[name] = found->second;
    }
  }
  return folder;
}

absl::StatusOr<std::vector<ImportedSuite>> ImportWritingBench(const ImportRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const Data data, ReadData(request.from));
  ASSAY_ASSIGN_OR_RETURN(const auto prompts, ReadPrompts(request.from, *data.release));
  std::vector<SuiteFolder> suites;
  if (data.all) suites.push_back(SuiteOf(data, "", prompts));
  for (const auto& [name, subset] : data.subsets) suites.push_back(SuiteOf(data, name, prompts));
  return WriteImported(request, suites);
}

}  // namespace

Benchmark WritingBench() {
  Benchmark benchmark;
  benchmark.name = "writingbench";
  benchmark.title =
      "WritingBench (2025): 1,000 writing tasks of six domains, Chinese and English, each with "
      "five "
      "criteria of its own, and the subsets with demands on style, format and length";
  benchmark.version = "ae2d5176";
  benchmark.license = "Apache-2.0";
  benchmark.source = "https://github.com/X-PLUG/WritingBench";
  benchmark.needs =
      "a clone; also one of March 2025 (1,239 queries), and one with some of the subsets only";
  benchmark.judge = "claude-sonnet-4-5 since November 2025, or the critic model";
  benchmark.samples = 1000;
  benchmark.judge_calls = 5000;
  benchmark.judge_input_tokens = 22'500'000;
  benchmark.judge_output_tokens = 1'250'000;
  benchmark.import = &ImportWritingBench;
  benchmark.tables = &WritingBenchTables;
  return benchmark;
}

}  // namespace assay
