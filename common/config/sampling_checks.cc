#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "common/config/config_errors.h"
#include "common/config/run_spec_checks.h"

namespace assay {
namespace {

enum class ExtraType { kNumber, kBool, kText, kNumbers, kMapping };

struct ExtraField {
  std::string_view name;
  ExtraType type;
};

// Request fields beyond Sampling that change how a text is drawn, and nothing that changes the
// shape of the reply (stream, n, logprobs, echo, tools) or what is asked. docs/spec.md lists them.
constexpr std::array<ExtraField, 38> kExtraFields = {{
    {"add_special_tokens", ExtraType::kBool},
    {"cache_prompt", ExtraType::kBool},
    {"chat_template_kwargs", ExtraType::kMapping},
    {"dry_allowed_length", ExtraType::kNumber},
    {"dry_base", ExtraType::kNumber},
    {"dry_multiplier", ExtraType::kNumber},
    {"dry_penalty_last_n", ExtraType::kNumber},
    {"dynatemp_exponent", ExtraType::kNumber},
    {"dynatemp_range", ExtraType::kNumber},
    {"enable_thinking", ExtraType::kBool},
    {"frequency_penalty", ExtraType::kNumber},
    {"ignore_eos", ExtraType::kBool},
    {"include_stop_str_in_output", ExtraType::kBool},
    {"length_penalty", ExtraType::kNumber},
    {"logit_bias", ExtraType::kMapping},
    {"min_p", ExtraType::kNumber},
    {"min_tokens", ExtraType::kNumber},
    {"mirostat", ExtraType::kNumber},
    {"mirostat_eta", ExtraType::kNumber},
    {"mirostat_tau", ExtraType::kNumber},
    {"presence_penalty", ExtraType::kNumber},
    {"priority", ExtraType::kNumber},
    {"provider", ExtraType::kMapping},
    {"reasoning", ExtraType::kMapping},
    {"reasoning_effort", ExtraType::kText},
    {"repeat_last_n", ExtraType::kNumber},
    {"repeat_penalty", ExtraType::kNumber},
    {"repetition_penalty", ExtraType::kNumber},
    {"service_tier", ExtraType::kText},
    {"skip_special_tokens", ExtraType::kBool},
    {"spaces_between_special_tokens", ExtraType::kBool},
    {"stop_token_ids", ExtraType::kNumbers},
    {"thinking", ExtraType::kMapping},
    {"top_a", ExtraType::kNumber},
    {"typical_p", ExtraType::kNumber},
    {"verbosity", ExtraType::kText},
    {"xtc_probability", ExtraType::kNumber},
    {"xtc_threshold", ExtraType::kNumber},
}};

constexpr int kMaxStops = 4;
constexpr std::size_t kMaxStopBytes = 256;
constexpr int kMaxTokens = 1048576;

bool HasType(const google::protobuf::Value& value, ExtraType type) {
  switch (type) {
    case ExtraType::kNumber:
      return value.has_number_value();
    case ExtraType::kBool:
      return value.has_bool_value();
    case ExtraType::kText:
      return value.has_string_value();
    case ExtraType::kMapping:
      return value.has_struct_value();
    case ExtraType::kNumbers:
      return value.has_list_value() &&
             std::all_of(value.list_value().values().begin(), value.list_value().values().end(),
                         [](const auto& item) { return item.has_number_value(); });
  }
  return false;
}

std::string_view TypeName(ExtraType type) {
  switch (type) {
    case ExtraType::kNumber:
      return "a number";
    case ExtraType::kBool:
      return "true or false";
    case ExtraType::kText:
      return "text";
    case ExtraType::kNumbers:
      return "a list of numbers";
    case ExtraType::kMapping:
      return "a mapping";
  }
  return "";
}

void CheckExtraBody(const google::protobuf::Struct& extra, const std::string& path,
                    ConfigErrors* errors) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : extra.fields()) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  for (const std::string& key : keys) {
    const std::string here = path + "." + key;
    const auto* field =
        std::find_if(kExtraFields.begin(), kExtraFields.end(),
                     [&key](const ExtraField& candidate) { return candidate.name == key; });
    if (field == kExtraFields.end()) {
      errors->Add(here, "this request field is not allowed; docs/spec.md lists those that are");
    } else if (!HasType(extra.fields().at(key), field->type)) {
      errors->AddUnlessBroken(here, "expected " + std::string(TypeName(field->type)));
    }
  }
}

std::string Shown(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text.size() > 24 ? text.substr(0, 24) + "..." : text;
}

}  // namespace

void CheckSampling(const v1::Sampling& sampling, std::string_view path, ConfigErrors* errors) {
  const std::string base(path);
  const auto range = [&](const char* name, double value, double low, double high) {
    if (std::isfinite(value) && value >= low && value <= high) return;
    errors->AddUnlessBroken(base + "." + name, "must be from " + Shown(low) + " to " + Shown(high) +
                                                   ", is " + Shown(value));
  };
  if (sampling.has_temperature()) range("temperature", sampling.temperature(), 0, 2);
  if (sampling.has_top_p()) range("top_p", sampling.top_p(), 0, 1);
  if (sampling.has_max_tokens()) range("max_tokens", sampling.max_tokens(), 1, kMaxTokens);
  if (sampling.has_top_k() && sampling.top_k() != -1 && sampling.top_k() < 1) {
    errors->AddUnlessBroken(base + ".top_k",
                            "must be -1 or at least 1, is " + std::to_string(sampling.top_k()));
  }
  if (sampling.has_seed() && sampling.seed() < 0) {
    errors->AddUnlessBroken(base + ".seed",
                            "must not be negative, is " + std::to_string(sampling.seed()));
  }
  if (sampling.stop_size() > kMaxStops) {
    errors->AddUnlessBroken(
        base + ".stop", "at most 4 stop sequences, are " + std::to_string(sampling.stop_size()));
  }
  for (int i = 0; i < std::min(sampling.stop_size(), kMaxStops); ++i) {
    const std::string here = base + ".stop[" + std::to_string(i) + "]";
    if (sampling.stop(i).empty()) errors->AddUnlessBroken(here, "must not be empty");
    if (sampling.stop(i).size() > kMaxStopBytes) {
      errors->AddUnlessBroken(here, "must be at most 256 bytes");
    }
  }
  CheckExtraBody(sampling.extra_body(), base + ".extra_body", errors);
}

}  // namespace assay
