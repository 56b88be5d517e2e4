// A YAML or JSON document as a tree that knows where each part stands. What a value means is
// decided by the decoder, which knows the field: here every scalar is text, quoted or plain.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace assay {

struct ConfigNode {
  enum class Kind { kNull, kScalar, kSequence, kMapping };

  Kind kind = Kind::kNull;
  std::string scalar;   // kScalar: the value without quotes
  bool quoted = false;  // kScalar: certainly text
  int line = 0;         // from 1; 0: not from a file
  int column = 0;       // from 1, in bytes (YAML: characters)

  // Entries of a mapping and items of a sequence, as written. The key fields are for entries.
  std::vector<ConfigNode> children;
  std::string key;
  int key_line = 0;
  int key_column = 0;

  // The entry of a mapping; nullptr when there is none.
  const ConfigNode* Find(std::string_view name) const;
};

struct DocumentLimits {
  std::size_t max_bytes = std::size_t{1} << 20;
  int max_depth = 64;
  int max_nodes = 100'000;
  int first_line = 1;  // the line number of the text's first line
};

// Both: UTF-8 only, no U+0000, a byte order mark at the start is skipped, exactly one document,
// keys unique in their mapping. Errors read "file:line:column: what", ResourceExhausted for sizes
// and InvalidArgument for everything else.

// YAML 1.2 as far as plain data goes: anchors, aliases and tags are refused.
absl::StatusOr<ConfigNode> ParseYamlDocument(std::string_view text, std::string_view file,
                                             const DocumentLimits& limits = {});
// RFC 8259.
absl::StatusOr<ConfigNode> ParseJsonDocument(std::string_view text, std::string_view file,
                                             const DocumentLimits& limits = {});
// By the name of the file: JSON when it ends in ".json", YAML otherwise.
absl::StatusOr<ConfigNode> ParseDocument(std::string_view text, std::string_view file,
                                         const DocumentLimits& limits = {});

// The node at a path such as `models[0].sampling.max_tokens`, or the deepest one above it that
// exists. `exact` (optional) says which.
const ConfigNode& FindNode(const ConfigNode& root, std::string_view path, bool* exact = nullptr);

}  // namespace assay
