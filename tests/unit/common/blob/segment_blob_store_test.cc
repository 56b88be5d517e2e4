#include "common/blob/segment_blob_store.h"

#include <condition_variable>
#include <mutex>

#include "common/blob/segment_format.h"
#include "tests/unit/common/blob/blob_store_contract.h"
#include "tests/unit/common/blob/scratch_directory.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Counts operations, can hold a sync until told, and can fail any of them.
class TestFileOps : public FileOps {
 public:
  absl::StatusOr<int> CreateNew(const std::string& path) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++creates;
    if (!fail_create.ok()) return fail_create;
    return PosixFileOps().CreateNew(path);
  }
  absl::Status WriteAll(int descriptor, std::string_view data) override {
    std::unique_lock<std::mutex> lock(mutex_);
    ++writes;
    if (!fail_write.ok()) {
      // A full disk takes a part.
      (void)PosixFileOps().WriteAll(descriptor, data.substr(0, data.size() / 2));
      return fail_write;
    }
    return PosixFileOps().WriteAll(descriptor, data);
  }
  absl::Status SyncData(int descriptor) override {
    std::unique_lock<std::mutex> lock(mutex_);
    ++syncs;
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !hold_; });
    waiting_ = false;
    if (!fail_sync.ok()) return fail_sync;
    return PosixFileOps().SyncData(descriptor);
  }
  absl::Status SyncDirectory(const std::string& path) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++directory_syncs;
    return PosixFileOps().SyncDirectory(path);
  }

  void Hold() {
    const std::lock_guard<std::mutex> lock(mutex_);
    hold_ = true;
  }
  void WaitUntilHeld() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return waiting_; });
  }
  void Release() {
    const std::lock_guard<std::mutex> lock(mutex_);
    hold_ = false;
    changed_.notify_all();
  }

  int creates = 0;
  int writes = 0;
  int syncs = 0;
  int directory_syncs = 0;
  absl::Status fail_create;
  absl::Status fail_write;
  absl::Status fail_sync;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool hold_ = false;
  bool waiting_ = false;
};

struct SegmentFactory {
  std::unique_ptr<BlobStore> Make(Executor* executor) {
    return *SegmentBlobStore::Open({.directory = scratch.File("store")}, executor);
  }
  ScratchDirectory scratch;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Segment, BlobStoreContract, SegmentFactory);

