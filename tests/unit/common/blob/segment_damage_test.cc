// What a store makes of segments that were cut, flipped, moved or lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/random.h"
#include "common/blob/segment_blob_store.h"
#include "common/blob/segment_format.h"
#include "tests/unit/common/blob/put_and_wait.h"
#include "tests/unit/common/blob/scratch_directory.h"

namespace assay {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kFirst[] = "seg-local-00000001";
constexpr char kSecond[] = "seg-local-00000002";

class SegmentDamageTest : public testing::Test {
 protected:
  std::unique_ptr<SegmentBlobStore> Open() {
    auto store = SegmentBlobStore::Open({.directory = scratch_.path()}, &executor_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  // One batch for each put, all in one segment.
  void Fill(const std::vector<std::vector<BlobRecord>>& puts) {
    auto store = Open();
    for (const auto& put : puts) ASSERT_TRUE(PutAndWait(*store, executor_, put).ok());
  }
  std::vector<SegmentProblemKind> Kinds() {
    const auto report = VerifySegments(scratch_.path());
    EXPECT_TRUE(report.ok()) << report.status();
    std::vector<SegmentProblemKind> kinds;
    for (const SegmentProblem& problem : report->problems) kinds.push_back(problem.kind);
    return kinds;
  }
  SegmentScan Scan(const std::string& name) { return ScanSegment(name, scratch_.Read(name)); }
  void Flip(const std::string& name, std::uint64_t at) {
    std::string bytes = scratch_.Read(name);
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    scratch_.Write(name, bytes);
  }

  ScratchDirectory scratch_;
  QueueExecutor executor_;
};

TEST_F(SegmentDamageTest, TailCutAtEveryByteIsIgnoredAndReported) {
  Fill({{{"a", "first"}}, {{"b", "second"}}, {{"c", "the third value, cut off"}}});
  const std::string whole = scratch_.Read(kFirst);
  const std::uint64_t last = Scan(kFirst).records.back().offset;
  for (std::uint64_t size = last; size < whole.size(); ++size) {
    scratch_.Write(kFirst, whole.substr(0, size));
    auto store = Open();
    EXPECT_THAT(KeysOf(store->List("")), ElementsAre("a", "b")) << size;
    EXPECT_EQ(store->Get("c").status().code(), absl::StatusCode::kNotFound) << size;
    EXPECT_EQ(*store->Get("b"), "second");
    if (size == last) {
      EXPECT_THAT(store->open_problems(), IsEmpty());
    } else {
      ASSERT_EQ(store->open_problems().size(), 1u) << size;
      EXPECT_EQ(store->open_problems()[0].kind, SegmentProblemKind::kTornTail) << size;
      EXPECT_FALSE(store->open_problems()[0].loses_data());
      EXPECT_EQ(store->open_problems()[0].begin_byte, last);
    }
    EXPECT_EQ(scratch_.Read(kFirst).size(), size) << "opening changed the file";
  }
}

TEST_F(SegmentDamageTest, SegmentCutAtEveryByteNeverInventsOrMisreads) {
  Fill({{{"a", "first"}, {"b", "second"}}, {{"c", "third"}}});
  const std::string whole = scratch_.Read(kFirst);
  for (std::uint64_t size = 0; size < whole.size(); ++size) {
    scratch_.Write(kFirst, whole.substr(0, size));
    auto store = Open();
    for (const BlobInfo& info : store->List("")) {
      const std::string value = info.key == "a" ? "first" : info.key == "b" ? "second" : "third";
      EXPECT_EQ(*store->Get(info.key), value) << size;
    }
  }
}

TEST_F(SegmentDamageTest, WritingGoesOnAfterATornTail) {
  Fill({{{"a", "1"}}, {{"b", "2"}}});
  const std::string whole = scratch_.Read(kFirst);
  scratch_.Write(kFirst, whole.substr(0, whole.size() - 3));
  {
    auto store = Open();
    ASSERT_TRUE(PutAndWait(*store, executor_, {{"b", "another value is fine"}}).ok());
  }
  auto store = Open();
  EXPECT_EQ(*store->Get("b"), "another value is fine");
  EXPECT_THAT(Kinds(), ElementsAre(SegmentProblemKind::kTornTail))
      << "still torn, still nothing lost";
}

TEST_F(SegmentDamageTest, EveryFlippedByteIsFound) {
  Fill({{{"run/1/a", "first"}, {"run/1/b", std::string(300, 'b')}}, {{"run/1/c", "third"}}});
  const std::string whole = scratch_.Read(kFirst);
  for (std::uint64_t at = 0; at < whole.size(); ++at) {
    for (const char mask : {'\x01', '\x80'}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ mask);
      scratch_.Write(kFirst, bytes);
      EXPECT_THAT(Kinds(), testing::Not(IsEmpty())) << "byte " << at;
    }
  }
  scratch_.Write(kFirst, whole);
  EXPECT_THAT(Kinds(), IsEmpty());
}

TEST_F(SegmentDamageTest, EveryFlippedByteBeforeTheNewestBatchIsLossNotATornTail) {
  Fill({{{"a", "first"}}, {{"b", "second"}}, {{"c", "third"}}});
  const std::string whole = scratch_.Read(kFirst);
  const SegmentScan scan = Scan(kFirst);
  for (std::uint64_t at = 0; at < scan.records[2].offset; ++at) {
    Flip(kFirst, at);
    const auto report = VerifySegments(scratch_.path());
    ASSERT_FALSE(report->problems.empty()) << at;
    EXPECT_TRUE(report->problems[0].loses_data()) << at;
    auto store = Open();
    EXPECT_EQ(*store->Get("c"), "third") << "byte " << at;
    // zstd has bits that mean nothing: a value may be right although its bytes are not.
    const bool in_a = at >= scan.records[0].offset && at < scan.records[1].offset;
    const bool in_b = at >= scan.records[1].offset;
    EXPECT_THAT(store->Get("a").value_or("lost"), AnyOf("first", in_a ? "lost" : "first"))
        << "byte " << at;
    EXPECT_THAT(store->Get("b").value_or("lost"), AnyOf("second", in_b ? "lost" : "second"))
        << "byte " << at;
    scratch_.Write(kFirst, whole);
  }
}

TEST_F(SegmentDamageTest, DamagedValueIsDataLossUntilPutAgain) {
  Fill({{{"a", "first"}}, {{"b", "second"}}});
  Flip(kFirst, Scan(kFirst).records[0].end() - 1);
  {
    auto store = Open();
    ASSERT_EQ(store->open_problems().size(), 1u);
    EXPECT_EQ(store->open_problems()[0].kind, SegmentProblemKind::kDamagedRecord);
    EXPECT_EQ(store->open_problems()[0].key, "a");
    EXPECT_EQ(store->Get("a").status().code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(KeysOf(store->List("")), ElementsAre("a", "b"));
    EXPECT_EQ(PutAndWait(*store, executor_, {{"a", "other"}}).code(),
              absl::StatusCode::kAlreadyExists);
    ASSERT_TRUE(PutAndWait(*store, executor_, {{"a", "first"}}).ok());
    EXPECT_EQ(*store->Get("a"), "first");
  }
  EXPECT_EQ(*Open()->Get("a"), "first");
}

TEST_F(SegmentDamageTest, DamageUnderAnOpenStoreIsDataLoss) {
  auto store = Open();
  ASSERT_TRUE(PutAndWait(*store, executor_, {{"a", "first"}, {"b", "second"}}).ok());
  Flip(kFirst, Scan(kFirst).records[0].end() - 1);
  EXPECT_EQ(store->Get("a").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(*store->Get("b"), "second");
  std::filesystem::remove(scratch_.File(kFirst));
  EXPECT_EQ(store->Get("b").status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SegmentDamageTest, SuccessorSaysWhatWasDurable) {
  Fill({{{"a", "first"}}, {{"b", "second"}}});
  Fill({{{"c", "third"}}});
  const std::string whole = scratch_.Read(kFirst);
  scratch_.Write(kFirst, whole.substr(0, whole.size() - 1));
  EXPECT_TRUE(VerifySegments(scratch_.path())->problems[0].loses_data())
      << "the newest batch of an older segment is not a torn tail";
  EXPECT_EQ(Open()->Get("b").status().code(), absl::StatusCode::kDataLoss);
  scratch_.Write(kFirst, whole.substr(0, Scan(kFirst).records[1].offset));
  EXPECT_THAT(Kinds(), ElementsAre(SegmentProblemKind::kDamagedRange));
}

TEST_F(SegmentDamageTest, MissingAndMisplacedSegmentsAreFound) {
  Fill({{{"a", "1"}}});
  Fill({{{"b", "2"}}});
  Fill({{{"c", "3"}}});
  const std::string second = scratch_.Read(kSecond);
  std::filesystem::remove(scratch_.File(kSecond));
  EXPECT_THAT(Kinds(), ElementsAre(SegmentProblemKind::kMissingSegment));
  EXPECT_THAT(KeysOf(Open()->List("")), ElementsAre("a", "c"));

  scratch_.Write(kSecond, scratch_.Read(kFirst));
  EXPECT_THAT(Kinds(), testing::Not(IsEmpty()));
  EXPECT_THAT(KeysOf(Open()->List("")), ElementsAre("a", "c"));

  scratch_.Write(kSecond, second);
  EXPECT_THAT(Kinds(), IsEmpty());
}

TEST_F(SegmentDamageTest, ASegmentInsideAValueIsNotTakenForRecords) {
  Fill({{{"a", "1"}}});
  std::string hostile = scratch_.Read(kFirst);
  Random random(3);
  for (int i = 0; i < 2000; ++i) hostile += static_cast<char>(random.Next());
  Fill({{{"hostile", hostile}}, {{"after", "1"}}});
  const SegmentScan scan = Scan(kSecond);
  Flip(kSecond, scan.records[0].offset + 100);
  EXPECT_THAT(KeysOf(Open()->List("")), ElementsAre("a", "after"));
}

TEST_F(SegmentDamageTest, ConflictingValuesOfTwoWritersAreReportedAndTheFirstCounts) {
  auto one = *SegmentBlobStore::Open({.directory = scratch_.path(), .writer = "one"}, &executor_);
  auto two = *SegmentBlobStore::Open({.directory = scratch_.path(), .writer = "two"}, &executor_);
  ASSERT_TRUE(PutAndWait(*two, executor_, {{"k", "2"}, {"same", "x"}}).ok());
  ASSERT_TRUE(PutAndWait(*one, executor_, {{"k", "1"}, {"same", "x"}}).ok());
  EXPECT_THAT(Kinds(), ElementsAre(SegmentProblemKind::kConflict));
  EXPECT_EQ(*Open()->Get("k"), "1");
}

TEST_F(SegmentDamageTest, EmptyFileOfACrashAtCreationIsHarmless) {
  Fill({{{"a", "1"}}});
  scratch_.Write(kSecond, "");
  EXPECT_THAT(Kinds(), IsEmpty());
  Fill({{{"b", "2"}}});
  EXPECT_THAT(Kinds(), IsEmpty());
  EXPECT_THAT(KeysOf(Open()->List("")), ElementsAre("a", "b"));
  EXPECT_THAT(scratch_.Names("seg-"), testing::SizeIs(3));
}

TEST_F(SegmentDamageTest, VerifyNeedsADirectoryAndIgnoresOtherFiles) {
  EXPECT_EQ(VerifySegments(scratch_.File("absent")).status().code(), absl::StatusCode::kNotFound);
  Fill({{{"a", "1"}}});
  scratch_.Write("seg-local-1", "not eight digits");
  scratch_.Write("notes.txt", "mine");
  EXPECT_THAT(Kinds(), IsEmpty());
  std::filesystem::create_directory(scratch_.File(kSecond));
  EXPECT_THAT(Kinds(), ElementsAre(SegmentProblemKind::kUnreadable));
}

TEST(SegmentProblemTest, DescribesForPeople) {
  EXPECT_EQ(Describe({SegmentProblemKind::kDamagedRecord, kFirst, 64, 100, "run/1/record", "why"}),
            "seg-local-00000001, bytes 64-99: damaged_record run/1/record (why)");
}

}  // namespace
}  // namespace assay
