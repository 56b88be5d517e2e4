#include "common/llm/extra_body.h"

#include <algorithm>
#include <array>

namespace assay {
namespace {

// The same as common/config checks in a spec and docs/spec.md lists; a test holds them together.
constexpr std::array<std::string_view, 38> kKeys = {{
    "add_special_tokens",
    "cache_prompt",
    "chat_template_kwargs",
    "dry_allowed_length",
    "dry_base",
    "dry_multiplier",
    "dry_penalty_last_n",
    "dynatemp_exponent",
    "dynatemp_range",
    "enable_thinking",
    "frequency_penalty",
    "ignore_eos",
    "include_stop_str_in_output",
    "length_penalty",
    "logit_bias",
    "min_p",
    "min_tokens",
    "mirostat",
    "mirostat_eta",
    "mirostat_tau",
    "presence_penalty",
    "priority",
    "provider",
    "reasoning",
    "reasoning_effort",
    "repeat_last_n",
    "repeat_penalty",
    "repetition_penalty",
    "service_tier",
    "skip_special_tokens",
    "spaces_between_special_tokens",
    "stop_token_ids",
    "thinking",
    "top_a",
    "typical_p",
    "verbosity",
    "xtc_probability",
    "xtc_threshold",
}};

static_assert(std::is_sorted(kKeys.begin(), kKeys.end()));

}  // namespace

std::span<const std::string_view> AllowedExtraBodyKeys() { return kKeys; }

bool IsAllowedExtraBodyKey(std::string_view name) {
  return std::binary_search(kKeys.begin(), kKeys.end(), name);
}

}  // namespace assay
