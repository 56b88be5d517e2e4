#include "suites/longproc/items.h"

#include <array>
#include <cstdio>
#include <optional>
#include <utility>

#include "common/base/status.h"
#include "common/config/scalar_parser.h"
#include "common/text/python_format.h"
#include "common/text/utf8.h"
#include "judge/benchmarks/longproc/travel_planning.h"

namespace assay {

// What a row comes to: the prompt's arguments, and a sample without prompt and id.
struct LongProcReader::Item {
  v1::Sample sample;
  std::vector<std::pair<std::string, std::string>> arguments;
  bool belongs = true;  // to the set that is read
  std::string length;
  std::string id_field;  // of a row that has an id of its own

  void SetReference(std::string reference) {
    (*sample.mutable_scorer_data())["reference"] = std::move(reference);
  }
};

namespace {

constexpr char kTravelFile[] = "travel_planning/travel_planning_all.json";
constexpr char kTravelExamples[] = "travel_planning/travel_planning_icl_examples.json";
constexpr char kPages[] = "html_to_tsv/webpage.tar";
constexpr std::size_t kMaxPageBytes = std::size_t{8} << 20;
constexpr int kMaxDay = 1000;

// Python reads files in text mode: every line end is "\n".
std::string WithPlainLineEnds(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      plain += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      plain += '\n';
    }
  }
  return plain;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? "" : "\n") + lines[i];
  return text;
}

std::optional<std::vector<std::string>> TextsOf(const ConfigNode& list) {
  if (list.kind != ConfigNode::Kind::kSequence) return std::nullopt;
  std::vector<std::string> texts;
  for (const ConfigNode& item : list.children) {
    if (item.kind != ConfigNode::Kind::kScalar || !item.quoted) return std::nullopt;
    texts.push_back(item.scalar);
  }
  return texts;
}

std::string At(const std::string& name, std::size_t index) {
  return name + "[" + std::to_string(index) + "]";
}

// The reader of an entry of a list within a row.
class Entries {
 public:
  Entries(const RowReader& row, std::string name) : row_(row), name_(std::move(name)) {}

  // `read` is called with each entry; false from it: the entry is not as expected, which ends the
  // reading with an error added. True: all are there and read.
  template <typename Read>
  bool Each(const char* expected, const Read& read) const {
    const ConfigNode* list = row_.List(name_);
    if (list == nullptr) return false;
    for (std::size_t i = 0; i < list->children.size(); ++i) {
      if (read(list->children[i])) continue;
      row_.Fail(At(name_, i), std::string("expected ") + expected);
      return false;
    }
    return true;
  }

 private:
  const RowReader& row_;
  const std::string name_;
};

std::optional<std::int64_t> WholeOf(const ConfigNode* node, std::int64_t low, std::int64_t high) {
  if (node == nullptr || node->kind != ConfigNode::Kind::kScalar || node->quoted) {
    return std::nullopt;
  }
  const ParsedInteger number = ParseInteger(node->scalar);
  const bool fits =
      number.problem == NumberProblem::kNone && number.value >= low && number.value <= high;
  return fits ? std::optional(number.value) : std::nullopt;
}

// A duration, or the fixed schedule of the city that came last.
bool ReadConstraint(const ConfigNode& node, TravelProblem& problem) {
  if (node.kind != ConfigNode::Kind::kMapping) return false;
  const ConfigNode* type = node.Find("type");
  const ConfigNode* city = node.Find("city");
  if (type == nullptr || city == nullptr || !city->quoted) return false;
  if (type->scalar == "duration") {
    const auto days = WholeOf(node.Find("num_days"), 1, kMaxDay);
    if (days) problem.cities.push_back({city->scalar, static_cast<int>(*days), 0, 0});
    return days.has_value();
  }
  const auto start = WholeOf(node.Find("start_day"), 1, kMaxDay);
  const auto end = WholeOf(node.Find("end_day"), 1, kMaxDay);
  if (type->scalar != "fixed" || !start || !end || problem.cities.empty() ||
      problem.cities.back().name != city->scalar) {
    return false;
  }
  problem.cities.back().fixed_start = static_cast<int>(*start);
  problem.cities.back().fixed_end = static_cast<int>(*end);
  return true;
}

