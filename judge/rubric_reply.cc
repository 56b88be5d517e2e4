#include "judge/rubric_reply.h"

#include <cmath>
#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/json/json.h"
#include "common/text/normalize.h"
#include "common/text/python_json.h"
#include "judge/engine/only_object.h"

namespace assay {
namespace {

constexpr char kNonceKey[] = "nonce";

RubricReply Refused(std::string problem, int cost = 1) {
  RubricReply reply;
  reply.problem = std::move(problem);
  reply.cost = cost;
  return reply;
}

double OnHundred(const v1::RubricScorer& rubric, double value) {
  return (value - rubric.scale_min()) / (rubric.scale_max() - rubric.scale_min()) * 100;
}

// Group 1 of re.search("```json\n(.*?)\n```", text, re.DOTALL).
std::optional<std::string_view> FencedJson(std::string_view text) {
  constexpr std::string_view kOpen = "```json\n";
  const std::size_t open = text.find(kOpen);
  if (open == std::string_view::npos) return std::nullopt;
  const std::size_t begin = open + kOpen.size();
  const std::size_t end = text.find("\n```", begin);
  if (end == std::string_view::npos) return std::nullopt;
  return text.substr(begin, end - begin);
}

std::string WithoutNewlines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c != '\n') out.push_back(c);
  }
  return out;
}

// The check for missing keys goes on after the first one with nothing left to look in, which fails
// and costs a second try.
std::optional<RubricReply> OfficialKeyProblem(const v1::RubricScorer& rubric,
                                              const PythonValue& value) {
  for (int i = 0; i < rubric.dimensions_size(); ++i) {
    const std::string& name = rubric.dimensions(i).name();
    const std::optional<bool> contains = PythonContains(value, name);
    if (!contains) return Refused("the reply is not a JSON object");
    if (!*contains) {
      const bool last = i + 1 == rubric.dimensions_size();
      return Refused(absl::StrCat("no key \"", name, "\""), last ? 1 : 2);
    }
  }
  return std::nullopt;
}

RubricReply OfficialScores(const v1::RubricScorer& rubric, const PythonValue& value) {
  RubricReply reply;
  reply.accepted = true;
  if (value.kind != PythonValue::Kind::kDict) {
    reply.problem = "accepted as official code does, but not a JSON object";
    return reply;
  }
  for (const v1::RubricDimension& dimension : rubric.dimensions()) {
    const std::optional<double> number = PythonFloat(value.dict.at(dimension.name()));
    if (!number || !std::isfinite(*number)) {
      reply.scores.clear();
      reply.problem = absl::StrCat("accepted as official code does, but \"", dimension.name(),
                                   "\" is no finite number");
      return reply;
    }
    reply.scores.push_back(OnHundred(rubric, *number));
  }
  return reply;
}

// The value of the one key that reads `name`; an error when there is none or several.
absl::StatusOr<const Json*> OnlyValue(const Json& object, std::string_view name) {
  const std::string wanted = NormalizeForMatch(name);
  const Json* found = nullptr;
  for (const auto& [key, value] : object.items()) {
    if (NormalizeForMatch(key) != wanted) continue;
    if (found != nullptr) {
      return InvalidArgument(absl::StrCat("key \"", std::string(name), "\" stands there twice"));
    }
    found = &value;
  }
  if (found == nullptr) return InvalidArgument(absl::StrCat("no key \"", std::string(name), "\""));
  return found;
}

absl::StatusOr<double> StrictScore(const v1::RubricScorer& rubric, const std::string& name,
                                   const Json& value) {
  const bool in_range =
      value.is_number_unsigned()
          ? rubric.scale_max() >= 0 &&
                value.get<std::uint64_t>() <= static_cast<std::uint64_t>(rubric.scale_max()) &&
                value.get<std::int64_t>() >= rubric.scale_min()
          : value.is_number_integer() && value.get<std::int64_t>() >= rubric.scale_min() &&
                value.get<std::int64_t>() <= rubric.scale_max();
  if (in_range) return OnHundred(rubric, static_cast<double>(value.get<std::int64_t>()));
  return InvalidArgument(absl::StrCat("\"", name, "\" is ", EscapeForTerminal(DumpJson(value), 40),
                                      ", expected an integer from ", rubric.scale_min(), " to ",
                                      rubric.scale_max()));
}

bool IsKnownKey(const v1::RubricScorer& rubric, const std::string& key) {
  const std::string normal = NormalizeForMatch(key);
  if (normal == kNonceKey || normal == "analysis" || normal == "Analysis") return true;
  for (const v1::RubricDimension& dimension : rubric.dimensions()) {
    if (normal == NormalizeForMatch(dimension.name())) return true;
  }
  return false;
}

absl::Status CheckNonce(const Json& object, std::string_view nonce) {
  ASSAY_ASSIGN_OR_RETURN(const Json* value, OnlyValue(object, kNonceKey));
  if (!value->is_string() || value->get_ref<const std::string&>() != nonce) {
    return InvalidArgument("wrong nonce");
  }
  return absl::OkStatus();
}

}  // namespace

RubricReply ParseOfficialReply(const v1::RubricScorer& rubric, std::string_view text) {
  std::string_view part = text;
  if (text.find("```json") != std::string_view::npos) {
    const std::optional<std::string_view> fenced = FencedJson(text);
    if (!fenced) return Refused("a ```json fence that is not closed on a line of its own");
    part = *fenced;
  }
  const absl::StatusOr<PythonValue> value = PythonJsonLoads(WithoutNewlines(part));
  if (!value.ok()) return Refused(absl::StrCat("not JSON: ", value.status().message()));
  if (std::optional<RubricReply> problem = OfficialKeyProblem(rubric, *value)) return *problem;
  return OfficialScores(rubric, *value);
}

RubricReply ParseStrictReply(const v1::RubricScorer& rubric, std::string_view text,
                             std::string_view nonce) {
  const absl::StatusOr<std::string_view> part = OnlyObject(text);
  if (!part.ok()) return Refused(std::string(part.status().message()));
  const absl::StatusOr<Json> object = ParseJson(*part);
  if (!object.ok()) return Refused(std::string(object.status().message()));
  if (const absl::Status checked = CheckNonce(*object, nonce); !checked.ok()) {
    RubricReply reply = Refused(std::string(checked.message()));
    reply.possible_injection = true;
    return reply;
  }
  RubricReply reply;
  for (const v1::RubricDimension& dimension : rubric.dimensions()) {
    const absl::StatusOr<const Json*> value = OnlyValue(*object, dimension.name());
    if (!value.ok()) return Refused(std::string(value.status().message()));
    const absl::StatusOr<double> score = StrictScore(rubric, dimension.name(), **value);
    if (!score.ok()) return Refused(std::string(score.status().message()));
    reply.scores.push_back(*score);
  }
  for (const auto& [key, value] : object->items()) {
    if (!IsKnownKey(rubric, key)) reply.extra_keys = true;
  }
  reply.accepted = true;
  return reply;
}

}  // namespace assay
