#include "common/llm/extra_body.h"

#include <algorithm>
#include <array>

namespace assay {
namespace {

constexpr std::array kKeys = {
    ExtraBodyKey{"add_generation_prompt", "whether the chat template opens the answer"},
    ExtraBodyKey{"cache_prompt", "llama.cpp: keep the prompt's cache"},
    ExtraBodyKey{"chat_template_kwargs", "variables of the chat template, e.g. enable_thinking"},
    ExtraBodyKey{"continue_final_message", "the last message is the beginning of the answer"},
    ExtraBodyKey{"dry_allowed_length", "DRY repetition penalty"},
    ExtraBodyKey{"dry_base", "DRY repetition penalty"},
    ExtraBodyKey{"dry_multiplier", "DRY repetition penalty"},
    ExtraBodyKey{"enable_thinking", "reasoning on or off"},
    ExtraBodyKey{"frequency_penalty", "-2..2"},
    ExtraBodyKey{"guided_choice", "vLLM: constrained decoding"},
    ExtraBodyKey{"guided_grammar", "vLLM: constrained decoding"},
    ExtraBodyKey{"guided_json", "vLLM: constrained decoding"},
    ExtraBodyKey{"guided_regex", "vLLM: constrained decoding"},
    ExtraBodyKey{"ignore_eos", "go on behind the end token"},
    ExtraBodyKey{"include_stop_str_in_output", "vLLM: keep the stop string"},
    ExtraBodyKey{"length_penalty", "beam search"},
    ExtraBodyKey{"logit_bias", "token id -> bias"},
    ExtraBodyKey{"min_p", "0..1"},
    ExtraBodyKey{"min_tokens", "no end before this many tokens"},
    ExtraBodyKey{"no_repeat_ngram_size", "no n-gram twice"},
    ExtraBodyKey{"presence_penalty", "-2..2"},
    ExtraBodyKey{"provider", "OpenRouter: routing"},
    ExtraBodyKey{"reasoning", "OpenRouter: reasoning settings"},
    ExtraBodyKey{"reasoning_effort", "minimal, low, medium, high"},
    ExtraBodyKey{"repeat_penalty", "llama.cpp: repetition penalty"},
    ExtraBodyKey{"repetition_penalty", "vLLM, SGLang: repetition penalty"},
    ExtraBodyKey{"service_tier", "OpenAI: price and latency class"},
    ExtraBodyKey{"skip_special_tokens", "whether special tokens are left out of the text"},
    ExtraBodyKey{"spaces_between_special_tokens", "vLLM: detokenisation"},
    ExtraBodyKey{"stop_token_ids", "token ids that end the answer"},
    ExtraBodyKey{"thinking", "reasoning settings"},
    ExtraBodyKey{"thinking_budget", "reasoning tokens at most"},
    ExtraBodyKey{"top_k", "-1 or at least 1"},
    ExtraBodyKey{"typical_p", "0..1"},
    ExtraBodyKey{"verbosity", "low, medium, high"},
    ExtraBodyKey{"xtc_probability", "XTC sampler"},
    ExtraBodyKey{"xtc_threshold", "XTC sampler"},
};

static_assert(std::is_sorted(kKeys.begin(), kKeys.end(),
                             [](const ExtraBodyKey& a, const ExtraBodyKey& b) {
                               return a.name < b.name;
                             }));

}  // namespace

std::span<const ExtraBodyKey> AllowedExtraBodyKeys() { return kKeys; }

bool IsAllowedExtraBodyKey(std::string_view name) {
  const auto found = std::lower_bound(
      kKeys.begin(), kKeys.end(), name,
      [](const ExtraBodyKey& key, std::string_view wanted) { return key.name < wanted; });
  return found != kKeys.end() && found->name == name;
}

}  // namespace assay
