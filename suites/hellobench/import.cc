#include "suites/hellobench/import.h"

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/text/python_literal.h"
#include "suites/hellobench/punkt_files.h"
#include "suites/hellobench/tables.h"
#include "suites/hellobench/weights.h"
#include "suites/source_files.h"

namespace assay {
namespace {

constexpr char kAdvice[] = "take it from https://github.com/Quehry/HelloBench";
constexpr std::size_t kMaxText = std::size_t{8} << 20;

struct PromptSource {
  const char* name;
  const char* file;    // one text a file
  const char* sha256;  // of the text
};
constexpr std::array<PromptSource, 2> kPrompts = {
    {{"system", "sys_prompt.txt",
      "1905e07d0db5cd3b67d67e6967e0395dc66c9c670f1321afcf2e1690bfd23f83"},
     {"user", "user_prompt.txt",
      "e1757540e417aedcf9bac5dba584d713104d71fac9b41584187b608250ce3177"}}};

absl::StatusOr<HelloBenchWeights> ReadWeights(const SourceFolder& source) {
  for (const char* file : {"weighted_scores.txt", "results/scripts/compute.py"}) {
    if (!source.Has(file)) continue;
    ASSAY_ASSIGN_OR_RETURN(const std::string text, source.ReadText(file, kMaxText));
    const bool only_weights = std::string_view(file).ends_with(".txt");
    return ParseHelloBenchWeights(text, source.PathOf(file), only_weights, kAdvice);
  }
  return NotFound(source.PathOf("weighted_scores.txt") +
                  ": is missing, and so is results/scripts/compute.py; " + kAdvice);
}

absl::StatusOr<std::string> ReadPrompt(const SourceFolder& source, const PromptSource& prompt) {
  const std::string file = std::string("prompts/") + prompt.file;
  if (source.Has(file)) return source.ReadText(file, kMaxText, prompt.sha256);
  if (!source.Has("llm_judge.py")) {
    return NotFound(source.PathOf(file) + ": is missing, and so is llm_judge.py; " + kAdvice);
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string code, source.ReadText("llm_judge.py", kMaxText));
  const auto assignments = PythonAssignments(code);
  const std::string path = source.PathOf("llm_judge.py");
  if (!assignments.ok()) {
    return InvalidArgument(path + ": " + std::string(MessageOf(assignments.status())) + "; " +
                           kAdvice);
  }
  for (const PythonAssignment& assignment : *assignments) {
    if (assignment.text.has_value() && Sha256Hex(*assignment.text) == prompt.sha256) {
      return *assignment.text;
    }
  }
  return InvalidArgument(path + ": no text in it has the SHA-256 " + prompt.sha256 + " of the " +
                         prompt.name + " prompt (another version of the benchmark?); " + kAdvice);
}

class SampleReader {
 public:
  SampleReader(const HelloBenchWeights& weights, v1::Suite& suite)
      : weights_(weights), suite_(suite) {}

  // Adds the rows of one task. Returns the SHA-256 of the file's lines.
  absl::StatusOr<std::string> Read(const SourceFolder& source, const std::string& file,
                                   const std::string& task) {
    return source.ForEachRow(file, [&](const ConfigNode& node, ConfigErrors& errors) {
      const RowReader row(node, &errors, "", kAdvice);
      v1::Sample& sample = *suite_.add_samples();
      sample.set_id(row.Text("id"));
      sample.set_prompt(row.Text("instruction"));
      sample.set_category(row.Text("category"));
      sample.set_language("en");
      (*sample.mutable_metadata())["task"] = task;
      ids_.Add(sample.id(), node.line, row, "id");
      AddChecklist(row, errors, sample);
    });
  }

 private:
  void AddChecklist(const RowReader& row, const ConfigErrors& errors, v1::Sample& sample) {
    const std::vector<std::string> questions = row.Texts("checklists");
    if (!errors.empty()) return;
    const auto weights = weights_.find(sample.category());
    if (weights == weights_.end()) {
      if (!sample.category().empty()) row.Fail("category", "there are no weights for it");
      return;
    }
    if (questions.size() != weights->second.size()) {
      row.Fail("checklists", "expected as many questions as the category has weights, " +
                                 std::to_string(weights->second.size()) + ", found " +
                                 std::to_string(questions.size()));
      return;
    }
    for (std::size_t i = 0; i < questions.size(); ++i) {
      v1::Criterion& criterion = *sample.add_criteria();
      criterion.set_id(std::to_string(i));
      criterion.set_text(questions[i]);
      criterion.set_weight(weights->second[i]);
    }
  }