// The reference of a row's problem; empty with an error added where there is none.
std::string TravelReferenceOf(const RowReader& row) {
  TravelProblem problem;
  const bool cities =
      Entries(row, "constraints")
          .Each(
              "a duration {type, city, num_days}, or a fixed schedule {type, city, start_day, "
              "end_day} of the city before it",
              [&](const ConfigNode& node) { return ReadConstraint(node, problem); });
  const bool flights =
      Entries(row, "connected_cities").Each("two names of cities", [&](const ConfigNode& node) {
        const auto names = TextsOf(node);
        if (!names || names->size() != 2) return false;
        problem.flights.emplace_back((*names)[0], (*names)[1]);
        return true;
      });
  if (!cities || !flights) return "";
  const absl::StatusOr<std::string> reference = TravelReference(problem);
  if (reference.ok()) return *reference;
  row.Fail("constraints", std::string(MessageOf(reference.status())));
  return "";
}

std::string IdOf(const LongProcSet& set, std::size_t index) {
  std::array<char, 24> number;
  std::snprintf(number.data(), number.size(), "-%03zu", index);
  return set.name() + number.data();
}

// SHA-256 of USER_PROMPT at the commit that the benchmark's version names.
const std::map<std::string_view, std::string_view>& PublishedPrompts() {
  static const auto* const kPrompts = new std::map<std::string_view, std::string_view>{
      {"countdown", "f32291405706aa9558cedbe3bbe26cb1f6155fbe56ef6198b1b80b8a68f5f30f"},
      {"html_to_tsv", "e746bf5dabd7687fb5fff9901be6319dacb356e8dab661eb0c3ee97169a004ff"},
      {"path_traversal", "3def4294c032274cf79ff7d3836069e55adcebb2f474c310e7f4c4be0c708734"},
      {"pseudo_to_code", "762cda6a6880a861425ad26af6c2de9c7dd219aff2a0a07a0b25a288262ae170"},
      {"tom_tracking", "a3c663600c3f9a2186cbb7999d03117bdc4d9cdea33896ed22baf3cf83295e4f"},
      {"travel_planning", "45a488d1c2d4ad9bda45894527d563e164b124bc2e50125af730922bc2e3dde1"}};
  return *kPrompts;
}

}  // namespace

std::vector<LongProcSet> LongProcSets() {
  std::vector<LongProcSet> sets;
  for (const LongProcTaskNames& task : LongProcTasks()) {
    for (const char* length : {"0.5k", "2k", "8k"}) {
      const bool travel = task.task == LongProcTask::kTravelPlanning;
      if (travel && length == std::string_view("0.5k")) continue;
      if (task.task == LongProcTask::kPseudoToCode && length == std::string_view("8k")) continue;
      LongProcSet set = {task.task, std::string(task.name), length, ""};
      set.file = travel ? kTravelFile : set.task_name + "/" + set.name() + ".json";
      sets.push_back(std::move(set));
    }
  }
  return sets;
}

LongProcReader::Reader LongProcReader::ReaderOf(LongProcTask task) {
  switch (task) {
    case LongProcTask::kHtmlToTsv:
      return &LongProcReader::ReadHtml;
    case LongProcTask::kTravelPlanning:
      return &LongProcReader::ReadTravel;
    case LongProcTask::kTomTracking:
      return &LongProcReader::ReadTom;
    case LongProcTask::kPathTraversal:
      return &LongProcReader::ReadPath;
    case LongProcTask::kCountdown:
      return &LongProcReader::ReadCountdown;
    case LongProcTask::kPseudoToCode:
      break;
  }
  return &LongProcReader::ReadCode;
}

