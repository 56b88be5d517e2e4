#include "suites/longbench_write/import.h"

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/config/config_errors.h"
#include "common/config/document.h"
#include "common/config/scalar_parser.h"
#include "common/text/utf8.h"
#include "suites/gzip_reader.h"
#include "suites/suite_loader.h"
#include "suites/suite_writer.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;
constexpr std::int64_t kMaxLength = 1'000'000;
constexpr char kWhatToDo[] =
    "; take the file again from https://github.com/THUDM/LongWriter (folder evaluation)";

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

absl::StatusOr<fs::path> EvaluationFolder(const std::string& from) {
  std::error_code error;
  for (const fs::path& folder : {fs::path(from) / "evaluation", fs::path(from)}) {
    for (const char* name : {"longbench_write.jsonl", "longbench_write.jsonl.gz"}) {
      if (fs::exists(folder / name, error)) return folder;
    }
  }
  return NotFound(from +
                  ": neither evaluation/longbench_write.jsonl nor longbench_write.jsonl is "
                  "there; give the folder of a clone of https://github.com/THUDM/LongWriter");
}

// A text field of a row that must not be blank.
std::string TextField(const ConfigNode& row, const char* name, ConfigErrors* errors) {
  const ConfigNode* field = row.Find(name);
  if (field == nullptr) {
    errors->Add(name, std::string("is missing") + kWhatToDo);
  } else if (field->kind != ConfigNode::Kind::kScalar || !field->quoted ||
             field->scalar.find_first_not_of(" \t\r\n") == std::string::npos) {
    errors->Add(name, std::string("expected a text that is not blank") + kWhatToDo);
  } else {
    return field->scalar;
  }
  return {};
}

std::int64_t LengthField(const ConfigNode& row, ConfigErrors* errors) {
  const ConfigNode* field = row.Find("length");
  if (field == nullptr) {
    errors->Add("length", std::string("is missing") + kWhatToDo);
    return 0;
  }
  const ParsedInteger length = ParseInteger(field->scalar);
  const bool number = field->kind == ConfigNode::Kind::kScalar && !field->quoted &&
                      length.problem == NumberProblem::kNone;
  if (!number || length.value < 1 || length.value > kMaxLength) {
    errors->Add("length", "expected a whole number from 1 to 1000000, found " +
                              QuoteForError(field->scalar) + kWhatToDo);
  }
  return length.value;
}

absl::StatusOr<Row> ParseRow(std::string_view line, std::int64_t number, const std::string& file) {
  DocumentLimits limits;
  limits.max_bytes = kMaxFileBytes;
  limits.first_line = static_cast<int>(number);
  const absl::StatusOr<ConfigNode> node = ParseJsonDocument(line, file, limits);
  if (!node.ok()) {
    return InvalidArgument(std::string(MessageOf(node.status())) + kWhatToDo);
  }
  ConfigErrors errors(file, &*node);
  if (node->kind != ConfigNode::Kind::kMapping) {
    errors.Add("", std::string("expected an object with prompt, type and length") + kWhatToDo);
    return errors.ToStatus();
  }
  Row row;
  row.prompt = TextField(*node, "prompt", &errors);
  row.type = TextField(*node, "type", &errors);
  row.length = LengthField(*node, &errors);
  ASSAY_RETURN_IF_ERROR(errors.ToStatus());
  return row;
}

absl::StatusOr<DataFile> ReadDataFile(const fs::path& folder, const std::string& name) {
  DataFile data;
  std::error_code error;
  data.path = (folder / name).string();
  if (!fs::exists(data.path, error) && fs::exists(data.path + ".gz", error)) data.path += ".gz";
  const absl::StatusOr<std::unique_ptr<ByteReader>> reader =
      OpenByteReader(data.path, {.max_bytes = kMaxFileBytes});
  ASSAY_RETURN_IF_ERROR(reader.status());
  LineReader lines(reader->get(), data.path);
  Sha256Stream digest;
  for (;;) {
    std::string_view line;
    const absl::StatusOr<bool> more = lines.Next(&line);
    ASSAY_RETURN_IF_ERROR(more.status());
    if (!*more) break;
    digest.Update(line);
    digest.Update("\n");
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    absl::StatusOr<Row> row = ParseRow(line, lines.line_number(), data.path);
    ASSAY_RETURN_IF_ERROR(row.status());
    data.rows.push_back(*std::move(row));
  }
  data.digest = digest.FinishHex();
  if (data.rows.empty()) {
    return InvalidArgument(data.path + ": there is no row in it" + kWhatToDo);
  }
  return data;
}

