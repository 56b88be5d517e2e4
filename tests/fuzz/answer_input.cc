#include "tests/fuzz/answer_input.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "judge/engine/answer_reply.h"

namespace assay {
namespace {

using Kind = AnswerField::Kind;

AnswerField Field(const std::string& name, Kind kind, std::int64_t least, std::int64_t most) {
  AnswerField field;
  field.name = name;
  field.kind = kind;
  field.least = least;
  field.most = most;
  field.required = kind == Kind::kLabel;
  if (kind == Kind::kLabel) field.labels = {"yes", "no", "partly"};
  if (kind == Kind::kIds) field.labels = {"p1", "p2"};
  return field;
}

std::vector<AnswerField> Fields() {
  std::vector<AnswerField> fields = {
      Field("label", Kind::kLabel, 0, 0), Field("score", Kind::kInteger, -3, 5),
      Field("quote", Kind::kText, 0, 20), Field("facts", Kind::kTexts, 0, 20),
      Field("cites", Kind::kIds, 0, 5),   Field("claims", Kind::kRecords, 0, 6)};
  fields.back().fields = {Field("label", Kind::kLabel, 0, 0), Field("quote", Kind::kText, 0, 20)};
  return fields;
}

void CheckAnswer(const std::vector<AnswerField>& fields, const Answer& answer) {
  std::size_t known = 0;
  for (const AnswerField& field : fields) {
    const auto value = answer.find(field.name);
    ASSAY_CHECK(value != answer.end() || !field.required);
    if (value == answer.end()) continue;
    ++known;
    const AnswerValue& read = value->second;
    const auto is_label = [&](const std::string& text) {
      return std::find(field.labels.begin(), field.labels.end(), text) != field.labels.end();
    };
    const auto most = static_cast<std::size_t>(field.most);
    if (field.kind == Kind::kLabel) ASSAY_CHECK(is_label(read.text));
    if (field.kind == Kind::kInteger) {
      ASSAY_CHECK(read.number >= field.least && read.number <= field.most);
      ASSAY_CHECK(read.expected == static_cast<double>(read.number));
    }
    if (field.kind == Kind::kText) ASSAY_CHECK(read.text.size() <= most);
    if (field.kind == Kind::kTexts) ASSAY_CHECK(read.texts.size() <= most);
    if (field.kind == Kind::kIds) {
      ASSAY_CHECK(std::all_of(read.texts.begin(), read.texts.end(), is_label));
    }
    if (field.kind != Kind::kRecords) continue;
    ASSAY_CHECK(read.records.size() <= most);
    for (const Answer& record : read.records) CheckAnswer(field.fields, record);
  }
  ASSAY_CHECK(known == answer.size());
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & '\x80') == 0; });
}

void CheckDemand(const AnswerDemand& demand, std::string_view bytes) {
  const AnswerReply reply = ReadAnswers(demand, bytes);
  for (const auto& [id, answer] : reply.answers) {
    ASSAY_CHECK(std::find(demand.ids.begin(), demand.ids.end(), id) != demand.ids.end());
    CheckAnswer(demand.fields, answer);
  }
  ASSAY_CHECK(reply.problem.empty() || reply.answers.empty());
  ASSAY_CHECK(reply.answers.size() == demand.ids.size() || !reply.problem.empty() ||
              !reply.first_bad.empty());
  ASSAY_CHECK(!reply.forged || !reply.problem.empty());
  if (!demand.nonce.empty() && bytes.find(demand.nonce) == std::string_view::npos &&
      bytes.find('\\') == std::string_view::npos && IsAscii(bytes)) {
    ASSAY_CHECK(reply.answers.empty());
  }
  const std::string fenced = "Here:\n```json\n" + std::string(bytes) + "\n```\n";
  const AnswerReply again = ReadAnswers(demand, fenced);
  ASSAY_CHECK(again.answers.size() == reply.answers.size());
  ASSAY_CHECK(again.forged == reply.forged);
}

}  // namespace

void CheckAnswerInput(std::string_view bytes) {
  AnswerDemand demand;
  demand.fields = Fields();
  demand.ids = {"c1", "C1", "c2"};
  demand.nonce = "0123456789abcdef0123456789abcdef";
  CheckDemand(demand, bytes);
  demand.ids = {"c1"};
  CheckDemand(demand, bytes);
  demand.nonce.clear();
  CheckDemand(demand, bytes);
  demand.without_ids = true;
  CheckDemand(demand, bytes);
  demand.without_ids = false;
  demand.json_lines = true;
  demand.ids = {"1", "2", "3"};
  CheckDemand(demand, bytes);
}

}  // namespace assay
