#include "cli/cluster/store_check.h"

#include <filesystem>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/digest.h"
#include "common/base/log.h"
#include "coordinator/core/envelope_facts.h"
#include "coordinator/core/recovery.h"
#include "coordinator/core/run_plan.h"
#include "coordinator/core/run_state.h"
#include "coordinator/core/unit_table.h"
#include "judge/scorer_registry.h"

namespace assay {
namespace {

constexpr std::size_t kProblemsMax = 50;
constexpr int kRunsNamed = 5;

// What the segments say of a unit that counts.
struct Expected {
  v1::UnitState state = v1::UNIT_STATE_UNSPECIFIED;
  std::string attempt;
  EnvelopeFacts facts;
};

class Comparer {
 public:
  Comparer(const RunPlan& plan, std::string blob_dir, RunStore& store, AsioExecutor& executor)
      : plan_(plan), blob_dir_(std::move(blob_dir)), store_(store), executor_(executor) {}

  // The segments are read before the store and after: what was committed before must be in the
  // store, and what the store has must be in the segments by then.
  absl::StatusOr<StoreComparison> Compare() {
    ASSAY_ASSIGN_OR_RETURN(const RecoveredRun before, Recover({}, nullptr));
    for (std::int32_t shard = 0; shard < plan_.shard_count(); ++shard) {
      ASSAY_RETURN_IF_ERROR(ReadShard(shard));
    }
    const EnvelopeVisitor visit = [this](UnitIndex unit, const v1::Envelope& envelope) {
      expected_[unit].facts =
          FactsOf(plan_, unit, envelope, DigestOf(envelope.SerializeAsString()));
    };
    ASSAY_ASSIGN_OR_RETURN(const RecoveredRun after, Recover(stored_, visit));
    for (const auto& [unit, found] : after.commits) {
      expected_[unit].state = found.commit.state();
      expected_[unit].attempt = found.commit.attempt();
    }
    found_.sealed = before.sealed;
    for (UnitIndex unit = 0; unit < plan_.unit_count(); ++unit) CompareUnit(unit, before, after);
    for (const auto& [shard, view] : views_) CompareShard(shard, view, before.sealed);
    return std::move(found_);
  }

 private:
  absl::StatusOr<RecoveredRun> Recover(const StoredUnits& stored, const EnvelopeVisitor& visit) {
    SegmentStoreOptions options;
    options.directory = blob_dir_;
    options.read_only = true;
    ASSAY_ASSIGN_OR_RETURN(const auto blobs, SegmentBlobStore::Open(options, &executor_));
    return RecoverRun(plan_, *blobs, visit, stored);
  }

  absl::Status ReadShard(std::int32_t shard) {
    auto view = RunFor<absl::StatusOr<ShardView>>(executor_, [&](auto done) {
      store_.ReadShard({plan_.run_id(), shard}, std::move(done));
    });
    if (absl::IsNotFound(view.status())) {
      Problem(absl::StrCat("shard ", shard, " is not in Redis; `assay rebuild` restores it"));
      return absl::OkStatus();
    }
    ASSAY_RETURN_IF_ERROR(view.status());
    for (const StoredUnitState& unit : view->units) Take(shard, unit);
    ++found_.shards;
    views_[shard] = *std::move(view);
    return absl::OkStatus();
  }

  void Take(std::int32_t shard, const StoredUnitState& unit) {
    for (const StageRange& range : plan_.ranges()) {
      const std::int32_t at = unit.unit.sample_index - range.first_sample;
      if (range.stage != unit.unit.stage || at < 0 || at >= range.samples) continue;
      const UnitIndex index = range.first + static_cast<UnitIndex>(at);
      stored_[index] = {unit.state, unit.attempt};
      records_[index] = unit.record;
      return;
    }
    Problem(absl::StrCat("shard ", shard, " has a unit that the run has not: ",
                         EscapeForTerminal(unit.unit.stage, 40), "/", unit.unit.sample_index));
  }

  void CompareUnit(UnitIndex unit, const RecoveredRun& before, const RecoveredRun& after) {
    const auto stored = stored_.find(unit);
    if (stored == stored_.end()) {
      if (views_.count(plan_.ShardOf(unit)) > 0) Problem(unit, "is not in its shard");
      return;
    }
    const auto counts = after.commits.find(unit);
    if (IsOpenState(stored->second.state)) {
      const bool committed = before.commits.count(unit) > 0 && !before.commits.at(unit).adopted &&
                             counts != after.commits.end() && !counts->second.adopted;
      if (committed) Problem(unit, "has ended by the segments, and is open in Redis");
      return;
    }
    const auto found = expected_.find(unit);
    if (found == expected_.end() || counts == after.commits.end()) {
      if (before.sealed) Problem(unit, "has ended in Redis, and no result of it is stored");
      return;
    }
    const Expected& expected = found->second;
    if (expected.state != stored->second.state) {
      return Problem(
          unit, absl::StrCat("is ", v1::UnitState_Name(stored->second.state),
                             " in Redis, by the segments ", v1::UnitState_Name(expected.state)));
    }
    if (expected.state == v1::UNIT_STATE_CANCELLED) return;
    if (expected.attempt != stored->second.attempt.ToString()) {
      Problem(unit, "ended with another attempt in Redis than by the segments");
    }
    if (expected.facts.record != records_.at(unit)) {
      Problem(unit, "has another record in Redis than its envelope makes");
    }
  }

