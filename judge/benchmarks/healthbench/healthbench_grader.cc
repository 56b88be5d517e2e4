#include "judge/benchmarks/healthbench/healthbench_grader.h"

#include <charconv>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/text/python_json.h"
#include "common/text/python_text.h"

namespace assay {
namespace {

constexpr std::string_view kConversation = "<<conversation>>";
constexpr std::string_view kItem = "<<rubric_item>>";

// re.sub(r"^```json\s*|\s*```$", "", reply.strip()); "$" is also before a last line end, which
// strip() has removed.
std::string_view WithoutFence(std::string_view reply) {
  constexpr std::string_view kOpen = "```json";
  constexpr std::string_view kClose = "```";
  reply = PythonStrip(reply);
  if (reply.starts_with(kOpen)) reply = reply.substr(kOpen.size());
  if (reply.ends_with(kClose)) reply = reply.substr(0, reply.size() - kClose.size());
  return PythonStrip(reply);
}

std::string PointsOf(double points) {
  if (points == std::floor(points)) return absl::StrCat(static_cast<std::int64_t>(points));
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), points);
  return std::string(text, end.ptr);
}

}  // namespace

std::string HealthBenchItem(const v1::Criterion& criterion) {
  return absl::StrCat("[", PointsOf(criterion.points()), "] ", criterion.text());
}

absl::StatusOr<std::string> HealthBenchPrompt(std::string_view grader,
                                              std::span<const v1::Message> messages,
                                              std::string_view text,
                                              const v1::Criterion& criterion) {
  for (const std::string_view field : {kConversation, kItem}) {
    if (grader.find(field) != std::string_view::npos) continue;
    return InvalidArgument(absl::StrCat("needs ", std::string(field)));
  }
  std::string conversation;
  for (const v1::Message& message : messages) {
    absl::StrAppend(&conversation, message.role(), ": ", message.content(), "\n\n");
  }
  absl::StrAppend(&conversation, "assistant: ", std::string(text));
  const std::string shown =
      absl::StrReplaceAll(std::string(grader), {{std::string(kConversation), conversation}});
  return absl::StrReplaceAll(shown, {{std::string(kItem), HealthBenchItem(criterion)}});
}

HealthBenchGrade ReadHealthBenchGrade(std::string_view reply) {
  HealthBenchGrade grade;
  const auto parsed = PythonJsonLoads(WithoutFence(reply));
  if (!parsed.ok() || parsed->kind != PythonValue::Kind::kDict) {
    grade.problem = absl::StrCat("not a JSON object: \"", EscapeForTerminal(reply, 80), "\"");
    return grade;
  }
  const auto met = parsed->dict.find("criteria_met");
  if (met == parsed->dict.end() || met->second.kind != PythonValue::Kind::kBool) {
    grade.problem = "criteria_met: expected true or false";
    return grade;
  }
  grade.met = met->second.boolean;
  const auto explanation = parsed->dict.find("explanation");
  if (explanation != parsed->dict.end()) grade.explanation = explanation->second.text;
  return grade;
}

}  // namespace assay