absl::StatusOr<LongProcItems> LongProcReader::Read(const LongProcSet& set) {
  ASSAY_ASSIGN_OR_RETURN(const std::string prompt_template, TemplateOf(set));
  ASSAY_RETURN_IF_ERROR(ReadShared(set));
  LongProcItems items;
  ASSAY_ASSIGN_OR_RETURN(const ConfigNode rows, data_.ReadJson(set.file, &items.sha256));
  ConfigErrors errors(data_.PathOf(set.file), &rows);
  if (rows.kind != ConfigNode::Kind::kSequence || rows.children.empty()) {
    errors.Add("", "expected a list of items; " + data_.advice());
    return errors.ToStatus();
  }
  const Reader reader = ReaderOf(set.task);
  UniqueIds ids;
  for (std::size_t i = 0; i < rows.children.size(); ++i) {
    const ConfigNode& node = rows.children[i];
    const RowReader row(node, &errors, At("", i), data_.advice());
    Item item;
    item.length = set.length;
    if (node.kind != ConfigNode::Kind::kMapping) {
      errors.Add(At("", i), "expected an object; " + data_.advice());
    } else {
      (this->*reader)(row, item);
    }
    ASSAY_RETURN_IF_ERROR(errors.ToStatus());
    if (!item.id_field.empty()) {
      const std::string& id = (*item.sample.mutable_metadata())[item.id_field] =
          row.Text(item.id_field);
      ids.Add(id, node.line, row, item.id_field);
      ASSAY_RETURN_IF_ERROR(errors.ToStatus());
    }
    if (!item.belongs) continue;
    const std::vector<std::pair<std::string_view, std::string_view>> arguments(
        item.arguments.begin(), item.arguments.end());
    absl::StatusOr<std::string> prompt = PythonFormat(prompt_template, arguments);
    if (!prompt.ok()) {
      return InvalidArgument(data_.PathOf(set.task_name + "/prompts.yaml") + ": USER_PROMPT: " +
                             std::string(MessageOf(prompt.status())) + "; " + data_.advice());
    }
    // One that was cut off lacks its end.
    for (const auto& [name, value] : item.arguments) {
      if (prompt_template.find("{" + std::string(name) + "}") != std::string::npos) continue;
      return InvalidArgument(data_.PathOf(set.task_name + "/prompts.yaml") +
                             ": USER_PROMPT: has no {" + std::string(name) + "}; " +
                             data_.advice());
    }
    item.sample.set_id(IdOf(set, items.samples.size()));
    item.sample.set_prompt(*std::move(prompt));
    item.sample.set_language("en");
    item.sample.set_category(set.task_name);
    (*item.sample.mutable_scorer_data())["task"] = set.task_name;
    items.samples.push_back(std::move(item.sample));
  }
  return items;
}

absl::StatusOr<std::string> LongProcReader::TemplateOf(const LongProcSet& set) {
  const std::string file = set.task_name + "/prompts.yaml";
  ASSAY_ASSIGN_OR_RETURN(const ConfigNode prompts, data_.ReadYaml(file));
  ConfigErrors errors(data_.PathOf(file), &prompts);
  const ConfigNode* prompt = prompts.Find("USER_PROMPT");
  if (prompt == nullptr || prompt->kind != ConfigNode::Kind::kScalar || prompt->scalar.empty()) {
    errors.Add("USER_PROMPT", "expected the text of the prompt; " + data_.advice());
    return errors.ToStatus();
  }
  const auto published = PublishedPrompts().find(set.task_name);
  const std::string note = published == PublishedPrompts().end()
                               ? ""
                               : data_.NoteOnDigest(data_.PathOf(file) + ": USER_PROMPT",
                                                    prompt->scalar, published->second);
  if (note_.find(note) == std::string::npos) note_ += (note_.empty() ? "" : "\n  ") + note;
  return prompt->scalar;
}

// What the items of a set have in common.
absl::Status LongProcReader::ReadShared(const LongProcSet& set) {
  if (set.task == LongProcTask::kCountdown && countdown_examples_.empty()) {
    countdown_examples_ = CountdownExamples();
  }
  if (set.task == LongProcTask::kHtmlToTsv && pages_.empty() && data_.Has(kPages)) {
    ASSAY_ASSIGN_OR_RETURN(pages_, data_.ReadArchive(kPages));
  }
  if (set.task != LongProcTask::kTravelPlanning || !travel_examples_.empty()) {
    return absl::OkStatus();
  }
  ASSAY_ASSIGN_OR_RETURN(const ConfigNode rows, data_.ReadJson(kTravelExamples));
  ConfigErrors errors(data_.PathOf(kTravelExamples), &rows);
  if (rows.kind != ConfigNode::Kind::kSequence || rows.children.empty()) {
    errors.Add("", "expected a list of examples; " + data_.advice());
  }
  for (std::size_t i = 0; i < rows.children.size() && errors.empty(); ++i) {
    const RowReader row(rows.children[i], &errors, At("", i), data_.advice());
    if (i > 0) travel_examples_ += "\n\n";
    travel_examples_ += "# Example\n" + row.Text("disambig_question_text") + "\n\n";
    travel_examples_ += TravelReferenceOf(row);
  }
  return errors.ToStatus();
}

