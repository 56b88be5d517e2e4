#include "suites/longeval/longeval.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/json/json.h"
#include "common/text/python_case.h"
#include "common/text/python_repr.h"
#include "judge/benchmarks/longeval/longeval_judge.h"
#include "suites/longeval/prompts.h"
#include "suites/longeval/tables.h"

namespace assay {
namespace {

constexpr char kAdvice[] =
    "make the file again: datasets.load_dataset(\"SiweiWu/LongEval\")[\"Paper\"]"
    ".to_json(\"Paper.jsonl\"), and take the scripts from https://github.com/Wusiwei0410/LongEval";

struct DataSet {
  const char* file;
  const char* name;
  LongEvalDataSet kind;
};
constexpr std::array<DataSet, 3> kDataSets = {
    DataSet{"Paper.jsonl", "paper", LongEvalDataSet::kPaper},
    DataSet{"Blog.jsonl", "blog", LongEvalDataSet::kBlog},
    DataSet{"Wikipedia.jsonl", "wikipedia", LongEvalDataSet::kWikipedia}};

struct Row {
  std::string title;
  std::vector<std::string> plan;
  std::vector<std::string> sections;
  std::string references;  // as Python prints them
  std::string results;
};

std::int64_t WordsOf(std::string_view text) {
  return 1 + std::count(text.begin(), text.end(), ' ');
}

// A list of texts as Python prints it; one empty text stands for None.
std::string Printed(const std::vector<std::string>& texts) {
  if (texts.size() == 1 && texts[0].empty()) return "None";
  PythonValue list;
  list.kind = PythonValue::Kind::kList;
  for (const std::string& text : texts) {
    PythonValue& one = list.list.emplace_back();
    one.kind = PythonValue::Kind::kString;
    one.text = text;
  }
  return PythonRepr(list);
}

absl::StatusOr<std::vector<Row>> ReadRows(const SourceFolder& source, const DataSet& data,
                                          std::string* digest) {
  std::vector<Row> rows;
  ASSAY_ASSIGN_OR_RETURN(
      *digest, source.ForEachRow(data.file, [&](const ConfigNode& node, ConfigErrors& errors) {
        const RowReader reader(node, &errors, "", kAdvice);
        Row row;
        row.title = reader.Text("title");
        row.plan = reader.Texts("bullet_points");
        row.sections = reader.Texts("sections");
        row.references = Printed(reader.Texts("related_work_ref"));
        row.results = Printed(reader.Texts("experiment_results"));
        const std::size_t least = data.kind == LongEvalDataSet::kPaper ? 2 : 1;
        if (errors.empty() && row.sections.size() < least) {
          reader.Fail("sections", "expected at least " + std::to_string(least) + " texts");
        }
        if (errors.empty() && row.plan.size() != row.sections.size()) {
          reader.Fail("bullet_points", "expected as many texts as sections has, " +
                                           std::to_string(row.sections.size()) + ", found " +
                                           std::to_string(row.plan.size()));
        }
        rows.push_back(std::move(row));
      }));
  return rows;
}

// What stands for <<name>> in a prompt that writes a section.
std::string ValueOf(const Row& row, std::size_t section, std::string_view name) {
  if (name == "title") return row.title;
  if (name == "h") return row.plan[section];
  if (name == "l") return std::to_string(WordsOf(row.sections[section]));
  if (name == "ref") return row.references;
  if (name == "exp_results") return row.results;
  return "";
}

// The parts of a prompt around what was written so far (<<context>>).
OrderedJson PartsOf(std::string_view prompt, const Row& row, std::size_t section) {
  OrderedJson parts = OrderedJson::array();
  std::string part;
  for (std::size_t at = 0; at < prompt.size();) {
    const std::size_t open = std::min(prompt.find("<<", at), prompt.size());
    part += prompt.substr(at, open - at);
    if (open == prompt.size()) break;
    const std::size_t close = std::min(prompt.find(">>", open), prompt.size() - 2);
    const std::string_view name = prompt.substr(open + 2, close - open - 2);
    if (name == "context") {
      parts.push_back(std::exchange(part, ""));
    } else {
      part += ValueOf(row, section, name);
    }
    at = close + 2;
  }
  parts.push_back(part);
  return parts;
}

LongEvalWriting WritingOf(LongEvalDataSet kind, std::size_t section, const std::string& original) {
  const std::string lower = PythonLower(original);
  const bool introduction = lower.find("introduction") != std::string::npos;
  if (kind == LongEvalDataSet::kPaper) {
    if (section == 0) return LongEvalWriting::kPaperFirst;
    if (introduction) return LongEvalWriting::kPaperIntroduction;
    const bool related = lower.find("related work") != std::string::npos;
    return related ? LongEvalWriting::kPaperRelated : LongEvalWriting::kPaperSection;
  }
  const bool blog = kind == LongEvalDataSet::kBlog;
  if (section == 0) return blog ? LongEvalWriting::kBlogFirst : LongEvalWriting::kWikipediaFirst;
  if (introduction) {
    return blog ? LongEvalWriting::kBlogIntroduction : LongEvalWriting::kWikipediaIntroduction;
  }
  return blog ? LongEvalWriting::kBlogSection : LongEvalWriting::kWikipediaSection;
}

// What strategy longeval reads.
OrderedJson StepsOf(const DataSet& data, const LongEvalPrompts& prompts, const Row& row) {
  const auto prompt = [&](LongEvalWriting writing) -> const std::string& {
    return prompts.writing[static_cast<std::size_t>(writing)];
  };
  OrderedJson steps = OrderedJson::array();
  for (std::size_t i = 0; i < row.sections.size(); ++i) {
    const LongEvalWriting writing = WritingOf(data.kind, i, row.sections[i]);
    OrderedJson step;
    step["prompt"] = PartsOf(prompt(writing), row, i);
    if (writing == LongEvalWriting::kPaperSection) {
      step["ask"] = PartsOf(prompt(LongEvalWriting::kPaperQuestion), row, i)[0];
      step["yes"] = PartsOf(prompt(LongEvalWriting::kPaperWithResults), row, i);
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

v1::Sample SampleOf(const DataSet& data, const LongEvalPrompts& prompts, const Row& row,
                    std::size_t number) {
  char id[64];
  std::snprintf(id, sizeof(id), "%s-%03zu", data.name, number);
  v1::Sample sample;
  sample.set_id(id);
  std::string prompt = row.title;
  std::int64_t words = 0;
  for (std::size_t i = 0; i < row.sections.size(); ++i) {
    prompt += "\n\n" + row.plan[i];
    words += WordsOf(row.sections[i]);
  }
  sample.set_prompt(prompt);
  sample.set_required_words(static_cast<std::int32_t>(std::min<std::int64_t>(words, 10'000'000)));
  sample.set_language("en");
  auto& scorer_data = *sample.mutable_scorer_data();
  scorer_data["data_set"] = data.name;
  scorer_data["sections"] = DumpJson(OrderedJson(row.sections));
  scorer_data["plan"] = DumpJson(OrderedJson(row.plan));
  scorer_data["steps"] = DumpJson(StepsOf(data, prompts, row));
  return sample;
}

v1::SuiteManifest Manifest(const DataSet& data, const std::string& digest,
                           const std::map<std::string, std::string>& files) {
  v1::SuiteManifest manifest;
  manifest.set_name(std::string("longeval-") + data.name);
  manifest.set_benchmark("longeval");
  manifest.set_title(std::string("LongEval, ") + data.name);
  manifest.set_version("1");
  manifest.set_description(
      "Long texts written section by section along a plan, judged beside the original ones. For "
      "models with strategy longeval.");
  manifest.set_license("none stated");
  manifest.set_source(std::string("https://huggingface.co/datasets/SiweiWu/LongEval ") + data.file +
                      " sha256:" + digest);
  v1::BenchmarkScorer& scorer = *manifest.add_scorers()->mutable_benchmark();
  scorer.set_name("longeval");
  for (const auto& [file, text] : files) {
    (*scorer.mutable_prompt_files())[file.substr(0, file.find('.'))] = file;
  }
  return manifest;
}

absl::StatusOr<std::vector<ImportedSuite>> Import(const ImportRequest& request) {
  std::vector<std::string> names;
  for (const DataSet& data : kDataSets) names.emplace_back(data.file);
  ASSAY_ASSIGN_OR_RETURN(const SourceFolder source,
                         SourceFolder::FindAny(request.from, {""}, names, kAdvice));
  ASSAY_ASSIGN_OR_RETURN(const LongEvalPrompts prompts, ReadLongEvalPrompts(source));
  std::map<std::string, std::string> files;
  for (const auto& [name, text] : prompts.judge) files[name + ".txt"] = text;
  std::vector<SuiteFolder> suites;
  for (const DataSet& data : kDataSets) {
    if (!source.Has(data.file)) continue;
    std::string digest;
    ASSAY_ASSIGN_OR_RETURN(const std::vector<Row> rows, ReadRows(source, data, &digest));
    SuiteFolder& folder = suites.emplace_back();
    folder.files = files;
    *folder.suite.mutable_manifest() = Manifest(data, digest, files);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      *folder.suite.add_samples() = SampleOf(data, prompts, rows[i], i);
    }
  }
  return WriteImported(request, suites);
}

}  // namespace

Benchmark LongEval() {
  Benchmark benchmark;
  benchmark.name = "longeval";
  benchmark.title =
      "LongEval (2025): papers, blogs and Wikipedia articles of more than 2,000 words, section by "
      "section along a plan";
  benchmark.version = "7c2d149d";
  benchmark.license = "none stated";
  benchmark.source = "https://github.com/Wusiwei0410/LongEval";
  benchmark.needs =
      "a folder with Paper.jsonl, Blog.jsonl or Wikipedia.jsonl of the data set, evaluator.py and "
      "inference.py";
  benchmark.judge = "Qwen2.5-72B-Instruct";
  benchmark.samples = 166;
  benchmark.judge_formula =
      "a text: 2 calls and one for each section on related work (Wikipedia: one more on the "
      "whole); "
      "a section: 1 call, and 2 more where it is neither abstract nor introduction; input is the "
      "section written or the text, and for comparisons the original beside it; 20 tokens out a "
      "call";
  benchmark.unavailable =
      "the data set is on Hugging Face only and was not at hand: the importer was tried on rows of "
      "its form, and published scores could not be checked";
  benchmark.import = &Import;
  benchmark.tables = &LongEvalTables;
  return benchmark;
}

}  // namespace assay