  const HelloBenchWeights& weights_;
  v1::Suite& suite_;
  UniqueIds ids_;
};

v1::SuiteManifest Manifest(const std::string& name, const std::string& title,
                           const std::string& sources) {
  v1::SuiteManifest manifest;
  manifest.set_name(name);
  manifest.set_title(title);
  manifest.set_version("1");
  manifest.set_benchmark("hellobench");
  manifest.set_description(
      "Open-ended writing tasks judged by checklists. score: weighted sum of the items, 0 to 100; "
      "rescaled: (score - 75) x 4, as the benchmark reports it; tokens: NLTK's, of the response.");
  manifest.set_license("MIT");
  manifest.set_source("https://github.com/Quehry/HelloBench" + sources);
  manifest.mutable_sampling()->set_temperature(0.8);
  manifest.mutable_sampling()->set_max_tokens(16384);
  v1::BenchmarkScorer& scorer = *manifest.add_scorers()->mutable_benchmark();
  scorer.set_name("hellobench");
  auto& files = *scorer.mutable_prompt_files();
  files["system"] = "sys_prompt.txt";
  files["user"] = "user_prompt.txt";
  files["punkt"] = "punkt_english.txt";
  return manifest;
}

absl::StatusOr<std::vector<ImportedSuite>> Import(const ImportRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(
      const SourceFolder source,
      SourceFolder::Find(request.from, {""}, "data/main_data/chat.jsonl", kAdvice));
  ASSAY_ASSIGN_OR_RETURN(const HelloBenchWeights weights, ReadWeights(source));
  std::map<std::string, std::string> files;
  for (const PromptSource& prompt : kPrompts) {
    ASSAY_ASSIGN_OR_RETURN(files[prompt.file], ReadPrompt(source, prompt));
  }
  ASSAY_ASSIGN_OR_RETURN(files["punkt_english.txt"], ReadPunktFiles(request.from));

  std::vector<SuiteFolder> suites(1);
  std::string sources;
  SampleReader main(weights, suites[0].suite);
  for (const char* task : kHelloBenchTasks) {
    std::string file = std::string("data/main_data/") + task + ".jsonl";
    // Where a copy lacks the upstream file and has one that was rebuilt.
    const std::string rebuilt = std::string("data/main_data/") + task + ".reconstructed.jsonl";
    if (!source.Has(file) && source.Has(rebuilt)) file = rebuilt;
    ASSAY_ASSIGN_OR_RETURN(const std::string digest, main.Read(source, file, task));
    sources += " " + file + " sha256:" + digest;
  }
  *suites[0].suite.mutable_manifest() = Manifest("hellobench", "HelloBench", sources);
  for (const char* length : kHelloBenchLengths) {
    const std::string file =
        std::string("data/length_constrained_data/heuristic_text_generation_") + length + ".jsonl";
    if (!source.Has(file)) continue;
    SuiteFolder& suite = suites.emplace_back();
    SampleReader reader(weights, suite.suite);
    ASSAY_ASSIGN_OR_RETURN(const std::string digest, reader.Read(source, file, length));
    v1::SuiteManifest& manifest = *suite.suite.mutable_manifest();
    manifest = Manifest(std::string("hellobench-") + length,
                        std::string("HelloBench, at least ") + length + " words",
                        " " + file + " sha256:" + digest);
    if (std::string_view(length) == "16k") manifest.mutable_sampling()->set_max_tokens(24000);
  }
  for (SuiteFolder& suite : suites) suite.files = files;
  return WriteImported(request, suites);
}

}  // namespace

Benchmark HelloBench() {
  Benchmark benchmark;
  benchmark.name = "hellobench";
  benchmark.title =
      "HelloBench (2024): 647 open-ended tasks of five kinds, and 123 that ask for 2,000 to 16,000 "
      "words";
  benchmark.version = "d4032829";
  benchmark.license = "MIT";
  benchmark.source = "https://github.com/Quehry/HelloBench";
  benchmark.needs = "a clone, with NLTK's punkt_tab/english beside it";
  benchmark.judge = "gpt-4o";
  benchmark.samples = 647;
  benchmark.judge_calls = 647;
  benchmark.judge_input_tokens = 2'500'000;
  benchmark.judge_output_tokens = 230'000;
  benchmark.import = &Import;
  benchmark.tables = &HelloBenchTables;
  benchmark.joined_tables = &HelloBenchLengthTable;
  return benchmark;
}

}  // namespace assay
