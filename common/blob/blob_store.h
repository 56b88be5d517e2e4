// Append-only store of immutable records: envelopes, journals, run records, manifests. What was
// acknowledged is on disk and will be read back as it was written, or kDataLoss says so.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/executor.h"
#include "common/base/status.h"

namespace assay {

struct BlobRecord {
  std::string key;    // printable ASCII, at most 512 bytes, parts separated by '/'
  std::string value;  // at most 256 MiB
};

struct BlobInfo {
  std::string key;
  std::string digest;      // "sha256:<hex>" of the value
  std::uint64_t size = 0;  // bytes of the value
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;

  // Appends all records, in order. `done` is OK once every one is durable (after the batch's
  // fsync); on failure none of them counts as stored, though some may be found. A key that exists
  // already with the same value is OK and stored once; with another value kAlreadyExists, and
  // nothing is stored. Completion on the executor given at construction. Callable on that executor
  // only.
  virtual void Put(std::vector<BlobRecord> records, Callback<absl::Status> done) = 0;

  // kNotFound, or kDataLoss when the stored bytes do not hash to what was written. Thread-safe.
  // Sees records whose Put was acknowledged.
  virtual absl::StatusOr<std::string> Get(std::string_view key) const = 0;

  // Every acknowledged record whose key starts with `prefix`, sorted by key. Thread-safe.
  virtual std::vector<BlobInfo> List(std::string_view prefix) const = 0;
};

}  // namespace assay
