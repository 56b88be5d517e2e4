#include "suites/longgenbench/longgenbench.h"

#include <array>
#include <cctype>
#include <cstdio>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/json/json.h"
#include "common/text/python_split.h"
#include "suites/longgenbench/judge_prompt.h"
#include "suites/longgenbench/tables.h"
#include "suites/source_files.h"

namespace assay {
namespace {

constexpr std::int64_t kMaxNumber = 1'000'000;
constexpr std::size_t kMaxScriptBytes = std::size_t{1} << 20;
constexpr char kScript[] = "Evalution/eval.py";
constexpr char kBothPrompts[] = "golden/judge_prompts.json";
constexpr char kAdvice[] = "take the file again from https://github.com/mozhu621/LongGenBench";
constexpr std::array<const char*, 3> kKinds = {"once", "range", "periodic"};

struct DataSet {
  const char* file;
  const char* sha256;  // at 62c0e869
  const char* id;      // of its samples, in front
  const char* length;  // of its suites' names
  int max_tokens;
};

constexpr std::array<DataSet, 2> kDataSets = {
    DataSet{"Dataset/Dataset_short.json",
            "3cf98c4badc330a93d1010f57f6658b09f2ebc2e6428a3df083b652d902d96e8", "short", "16k",
            16000},
    DataSet{"Dataset/Dataset_long.json",
            "f61048da5ecfb1b717584af8b2dc5999198459e9b95aceedde2dcc6f5cdd35e7", "long", "32k",
            32000}};

struct Row {
  std::string prompt;  // ends with prefix
  std::string prefix;
  std::string type;
  std::int64_t number = 0;
  std::string checks;  // JSON: kind to id to event, in the order of the file
};

// The checks of one kind. An id that int() reads like an earlier one would never be judged.
OrderedJson ChecksOf(const RowReader& row, const std::string& field) {
  OrderedJson checks = OrderedJson::object();
  const ConfigNode* node = row.Object(field);
  if (node == nullptr) return checks;
  std::set<std::int64_t> ids;
  for (const ConfigNode& check : node->children) {
    const std::optional<std::int64_t> id = PythonInt(check.key);
    const std::string path = field + "." + check.key;
    if (!id.has_value() || *id < 1 || *id > kMaxNumber) {
      row.Fail(field, QuoteForError(check.key) + ": expected the number of a block");
    } else if (!ids.insert(*id).second) {
      row.Fail(path, "block " + std::to_string(*id) + " is here twice");
    } else if (check.kind != ConfigNode::Kind::kScalar || !check.quoted || check.scalar.empty()) {
      row.Fail(path, "expected a text: what the block must mention");
    } else {
      checks[check.key] = check.scalar;
    }
  }
  return checks;
}

// It is put into a regular expression as it is, and here it is looked for as it is.
bool IsPlainType(const std::string& type) {
  for (const char c : type) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != ' ') return false;
  }
  return true;
}

Row ReadRow(const RowReader& reader) {
  Row row;
  row.prompt = reader.Text("prompt");
  row.prefix = reader.Text("prefix");
  row.type = reader.Text("type");
  row.number = reader.Whole("number", 1, kMaxNumber);
  OrderedJson checks;
  for (const char* kind : kKinds) {
    checks[kind] = ChecksOf(reader, std::string("checks_") + kind);
  }
  row.checks = DumpJson(checks);
  if (!IsPlainType(row.type)) reader.Fail("type", "expected letters, digits and spaces");
  if (!row.prompt.ends_with(row.prefix)) {
    reader.Fail("prefix", "expected the end of prompt, found " + QuoteForError(row.prefix));
  }
  return row;
}

absl::StatusOr<std::vector<Row>> ReadRows(const SourceFolder& source, const DataSet& data) {
  std::string digest;
  ASSAY_ASSIGN_OR_RETURN(const ConfigNode root, source.ReadJson(data.file, &digest));
  ConfigErrors errors(source.PathOf(data.file), &root);
  std::vector<Row> rows;
  if (root.kind != ConfigNode::Kind::kSequence || root.children.empty()) {
    errors.Add("", std::string("expected a list of tasks; ") + kAdvice);
  } else {
    for (std::size_t i = 0; i < root.children.size(); ++i) {
      const std::string path = "[" + std::to_string(i) + "]";
      if (root.children[i].kind != ConfigNode::Kind::kMapping) {
        errors.Add(path, std::string("expected an object; ") + kAdvice);
        continue;
      }
      rows.push_back(ReadRow(RowReader(root.children[i], &errors, path, kAdvice)));
    }
  }
  ASSAY_RETURN_IF_ERROR(errors.ToStatus());
  ASSAY_RETURN_IF_ERROR(source.ExpectDigest(data.file, digest, data.sha256));
  return rows;
}

