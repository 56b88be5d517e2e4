#include "judge/benchmarks/writingbench/writingbench_judge.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/json/json.h"
#include "common/text/python_format.h"
#include "common/text/python_repr.h"
#include "common/text/python_text.h"
#include "judge/engine/only_object.h"

namespace assay {
namespace {

WritingBenchReply NotAccepted(std::string problem, WritingBenchReply::Fate fate) {
  WritingBenchReply reply;
  reply.fate = fate;
  reply.problem = std::move(problem);
  return reply;
}

WritingBenchReply Rejected(std::string problem) {
  return NotAccepted(std::move(problem), WritingBenchReply::Fate::kRejected);
}

WritingBenchReply Breaks(std::string problem) {
  return NotAccepted(std::move(problem), WritingBenchReply::Fate::kBreaks);
}

WritingBenchReply Accepted(double score, std::string reason) {
  WritingBenchReply reply;
  reply.fate = WritingBenchReply::Fate::kAccepted;
  reply.score = score;
  reply.reason = std::move(reason);
  return reply;
}

// What `value` is equal to of 1..10.
std::optional<int> ScoreEqualTo(const PythonValue& value) {
  if (value.kind == PythonValue::Kind::kString) return std::nullopt;
  const std::optional<double> number = PythonFloat(value);
  for (int score = kWritingBenchLowest; number && score <= kWritingBenchHighest; ++score) {
    if (*number == score) return score;
  }
  return std::nullopt;
}

std::string ScoreExpected(const std::string& found) {
  return absl::StrCat("\"score\" is ", EscapeForTerminal(found, 40), ", expected ",
                      kWritingBenchLowest, " to ", kWritingBenchHighest);
}

}  // namespace

std::string_view WritingBenchAnswer(std::string_view text) {
  constexpr std::string_view kMarker = "</think>\n\n";
  const std::size_t marker = text.find(kMarker);
  return marker == std::string_view::npos ? text : text.substr(marker + kMarker.size());
}

absl::StatusOr<std::string> WritingBenchPrompt(std::string_view prompt, std::string_view query,
                                               std::string_view response,
                                               const PythonValue& criterion) {
  return PythonFormat(
      prompt, {{"query", query}, {"response", response}, {"criteria", PythonRepr(criterion)}});
}

WritingBenchReply ParseOfficialWritingBench(std::string_view reply) {
  const absl::StatusOr<PythonValue> value = PythonJsonLoads(PythonStrip(reply, "json|```"));
  if (!value.ok()) return Rejected(absl::StrCat("not JSON: ", value.status().message()));
  for (const char* key : {"score", "reason"}) {
    const std::optional<bool> contains = PythonContains(*value, key);
    if (!contains) return Breaks("neither an object nor a list nor a text");
    if (!*contains) return Rejected(absl::StrCat("no \"", key, "\""));
  }
  if (value->kind != PythonValue::Kind::kDict) return Breaks("not an object");
  const PythonValue& score = value->dict.at("score");
  const std::optional<int> number = ScoreEqualTo(score);
  if (!number) return Rejected(ScoreExpected(PythonRepr(score)));
  const PythonValue& reason = value->dict.at("reason");
  if (reason.kind != PythonValue::Kind::kString) return Rejected("\"reason\" is not a text");
  return Accepted(*number, reason.text);
}

WritingBenchReply ParseStrictWritingBench(std::string_view reply) {
  const absl::StatusOr<std::string_view> part = OnlyObject(reply);
  if (!part.ok()) return Rejected(std::string(part.status().message()));
  const absl::StatusOr<Json> object = ParseJson(*part);
  if (!object.ok()) return Rejected(std::string(object.status().message()));
  const auto score = object->find("score");
  if (score == object->end()) return Rejected("no \"score\"");
  const bool whole = score->is_number_integer();
  const auto number = whole ? score->get<std::int64_t>() : 0;
  if (!whole || number < kWritingBenchLowest || number > kWritingBenchHighest) {
    return Rejected(ScoreExpected(DumpJson(*score)));
  }
  const auto reason = object->find("reason");
  if (reason == object->end()) return Rejected("no \"reason\"");
  if (!reason->is_string()) return Rejected("\"reason\" is not a text");
  const auto& text = reason->get_ref<const std::string&>();
  if (PythonStrip(text).empty()) return Rejected("\"reason\" is blank");
  return Accepted(static_cast<double>(number), text);
}

}  // namespace assay
