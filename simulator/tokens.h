// The simulator's notion of a token, for max_tokens, usage and pace: a Chinese, Japanese or Korean
// character is one, of other text every started group of four characters. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace assay {

std::int64_t CountTokens(std::string_view text);

// Length in bytes of the first `tokens` tokens of `text`; never inside a character.
std::size_t PrefixOfTokens(std::string_view text, std::int64_t tokens);

}  // namespace assay