  void CompareShard(std::int32_t shard, const ShardView& view, bool sealed) {
    IntegerSums sums;
    for (const auto& [unit, stored] : stored_) {
      if (plan_.ShardOf(unit) != shard || stored.state != v1::UNIT_STATE_DONE) continue;
      const auto expected = expected_.find(unit);
      if (expected == expected_.end()) continue;
      for (const auto& [name, value] : expected->second.facts.sums) sums[name] += value;
    }
    for (const auto& [name, value] : view.sums) sums[name] -= value;
    for (const auto& [name, difference] : sums) {
      if (difference != 0) {
        Problem(absl::StrCat("shard ", shard, ": ", EscapeForTerminal(name), " differs by ",
                             difference, " from the sum over the envelopes"));
      }
    }
    found_.sums += static_cast<int>(sums.size());
    Add(view.counts);
    if (!sealed) return;
    if (view.counts.open() > 0) Problem(absl::StrCat("shard ", shard, " of a sealed run is open"));
    if (view.state != ShardState::kSealing) {
      Problem(absl::StrCat("shard ", shard, " of a sealed run takes changes"));
    }
  }

  void Add(const ShardCounts& counts) {
    found_.counts.total += counts.total;
    found_.counts.blocked += counts.blocked;
    found_.counts.queued += counts.queued;
    found_.counts.leased += counts.leased;
    found_.counts.done += counts.done;
    found_.counts.failed += counts.failed;
    found_.counts.quarantined += counts.quarantined;
    found_.counts.cancelled += counts.cancelled;
  }

  void Problem(UnitIndex unit, std::string_view what) {
    const StageRange& range = plan_.RangeOf(unit);
    Problem(
        absl::StrCat("unit ", range.stage, "/", plan_.SampleIndexOf(unit), " ", std::string(what)));
  }
  void Problem(std::string text) {
    if (found_.problems.size() < kProblemsMax) found_.problems.push_back(std::move(text));
  }

  const RunPlan& plan_;
  const std::string blob_dir_;
  RunStore& store_;
  AsioExecutor& executor_;
  std::map<std::int32_t, ShardView> views_;
  StoredUnits stored_;
  std::map<UnitIndex, std::string> records_;
  std::map<UnitIndex, Expected> expected_;
  StoreComparison found_;
};

}  // namespace

absl::StatusOr<v1::RunRecord> ReadRunRecord(const BlobStore& blobs, const std::string& run_id) {
  const absl::StatusOr<std::string> bytes = blobs.Get(RecordKey(run_id));
  if (absl::IsNotFound(bytes.status())) {
    std::string known;
    int runs = 0;
    for (const std::string& id : StoredRunIds(blobs)) {
      if (++runs <= kRunsNamed) known += (known.empty() ? "" : ", ") + EscapeForTerminal(id);
    }
    return NotFound(
        absl::StrCat("no run ", EscapeForTerminal(run_id), " in the segments; there ",
                     runs == 0 ? "is none" : "are " + std::to_string(runs) + ": " + known,
                     runs > kRunsNamed ? ", ..." : ""));
  }
  ASSAY_RETURN_IF_ERROR(bytes.status());
  v1::RunRecord record;
  if (!record.ParseFromString(*bytes) || record.run_id() != run_id) {
    return DataLoss(RecordKey(run_id) + " is not a run record");
  }
  return record;
}

absl::StatusOr<std::unique_ptr<SegmentBlobStore>> OpenSegments(const std::string& blob_dir,
                                                               const std::string& writer,
                                                               Executor* executor) {
  std::error_code error;
  if (!std::filesystem::is_directory(blob_dir, error)) {
    return NotFound("no folder of segments: " + blob_dir);
  }
  SegmentStoreOptions options;
  options.directory = blob_dir;
  options.read_only = writer.empty();
  if (!writer.empty()) options.writer = writer;
  return SegmentBlobStore::Open(std::move(options), executor);
}

std::vector<SegmentProblem> ProblemsOfRun(const std::vector<SegmentProblem>& problems,
                                          const std::string& run_id) {
  std::vector<SegmentProblem> found;
  for (const SegmentProblem& problem : problems) {
    const bool of_other =
        problem.key.starts_with("run/") && !problem.key.starts_with("run/" + run_id + "/");
    if (problem.loses_data() && !of_other) found.push_back(problem);
  }
  return found;
}

absl::StatusOr<StoreComparison> CompareStore(const v1::RunRecord& record,
                                             const std::string& blob_dir, RunStore& store,
                                             AsioExecutor& executor) {
  ASSAY_ASSIGN_OR_RETURN(const RunPlan plan, RunPlan::Make(record, ScorerNeedsCalls));
  return Comparer(plan, blob_dir, store, executor).Compare();
}

}  // namespace assay
