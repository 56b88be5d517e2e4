#include "common/rpc/chunks.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Chunks, CutAndPutTogetherAgainAtEverySizeAroundABoundary) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kChunkBytes - 1, kChunkBytes,
                                 kChunkBytes + 1, 2 * kChunkBytes, 3 * kChunkBytes + 5}) {
    std::string value;
    for (std::size_t i = 0; i < size; ++i) value += static_cast<char>(i * 31 % 251);
    ChunkAssembler assembler(size);
    std::size_t offset = 0;
    int pieces = 0;
    for (;;) {
      const std::string_view piece = ChunkAt(value, offset);
      if (piece.empty()) break;
      ASSERT_TRUE(assembler.Add(static_cast<std::int64_t>(offset), piece).ok());
      offset += piece.size();
      ++pieces;
    }
    EXPECT_EQ(static_cast<std::size_t>(pieces), (size + kChunkBytes - 1) / kChunkBytes);
    const auto whole = assembler.Finish(Sha256Hex(value));
    ASSERT_TRUE(whole.ok()) << whole.status();
    EXPECT_EQ(*whole, value);
  }
}

TEST(Chunks, RefusesWhatDoesNotFollow) {
  ChunkAssembler assembler(10);
  EXPECT_EQ(assembler.Add(1, "b").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(assembler.Add(-1, "b").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(assembler.Add(0, "abc").ok());
  EXPECT_EQ(assembler.Add(2, "c").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(assembler.Add(4, "c").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(assembler.Add(3, "12345678").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(assembler.Add(3, std::string(kChunkBytes + 1, 'x')).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(assembler.size(), 3u) << "nothing was added by a refused chunk";
  EXPECT_TRUE(assembler.Add(3, "1234567").ok());
  EXPECT_EQ(assembler.Finish("").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(assembler.Finish(Sha256Hex("abc")).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(assembler.Finish(Sha256Hex("abc1234567")).ok());
}

TEST(Chunks, GoesOnAfterWhatIsHere) {
  ChunkAssembler assembler(100);
  assembler.StartWith("abc");
  EXPECT_EQ(assembler.Add(0, "abc").code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(assembler.Add(3, "def").ok());
  EXPECT_EQ(*assembler.Finish(Sha256Hex("abcdef")), "abcdef");
}

}  // namespace
}  // namespace assay
