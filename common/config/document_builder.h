// What the YAML and the JSON reader share: limits, duplicate keys, and checks of the bytes before
// parsing. Used by one parser at a time.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/config/document.h"

namespace assay {

// Checks size, encoding and U+0000, and skips a byte order mark.
absl::StatusOr<std::string_view> CheckDocumentText(std::string_view text, std::string_view file,
                                                   const DocumentLimits& limits);

// "file:line:column: what", InvalidArgument.
absl::Status DocumentError(std::string_view file, int line, int column, std::string_view what);

// Builds a tree from parser events. After the first error every event is ignored.
class DocumentBuilder {
 public:
  DocumentBuilder(std::string_view file, const DocumentLimits& limits)
      : file_(file), limits_(limits) {}

  void Scalar(int line, int column, std::string value, bool quoted);
  void Null(int line, int column);
  void Open(int line, int column, ConfigNode::Kind kind);
  void Close();
  void Key(int line, int column, std::string name);
  void Fail(int line, int column, std::string_view what);

  // True when the innermost open node is a mapping that waits for a key.
  bool ExpectsKey() const;
  bool failed() const { return !status_.ok(); }
  const absl::Status& status() const { return status_; }
  ConfigNode Take() { return std::move(root_); }

 private:
  struct OpenNode {
    ConfigNode* node;
    std::map<std::string, int> key_lines;
  };

  ConfigNode* Place(ConfigNode node);

  std::string file_;
  DocumentLimits limits_;
  ConfigNode root_;
  std::vector<OpenNode> open_;
  ConfigNode pending_key_;
  bool has_key_ = false;
  int nodes_ = 0;
  absl::Status status_;
};

}  // namespace assay
