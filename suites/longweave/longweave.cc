#include "suites/longweave/longweave.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "judge/benchmarks/longweave/judged_tasks.h"
#include "judge/benchmarks/longweave/templates.h"
#include "suites/longweave/cells.h"
#include "suites/longweave/items.h"
#include "suites/longweave/tables.h"
#include "suites/source_files.h"

namespace assay {
namespace {

using longweave::Cell;
using longweave::StyleRules;
using longweave::Templates;

constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20;
constexpr char kTemplates[] = "prompts/prompt_templates.json";
constexpr char kConfig[] = "config/global_config.yaml";
constexpr char kRubric[] = "rubric/AP_Style_Evaluation.json";
constexpr char kTemplatesDigest[] =
    "aaeb4826dbbde70ee4b597844799cb48bc52fdb4fade24c9cdf441536a0508c9";  // Templates::Digest
constexpr char kRubricDigest[] = "a1600d05509aa24d4fd0c8cdb34d2129c6a08407f8119dc172886df3ba1bce7c";
constexpr char kAdvice[] =
    "take the file again from https://github.com/ZackZikaiXiao/LongWeave (docs/benchmarks/"
    "longweave.md says how to make prompts/prompt_templates.json)";

absl::Status At(const SourceFolder& source, const char* file, const absl::Status& status) {
  return absl::Status(status.code(), source.PathOf(file) + ": " + std::string(MessageOf(status)) +
                                         "; " + source.advice());
}

bool IsJudged(const std::string& task) {
  return task != "GEN_KV_DICT" && task != "STATE_MACHINE" && task != "PARAGRAPH_ORDERING";
}

void AddScorers(bool ruled, bool judged, const std::map<std::string, std::string>& texts,
                const std::string& rubric, SuiteFolder& suite) {
  v1::SuiteManifest& manifest = *suite.suite.mutable_manifest();
  if (ruled) manifest.add_scorers()->mutable_benchmark()->set_name("longweave");
  if (!judged) return;
  v1::BenchmarkScorer& scorer = *manifest.add_scorers()->mutable_benchmark();
  scorer.set_name("longweave-judged");
  for (const auto& [name, text] : texts) {
    suite.files[name + ".txt"] = text;
    (*scorer.mutable_prompt_files())[name] = name + ".txt";
  }
  suite.files["rubric.json"] = rubric;
  (*scorer.mutable_prompt_files())["rubric"] = "rubric.json";
}

v1::SuiteManifest Manifest(const std::string& templates, const std::vector<std::string>& missing) {
  v1::SuiteManifest manifest;
  manifest.set_name("longweave");
  manifest.set_benchmark("longweave");
  manifest.set_title("LongWeave");
  manifest.set_version("1");
  std::string description =
      "Seven tasks with answers of about 1k to 8k tokens that can be verified: dictionaries, "
      "traces, order, code, biographies, sales reports, news.";
  for (std::size_t i = 0; i < missing.size(); ++i) {
    description += (i == 0 ? " Without input, so not in this suite: " : ", ") + missing[i];
  }
  manifest.set_description(description + (missing.empty() ? "" : "."));
  manifest.set_license("MIT");
  manifest.set_source(
      "https://github.com/ZackZikaiXiao/LongWeave 0065a527fdf88e5a4e0c361a11730fe7b8fae891; "
      "prompt_templates.json sha256:" +
      Sha256Hex(templates));
  manifest.mutable_sampling()->set_temperature(0.7);
  manifest.mutable_sampling()->set_top_p(0.8);
  manifest.mutable_sampling()->set_max_tokens(8192);
  return manifest;
}

absl::StatusOr<std::vector<ImportedSuite>> ImportLongWeave(const ImportRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const SourceFolder source,
                         SourceFolder::Find(request.from, {""}, kTemplates, kAdvice));
  ASSAY_ASSIGN_OR_RETURN(const std::string prompts, source.ReadText(kTemplates, kMaxFileBytes));
  const absl::StatusOr<Templates> templates = Templates::Parse(prompts);
  if (!templates.ok()) return At(source, kTemplates, templates.status());
  const absl::StatusOr<std::string> digest = templates->Digest();
  if (!digest.ok()) return At(source, kTemplates, digest.status());
  if (*digest != kTemplatesDigest) {
    return At(source, kTemplates,
              InvalidArgument("its texts are not those of commit 0065a527 (another version of the "
                              "benchmark?)"));
  }
  const auto texts = longweave::JudgeTexts(*templates);
  if (!texts.ok()) return At(source, kTemplates, texts.status());
  ASSAY_ASSIGN_OR_RETURN(const std::string rubric,
                         source.ReadText(kRubric, kMaxFileBytes, kRubricDigest));
  const auto rules = longweave::ParseStyleRules(rubric);
  if (!rules.ok()) return At(source, kRubric, rules.status());
  ASSAY_ASSIGN_OR_RETURN(const std::string config, source.ReadText(kConfig, kMaxFileBytes));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<Cell> cells,
                         longweave::ReadCells(config, source.PathOf(kConfig), source.advice()));

  longweave::ItemReader reader(source, *templates, *rules);
  SuiteFolder suite;
  std::vector<std::string> missing;
  bool ruled = false;
  bool judged = false;
  for (const Cell& cell : cells) {
    auto samples = reader.Read(cell);
    ASSAY_RETURN_IF_ERROR(samples.status());
    if (!samples->has_value()) {
      missing.push_back(cell.path());
      continue;
    }
    (IsJudged(cell.task) ? judged : ruled) = true;
    for (v1::Sample& sample : **samples) *suite.suite.add_samples() = std::move(sample);
  }
  if (suite.suite.samples().empty()) {
    return NotFound(source.PathOf("data") + ": none of the tasks of " + source.PathOf(kConfig) +
                    " has its input here; " + source.advice());
  }
  *suite.suite.mutable_manifest() = Manifest(prompts, missing);
  AddScorers(ruled, judged, *texts, rubric, suite);
  return WriteImported(request, {suite});
}

}  // namespace

Benchmark LongWeave() {
  Benchmark benchmark;
  benchmark.name = "longweave";
  benchmark.title =
      "LongWeave (EMNLP 2025 Findings): seven tasks at 1k, 2k, 4k and 8k tokens, 200 items each";
  benchmark.version = "0065a527";
  benchmark.license = "MIT";
  benchmark.source = "https://github.com/ZackZikaiXiao/LongWeave";
  benchmark.needs =
      "a folder with config, rubric, prompts/prompt_templates.json and, for five tasks, data";
  benchmark.judge = "gpt-4o-2024-11-20";
  benchmark.samples = 5600;
  benchmark.judge_calls = 5800;
  benchmark.judge_input_tokens = 43'000'000;
  benchmark.judge_output_tokens = 3'000'000;
  benchmark.judge_formula =
      "KG_TO_TEXT: sentences / 5 calls a text, SALES_REPORT_GENERATION: questions / 5, each of "
      "them "
      "rounded up, with the text and about 500 tokens in and 40 out a call";
  benchmark.unavailable =
      "CODE_FIXING, KG_TO_TEXT, SALES_REPORT_GENERATION, AP_STYLE_WRITING and PARAGRAPH_ORDERING: "
      "their inputs are in data.tar.xz, which is not in the repository; imported where the copy "
      "has them";
  benchmark.import = &ImportLongWeave;
  benchmark.tables = &LongWeaveTables;
  return benchmark;
}

}  // namespace assay
