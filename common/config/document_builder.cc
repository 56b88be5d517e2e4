#include "common/config/document_builder.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

// Line and column (from 1) of a byte.
std::pair<int, int> LineAndColumn(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto newlines = std::count(before.begin(), before.end(), '\n');
  const std::size_t last = before.rfind('\n');
  const std::size_t column = last == std::string_view::npos ? offset : offset - last - 1;
  return {static_cast<int>(newlines) + 1, static_cast<int>(column) + 1};
}

}  // namespace

absl::Status DocumentError(std::string_view file, int line, int column, std::string_view what) {
  return InvalidArgument(std::string(file) + ":" + std::to_string(line) + ":" +
                         std::to_string(column) + ": " + std::string(what));
}

absl::StatusOr<std::string_view> CheckDocumentText(std::string_view text, std::string_view file,
                                                   const DocumentLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return ResourceExhausted(std::string(file) + ": longer than " +
                             std::to_string(limits.max_bytes) + " bytes");
  }
  if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF") {
    return InvalidArgument(std::string(file) + ": this is UTF-16; save the file as UTF-8");
  }
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (const std::optional<std::size_t> invalid = ValidateUtf8(text)) {
    const auto [line, column] = LineAndColumn(text, *invalid);
    return DocumentError(file, line + limits.first_line - 1, column,
                         "not valid UTF-8 (byte " + std::to_string(*invalid) + ")");
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    const auto [line, column] = LineAndColumn(text, nul);
    return DocumentError(file, line + limits.first_line - 1, column, "a NUL byte");
  }
  return text;
}

bool DocumentBuilder::ExpectsKey() const {
  return !open_.empty() && open_.back().node->kind == ConfigNode::Kind::kMapping && !has_key_;
}

void DocumentBuilder::Fail(int line, int column, std::string_view what) {
  if (status_.ok()) status_ = DocumentError(file_, line, column, what);
}

ConfigNode* DocumentBuilder::Place(ConfigNode node) {
  if (failed()) return nullptr;
  if (++nodes_ > limits_.max_nodes) {
    status_ = ResourceExhausted(file_ + ":" + std::to_string(node.line) + ":" +
                                std::to_string(node.column) + ": more than " +
                                std::to_string(limits_.max_nodes) + " values");
    return nullptr;
  }
  if (open_.empty()) {
    root_ = std::move(node);
    return &root_;
  }
  ConfigNode& parent = *open_.back().node;
  if (has_key_) {
    node.key = std::move(pending_key_.key);
    node.key_line = pending_key_.line;
    node.key_column = pending_key_.column;
    has_key_ = false;
  }
  parent.children.push_back(std::move(node));
  return &parent.children.back();
}

void DocumentBuilder::Scalar(int line, int column, std::string value, bool quoted) {
  ConfigNode node;
  node.kind = ConfigNode::Kind::kScalar;
  node.scalar = std::move(value);
  node.quoted = quoted;
  node.line = line;
  node.column = column;
  if (node.scalar.find('\0') != std::string::npos) {
    Fail(line, column, "U+0000 is not allowed in a text");
  }
  Place(std::move(node));
}

void DocumentBuilder::Null(int line, int column) {
  ConfigNode node;
  node.line = line;
  node.column = column;
  // A value that is not written at all has no place of its own.
  if (has_key_ && std::tie(line, column) < std::tie(pending_key_.line, pending_key_.column)) {
    node.line = pending_key_.line;
    node.column = pending_key_.column;
  }
  Place(std::move(node));
}

void DocumentBuilder::Open(int line, int column, ConfigNode::Kind kind) {
  if (static_cast<int>(open_.size()) >= limits_.max_depth) {
    Fail(line, column, "nested deeper than " + std::to_string(limits_.max_depth) + " levels");
  }
  ConfigNode node;
  node.kind = kind;
  node.line = line;
  node.column = column;
  if (ConfigNode* placed = Place(std::move(node)); placed != nullptr) {
    open_.push_back({placed, {}});
  }
}

void DocumentBuilder::Close() {
  if (!failed()) open_.pop_back();
}

void DocumentBuilder::Key(int line, int column, std::string name) {
  if (failed()) return;
  if (name.find('\0') != std::string::npos) Fail(line, column, "U+0000 is not allowed in a key");
  const auto [earlier, added] = open_.back().key_lines.emplace(name, line);
  if (!added) {
    Fail(line, column,
         "key '" + EscapeForTerminal(name) + "' is here twice (first in line " +
             std::to_string(earlier->second) + ")");
    return;
  }
  pending_key_.key = std::move(name);
  pending_key_.line = line;
  pending_key_.column = column;
  has_key_ = true;
}

}  // namespace assay
