#include "judge/coherence/coherence_forms.h"

#include <algorithm>

namespace assay {
namespace {

using Kind = AnswerField::Kind;

constexpr std::int64_t kMaxBytes = 2000;

AnswerField Text(const char* name, bool required = true) {
  AnswerField field;
  field.name = name;
  field.most = kMaxBytes;
  field.required = required;
  return field;
}

AnswerField Label(const char* name, std::vector<std::string> labels) {
  AnswerField field;
  field.name = name;
  field.kind = Kind::kLabel;
  field.labels = std::move(labels);
  return field;
}

AnswerField Integer(const char* name, std::int64_t least, std::int64_t most) {
  AnswerField field;
  field.name = name;
  field.kind = Kind::kInteger;
  field.least = least;
  field.most = most;
  return field;
}

AnswerField Records(const char* name, std::int64_t most, std::vector<AnswerField> fields) {
  AnswerField field;
  field.name = name;
  field.kind = Kind::kRecords;
  field.most = most;
  field.fields = std::move(fields);
  return field;
}

}  // namespace

std::vector<AnswerField> WindowForm() {
  return {Records("findings", 20,
                  {Label("kind", {"contradiction", "timeline_drift", "name_drift", "repetition",
                                  "abrupt_topic_change"}),
                   Text("quote_a"), Text("quote_b", false), Integer("severity", 1, 3),
                   Text("note", false)}),
          Records("facts", 30, {Text("subject"), Text("attribute"), Text("value"), Text("quote")}),
          Records("promises", 10, {Text("what"), Text("quote")}), Integer("rating", 1, 5)};
}

std::vector<AnswerField> EndingForm() {
  return {Label("ending", {"complete", "rushed", "missing"}), Text("quote", false),
          Text("note", false)};
}

const std::vector<std::string>& ClashLabels() {
  static const auto* const kLabels = new std::vector<std::string>{
      "none", "contradiction", "timeline_drift", "name_drift", "repetition"};
  return *kLabels;
}

std::vector<AnswerField> ConflictForm() {
  return {Label("clash", ClashLabels()), Integer("severity", 1, 3), Text("note", false)};
}

std::vector<AnswerField> PromiseForm() {
  return {Label("promise", {"kept", "broken", "unclear"}), Text("note", false)};
}

const Answer* FirstAnswer(const ItemResult& result) {
  return result.answers.empty() ? nullptr : &result.answers.front();
}

std::string TextField(const Answer& answer, const std::string& name) {
  const auto value = answer.find(name);
  return value == answer.end() ? "" : value->second.text;
}

int SeverityOf(const Answer& answer) {
  const auto value = answer.find("severity");
  return value == answer.end() ? 1 : static_cast<int>(value->second.number);
}

void TellFindings(const std::vector<CoherenceFinding>& findings, v1::Verdict& verdict) {
  int number = 0;
  for (const CoherenceFinding& finding : findings) {
    v1::Finding& told = *verdict.add_findings();
    told.set_id("f" + std::to_string(++number));
    told.set_kind(finding.kind);
    told.set_severity(finding.severity);
    told.set_note(finding.note);
    told.set_text(finding.note);
    told.set_unverified(finding.unverified);
    for (const TextRange& place : finding.places) {
      v1::Span& span = *told.add_spans();
      span.set_source("output");
      span.set_begin_byte(static_cast<std::int64_t>(place.begin));
      span.set_end_byte(static_cast<std::int64_t>(place.end));
    }
  }
}

void TellSeries(const std::vector<RatedWindow>& windows,
                const std::vector<CoherenceFinding>& findings, std::size_t text_size,
                v1::Verdict& verdict) {
  v1::Series& series = *verdict.add_series();
  series.set_name("coherence");
  const auto size = static_cast<double>(std::max<std::size_t>(1, text_size));
  for (const RatedWindow& window : windows) {
    v1::SeriesPoint& point = *series.add_points();
    point.set_position(static_cast<double>(window.range.begin + window.range.end) / 2 / size);
    point.set_value(WindowCoherence(window, findings));
    point.set_weight(static_cast<double>(window.words));
  }
}

}  // namespace assay