class SegmentBlobStoreTest : public testing::Test {
 protected:
  SegmentStoreOptions Options() { return {.directory = scratch_.path(), .file_ops = &ops_}; }
  std::unique_ptr<SegmentBlobStore> Open() { return Open(Options()); }
  std::unique_ptr<SegmentBlobStore> Open(SegmentStoreOptions options) {
    auto store = SegmentBlobStore::Open(std::move(options), &executor_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  absl::Status Put(SegmentBlobStore& store, std::vector<BlobRecord> records) {
    return PutAndWait(store, executor_, std::move(records));
  }

  ScratchDirectory scratch_;
  TestFileOps ops_;
  QueueExecutor executor_;
};

TEST_F(SegmentBlobStoreTest, FindsEverythingAgain) {
  {
    auto store = Open();
    EXPECT_THAT(scratch_.Names("seg-"), IsEmpty());
    ASSERT_TRUE(Put(*store, {{"a", "1"}, {"b", std::string(100000, 'b')}}).ok());
    ASSERT_TRUE(Put(*store, {{"c", "3"}}).ok());
  }
  auto store = Open();
  EXPECT_THAT(store->open_problems(), IsEmpty());
  EXPECT_THAT(KeysOf(store->List("")), ElementsAre("a", "b", "c"));
  EXPECT_EQ(*store->Get("b"), std::string(100000, 'b'));
  EXPECT_EQ(store->List("b")[0].digest, DigestOf(std::string(100000, 'b')));
  EXPECT_TRUE(Put(*store, {{"a", "1"}}).ok());
  EXPECT_EQ(Put(*store, {{"a", "2"}}).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(scratch_.Names("seg-"), ElementsAre("seg-local-00000001"))
      << "nothing new was written";
}

TEST_F(SegmentBlobStoreTest, OldFilesNeverChange) {
  ASSERT_TRUE(Put(*Open(), {{"a", "1"}}).ok());
  const std::string before = scratch_.Read("seg-local-00000001");
  ASSERT_TRUE(Put(*Open(), {{"b", "2"}}).ok());
  EXPECT_EQ(scratch_.Read("seg-local-00000001"), before);
  EXPECT_THAT(scratch_.Names("seg-"), ElementsAre("seg-local-00000001", "seg-local-00000002"));
  EXPECT_THAT(KeysOf(Open()->List("")), ElementsAre("a", "b"));
}

TEST_F(SegmentBlobStoreTest, QueuedPutsShareOneWriteAndOneSync) {
  auto store = Open();
  int done = 0;
  ops_.Hold();
  store->Put({{"first", "1"}}, [&](absl::Status status) { done += status.ok() ? 1 : 0; });
  ops_.WaitUntilHeld();
  for (int i = 0; i < 100; ++i) {
    store->Put({{"k/" + std::to_string(i), "value"}, {"j/" + std::to_string(i), "v"}},
               [&](absl::Status status) { done += status.ok() ? 1 : 0; });
  }
  ops_.Release();
  executor_.RunUntil([&] { return done == 101; });
  EXPECT_EQ(ops_.writes, 2);
  EXPECT_EQ(ops_.syncs, 2);
  EXPECT_EQ(ops_.creates, 1);
  EXPECT_EQ(ops_.directory_syncs, 1) << "only after a file was created";
}

TEST_F(SegmentBlobStoreTest, NothingIsSeenBeforeTheSync) {
  auto store = Open();
  ops_.Hold();
  bool done = false;
  store->Put({{"a", "1"}}, [&](absl::Status status) { done = status.ok(); });
  ops_.WaitUntilHeld();
  EXPECT_EQ(store->Get("a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(store->List(""), IsEmpty());
  ops_.Release();
  executor_.RunUntil([&] { return done; });
  EXPECT_EQ(*store->Get("a"), "1");
}

TEST_F(SegmentBlobStoreTest, ClosingWritesWhatIsQueued) {
  int done = 0;
  {
    auto store = Open();
    ops_.Hold();
    for (int i = 0; i < 10; ++i) {
      store->Put({{std::to_string(i), "v"}}, [&](absl::Status s) { done += s.ok() ? 1 : 0; });
    }
    ops_.WaitUntilHeld();
    ops_.Release();
  }
  executor_.RunUntil([&] { return done == 10; });
  EXPECT_EQ(Open()->List("").size(), 10u);
}

TEST_F(SegmentBlobStoreTest, RollsOverAtItsSize) {
  SegmentStoreOptions options = Options();
  options.segment_bytes = 400;
  {
    auto store = Open(options);
    for (int i = 0; i < 9; ++i) ASSERT_TRUE(Put(*store, {{"k" + std::to_string(i), "v"}}).ok());
  }
  EXPECT_EQ(scratch_.Names("seg-").size(), 3u);
  EXPECT_EQ(ops_.directory_syncs, 3);
  auto store = Open(options);
  EXPECT_THAT(store->open_problems(), IsEmpty());
  EXPECT_EQ(store->List("").size(), 9u);
  EXPECT_THAT(VerifySegments(scratch_.path())->problems, IsEmpty());
  EXPECT_EQ(VerifySegments(scratch_.path())->records, 9);
}

TEST_F(SegmentBlobStoreTest, OneProcessPerWriter) {
  auto first = Open();
  const auto second = SegmentBlobStore::Open(Options(), &executor_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("in use"));
  SegmentStoreOptions other = Options();
  other.writer = "other.2";
  auto beside = Open(other);
  ASSERT_TRUE(Put(*first, {{"a", "1"}}).ok());
  ASSERT_TRUE(Put(*beside, {{"b", "2"}}).ok());
  first.reset();
  EXPECT_THAT(KeysOf(Open()->List("")), ElementsAre("a", "b"));
}

TEST_F(SegmentBlobStoreTest, RefreshShowsWhatOtherWritersHaveAdded) {
  auto first = Open();
  ASSERT_TRUE(Put(*first, {{"a", "1"}}).ok());
  SegmentStoreOptions other = Options();
  other.writer = "other";
  other.segment_bytes = 1;  // a segment a batch
  auto beside = Open(other);
  EXPECT_EQ(*beside->Get("a"), "1");
  ASSERT_TRUE(Put(*first, {{"b", "2"}, {"mine", "first"}}).ok());
  ASSERT_TRUE(Put(*beside, {{"c", "3"}}).ok());
  ASSERT_TRUE(Put(*beside, {{"d", "4"}}).ok());
  EXPECT_EQ(beside->Get("b").status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(beside->Refresh().ok());
  ASSERT_TRUE(first->Refresh().ok());
  for (SegmentBlobStore* store : {first.get(), beside.get()}) {
    EXPECT_THAT(KeysOf(store->List("")), ElementsAre("a", "b", "c", "d", "mine"));
    EXPECT_EQ(*store->Get("b"), "2");
    EXPECT_EQ(*store->Get("d"), "4");
  }
  EXPECT_EQ(Put(*beside, {{"b", "another"}}).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(Put(*beside, {{"b", "2"}}).ok());
  ASSERT_TRUE(Put(*first, {{"e", "5"}}).ok());
  ASSERT_TRUE(beside->Refresh().ok());
  EXPECT_EQ(*beside->Get("e"), "5");
  beside.reset();
  first.reset();
  EXPECT_TRUE(Open()->open_problems().empty());
}

TEST_F(SegmentBlobStoreTest, RefreshLeavesOutAWriteThatIsUnderWay) {
  auto first = Open();
  ASSERT_TRUE(Put(*first, {{"a", "1"}, {"b", std::string(1000, 'b')}}).ok());
  SegmentStoreOptions other = Options();
  other.writer = "other";
  auto beside = Open(other);
  ASSERT_TRUE(Put(*first, {{"c", std::string(5000, 'c')}}).ok());
  const std::string file = Options().directory + "/seg-local-00000001";
  const auto whole = std::filesystem::file_size(file);
  std::filesystem::resize_file(file, whole - 3);
  ASSERT_TRUE(beside->Refresh().ok());
  EXPECT_THAT(KeysOf(beside->List("")), ElementsAre("a", "b"));
}

TEST_F(SegmentBlobStoreTest, ReadOnlyTakesNoLockAndCreatesNothing) {
  auto writer = Open();
  ASSERT_TRUE(Put(*writer, {{"a", "1"}}).ok());
  SegmentStoreOptions options = Options();
  options.read_only = true;
  auto reader = Open(options);
  EXPECT_EQ(*reader->Get("a"), "1");
  EXPECT_EQ(Put(*reader, {{"b", "1"}}).code(), absl::StatusCode::kFailedPrecondition);
  options.directory = scratch_.File("absent");
  EXPECT_EQ(SegmentBlobStore::Open(options, &executor_).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(options.directory));
}

TEST_F(SegmentBlobStoreTest, RefusesBadWriterNames) {
  for (const std::string writer : {"", "a/b", "a-b", "..\n", "x y"}) {
    SegmentStoreOptions options = Options();
    options.writer = writer;
    EXPECT_EQ(SegmentBlobStore::Open(options, &executor_).status().code(),
              absl::StatusCode::kInvalidArgument)
        << writer;
  }
}

TEST_F(SegmentBlobStoreTest, FullDiskFailsTheBatchAndAllThatFollow) {
  auto store = Open();
  ASSERT_TRUE(Put(*store, {{"kept", "1"}}).ok());
  ops_.Hold();
  std::vector<absl::Status> results;
  const auto keep = [&](absl::Status status) { results.push_back(std::move(status)); };
  store->Put({{"also kept", "1"}}, keep);
  ops_.WaitUntilHeld();
  ops_.fail_write = ResourceExhausted("no space left");
  store->Put({{"lost", "1"}}, keep);
  store->Put({{"kept", "1"}}, keep);
  store->Put({{"lost", "1"}}, keep);
  ops_.Release();
  executor_.RunUntil([&] { return results.size() == 4; });
  EXPECT_TRUE(results[0].ok());
  EXPECT_EQ(results[1].code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(results[1].message()), HasSubstr("no space left"));
  EXPECT_EQ(results[3].code(), absl::StatusCode::kResourceExhausted);

  ops_.fail_write = absl::OkStatus();
  EXPECT_THAT(std::string(Put(*store, {{"later", "1"}}).message()), HasSubstr("read-only"));
  EXPECT_EQ(*store->Get("kept"), "1");
  EXPECT_EQ(store->Get("lost").status().code(), absl::StatusCode::kNotFound);

  store.reset();
  store = Open();
  EXPECT_EQ(*store->Get("also kept"), "1");
  ASSERT_TRUE(Put(*store, {{"lost", "1"}}).ok());
  EXPECT_EQ(*store->Get("lost"), "1");
}

TEST_F(SegmentBlobStoreTest, FailedSyncAndFailedCreateAcknowledgeNothing) {
  auto store = Open();
  ops_.fail_sync = Unavailable("input/output error");
  EXPECT_EQ(Put(*store, {{"a", "1"}}).code(), absl::StatusCode::kUnavailable);
  ops_.fail_sync = absl::OkStatus();
  EXPECT_EQ(Put(*store, {{"b", "1"}}).code(), absl::StatusCode::kUnavailable)
      << "a sync that failed once is not tried again";
  EXPECT_THAT(store->List(""), IsEmpty());
  store.reset();

  store = Open();
  ops_.fail_create = Unavailable("input/output error");
  EXPECT_EQ(Put(*store, {{"c", "1"}}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store->Get("c").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SegmentBlobStoreTest, FoundBytesAreSyncedBeforeTheyAreReliedOn) {
  ASSERT_TRUE(Put(*Open(), {{"a", "1"}}).ok());
  const int before = ops_.syncs;
  auto store = Open();
  EXPECT_EQ(ops_.syncs, before + 1);
  store.reset();
  ops_.fail_sync = Unavailable("input/output error");
  EXPECT_EQ(SegmentBlobStore::Open(Options(), &executor_).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(SegmentBlobStoreTest, BoundsItsQueue) {
  SegmentStoreOptions options = Options();
  options.max_queued_bytes = 1000;
  auto store = Open(options);
  ops_.Hold();
  std::vector<absl::StatusCode> codes;
  const auto keep = [&](absl::Status status) { codes.push_back(status.code()); };
  store->Put({{"a", "1"}}, keep);
  ops_.WaitUntilHeld();
  store->Put({{"b", std::string(5000, 'b')}}, keep);  // alone in the queue: taken whatever its size
  store->Put({{"c", "1"}}, keep);
  ops_.Release();
  executor_.RunUntil([&] { return codes.size() == 3; });
  EXPECT_EQ(std::count(codes.begin(), codes.end(), absl::StatusCode::kOk), 2);
  EXPECT_EQ(codes[0], absl::StatusCode::kResourceExhausted) << "refused without waiting";
}

}  // namespace
}  // namespace assay
