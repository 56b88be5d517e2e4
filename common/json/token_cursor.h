// Finds where each token of a JSON text stands, in step with the events of a SAX parser that gives
// no positions. Not thread-safe; refers to the text it was made of.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay {

// Line and column from 1, column and offset in bytes.
struct TextPosition {
  int line = 1;
  int column = 1;
  std::size_t offset = 0;
};

// "line 3, column 14 (byte 57)"
std::string DescribePosition(const TextPosition& position);

class JsonTokenCursor {
 public:
  explicit JsonTokenCursor(std::string_view text) : text_(text) {}

  // Steps over white space, commas and colons to the next token, then over the token: a string, a
  // scalar, or one bracket or brace. Returns where it began. REQUIRES: the parser has accepted it.
  TextPosition Next();

  // Position of a byte at or behind the cursor.
  TextPosition At(std::size_t offset) const;

 private:
  void Advance();

  std::string_view text_;
  TextPosition here_;
};

}  // namespace assay