absl::StatusOr<std::string> ReadJudgePrompt(const fs::path& folder) {
  const std::string path = (folder / "judge.txt").string();
  absl::StatusOr<std::string> prompt = ReadAll(path, std::size_t{256} << 10);
  ASSAY_RETURN_IF_ERROR(prompt.status());
  for (const char* placeholder : {"$INST$", "$RESPONSE$"}) {
    if (prompt->find(placeholder) == std::string::npos) {
      return InvalidArgument(path + ": has no " + placeholder + kWhatToDo);
    }
  }
  if (!IsValidUtf8(*prompt)) return InvalidArgument(path + ": not valid UTF-8" + kWhatToDo);
  return prompt;
}

// "zh" when ideographs (U+4E00..U+9FFF) are at least a third of the ideographs and Latin words of
// the prompt, "en" otherwise. The benchmark states no language; this gives 61 zh and 59 en.
std::string LanguageOf(std::string_view prompt) {
  std::int64_t ideographs = 0;
  std::int64_t words = 0;
  bool in_word = false;
  for (const char32_t c : ToCodePoints(prompt)) {
    if (c >= 0x4E00 && c <= 0x9FFF) ++ideographs;
    const bool letter = (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
    if (letter && !in_word) ++words;
    in_word = letter;
  }
  return ideographs > 0 && ideographs * 3 >= ideographs + words ? "zh" : "en";
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

v1::Sample SampleOf(const Row& row, const std::string& id) {
  v1::Sample sample;
  sample.set_id(id);
  sample.set_prompt(row.prompt);
  sample.set_required_words(static_cast<std::int32_t>(row.length));
  sample.set_language(LanguageOf(row.prompt));
  sample.set_category(row.type);
  return sample;
}

// Rows of the English file under the ids that they have among all rows.
absl::Status AddEnglish(const DataFile& all, const DataFile& english, v1::Suite* suite) {
  std::map<Row, std::vector<std::size_t>> places;
  for (std::size_t i = all.rows.size(); i > 0; --i) places[all.rows[i - 1]].push_back(i - 1);
  for (std::size_t i = 0; i < english.rows.size(); ++i) {
    const auto found = places.find(english.rows[i]);
    if (found == places.end() || found->second.empty()) {
      return InvalidArgument(english.path + ": row " + std::to_string(i + 1) + " is not in " +
                             all.path + kWhatToDo);
    }
    *suite->add_samples() = SampleOf(english.rows[i], IdOf(found->second.back()));
    found->second.pop_back();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ImportedSuite>> ImportLongBenchWrite(const ImportRequest& request) {
  const absl::StatusOr<fs::path> folder = EvaluationFolder(request.from);
  ASSAY_RETURN_IF_ERROR(folder.status());
  const absl::StatusOr<DataFile> all = ReadDataFile(*folder, "longbench_write.jsonl");
  ASSAY_RETURN_IF_ERROR(all.status());
  const absl::StatusOr<DataFile> english = ReadDataFile(*folder, "longbench_write_en.jsonl");
  ASSAY_RETURN_IF_ERROR(english.status());
  const absl::StatusOr<std::string> judge = ReadJudgePrompt(*folder);
  ASSAY_RETURN_IF_ERROR(judge.status());

  SuiteFolder full;
  *full.suite.mutable_manifest() = Manifest("longbench-write", "LongBench-Write", *all);
  for (std::size_t i = 0; i < all->rows.size(); ++i) {
    *full.suite.add_samples() = SampleOf(all->rows[i], IdOf(i));
  }
  SuiteFolder subset;
  *subset.suite.mutable_manifest() =
      Manifest("longbench-write-en", "LongBench-Write, English part", *english);
  ASSAY_RETURN_IF_ERROR(AddEnglish(*all, *english, &subset.suite));

  std::vector<ImportedSuite> imported;
  for (SuiteFolder* suite : {&full, &subset}) {
    suite->files["judge.txt"] = *judge;
    ASSAY_RETURN_IF_ERROR(WriteSuiteFolder(request.to, *suite, request.replace));
    const std::string& name = suite->suite.manifest().name();
    const std::string written = (fs::path(request.to) / name).string();
    const absl::StatusOr<LoadedSuite> loaded = LoadSuite(written);
    ASSAY_RETURN_IF_ERROR(loaded.status());
    imported.push_back({name, written, loaded->suite.digest(), loaded->suite.samples_size()});
  }
  return imported;
}

}  // namespace assay
