// Cutting a value into pieces and putting it together again: the rule of every stream of chunks.
// Pieces follow each other without gap or overlap; the whole is checked against its SHA-256. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/digest.h"
#include "common/base/status.h"

namespace assay {

inline constexpr std::size_t kChunkBytes = std::size_t{64} << 10;

// The piece of `value` that begins at `offset`; empty at and after the end.
inline std::string_view ChunkAt(std::string_view value, std::size_t offset) {
  return offset < value.size() ? value.substr(offset, kChunkBytes) : std::string_view();
}

class ChunkAssembler {
 public:
  // `limit`: bytes that the whole may have.
  explicit ChunkAssembler(std::size_t limit) : limit_(limit) {}

  // Goes on after bytes that are here already. REQUIRES: nothing was added yet.
  void StartWith(std::string prefix) { value_ = std::move(prefix); }

  // kDataLoss: a gap or an overlap. kInvalidArgument: a piece over 64 KiB, a negative offset.
  // kResourceExhausted: over the limit. Nothing is added then.
  absl::Status Add(std::int64_t offset, std::string_view data);

  // The whole. kDataLoss: its hash is not `sha256_hex`, or none was given.
  absl::StatusOr<std::string> Finish(std::string_view sha256_hex);

  std::size_t size() const { return value_.size(); }
  // What is here; the assembler is empty afterwards.
  std::string Take() { return std::exchange(value_, {}); }

 private:
  const std::size_t limit_;
  std::string value_;
};

}  // namespace assay
