#include "suites/healthbench/import.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/text/python_literal.h"
#include "suites/healthbench/tables.h"
#include "suites/sample_checks.h"
#include "suites/source_files.h"

namespace assay {
namespace {

constexpr char kAdvice[] =
    "take the file again from https://huggingface.co/datasets/openai/healthbench";
constexpr char kEvalFile[] = "healthbench_eval.py";
constexpr char kGraderFile[] = "grader.txt";
constexpr char kGraderSha256[] = "2adffd51fd259554ebcd036ad1072d4aa2b7ce3aec2bbffe36271f911632ed3c";
constexpr char kGraderAdvice[] =
    "put healthbench_eval.py of https://github.com/openai/simple-evals beside the data (it is "
    "read, "
    "not run)";
constexpr std::size_t kMaxPrompt = std::size_t{1} << 20;
constexpr std::string_view kTheme = "theme:";
constexpr double kMostPoints = 1000;

struct SourceFile {
  const char* file;
  const char* suite;
  const char* title;
};
constexpr std::array<SourceFile, 4> kFiles = {{
    {"2025-05-07-06-14-12_oss_eval.jsonl", "healthbench", "HealthBench"},
    {"hard_2025-05-08-21-00-10.jsonl", "healthbench-hard", "HealthBench Hard"},
    {"consensus_2025-05-09-20-00-46.jsonl", "healthbench-consensus", "HealthBench Consensus"},
    {"judge_responses.jsonl", "healthbench-graded", "HealthBench, 100 graded conversations"},
}};

std::string Item(const char* list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

// The objects of a list; one that is none adds an error.
std::vector<const ConfigNode*> Objects(const RowReader& row, const char* name) {
  std::vector<const ConfigNode*> objects;
  const ConfigNode* list = row.List(name);
  if (list == nullptr) return objects;
  if (list->children.empty()) row.Fail(name, "expected at least one");
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    const ConfigNode& item = list->children[i];
    if (item.kind == ConfigNode::Kind::kMapping) {
      objects.push_back(&item);
    } else {
      row.Fail(Item(name, i), "expected an object");
    }
  }
  return objects;
}

void ReadPrompt(const RowReader& row, ConfigErrors& errors, v1::Sample& sample) {
  const std::vector<const ConfigNode*> messages = Objects(row, "prompt");
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const RowReader message(*messages[i], &errors, Item("prompt", i), kAdvice);
    v1::Message& added = *sample.add_messages();
    added.set_role(message.Text("role"));
    added.set_content(message.Text("content"));
    const bool last = i + 1 == messages.size();
    const std::string& role = added.role();
    if (role.empty() || (last ? role == "user" : role == "user" || role == "assistant")) continue;
    message.Fail("role", std::string("expected ") +
                             (last ? "user, of the last message" : "user or assistant") +
                             ", found " + QuoteForError(role));
  }
}

void ReadRubrics(const RowReader& row, ConfigErrors& errors, v1::Sample& sample) {
  const std::vector<const ConfigNode*> rubrics = Objects(row, "rubrics");
  for (std::size_t i = 0; i < rubrics.size(); ++i) {
    const RowReader rubric(*rubrics[i], &errors, Item("rubrics", i), kAdvice);
    v1::Criterion& criterion = *sample.add_criteria();
    criterion.set_id(std::to_string(i + 1));
    criterion.set_text(rubric.Text("criterion"));
    criterion.set_points(rubric.Number("points", -kMostPoints, kMostPoints));
    for (std::string& tag : rubric.Texts("tags")) criterion.add_tags(std::move(tag));
  }
}

v1::Sample ReadSample(const ConfigNode& node, ConfigErrors& errors) {
  const RowReader row(node, &errors, "", kAdvice);
  v1::Sample sample;
  sample.set_id(row.Text("prompt_id"));
  if (!sample.id().empty() && !IsSampleId(sample.id())) {
    row.Fail("prompt_id",
             "expected 1 to 128 of A-Z a-z 0-9 . _ : -, found " + QuoteForError(sample.id()));
  }
  ReadPrompt(row, errors, sample);
  ReadRubrics(row, errors, sample);
  const std::vector<std::string> tags = row.Texts("example_tags");
  for (const std::string& tag : tags) {
    if (tag.starts_with(kTheme)) sample.set_category(tag.substr(kTheme.size()));
  }
  (*sample.mutable_metadata())["example_tags"] = absl::StrJoin(tags, "\n");
  const std::string canary = row.TextOr("canary", "");
  if (!canary.empty()) (*sample.mutable_metadata())["canary"] = canary;
  const ConfigNode* ideal = node.Find("ideal_completions_data");
  if (ideal != nullptr && ideal->kind != ConfigNode::Kind::kNull &&
      row.Object("ideal_completions_data") != nullptr) {
    const RowReader data(*ideal, &errors, "ideal_completions_data", kAdvice);
    sample.set_reference_answer(data.TextOr("ideal_completion", ""));
  }
  return sample;
}

// The grader's prompt where the copy has it, GRADER_TEMPLATE of healthbench_eval.py. Empty: it does
// not.
absl::StatusOr<std::string> ReadGrader(const SourceFolder& source) {
  if (!source.Has(kEvalFile)) return std::string();
  ASSAY_ASSIGN_OR_RETURN(const std::string code, source.ReadText(kEvalFile, kMaxPrompt));
  const std::string path = source.PathOf(kEvalFile);
  const auto text = PythonStringConstant(code, "GRADER_TEMPLATE");
  if (!text.ok()) {
    return InvalidArgument(path + ": GRADER_TEMPLATE: " + std::string(MessageOf(text.status())) +
                           "; " + kGraderAdvice);
  }
  if (Sha256Hex(*text) == kGraderSha256) return *text;
  return InvalidArgument(path + ": GRADER_TEMPLATE: its SHA-256 is " + Sha256Hex(*text) +
                         ", expected " + kGraderSha256 + " (another version?); " + kGraderAdvice);
}

v1::SuiteManifest Manifest(const SourceFile& file, const std::string& digest, bool own_prompt) {
  v1::SuiteManifest manifest;
  manifest.set_name(file.suite);
  manifest.set_benchmark("healthbench");
  manifest.set_title(file.title);
  manifest.set_version("2025-05");
  manifest.set_description(
      "Health conversations whose last message is to be answered. Physicians' criteria earn or "
      "cost points; the score is the points of what is met over all positive ones. Please do not "
      "publish these conversations: their authors mark them with a canary string.");
  manifest.set_license(std::string_view(file.suite) == "healthbench-graded" ? "CC-BY-NC-4.0"
                                                                            : "MIT");
  manifest.set_source("https://huggingface.co/datasets/openai/healthbench " +
                      std::string(file.file) + " sha256:" + digest);
  v1::ScorerSpec& scorer = *manifest.add_scorers();
  if (own_prompt) {
    scorer.set_id(kHealthBenchScorer);
    scorer.mutable_benchmark()->set_name("healthbench");
    (*scorer.mutable_benchmark()->mutable_prompt_files())["grader"] = kGraderFile;
    return manifest;
  }
  scorer.set_id(kHealthBenchStyle);
  scorer.set_compat(v1::COMPAT_STRICT);
  scorer.mutable_rubric()->set_method("points");
  return manifest;
}

absl::StatusOr<SuiteFolder> ReadSuite(const SourceFolder& source, const SourceFile& file,
                                      const std::string& grader) {
  SuiteFolder folder;
  if (!grader.empty()) folder.files[kGraderFile] = grader;
  UniqueIds ids;
  ASSAY_ASSIGN_OR_RETURN(
      const std::string digest,
      source.ForEachRow(file.file, [&](const ConfigNode& node, ConfigErrors& errors) {
        v1::Sample& sample = *folder.suite.add_samples();
        sample = ReadSample(node, errors);
        ids.Add(sample.id(), node.line, RowReader(node, &errors, "", kAdvice), "prompt_id");
      }));
  *folder.suite.mutable_manifest() = Manifest(file, digest, !grader.empty());
  return folder;
}

absl::StatusOr<std::vector<ImportedSuite>> ImportHealthBench(const ImportRequest& request) {
  std::vector<std::string> names;
  for (const SourceFile& file : kFiles) names.emplace_back(file.file);
  ASSAY_ASSIGN_OR_RETURN(const SourceFolder source,
                         SourceFolder::FindAny(request.from, {""}, names, kAdvice));
  ASSAY_ASSIGN_OR_RETURN(const std::string grader, ReadGrader(source));
  std::vector<SuiteFolder> suites;
  for (const SourceFile& file : kFiles) {
    if (!source.Has(file.file)) continue;
    ASSAY_ASSIGN_OR_RETURN(SuiteFolder suite, ReadSuite(source, file, grader));
    suites.push_back(std::move(suite));
  }
  auto imported = WriteImported(request, suites);
  if (!imported.ok() || !grader.empty()) return imported;
  for (ImportedSuite& suite : *imported) {
    suite.note = std::string("the grader's own prompt is not there, so that its scorer is ") +
                 kHealthBenchStyle + " with Assay's prompt; " + kGraderAdvice;
  }
  return imported;
}

}  // namespace

Benchmark HealthBench() {
  Benchmark benchmark;
  benchmark.name = "healthbench";
  benchmark.title =
      "HealthBench (2025): 5,000 health conversations with physicians' criteria that earn or cost "
      "points, and its parts Hard and Consensus";
  benchmark.version = "2025-05";
  benchmark.license = "MIT";
  benchmark.source = "https://huggingface.co/datasets/openai/healthbench";
  benchmark.needs =
      "a folder with one or more of its three files, under their own names, and "
      "healthbench_eval.py "
      "of openai/simple-evals for the grader's prompt";
  benchmark.judge = "gpt-4.1-2025-04-14";
  benchmark.samples = 5000;
  // 11.6 criteria a conversation (of the 100 graded ones), 28,000 tokens.
  benchmark.judge_calls = 58'000;
  benchmark.judge_input_tokens = 140'000'000;
  benchmark.judge_output_tokens = 5'000'000;
  benchmark.import = &ImportHealthBench;
  benchmark.tables = &HealthBenchTables;
  return benchmark;
}

}  // namespace assay
