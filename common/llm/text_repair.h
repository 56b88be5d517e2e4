// Makes what a server sent into text that can be stored, and takes reasoning out of it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

// Puts surrogate pairs together that were written as two three-byte patterns, and replaces what
// then is not UTF-8: a lone surrogate, or a byte, becomes one U+FFFD. True when anything was
// replaced.
bool RepairUtf8(std::string& text);

enum class ThinkBlock {
  kNone,      // the text does not begin with one
  kTaken,     // <think> ... </think>
  kUnclosed,  // <think> without end: all of it is reasoning
  kUnopened,  // ... </think>: the chat template had written the opening tag
};

// Moves the <think> block at the beginning of `text` to the end of `reasoning`, without its tags
// and the white space around both parts. Text without such a block is left as it is, byte for byte.
ThinkBlock TakeThinkBlock(std::string& text, std::string& reasoning);

// A rough count for servers that send none: four ASCII bytes or three others a token.
std::int64_t EstimateTokens(std::string_view text);

}  // namespace assay
