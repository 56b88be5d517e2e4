// Which items LongWeave's own configuration asks for: config/global_config.yaml. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace assay::longweave {

// One task at one length: 200 items as published.
struct Cell {
  std::string task;    // "GEN_KV_DICT"
  std::string length;  // "1k"
  std::int64_t items = 0;
  std::int64_t words = 0;    // of the tasks that ask for a length in words
  std::int64_t entries = 0;  // GEN_KV_DICT
  std::int64_t input = 0;    // STATE_MACHINE: characters

  std::string path() const { return task + "/" + length; }
  // Of item `index` in the official files, which its draws are seeded with.
  std::string IdOf(std::int64_t index) const { return path() + "_" + std::to_string(index); }
};

// In the order of the file. `file` is shown in errors, `advice` ends them. InvalidArgument:
// "file:line:column: field: problem"; also a task or length that there is not, or one twice.
absl::StatusOr<std::vector<Cell>> ReadCells(const std::string& yaml, const std::string& file,
                                            const std::string& advice);

}  // namespace assay::longweave
