#include "common/blob/segment_blob_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "common/base/check.h"
#include "common/base/digest.h"
#include "common/base/log.h"
#include "common/base/mutex.h"
#include "common/blob/segment_appender.h"
#include "common/blob/segment_directory.h"
#include "common/blob/segment_format.h"

namespace assay {
namespace {

using Index = std::map<std::string, SegmentEntry, std::less<>>;

// A batch is closed at this size even when more is queued, to bound its buffer.
constexpr std::uint64_t kBatchBytes = std::uint64_t{64} << 20;

absl::Status CheckRecords(const std::vector<BlobRecord>& records) {
  for (const BlobRecord& record : records) {
    ASSAY_RETURN_IF_ERROR(CheckBlobKey(record.key));
    if (record.value.size() > kMaxValueBytes) {
      return InvalidArgument("blob " + record.key + ": " + std::to_string(record.value.size()) +
                             " bytes, expected at most " + std::to_string(kMaxValueBytes));
    }
  }
  return absl::OkStatus();
}

std::uint64_t BytesOf(const std::vector<BlobRecord>& records) {
  std::uint64_t bytes = 0;
  for (const BlobRecord& record : records) bytes += record.key.size() + record.value.size();
  return bytes;
}

// A writer's name, held by an advisory lock on a file that stays.
class WriterLock {
 public:
  static absl::StatusOr<std::unique_ptr<WriterLock>> Take(const std::string& directory,
                                                          const std::string& writer) {
    const std::string path = directory + "/lock-" + writer;
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) return ErrnoStatus("open", path, errno);
    auto lock = std::unique_ptr<WriterLock>(new WriterLock(descriptor));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return ErrnoStatus("lock", path, errno);
      return FailedPrecondition(directory + " is in use: another process writes to it (" + path +
                                " is locked)");
    }
    return lock;
  }
  ~WriterLock() { ::close(descriptor_); }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  explicit WriterLock(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

absl::Status CreateDirectory(const std::string& directory, FileOps& ops) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path path = fs::absolute(directory, error);
  if (!error && fs::create_directories(path, error)) {
    return ops.SyncDirectory(path.parent_path().string());
  }
  return error ? ErrnoStatus("create", directory, error.value()) : absl::OkStatus();
}

// What a killed process left in the page cache is found by the scan and relied on from now on: it
// must be on disk first.
absl::Status SyncFound(const SegmentStoreOptions& options, const std::string& file) {
  const std::string path = options.directory + "/" + file;
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return ErrnoStatus("open", path, errno);
  const absl::Status status = options.file_ops->SyncData(descriptor);
  ::close(descriptor);
  return Annotate(status, path);
}

// The segments that were read last, open. Thread-safe.
class OpenSegments {
 public:
  explicit OpenSegments(const std::string& directory) : directory_(directory) {}

  absl::StatusOr<std::shared_ptr<const FileReader>> Find(const std::string& segment) {
    MutexLock lock(mutex_);
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (open_[i].first != segment) continue;
      std::rotate(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(i),
                  open_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      return open_.front().second;
    }
    ASSAY_ASSIGN_OR_RETURN(std::shared_ptr<const FileReader> reader,
                           FileReader::Open(directory_ + "/" + segment));
    if (open_.size() == kMaxOpen) open_.pop_back();
    open_.emplace(open_.begin(), segment, reader);
    return reader;
  }

 private:
  static constexpr std::size_t kMaxOpen = 16;
  const std::string& directory_;
  Mutex mutex_;
  // Last used first.
  std::vector<std::pair<std::string, std::shared_ptr<const FileReader>>> open_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace

struct SegmentBlobStore::Shared {
  SegmentStoreOptions options;
  std::vector<SegmentProblem> open_problems;
  mutable Mutex mutex;
  Index index ABSL_GUARDED_BY(mutex);
  mutable OpenSegments open_segments{options.directory};
  std::map<std::string, std::uint64_t> refreshed_bytes;  // of other writers' segments; Refresh only
};

// The queue and the thread that empties it.
class SegmentBlobStore::Writer {
 public:
  Writer(Shared* shared, Executor* executor, std::unique_ptr<WriterLock> lock, WriterTail tail)
      : shared_(shared),
        executor_(executor),
        lock_(std::move(lock)),
        appender_({.directory = shared->options.directory,
                   .writer = shared->options.writer,
                   .segment_bytes = shared->options.segment_bytes,
                   .file_ops = shared->options.file_ops,
                   .tail = tail}),
        thread_([this] { Run(); }) {}

