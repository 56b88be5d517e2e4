// SimDisk: the segment folder that the coordinators of a simulated cluster share. SimBlobStore: the
// store of one process on it, with the promises of SegmentBlobStore: one writer's records become
// durable in order; what is acknowledged is durable; other writers' records are seen only after
// Refresh, and a key that is known keeps its value. A crash keeps a random part of what was queued.
//
// Faults: slow, an error (with the records possibly stored), unavailable.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/digest.h"
#include "common/blob/blob_store.h"
#include "tests/simulation/fault_plan.h"
#include "tests/simulation/sim_loop.h"

namespace assay {

struct SimDisk {
  struct Record {
    std::string writer;
    std::shared_ptr<const std::string> value;
  };

  bool up = true;
  // By key, in the order of arrival; more than one only when writers disagree.
  std::map<std::string, std::vector<Record>, std::less<>> records;
  std::vector<std::string> order;  // keys as they became durable, for Refresh
  std::function<void(const std::string& key, const std::string& value)> on_durable;
  std::function<void(const std::string& writer, const std::string& what)> trace;

  void Append(const std::string& writer, const BlobRecord& record) {
    std::vector<Record>& values = records[record.key];
    for (const Record& known : values) {
      if (*known.value == record.value) return;
    }
    values.push_back({writer, std::make_shared<const std::string>(record.value)});
    if (trace) trace(writer, "stored " + record.key);
    order.push_back(record.key);
    if (on_durable) on_durable(record.key, record.value);
  }
  bool Has(std::string_view key) const { return records.find(key) != records.end(); }
};

class SimBlobStore : public BlobStore {
 public:
  SimBlobStore(SimLoop& loop, SimProcess& process, SimDisk& disk, FaultPlan& faults,
               Mutants mutants)
      : loop_(loop), process_(process), disk_(disk), faults_(faults), mutants_(mutants) {
    (void)Refresh();
  }

  void Put(std::vector<BlobRecord> records, Callback<absl::Status> done) override {
    Random& random = loop_.random();
    absl::Duration delay = absl::Milliseconds(1) + absl::Milliseconds(10) * random.Unit();
    if (random.Unit() < faults_.blob_slow) delay += absl::Seconds(2) * random.Unit();
    last_ = std::max(last_ + absl::Microseconds(1), loop_.now() + delay);
    const bool fails = random.Unit() < faults_.blob_fail;
    const bool stored_anyway = random.Below(2) == 0;
    if (mutants_.pointer_before_blob) {
      // Acknowledged and visible here at once, durable when it is.
      for (const BlobRecord& record : records) See(record);
      process_.Post([done = std::move(done)]() mutable { std::move(done)(absl::OkStatus()); });
      process_.Deliver(last_ - loop_.now() + absl::Seconds(3), [this, records] {
        for (const BlobRecord& record : records) disk_.Append(process_.name(), record);
      });
      return;
    }
    loop_.At(last_ - loop_.now(), [this, records = std::move(records), fails, stored_anyway,
                                   done = std::move(done)]() mutable {
      if (process_.alive()) return std::move(done)(Write(records, fails, stored_anyway));
      // A process that was killed has written a part of its queue, from the front.
      torn_ = torn_ || !stored_anyway;
      if (!torn_) (void)Write(records, fails, stored_anyway);
    });
  }

  absl::StatusOr<std::string> Get(std::string_view key) const override {
    const auto found = seen_.find(key);
    if (found == seen_.end()) return NotFound(std::string(key));
    return *found->second.value;
  }

  std::vector<BlobInfo> List(std::string_view prefix) const override {
    std::vector<BlobInfo> infos;
    for (auto it = seen_.lower_bound(prefix); it != seen_.end(); ++it) {
      if (it->first.compare(0, prefix.size(), prefix) != 0) break;
      infos.push_back({it->first, "", it->second.value->size()});
    }
    return infos;
  }

  absl::Status Refresh() {
    if (!disk_.up) return Unavailable("the shared folder cannot be read");
    for (; read_ < disk_.order.size(); ++read_) {
      const std::string& key = disk_.order[read_];
      seen_.try_emplace(key, Seen{disk_.records.at(key).front().value});
    }
    return absl::OkStatus();
  }

 private:
  struct Seen {
    std::shared_ptr<const std::string> value;
  };

  void See(const BlobRecord& record) {
    seen_.try_emplace(record.key, Seen{std::make_shared<const std::string>(record.value)});
  }

  absl::Status Write(const std::vector<BlobRecord>& records, bool fails, bool stored_anyway) {
    for (const BlobRecord& record : records) {
      const auto found = seen_.find(record.key);
      if (found != seen_.end() && *found->second.value != record.value) {
        return AlreadyExists(record.key + " exists with another value");
      }
    }
    const bool stores = disk_.up && (!fails || stored_anyway);
    for (const BlobRecord& record : records) {
      if (stores) disk_.Append(process_.name(), record);
    }
    if (fails || !disk_.up) return Unavailable("the shared folder cannot be written");
    for (const BlobRecord& record : records) See(record);
    return absl::OkStatus();
  }

  SimLoop& loop_;
  SimProcess& process_;
  SimDisk& disk_;
  FaultPlan& faults_;
  const Mutants mutants_;
  absl::Duration last_ = absl::ZeroDuration();
  std::size_t read_ = 0;
  bool torn_ = false;
  std::map<std::string, Seen, std::less<>> seen_;
};

}  // namespace assay
