#include "suites/longbench_write/import.h"

#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "suites/longbench_write/tables.h"
#include "suites/source_files.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxLength = 1'000'000;
constexpr char kAdvice[] =
    "take the file again from https://github.com/THUDM/LongWriter (folder evaluation)";

struct Row {
  std::string prompt;
  std::string type;
  std::int64_t length = 0;
  bool operator<(const Row& other) const {
    return std::tie(prompt, type, length) < std::tie(other.prompt, other.type, other.length);
  }
};

struct DataFile {
  std::string path;
  std::string digest;  // of the content, decompressed
  std::vector<Row> rows;
};

absl::StatusOr<DataFile> ReadDataFile(const SourceFolder& source, const std::string& name) {
  DataFile data;
  data.path = source.PathOf(name);
  ASSAY_ASSIGN_OR_RETURN(data.digest, source.ForEachRow(name, [&](const ConfigNode& node,
                                                                  ConfigErrors& errors) {
    const RowReader row(node, &errors, "", kAdvice);
    data.rows.push_back({row.Text("prompt"), row.Text("type"), row.Whole("length", 1, kMaxLength)});
  }));
  return data;
}

// A template that must have its places, or it was cut off.
absl::StatusOr<std::string> ReadTemplate(const SourceFolder& source, const std::string& file,
                                         const std::vector<const char*>& places) {
  ASSAY_ASSIGN_OR_RETURN(std::string text, source.ReadText(file, std::size_t{256} << 10));
  for (const char* place : places) {
    if (text.find(place) != std::string::npos) continue;
    return InvalidArgument(source.PathOf(file) + ": has no " + place + "; " + kAdvice);
  }
  return text;
}

std::string IdOf(std::size_t row) {
  char id[32];
  std::snprintf(id, sizeof(id), "lbw-%03zu", row + 1);
  return id;
}

v1::SuiteManifest Manifest(const std::string& name, const std::string& title,
                           const DataFile& data) {
  v1::SuiteManifest manifest;
  manifest.set_name(name);
  manifest.set_benchmark("longbench-write");
  manifest.set_title(title);
  manifest.set_version("1");
  manifest.set_description(
      "Writing tasks with a required length in words (Chinese: characters). S_l: how well the "
      "length "
      "is met; S_q: quality in six dimensions by a judge; S_bar: the mean of both.");
  manifest.set_license("Apache-2.0");
  manifest.set_source("https://github.com/THUDM/LongWriter evaluation/" +
                      fs::path(data.path).stem().stem().string() + ".jsonl sha256:" + data.digest);
  manifest.mutable_sampling()->set_temperature(0.5);
  manifest.mutable_sampling()->set_max_tokens(32768);
  manifest.mutable_sampling()->set_seed(42);
  manifest.add_scorers()->mutable_length();
  v1::RubricScorer* rubric = manifest.add_scorers()->mutable_rubric();
  rubric->set_preset("longbench-write");
  rubric->set_prompt_file("judge.txt");
  struct Bucket {
    const char* label;
    int min;
    int max;
  };
  // The paper counts its one task of 20,000 words in the last bucket.
  for (const Bucket& bucket : {Bucket{"[0,500)", 0, 500}, Bucket{"[500,2k)", 500, 2000},
                               Bucket{"[2k,4k)", 2000, 4000}, Bucket{"[4k,20k)", 4000, 0}}) {
    v1::LengthBucket* added = manifest.add_length_buckets();
    added->set_label(bucket.label);
    added->set_min_words(bucket.min);
    added->set_max_words(bucket.max);
  }
  v1::DerivedMetric* mean = manifest.add_derived_metrics();
  mean->set_name("S_bar");
  mean->add_mean_of("length.S_l");
  mean->add_mean_of("rubric.S_q");
  return manifest;
}

// The prompts of AgentWrite, where the user's copy has them.
absl::Status AddAgentWrite(const std::string& from, SuiteFolder* suite) {
  const auto source = SourceFolder::Find(from, {"agentwrite/prompts", "../agentwrite/prompts"},
                                         "plan.txt", kAdvice);
  if (absl::IsNotFound(source.status())) return absl::OkStatus();
  ASSAY_RETURN_IF_ERROR(source.status());
  v1::Strategy& strategy = *suite->suite.mutable_manifest()->add_strategies();
  strategy.set_name("agentwrite");
  const std::map<std::string, std::vector<const char*>> places = {
      {"plan", {"$INST$"}}, {"write", {"$INST$", "$PLAN$", "$TEXT$", "$STEP$"}}};
  for (const auto& [name, in_it] : places) {
    const std::string file = "agentwrite_" + name + ".txt";
    ASSAY_ASSIGN_OR_RETURN(suite->files[file], ReadTemplate(*source, name + ".txt", in_it));
    (*strategy.mutable_prompt_files())[name] = file;
  }
  return absl::OkStatus();
}

v1::Sample SampleOf(const Row& row, const std::string& id) {
  v1::Sample sample;
  sample.set_id(id);
  sample.set_prompt(row.prompt);
  sample.set_required_words(static_cast<std::int32_t>(row.length));
  sample.set_language(ChineseOrEnglish(row.prompt));
  sample.set_category(row.type);
  return sample;
}

