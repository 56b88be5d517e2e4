#include "common/blob/memory_blob_store.h"

#include "tests/unit/common/blob/blob_store_contract.h"

namespace assay {
namespace {

struct MemoryFactory {
  std::unique_ptr<BlobStore> Make(Executor* executor) {
    return std::make_unique<MemoryBlobStore>(executor);
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, BlobStoreContract, MemoryFactory);

TEST(MemoryBlobStoreTest, ShowsNothingBeforeItIsAcknowledged) {
  QueueExecutor executor;
  MemoryBlobStore store(&executor);
  bool done = false;
  store.Put({{"a", "1"}}, [&](absl::Status) { done = true; });
  EXPECT_EQ(store.Get("a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(store.List("").empty());
  executor.RunUntil([&] { return done; });
  EXPECT_EQ(*store.Get("a"), "1");
}

TEST(MemoryBlobStoreTest, FailsWhenTold) {
  QueueExecutor executor;
  MemoryBlobStore store(&executor);
  store.FailPuts(ResourceExhausted("disk full"));
  EXPECT_EQ(PutAndWait(store, executor, {{"a", "1"}}).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(store.List("").empty());
  store.FailPuts(absl::OkStatus());
  EXPECT_TRUE(PutAndWait(store, executor, {{"a", "1"}}).ok());
}

TEST(MemoryBlobStoreTest, NoticesCorruption) {
  QueueExecutor executor;
  MemoryBlobStore store(&executor);
  ASSERT_TRUE(PutAndWait(store, executor, {{"a", "1"}, {"b", "2"}}).ok());
  store.Corrupt("a");
  EXPECT_EQ(store.Get("a").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(*store.Get("b"), "2");
}

}  // namespace
}  // namespace assay
