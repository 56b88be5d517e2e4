#include "suites/hellobench/import.h"

#include <array>
#include <charconv>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/text/nltk_tokenize.h"
#include "common/text/python_literal.h"
#include "suites/hellobench/tables.h"
#include "suites/source_files.h"

namespace assay {
namespace {

constexpr char kAdvice[] = "take it from https://github.com/Quehry/HelloBench";
constexpr char kPunktAdvice[] =
    "put NLTK's English Punkt tables beside the benchmark: nltk.download('punkt_tab'), then the "
    "folder punkt_tab/english";
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

using Weights = std::map<std::string, std::vector<double>>;

// Every 'name': [number, ...] of a file that holds them as a Python dictionary.
absl::StatusOr<Weights> ParseWeights(std::string_view text, const std::string& path) {
  Weights weights;
  for (std::size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at)) {
    const std::size_t close = text.find(']', at);
    const std::size_t end_quote = text.rfind('\'', at);
    if (close == std::string_view::npos) break;
    const std::size_t quote = end_quote == std::string_view::npos || end_quote == 0
                                  ? end_quote
                                  : text.rfind('\'', end_quote - 1);
    std::string_view list = text.substr(at + 1, close - at - 1);
    at = close;
    if (quote == std::string_view::npos) continue;
    std::vector<double> values;
    while (!list.empty()) {
      const std::size_t comma = std::min(list.find(','), list.size());
      std::string_view item = list.substr(0, comma);
      list.remove_prefix(std::min(comma + 1, list.size()));
      const std::size_t begin = item.find_first_not_of(" \t\r\n");
      if (begin == std::string_view::npos) continue;
      double value = 0;
      const auto parsed = std::from_chars(item.data() + begin, item.data() + item.size(), value);
      if (parsed.ec != std::errc()) {
        values.clear();
        break;
      }
      values.push_back(value);
    }
    double sum = 0;
    for (const double value : values) sum += value;
    const std::string name(text.substr(quote + 1, end_quote - quote - 1));
    if (!values.empty() && sum > 99.999 && sum < 100.001) weights[name] = std::move(values);
  }
  if (!weights.empty()) return weights;
  return InvalidArgument(
      path + ": no weights in it that add up to 100, expected 'category': [...]; " + kAdvice);
}

absl::StatusOr<Weights> ReadWeights(const SourceFolder& source) {
  for (const char* file : {"weighted_scores.txt", "results/scripts/compute.py"}) {
    if (!source.Has(file)) continue;
    ASSAY_ASSIGN_OR_RETURN(const std::string text, source.ReadText(file, kMaxText));
    return ParseWeights(text, source.PathOf(file));
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
  if (!assignments.ok()) return Annotate(assignments.status(), path);
  for (const PythonAssignment& assignment : *assignments) {
    if (assignment.text.has_value() && Sha256Hex(*assignment.text) == prompt.sha256) {
      return *assignment.text;
    }
  }
  return InvalidArgument(path + ": no text in it has the SHA-256 " + prompt.sha256 + " of the " +
                         prompt.name + " prompt (another version of the benchmark?); " + kAdvice);
}

absl::StatusOr<std::string> ReadPunkt(const std::string& from) {
  ASSAY_ASSIGN_OR_RETURN(
      const SourceFolder tables,
      SourceFolder::Find(from, {"punkt_english", "punkt_tab/english", "english", ""},
                         "abbrev_types.txt", kPunktAdvice));
  const auto read = [&tables](const std::string& stem) {
    const std::string tab = stem + ".tab";
    return tables.ReadText(tables.Has(tab) ? tab : stem + ".tsv", kMaxText);
  };
  ASSAY_ASSIGN_OR_RETURN(const std::string abbreviations,
                         tables.ReadText("abbrev_types.txt", kMaxText));
  ASSAY_ASSIGN_OR_RETURN(const std::string starters,
                         tables.ReadText("sent_starters.txt", kMaxText));
  ASSAY_ASSIGN_OR_RETURN(const std::string collocations, read("collocations"));
  ASSAY_ASSIGN_OR_RETURN(const std::string ortho, read("ortho_context"));
  std::string packed = PackPunktTables(abbreviations, collocations, starters, ortho);
  const auto parsed = PunktModel::Parse(packed);
  if (!parsed.ok()) {
    return InvalidArgument(tables.PathOf("abbrev_types.txt") + " and the tables beside it: " +
                           std::string(MessageOf(parsed.status())) + "; " + kPunktAdvice);
  }
  return packed;
}

class SampleReader {
 public:
  SampleReader(const Weights& weights, v1::Suite& suite) : weights_(weights), suite_(suite) {}

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
      AddChecklist(row, sample);
    });
  }

 private:
  void AddChecklist(const RowReader& row, v1::Sample& sample) {
    const std::vector<std::string> questions = row.Texts("checklists");
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

  const Weights& weights_;
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
  ASSAY_ASSIGN_OR_RETURN(const Weights weights, ReadWeights(source));
  std::map<std::string, std::string> files;
  for (const PromptSource& prompt : kPrompts) {
    ASSAY_ASSIGN_OR_RETURN(files[prompt.file], ReadPrompt(source, prompt));
  }
  ASSAY_ASSIGN_OR_RETURN(files["punkt_english.txt"], ReadPunkt(request.from));

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
