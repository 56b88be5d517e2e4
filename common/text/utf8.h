// UTF-8 as the Unicode standard defines it: no overlong forms, no surrogates, nothing above
// U+10FFFF. Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

// Offset in bytes of the first ill-formed sequence (its first byte, which is also where Python's
// UnicodeDecodeError starts); nullopt when all of `text` is valid.
std::optional<std::size_t> ValidateUtf8(std::string_view text);

inline bool IsValidUtf8(std::string_view text) { return !ValidateUtf8(text).has_value(); }

struct DecodedChar {
  char32_t code_point = 0;  // U+FFFD when not valid
  std::size_t bytes = 1;    // length of the sequence; 1 when not valid
  bool valid = true;
};

// The character that begins at `offset`. REQUIRES: offset < text.size().
DecodedChar DecodeUtf8(std::string_view text, std::size_t offset);

// The first byte from `offset` on that is not ASCII; the size when there is none.
// REQUIRES: offset <= text.size().
std::size_t SkipAscii(std::string_view text, std::size_t offset);

// Appends the encoding of `code_point`. A surrogate is written in the same three-byte pattern,
// which is not valid UTF-8 (Python strings may hold lone surrogates). REQUIRES: at most 0x10FFFF.
void AppendUtf8(char32_t code_point, std::string& out);

std::u32string ToCodePoints(std::string_view text);  // an invalid byte becomes U+FFFD

// Number of code points; an invalid byte counts one.
std::size_t CountCodePoints(std::string_view text);

// The longest prefix of at most `max_bytes` that does not end inside a sequence. What is left over
// begins at the result's size, so that the pieces put together are the text again.
std::string_view CutUtf8(std::string_view text, std::size_t max_bytes);

// `text` with every invalid byte replaced by U+FFFD.
std::string ReplaceInvalidUtf8(std::string_view text);

}  // namespace assay