void LongProcReader::ReadCountdown(const RowReader& row, Item& item) {
  CountdownProblem problem;
  const bool read =
      Entries(row, "nums").Each("a whole number from 0 to 1000000", [&](const ConfigNode& node) {
        const auto number = WholeOf(&node, 0, kMaxCountdownNumber);
        if (number) problem.numbers.push_back(*number);
        return number.has_value();
      });
  problem.target = row.Whole("target", 0, kMaxCountdownNumber);
  if (!read || !row.Has("target")) return;
  absl::StatusOr<std::string> reference = CountdownReference(problem);
  if (!reference.ok()) {
    row.Fail("nums", std::string(MessageOf(reference.status())));
    return;
  }
  item.arguments = {{"demonstration", countdown_examples_},
                    {"nums", CountdownNumbers(problem.numbers)},
                    {"target", std::to_string(problem.target)}};
  item.SetReference(*std::move(reference));
  SetCountdownData(problem, item.sample);
}

void LongProcReader::ReadHtml(const RowReader& row, Item& item) {
  const std::string path = row.Text("html_path");
  auto page = pages_.find(path);
  if (page == pages_.end() && !path.empty()) {
    const std::string file = "html_to_tsv/" + path;
    const bool within = path.find("..") == std::string::npos && path.front() != '/';
    absl::StatusOr<std::string> text =
        within ? data_.ReadText(file, kMaxPageBytes)
               : InvalidArgument(QuoteForError(path) + " is outside of the benchmark's folder");
    if (!text.ok()) {
      row.Fail("html_path", std::string(MessageOf(text.status())));
      return;
    }
    page = pages_.emplace(path, *std::move(text)).first;
  }
  if (page == pages_.end()) return;
  if (!IsValidUtf8(page->second)) row.Fail("html_path", path + " is not valid UTF-8");
  item.arguments = {{"html_str", WithPlainLineEnds(page->second)},
                    {"task_topic", row.Text("task_topic")},
                    {"task_description", row.Text("task_description")},
                    {"filtering_instruction", row.AnyText("filtering_instruction")},
                    {"tsv_header", row.Text("tsv_header")}};
  item.SetReference(row.Text("gt"));
  item.id_field = "task_id";
}

void LongProcReader::ReadPath(const RowReader& row, Item& item) {
  const std::vector<std::string> question = row.Texts("question_repr");
  if (question.size() != 2) {
    row.Fail("question_repr", "expected the names of two cities");
    return;
  }
  item.arguments = {{"city_context", row.Text("context_nl")},
                    {"src_city", question[0]},
                    {"dst_city", question[1]}};
  item.SetReference(row.Text("answer_nl"));
}

void LongProcReader::ReadCode(const RowReader& row, Item& item) {
  item.arguments = {{"pseudocode", Joined(row.Texts("pseudocode_lines"))}};
  item.SetReference(Joined(row.Texts("code_lines")));
  std::vector<LongProcTestCase> cases;
  Entries(row, "testcases")
      .Each("a pair of lists of lines, of input and of output", [&](const ConfigNode& node) {
        if (node.kind != ConfigNode::Kind::kSequence || node.children.size() != 2) return false;
        auto input = TextsOf(node.children[0]);
        auto output = TextsOf(node.children[1]);
        const bool read = input && output;
        if (read && cases.size() < kLongProcTestCases) {
          cases.push_back({*std::move(input), *std::move(output)});
        }
        return read;
      });
  SetCasesData(cases, item.sample);
  (*item.sample.mutable_metadata())["problem_id"] = row.Text("problem_id");
}

void LongProcReader::ReadTom(const RowReader& row, Item& item) {
  item.arguments = {{"story", row.Text("story")}, {"question", row.Text("question")}};
  item.SetReference(row.Text("solution"));
}

void LongProcReader::ReadTravel(const RowReader& row, Item& item) {
  const std::int64_t tokens = row.Whole("estimated_output_tokens", 0, 1 << 30);
  item.id_field = "id";
  item.belongs = item.length == "2k" ? tokens < 2048 : tokens >= 4096 && tokens < 8192;
  if (!item.belongs) return;
  item.arguments = {{"demonstration", travel_examples_},
                    {"problem", row.Text("disambig_question_text")}};
  item.SetReference(TravelReferenceOf(row));
  const std::string cities = row.Text("ground_truth_cities");
  const std::string durations = row.Text("ground_truth_durations");
  const auto stays = ReadTravelStays(cities, durations);
  if (!stays.ok()) row.Fail("ground_truth_cities", std::string(MessageOf(stays.status())));
  (*item.sample.mutable_scorer_data())["cities"] = cities;
  (*item.sample.mutable_scorer_data())["durations"] = durations;
}

}  // namespace assay
