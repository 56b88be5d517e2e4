#include "judge/benchmarks/longweave/sample_item.h"

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/json/json.h"
#include "judge/benchmarks/engine/benchmark_spec.h"
#include "judge/benchmarks/longweave/tasks.h"

namespace assay::longweave {
namespace {

constexpr char kTask[] = "task";
constexpr char kItem[] = "item";

// Fields of a JSON object; the first that is not as it should be is kept as the problem.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  std::string Text(const char* name) {
    const Json* const field = Find(name);
    if (field != nullptr && field->is_string()) return field->get<std::string>();
    return Fail(name, "a text"), "";
  }

  std::int64_t Whole(const char* name, std::int64_t low) {
    const Json* const field = Find(name);
    const bool whole = field != nullptr && field->is_number_integer();
    if (whole && field->get<std::int64_t>() >= low) return field->get<std::int64_t>();
    return Fail(name, "a whole number"), low;
  }

  std::vector<std::string> Texts(const char* name) {
    std::vector<std::string> texts;
    for (const Json& text : List(name)) {
      if (!text.is_string()) return Fail(name, "a list of texts"), texts;
      texts.push_back(text.get<std::string>());
    }
    return texts;
  }

  // Not empty.
  const Json& List(const char* name) {
    static const Json* const kNothing = new Json(Json::array());
    const Json* const field = Find(name);
    if (field != nullptr && field->is_array() && !field->empty()) return *field;
    return Fail(name, "a list with something in it"), *kNothing;
  }

  const std::string& problem() const { return problem_; }

 private:
  const Json* Find(const char* name) const {
    const auto found = object_.is_object() ? object_.find(name) : object_.end();
    return found == object_.end() ? nullptr : &*found;
  }

  void Fail(const char* name, const char* expected) {
    if (problem_.empty()) problem_ = absl::StrCat(name, ": expected ", expected);
  }

  const Json& object_;
  std::string problem_;
};

Json QuestionsJson(const std::vector<Question>& questions) {
  Json list = Json::array();
  for (const Question& each : questions) {
    list.push_back({{"question", each.question}, {"answer", each.answer}});
  }
  return list;
}

Json StatementsJson(const std::vector<Statement>& statements) {
  Json list = Json::array();
  for (const Statement& each : statements) {
    list.push_back({{"category", each.category},
                    {"statement", each.statement},
                    {"reason", each.reason},
                    {"correct", each.correct}});
  }
  return list;
}

// The fields of a task, as ReadFields takes them.
Json Fields(const SampleItem& item) {
  if (item.task == "GEN_KV_DICT") {
    return {{"key", item.kv.key},
            {"value", item.kv.value},
            {"index", item.kv.index},
            {"entries", item.kv.entries},
            {"key_length", item.kv.key_length},
            {"value_length", item.kv.value_length}};
  }
  if (item.task == "STATE_MACHINE") return {{"input", item.input}};
  if (item.task == "PARAGRAPH_ORDERING") return {{"paragraphs", item.texts}};
  if (item.task == "CODE_FIXING") return {{"code", item.code}};
  if (item.task == "KG_TO_TEXT") return {{"sentences", item.texts}, {"words", item.words}};
  if (item.task == "SALES_REPORT_GENERATION") return {{"questions", QuestionsJson(item.questions)}};
  return {{"categories", item.texts},
          {"statements", StatementsJson(item.statements)},
          {"words", item.words}};
}

std::string ReadJudged(const Json& json, SampleItem& item) {
  Reader reader(json);
  if (item.task == "CODE_FIXING") item.code = reader.Text("code");
  if (item.task == "KG_TO_TEXT") item.texts = reader.Texts("sentences");
  if (item.task == "SALES_REPORT_GENERATION") {
    for (const Json& each : reader.List("questions")) {
      Reader question(each);
      item.questions.push_back({question.Text("question"), question.Text("answer")});
      if (!question.problem().empty()) return "questions." + question.problem();
    }
  }
  if (item.task == "AP_STYLE_WRITING") {
    item.texts = reader.Texts("categories");
    for (const Json& each : reader.List("statements")) {
      Reader statement(each);
      item.statements.push_back({statement.Text("category"), statement.Text("statement"),
                                 statement.Text("reason"), statement.Text("correct")});
      if (!statement.problem().empty()) return "statements." + statement.problem();
    }
  }
  if (item.task == "KG_TO_TEXT" || item.task == "AP_STYLE_WRITING") {
    item.words = reader.Whole("words", 1);
  }
  return reader.problem();
}

std::string ReadFields(const Json& json, SampleItem& item) {
  Reader reader(json);
  if (item.task == "GEN_KV_DICT") {
    item.kv.key = reader.Text("key");
    item.kv.value = reader.Text("value");
    item.kv.index = reader.Whole("index", 0);
    item.kv.entries = reader.Whole("entries", 2);
    item.kv.key_length = reader.Whole("key_length", 1);
    item.kv.value_length = reader.Whole("value_length", 1);
  } else if (item.task == "STATE_MACHINE") {
    item.input = reader.Text("input");
    const bool digits = item.input.find_first_not_of("012") == std::string::npos;
    if (item.input.empty() || !digits) return "input: expected digits from 0 to 2";
  } else if (item.task == "PARAGRAPH_ORDERING") {
    item.texts = reader.Texts("paragraphs");
  } else {
    return ReadJudged(json, item);
  }
  return reader.problem();
}

bool IsTask(const std::string& name) {
  for (const Task& task : kTasks) {
    if (name == task.name) return true;
  }
  return false;
}

}  // namespace

void WriteItem(const SampleItem& item, v1::Sample& sample) {
  (*sample.mutable_scorer_data())[kTask] = item.task;
  (*sample.mutable_scorer_data())[kItem] = DumpJson(Fields(item));
}

absl::StatusOr<SampleItem> ReadItem(const v1::Sample& sample) {
  SampleItem item;
  ASSAY_ASSIGN_OR_RETURN(const std::string_view task, ScorerData(sample, kTask));
  item.task = std::string(task);
  const std::string where =
      absl::StrCat("sample \"", EscapeForTerminal(sample.id()), "\": scorer_data.");
  if (!IsTask(item.task)) {
    return InvalidArgument(
        absl::StrCat(where, kTask, ": ", EscapeForTerminal(item.task), " is no task of LongWeave"));
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string_view text, ScorerData(sample, kItem));
  const absl::StatusOr<Json> json = ParseJson(text);
  if (!json.ok()) return Annotate(json.status(), where + kItem);
  const std::string problem = ReadFields(*json, item);
  if (!problem.empty()) return InvalidArgument(absl::StrCat(where, kItem, ".", problem));
  return item;
}

}  // namespace assay::longweave
