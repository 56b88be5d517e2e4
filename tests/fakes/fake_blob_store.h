// BlobStore in memory that remembers the order of its records, so that a test can take any prefix
// of the log as the state after a crash. Completions are posted, never inline.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/digest.h"
#include "common/blob/blob_store.h"

namespace assay {

class FakeBlobStore : public BlobStore {
 public:
  explicit FakeBlobStore(Executor& executor) : executor_(executor) {}

  void Put(std::vector<BlobRecord> records, Callback<absl::Status> done) override {
    absl::Status status = put_error;
    for (const BlobRecord& record : records) {
      const auto found = by_key_.find(record.key);
      if (found != by_key_.end() && found->second != record.value) {
        status = AlreadyExists(record.key + " exists with another value");
      }
    }
    if (status.ok()) {
      for (BlobRecord& record : records) {
        if (by_key_.emplace(record.key, record.value).second) log.push_back(std::move(record));
      }
    }
    executor_.Post([status, done = std::move(done)]() mutable { std::move(done)(status); });
  }

  absl::StatusOr<std::string> Get(std::string_view key) const override {
    ++gets;
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return NotFound(std::string(key));
    if (rotten.count(found->first) > 0) return DataLoss(found->first + ": wrong checksum");
    return found->second;
  }

  std::vector<BlobInfo> List(std::string_view prefix) const override {
    std::vector<BlobInfo> infos;
    for (auto it = by_key_.lower_bound(prefix); it != by_key_.end(); ++it) {
      if (it->first.compare(0, prefix.size(), prefix) != 0) break;
      infos.push_back({it->first, DigestOf(it->second), it->second.size()});
    }
    return infos;
  }

  // Copies the first `count` records of another store's log, as a crash would leave them.
  void CopyPrefix(const FakeBlobStore& other, std::size_t count) {
    for (std::size_t i = 0; i < count && i < other.log.size(); ++i) {
      if (by_key_.emplace(other.log[i].key, other.log[i].value).second) log.push_back(other.log[i]);
    }
  }

  std::vector<BlobRecord> log;   // in the order of arrival
  absl::Status put_error;        // when not OK, every Put fails with it and stores nothing
  std::set<std::string> rotten;  // keys of which Get answers DataLoss
  mutable int gets = 0;

 private:
  Executor& executor_;
  std::map<std::string, std::string, std::less<>> by_key_;
};

}  // namespace assay
