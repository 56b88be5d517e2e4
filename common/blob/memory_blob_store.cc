#include "common/blob/memory_blob_store.h"

#include <utility>

#include "common/base/digest.h"
#include "common/base/log.h"
#include "common/base/mutex.h"
#include "common/blob/segment_format.h"

namespace assay {
namespace {

struct Stored {
  std::string value;
  std::string digest;
};

using Values = std::map<std::string, Stored, std::less<>>;

absl::Status StoreAll(const std::vector<BlobRecord>& records, Values& values) {
  Values added;
  for (const BlobRecord& record : records) {
    ASSAY_RETURN_IF_ERROR(CheckBlobKey(record.key));
    if (record.value.size() > kMaxValueBytes) {
      return InvalidArgument("blob " + record.key + ": the value is too big");
    }
    Stored next{record.value, DigestOf(record.value)};
    const auto stored = values.find(record.key);
    const auto in_put = added.find(record.key);
    if ((stored != values.end() && stored->second.digest != next.digest) ||
        (in_put != added.end() && in_put->second.digest != next.digest)) {
      return AlreadyExists("blob " + record.key + " is stored with another value");
    }
    added.insert_or_assign(record.key, std::move(next));
  }
  for (auto& [key, stored] : added) values.insert_or_assign(key, std::move(stored));
  return absl::OkStatus();
}

}  // namespace

struct MemoryBlobStore::State {
  Mutex mutex;
  Values values ABSL_GUARDED_BY(mutex);
  absl::Status failure ABSL_GUARDED_BY(mutex);

  absl::Status Apply(const std::vector<BlobRecord>& records) {
    MutexLock lock(mutex);
    return failure.ok() ? StoreAll(records, values) : failure;
  }
};

MemoryBlobStore::MemoryBlobStore(Executor* executor)
    : executor_(executor), state_(std::make_shared<State>()) {}

void MemoryBlobStore::Put(std::vector<BlobRecord> records, Callback<absl::Status> done) {
  executor_->Post([state = state_, records = std::move(records), done = std::move(done)]() mutable {
    done(state->Apply(records));
  });
}

absl::StatusOr<std::string> MemoryBlobStore::Get(std::string_view key) const {
  MutexLock lock(state_->mutex);
  const auto found = state_->values.find(key);
  if (found == state_->values.end()) return NotFound("blob " + EscapeForTerminal(key));
  if (DigestOf(found->second.value) != found->second.digest) {
    return DataLoss("blob " + std::string(key) + " does not have the hash it was written with");
  }
  return found->second.value;
}

std::vector<BlobInfo> MemoryBlobStore::List(std::string_view prefix) const {
  std::vector<BlobInfo> infos;
  MutexLock lock(state_->mutex);
  for (auto it = state_->values.lower_bound(prefix);
       it != state_->values.end() && it->first.starts_with(prefix); ++it) {
    infos.push_back({it->first, it->second.digest, it->second.value.size()});
  }
  return infos;
}

void MemoryBlobStore::FailPuts(absl::Status status) {
  MutexLock lock(state_->mutex);
  state_->failure = std::move(status);
}

void MemoryBlobStore::Corrupt(std::string_view key) {
  MutexLock lock(state_->mutex);
  const auto found = state_->values.find(key);
  if (found != state_->values.end()) found->second.value += '\1';
}

}  // namespace assay