// By name of the file beside the suite; judge.txt is the one that its scorer takes.
absl::StatusOr<std::map<std::string, std::string>> ReadPrompts(const SourceFolder& source) {
  if (source.Has(kScript)) {
    ASSAY_ASSIGN_OR_RETURN(const std::string script, source.ReadText(kScript, kMaxScriptBytes));
    auto prompt = LongGenBenchJudgePrompt(script);
    if (prompt.ok()) return std::map<std::string, std::string>{{"judge.txt", *std::move(prompt)}};
    return InvalidArgument(source.PathOf(kScript) + ": " + std::string(MessageOf(prompt.status())) +
                           "; " + kAdvice);
  }
  if (!source.Has(kBothPrompts)) {
    return NotFound(source.PathOf(kScript) + ": is missing (the judge's prompt); " + kAdvice);
  }
  ASSAY_ASSIGN_OR_RETURN(const ConfigNode root, source.ReadJson(kBothPrompts));
  ConfigErrors errors(source.PathOf(kBothPrompts), &root);
  const RowReader reader(root, &errors, "", kAdvice);
  std::map<std::string, std::string> prompts = {{"judge.txt", reader.Text("v1_template")},
                                                {"judge_few_shot.txt", reader.Text("v2_template")}};
  ASSAY_RETURN_IF_ERROR(errors.ToStatus());
  return prompts;
}

v1::SuiteManifest Manifest(const DataSet& data, bool chat) {
  v1::SuiteManifest manifest;
  const std::string name = std::string("longgenbench-") + data.length;
  manifest.set_name(chat ? name + "-chat" : name);
  manifest.set_benchmark("longgenbench");
  manifest.set_title(std::string("LongGenBench, ") + data.length + (chat ? ", as chats" : ""));
  manifest.set_version("1");
  manifest.set_description(
      "Plans and diaries of many numbered blocks, some of which must mention what was asked for. "
      "CR: blocks that are there; STIC-1: checks met of those whose block is there; STIC-2: of all "
      "checks.");
  manifest.set_license("none stated");
  manifest.set_source(std::string("https://github.com/mozhu621/LongGenBench ") + data.file +
                      " sha256:" + data.sha256);
  v1::Sampling& sampling = *manifest.mutable_sampling();
  sampling.set_max_tokens(data.max_tokens);
  sampling.add_stop("*** finished");
  if (!chat) {  // of the chats only these two are known
    sampling.set_temperature(0.95);
    sampling.set_top_p(0.95);
    sampling.set_seed(6211027);
  }
  v1::BenchmarkScorer& scorer = *manifest.add_scorers()->mutable_benchmark();
  scorer.set_name("longgenbench");
  (*scorer.mutable_prompt_files())["judge"] = "judge.txt";
  return manifest;
}

v1::Sample SampleOf(const Row& row, const std::string& id, bool chat) {
  v1::Sample sample;
  sample.set_id(id);
  if (chat) {
    sample.set_prompt(row.prompt);
  } else {
    const std::size_t begun = row.prompt.size() - row.prefix.size();
    sample.mutable_completion()->set_prompt(row.prompt.substr(0, begun));
    sample.mutable_completion()->set_assistant_prefix(row.prefix);
  }
  sample.set_language("en");
  sample.set_category(row.type);
  auto& scorer_data = *sample.mutable_scorer_data();
  scorer_data["type"] = row.type;
  scorer_data["number"] = std::to_string(row.number);
  scorer_data["prefix"] = row.prefix;
  scorer_data["checks"] = row.checks;
  return sample;
}

std::string IdOf(const DataSet& data, std::size_t row) {
  char id[32];
  std::snprintf(id, sizeof(id), "%s-%03zu", data.id, row);
  return id;
}

absl::StatusOr<std::vector<ImportedSuite>> Import(const ImportRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(
      const SourceFolder source,
      SourceFolder::Find(request.from, {"", "LongGenBench"}, kDataSets[0].file, kAdvice));
  ASSAY_ASSIGN_OR_RETURN(const auto prompts, ReadPrompts(source));
  std::vector<SuiteFolder> suites;
  for (const DataSet& data : kDataSets) {
    ASSAY_ASSIGN_OR_RETURN(const std::vector<Row> rows, ReadRows(source, data));
    for (const bool chat : {false, true}) {
      SuiteFolder& folder = suites.emplace_back();
      folder.files = prompts;
      *folder.suite.mutable_manifest() = Manifest(data, chat);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        *folder.suite.add_samples() = SampleOf(rows[i], IdOf(data, i), chat);
      }
    }
  }
  return WriteImported(request, suites);
}

}  // namespace

Benchmark LongGenBench() {
  Benchmark benchmark;
  benchmark.name = "longgenbench";
  benchmark.title =
      "LongGenBench (Spinning the Golden Thread, 2025): 400 tasks of 16K and 400 of 32K tokens, "
      "with checks of single blocks";
  benchmark.version = "62c0e869";
  benchmark.license = "none stated";
  benchmark.source = "https://github.com/mozhu621/LongGenBench";
  benchmark.needs = "a clone";
  benchmark.judge = "Llama-3.1-8B-Instruct, raw completions";
  benchmark.samples = 400;
  benchmark.judge_calls = 8215;  // as many as there are checks, if every block is written
  benchmark.judge_input_tokens = 1'700'000;
  benchmark.judge_output_tokens = 410'000;
  benchmark.import = &Import;
  benchmark.tables = &LongGenBenchTables;
  return benchmark;
}

}  // namespace assay