// LongWrite-Ruler: eight tasks at each of six lengths; the benchmark reports words written against
// words asked for, and no score.
SuiteFolder RulerSuite(const DataFile& data) {
  SuiteFolder suite;
  v1::SuiteManifest& manifest = *suite.suite.mutable_manifest();
  manifest = Manifest("longwrite-ruler", "LongWrite-Ruler", data);
  manifest.set_description(
      "Writing tasks of 1,000 to 30,000 words, eight at each of six lengths, Chinese and English: "
      "how long a text does a model write when it is asked for one?");
  manifest.clear_scorers();
  manifest.add_scorers()->mutable_length();
  manifest.clear_derived_metrics();
  manifest.clear_length_buckets();
  std::set<std::int64_t> lengths;
  for (const Row& row : data.rows) lengths.insert(row.length);
  for (auto length = lengths.begin(); length != lengths.end(); ++length) {
    v1::LengthBucket* bucket = manifest.add_length_buckets();
    bucket->set_label(std::to_string(*length));
    bucket->set_min_words(static_cast<std::int32_t>(*length));
    const auto next = std::next(length);
    bucket->set_max_words(next == lengths.end() ? 0 : static_cast<std::int32_t>(*next));
  }
  for (std::size_t i = 0; i < data.rows.size(); ++i) {
    char id[32];
    std::snprintf(id, sizeof(id), "ruler-%02zu", i + 1);
    *suite.suite.add_samples() = SampleOf(data.rows[i], id);
  }
  return suite;
}

// Rows of the English file under the ids that they have among all rows.
absl::Status AddEnglish(const DataFile& all, const DataFile& english, v1::Suite* suite) {
  std::map<Row, std::vector<std::size_t>> places;
  for (std::size_t i = all.rows.size(); i > 0; --i) places[all.rows[i - 1]].push_back(i - 1);
  for (std::size_t i = 0; i < english.rows.size(); ++i) {
    const auto found = places.find(english.rows[i]);
    if (found == places.end() || found->second.empty()) {
      return InvalidArgument(english.path + ": row " + std::to_string(i + 1) + " is not in " +
                             all.path + "; " + kAdvice);
    }
    *suite->add_samples() = SampleOf(english.rows[i], IdOf(found->second.back()));
    found->second.pop_back();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ImportedSuite>> ImportLongBenchWrite(const ImportRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(
      const SourceFolder source,
      SourceFolder::Find(request.from, {"evaluation", ""}, "longbench_write.jsonl", kAdvice));
  ASSAY_ASSIGN_OR_RETURN(const DataFile all, ReadDataFile(source, "longbench_write.jsonl"));
  ASSAY_ASSIGN_OR_RETURN(const DataFile english, ReadDataFile(source, "longbench_write_en.jsonl"));
  ASSAY_ASSIGN_OR_RETURN(const std::string judge,
                         ReadTemplate(source, "judge.txt", {"$INST$", "$RESPONSE$"}));

  std::vector<SuiteFolder> suites(2);
  *suites[0].suite.mutable_manifest() = Manifest("longbench-write", "LongBench-Write", all);
  for (std::size_t i = 0; i < all.rows.size(); ++i) {
    *suites[0].suite.add_samples() = SampleOf(all.rows[i], IdOf(i));
  }
  *suites[1].suite.mutable_manifest() =
      Manifest("longbench-write-en", "LongBench-Write, English part", english);
  ASSAY_RETURN_IF_ERROR(AddEnglish(all, english, &suites[1].suite));
  for (SuiteFolder& suite : suites) {
    suite.files["judge.txt"] = judge;
    suite.note =
        source.NoteOnDigest(source.PathOf("judge.txt"), judge,
                            "2c423ce88a0eb6a61482f427997a3c03c4bc11fe861102895dcac45926ae1d57");
  }
  if (source.Has("longwrite_ruler.jsonl")) {
    ASSAY_ASSIGN_OR_RETURN(const DataFile ruler, ReadDataFile(source, "longwrite_ruler.jsonl"));
    suites.push_back(RulerSuite(ruler));
  }
  for (SuiteFolder& suite : suites) {
    ASSAY_RETURN_IF_ERROR(AddAgentWrite(request.from, &suite));
  }
  return WriteImported(request, suites);
}

}  // namespace

Benchmark LongBenchWrite() {
  Benchmark benchmark;
  benchmark.name = "longbench-write";
  benchmark.title =
      "LongBench-Write (LongWriter, 2024): 120 writing tasks of 100 to 20,000 words, Chinese and "
      "English, and its 60 English ones";
  benchmark.version = "3fcfdff4";
  benchmark.license = "Apache-2.0";
  benchmark.source = "https://github.com/THUDM/LongWriter";
  benchmark.needs = "a clone, or its folder evaluation";
  benchmark.judge = "gpt-4o-2024-05-13";
  benchmark.samples = 120;
  benchmark.judge_calls = 120;
  benchmark.judge_input_tokens = 540'000;
  benchmark.judge_output_tokens = 24'000;
  benchmark.import = &ImportLongBenchWrite;
  benchmark.tables = &LongBenchWriteTables;
  return benchmark;
}

}  // namespace assay
