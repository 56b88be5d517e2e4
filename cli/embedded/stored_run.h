// Reading a run directory back: record, committed envelopes, manifest. Read-only; also while
// another process is writing (it then sees what was durable when it looked).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/run_record.pb.h"
#include "common/base/status.h"

namespace assay {

// What counts of one unit: the newest commit record, and the envelope that it names. An envelope
// that a crash left without its commit record counts too, as it would after a resume.
struct StoredResult {
  v1::CommitRecord commit;
  v1::Envelope envelope;
};

struct StoredRun {
  v1::RunRecord record;
  int revision = 0;                           // newest; 0 unless --retry-errors opened units again
  bool cancelled = false;                     // a cancel was accepted
  std::map<std::string, StoredResult> units;  // by unit id; the others are open
  std::optional<v1::Manifest> manifest;       // of `revision`; absent: not sealed
};

// <run_dir>/store
std::string StoreDir(const std::string& run_dir);

// kNotFound: no run there. kDataLoss: something stored does not hash to what was written; names the
// key.
absl::StatusOr<StoredRun> LoadRun(const std::string& run_dir);

}  // namespace assay
