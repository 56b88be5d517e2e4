// What every BlobStore does. A test file gives a factory fixture and instantiates the suite:
//   struct MyFactory { std::unique_ptr<BlobStore> Make(Executor*); };
//   INSTANTIATE_TYPED_TEST_SUITE_P(My, BlobStoreContract, MyFactory);
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/digest.h"
#include "common/base/random.h"
#include "common/blob/blob_store.h"
#include "tests/unit/common/blob/put_and_wait.h"

namespace assay {

template <typename Factory>
class BlobStoreContract : public testing::Test {
 protected:
  absl::Status Put(std::vector<BlobRecord> records) {
    return PutAndWait(*store_, executor_, std::move(records));
  }

  Factory factory_;
  QueueExecutor executor_;
  std::unique_ptr<BlobStore> store_ = factory_.Make(&executor_);
};

TYPED_TEST_SUITE_P(BlobStoreContract);

TYPED_TEST_P(BlobStoreContract, ReturnsWhatWasPut) {
  ASSERT_TRUE(this->Put({{"run/1/record", "hello"}, {"run/1/empty", ""}}).ok());
  EXPECT_EQ(*this->store_->Get("run/1/record"), "hello");
  EXPECT_EQ(*this->store_->Get("run/1/empty"), "");
  EXPECT_EQ(this->store_->Get("run/1/recor").status().code(), absl::StatusCode::kNotFound);
}

TYPED_TEST_P(BlobStoreContract, KeepsBytesOfEveryValue) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  std::string big;
  Random random(7);
  while (big.size() < (std::size_t{3} << 20)) big += static_cast<char>(random.Next());
  ASSERT_TRUE(
      this->Put({{"bytes", every_byte}, {"big", big}, {"runs", std::string(9 << 20, 'x')}}).ok());
  EXPECT_EQ(*this->store_->Get("bytes"), every_byte);
  EXPECT_EQ(*this->store_->Get("big"), big);
  EXPECT_EQ(*this->store_->Get("runs"), std::string(9 << 20, 'x'));
}

TYPED_TEST_P(BlobStoreContract, NeverCompletesInsideTheCall) {
  bool called = false;
  this->store_->Put({{"a", "1"}}, [&](absl::Status) { called = true; });
  EXPECT_FALSE(called);
  this->executor_.RunUntil([&] { return called; });
  called = false;
  this->store_->Put({{"", "1"}}, [&](absl::Status) { called = true; });
  EXPECT_FALSE(called);
  this->executor_.RunUntil([&] { return called; });
}

TYPED_TEST_P(BlobStoreContract, CompletesInOrder) {
  std::vector<int> order;
  for (int i = 0; i < 50; ++i) {
    this->store_->Put({{"k/" + std::to_string(i), std::to_string(i)}}, [&order, i](absl::Status s) {
      EXPECT_TRUE(s.ok());
      order.push_back(i);
    });
  }
  this->executor_.RunUntil([&] { return order.size() == 50; });
  for (int i = 0; i < 50; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(this->store_->List("k/").size(), 50u);
}

TYPED_TEST_P(BlobStoreContract, EmptyPutIsOk) { EXPECT_TRUE(this->Put({}).ok()); }

TYPED_TEST_P(BlobStoreContract, SameValueAgainIsStoredOnce) {
  ASSERT_TRUE(this->Put({{"a", "1"}}).ok());
  EXPECT_TRUE(this->Put({{"a", "1"}, {"b", "2"}}).ok());
  EXPECT_TRUE(this->Put({{"c", "3"}, {"c", "3"}}).ok());
  EXPECT_THAT(KeysOf(this->store_->List("")), testing::ElementsAre("a", "b", "c"));
}

TYPED_TEST_P(BlobStoreContract, AnotherValueIsRefusedWithAllOfItsPut) {
  ASSERT_TRUE(this->Put({{"a", "1"}}).ok());
  EXPECT_EQ(this->Put({{"b", "2"}, {"a", "other"}, {"c", "3"}}).code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(this->Put({{"d", "1"}, {"d", "2"}}).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(KeysOf(this->store_->List("")), testing::ElementsAre("a"));
  EXPECT_EQ(*this->store_->Get("a"), "1");
  EXPECT_TRUE(this->Put({{"b", "different is fine now"}}).ok());
}

TYPED_TEST_P(BlobStoreContract, ConflictsOfQueuedPutsAreFound) {
  std::vector<absl::Status> results;
  const auto keep = [&](absl::Status status) { results.push_back(std::move(status)); };
  this->store_->Put({{"a", "1"}}, keep);
  this->store_->Put({{"b", "x"}, {"a", "2"}}, keep);
  this->store_->Put({{"a", "1"}, {"b", "y"}}, keep);
  this->executor_.RunUntil([&] { return results.size() == 3; });
  EXPECT_TRUE(results[0].ok());
  EXPECT_EQ(results[1].code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(results[2].ok());
  EXPECT_EQ(*this->store_->Get("b"), "y");
}

TYPED_TEST_P(BlobStoreContract, RefusesBadKeys) {
  const std::vector<std::string> bad = {"",
                                        "/a",
                                        "a/",
                                        "a//b",
                                        "a\nb",
                                        "a\x7F",
                                        "\xC3\xA9",
                                        std::string(513, 'k'),
                                        std::string("a\0b", 3)};
  for (const std::string& key : bad) {
    EXPECT_EQ(this->Put({{"good", "1"}, {key, "1"}}).code(), absl::StatusCode::kInvalidArgument)
        << testing::PrintToString(key);
  }
  EXPECT_TRUE(this->store_->List("").empty());
  EXPECT_TRUE(this->Put({{std::string(512, 'k'), "1"}, {"a b/~!", "2"}}).ok());
}

TYPED_TEST_P(BlobStoreContract, ListsByPrefixSortedWithDigests) {
  ASSERT_TRUE(
      this->Put({{"b/2", "two"}, {"a/1", "one"}, {"b/1", "x"}, {"b", "y"}, {"b0", ""}}).ok());
  EXPECT_THAT(KeysOf(this->store_->List("b/")), testing::ElementsAre("b/1", "b/2"));
  EXPECT_THAT(KeysOf(this->store_->List("")), testing::ElementsAre("a/1", "b", "b/1", "b/2", "b0"));
  EXPECT_TRUE(this->store_->List("c").empty());
  const std::vector<BlobInfo> infos = this->store_->List("b/2");
  ASSERT_EQ(infos.size(), 1u);
  EXPECT_EQ(infos[0].digest, DigestOf("two"));
  EXPECT_EQ(infos[0].size, 3u);
}

REGISTER_TYPED_TEST_SUITE_P(BlobStoreContract, ReturnsWhatWasPut, KeepsBytesOfEveryValue,
                            NeverCompletesInsideTheCall, CompletesInOrder, EmptyPutIsOk,
                            SameValueAgainIsStoredOnce, AnotherValueIsRefusedWithAllOfItsPut,
                            ConflictsOfQueuedPutsAreFound, RefusesBadKeys,
                            ListsByPrefixSortedWithDigests);

}  // namespace assay
