#include "common/json/token_cursor.h"

namespace assay {
namespace {

constexpr std::string_view kSeparators = " \t\r\n,:";
constexpr std::string_view kScalarEnd = " \t\r\n,:]}";

}  // namespace

std::string DescribePosition(const TextPosition& position) {
  return "line " + std::to_string(position.line) + ", column " + std::to_string(position.column) +
         " (byte " + std::to_string(position.offset) + ")";
}

void JsonTokenCursor::Advance() {
  if (text_[here_.offset] == '\n') {
    ++here_.line;
    here_.column = 1;
  } else {
    ++here_.column;
  }
  ++here_.offset;
}

TextPosition JsonTokenCursor::Next() {
  const auto more = [this] { return here_.offset < text_.size(); };
  const auto current = [this] { return text_[here_.offset]; };
  while (more() && kSeparators.find(current()) != std::string_view::npos) Advance();
  const TextPosition begin = here_;
  if (!more()) return begin;
  const char first = current();
  Advance();
  if (first == '"') {
    while (more() && current() != '"') {
      if (current() == '\\') Advance();
      if (more()) Advance();
    }
    if (more()) Advance();
  } else if (first != '{' && first != '}' && first != '[' && first != ']') {
    while (more() && kScalarEnd.find(current()) == std::string_view::npos) Advance();
  }
  return begin;
}

TextPosition JsonTokenCursor::At(std::size_t offset) const {
  JsonTokenCursor walker = *this;
  if (offset < here_.offset) walker.here_ = TextPosition{};
  while (walker.here_.offset < offset && walker.here_.offset < text_.size()) walker.Advance();
  return walker.here_;
}

}  // namespace assay