  ~Writer() {
    {
      MutexLock lock(mutex_);
      closing_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  // False when the queue is full; `put` is not taken then.
  bool Enqueue(std::vector<BlobRecord>& records, Callback<absl::Status>& done) {
    const std::uint64_t bytes = BytesOf(records);
    {
      MutexLock lock(mutex_);
      if (queued_bytes_ > 0 && queued_bytes_ + bytes > shared_->options.max_queued_bytes) {
        return false;
      }
      queued_bytes_ += bytes;
      queue_.push_back({std::move(records), std::move(done), bytes});
    }
    wake_.notify_one();
    return true;
  }

 private:
  struct PendingPut {
    std::vector<BlobRecord> records;
    Callback<absl::Status> done;
    std::uint64_t bytes = 0;
  };

  void Run() {
    for (;;) {
      std::vector<PendingPut> batch = TakeBatch();
      if (batch.empty()) return;
      CommitBatch(batch);
    }
  }

  // Waits for puts; empty when closing and all are done.
  std::vector<PendingPut> TakeBatch() {
    std::vector<PendingPut> batch;
    std::unique_lock<std::mutex> lock(mutex_.native());
    wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    std::uint64_t bytes = 0;
    while (!queue_.empty() && (batch.empty() || bytes + queue_.front().bytes <= kBatchBytes)) {
      bytes += queue_.front().bytes;
      batch.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    queued_bytes_ -= bytes;
    return batch;
  }

  void CommitBatch(std::vector<PendingPut>& batch) {
    std::vector<absl::Status> results;
    for (const PendingPut& put : batch) {
      results.push_back(broken_.ok() ? Stage(put.records) : broken_);
    }
    if (broken_.ok()) {
      absl::StatusOr<Index> committed = appender_.Commit();
      if (committed.ok()) {
        MutexLock lock(shared_->mutex);
        for (auto& [key, entry] : *committed) shared_->index.insert_or_assign(key, entry);
      } else {
        Break(committed.status());
        for (absl::Status& result : results) {
          if (result.ok()) result = committed.status();
        }
      }
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      executor_->Post([done = std::move(batch[i].done), result = std::move(results[i])]() mutable {
        done(std::move(result));
      });
    }
  }

  absl::Status Stage(const std::vector<BlobRecord>& records) {
    // Entries change on this thread only, and Refresh only adds: they stay where they are without
    // the lock.
    return appender_.Stage(records, [this](std::string_view key) -> const SegmentEntry* {
      MutexLock lock(shared_->mutex);
      const auto found = shared_->index.find(key);
      return found == shared_->index.end() ? nullptr : &found->second;
    });
  }

  void Break(const absl::Status& cause) {
    broken_ = Annotate(cause, "the blob store is read-only after a failed write");
    Log(LogLevel::kError, "blob.read_only", {{"cause", MessageOf(cause)}});
  }

  Shared* const shared_;
  Executor* const executor_;
  const std::unique_ptr<WriterLock> lock_;
  SegmentAppender appender_;  // writer thread only
  absl::Status broken_;       // writer thread only
  Mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::deque<PendingPut> queue_;
  std::uint64_t queued_bytes_ = 0;
  bool closing_ = false;
  std::thread thread_;
};

SegmentBlobStore::SegmentBlobStore() : shared_(std::make_unique<Shared>()) {}

SegmentBlobStore::~SegmentBlobStore() = default;

absl::StatusOr<std::unique_ptr<SegmentBlobStore>> SegmentBlobStore::Open(
    SegmentStoreOptions options, Executor* executor) {
  SegmentName name;
  if (!SegmentName::Parse(SegmentName{options.writer, 1}.FileName(), &name)) {
    return InvalidArgument("blob writer \"" + EscapeForTerminal(options.writer) +
                           "\": expected 1 to 64 of A-Z a-z 0-9 _ .");
  }
  if (options.file_ops == nullptr) options.file_ops = &PosixFileOps();
  std::unique_ptr<WriterLock> lock;
  if (!options.read_only) {
    ASSAY_RETURN_IF_ERROR(CreateDirectory(options.directory, *options.file_ops));
    ASSAY_ASSIGN_OR_RETURN(lock, WriterLock::Take(options.directory, options.writer));
  }
  ASSAY_ASSIGN_OR_RETURN(SegmentIndex found, LoadSegments(options.directory, {}));
  if (!options.read_only) {
    for (const std::string& file : found.newest) {
      ASSAY_RETURN_IF_ERROR(SyncFound(options, file));
    }
    if (!found.newest.empty()) {
      ASSAY_RETURN_IF_ERROR(options.file_ops->SyncDirectory(options.directory));
    }
  }
  std::unique_ptr<SegmentBlobStore> store(new SegmentBlobStore());
  store->executor_ = executor;
  store->shared_->options = options;
  store->shared_->open_problems = std::move(found.problems);
  {
    MutexLock index_lock(store->shared_->mutex);
    store->shared_->index = std::move(found.entries);
  }
  if (!options.read_only) {
    store->writer_ = std::make_unique<Writer>(store->shared_.get(), executor, std::move(lock),
                                              found.writers[options.writer]);
  }
  return store;
}

void SegmentBlobStore::Put(std::vector<BlobRecord> records, Callback<absl::Status> done) {
  absl::Status status = CheckRecords(records);
  if (status.ok() && writer_ == nullptr) {
    status = FailedPrecondition(shared_->options.directory + " is open for reading only");
  }
  if (status.ok()) {
    if (writer_->Enqueue(records, done)) return;
    status = ResourceExhausted("more than " + std::to_string(shared_->options.max_queued_bytes) +
                               " bytes wait to be written");
  }
  executor_->Post(
      [done = std::move(done), status = std::move(status)]() mutable { done(std::move(status)); });
}

absl::StatusOr<std::string> SegmentBlobStore::Get(std::string_view key) const {
  std::optional<SegmentEntry> entry;
  {
    MutexLock lock(shared_->mutex);
    const auto found = shared_->index.find(key);
    if (found != shared_->index.end()) entry = found->second;
  }
  if (!entry) return NotFound("blob " + EscapeForTerminal(key));
  const std::string path = shared_->options.directory + "/" + entry->segment;
  const absl::StatusOr<std::shared_ptr<const FileReader>> segment =
      shared_->open_segments.Find(entry->segment);
  if (!segment.ok()) {
    if (segment.status().code() != absl::StatusCode::kNotFound) return segment.status();
    return DataLoss("blob " + std::string(key) + ": " + path + " is gone");
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string payload,
                         (*segment)->ReadRange(entry->payload_offset, entry->payload_bytes));
  absl::StatusOr<std::string> value =
      DecodePayload(payload, entry->value_bytes, entry->value_sha256);
  if (!value.ok()) {
    return Annotate(value.status(), "blob " + std::string(key) + " in " + path + " at byte " +
                                        std::to_string(entry->payload_offset));
  }
  return value;
}

std::vector<BlobInfo> SegmentBlobStore::List(std::string_view prefix) const {
  std::vector<BlobInfo> infos;
  MutexLock lock(shared_->mutex);
  for (auto it = shared_->index.lower_bound(prefix);
       it != shared_->index.end() && it->first.starts_with(prefix); ++it) {
    infos.push_back(
        {it->first, "sha256:" + ToHex(it->second.value_sha256), it->second.value_bytes});
  }
  return infos;
}

absl::Status SegmentBlobStore::Refresh() {
  const SegmentStoreOptions& options = shared_->options;
  ASSAY_ASSIGN_OR_RETURN(
      GrownSegments grown,
      LoadGrownSegments(options.directory, options.read_only ? std::string() : options.writer,
                        shared_->refreshed_bytes));
  if (!options.read_only) {
    for (const auto& [file, bytes] : grown.bytes) ASSAY_RETURN_IF_ERROR(SyncFound(options, file));
    if (!grown.bytes.empty()) {
      ASSAY_RETURN_IF_ERROR(options.file_ops->SyncDirectory(options.directory));
    }
  }
  MutexLock lock(shared_->mutex);
  for (auto& [key, entry] : grown.entries) shared_->index.try_emplace(key, std::move(entry));
  for (const auto& [file, bytes] : grown.bytes) shared_->refreshed_bytes[file] = bytes;
  return absl::OkStatus();
}

const std::vector<SegmentProblem>& SegmentBlobStore::open_problems() const {
  return shared_->open_problems;
}

absl::StatusOr<SegmentReport> VerifySegments(const std::string& directory) {
  ASSAY_ASSIGN_OR_RETURN(SegmentIndex index, LoadSegments(directory, {.decode_values = true}));
  return SegmentReport{std::move(index.problems), index.segments, index.records,
                       index.stored_bytes};
}

}  // namespace assay
