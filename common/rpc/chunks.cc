#include "common/rpc/chunks.h"

#include <utility>

namespace assay {

absl::Status ChunkAssembler::Add(std::int64_t offset, std::string_view data) {
  if (offset < 0) return InvalidArgument("a chunk has a negative offset");
  if (data.size() > kChunkBytes) {
    return InvalidArgument("a chunk of " + std::to_string(data.size()) +
                           " bytes, expected at most " + std::to_string(kChunkBytes));
  }
  if (static_cast<std::uint64_t>(offset) != value_.size()) {
    const char* what = static_cast<std::uint64_t>(offset) > value_.size() ? "a gap" : "an overlap";
    return DataLoss(std::string(what) + " between chunks: one begins at " + std::to_string(offset) +
                    ", expected " + std::to_string(value_.size()));
  }
  if (data.size() > limit_ - value_.size()) {
    return ResourceExhausted("more than " + std::to_string(limit_) + " bytes in one upload");
  }
  value_ += data;
  return absl::OkStatus();
}

absl::StatusOr<std::string> ChunkAssembler::Finish(std::string_view sha256_hex) {
  if (sha256_hex.empty()) return DataLoss("the stream ended before its last chunk");
  if (Sha256Hex(value_) != sha256_hex) {
    return DataLoss("the chunks do not hash to what their sender says");
  }
  return std::move(value_);
}

}  // namespace assay
