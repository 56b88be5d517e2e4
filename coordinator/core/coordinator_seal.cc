// Sealing: close the shards, recompute every live sum from the stored envelopes, compare, write the
// manifest (reliability.md 3.7).
#include <algorithm>
#include <utility>

#include "common/base/digest.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "coordinator/core/coordinator_state.h"
#include "coordinator/core/envelope_facts.h"

namespace assay {
namespace {

// Units checked in one task of the executor, so that other events are not kept waiting.
constexpr UnitIndex kUnitsPerTask = 64;

std::string RootOf(const v1::Manifest& manifest) {
  FieldHasher hasher("assay.manifest.v1");
  for (const v1::ManifestEntry& entry : manifest.entries()) {
    hasher.Add(entry.unit_id()).Add(entry.digest());
  }
  return "sha256:" + hasher.FinishHex();
}

}  // namespace

// One sealing of one run.
struct Coordinator::State::Sealing : std::enable_shared_from_this<Sealing> {
  Sealing(State& s, RunState& r) : state(s), run(r) {}

  void Start() {
    shards_left = run.plan.shard_count();
    for (std::int32_t shard = 0; shard < run.plan.shard_count(); ++shard) {
      state.Apply(SealCheck{{run.plan.run_id(), shard}, state.options.leader, true},
                  [self = shared_from_this()](const StoreReply& reply) { self->OnShard(reply); });
    }
  }

  void OnShard(const StoreReply& reply) {
    if (reply.code != StoreCode::kOk) {
      Refuse(std::string("a shard cannot be closed: ") + StoreCodeName(reply.code));
    }
    ended += reply.counts.total - reply.counts.open();
    for (const auto& [name, value] : reply.sums) stored_sums[name] += value;
    if (--shards_left > 0 || refused) return;
    if (ended != run.units.size()) {
      Refuse("the store knows " + std::to_string(ended) + " ended units, the run has " +
             std::to_string(run.units.size()));
      return;
    }
    Check(0);
  }

  void Check(UnitIndex begin) {
    const UnitIndex end = std::min(run.units.size(), begin + kUnitsPerTask);
    for (UnitIndex unit = begin; unit < end; ++unit) {
      if (const absl::Status status = CheckUnit(unit); !status.ok()) {
        Refuse(std::string(status.message()));
        return;
      }
    }
    if (end < run.units.size()) {
      state.seams.executor.Post([self = shared_from_this(), end] { self->Check(end); });
      return;
    }
    if (recomputed != stored_sums) {
      Refuse("the sums over stored envelopes differ from the live sums");
      return;
    }
    WriteManifest();
  }

  absl::Status CheckUnit(UnitIndex unit) {
    const UnitCell& cell = run.units[unit];
    const std::string id = run.plan.IdOf(unit);
    ASSAY_ASSIGN_OR_RETURN(const v1::CommitRecord commit,
                           ReadCommit(state.seams.blobs, run.plan.run_id(), id, cell.committed_in));
    if (commit.attempt() != cell.attempt.ToString() || commit.state() != cell.unit_state()) {
      return DataLoss(CommitKey(run.plan.run_id(), id, cell.committed_in, commit.epoch()) +
                      " is not what was committed");
    }
    const std::string key = EnvelopeKey(run.plan.run_id(), id, cell.attempt);
    ASSAY_ASSIGN_OR_RETURN(const std::string bytes, state.seams.blobs.Get(key));
    v1::Envelope envelope;
    if (!envelope.ParseFromString(bytes) || envelope.unit_id() != id ||
        DigestOf(bytes) != commit.envelope_digest()) {
      return DataLoss(key + " is not the envelope that was committed");
    }
    if (cell.unit_state() == v1::UNIT_STATE_DONE) {
      for (const auto& [name, value] : LiveSumsOf(run.plan, unit, envelope)) {
        recomputed[name] += value;
      }
    }
    last_finished = std::max(last_finished, envelope.finished_unix_ms());
    v1::ManifestEntry& entry = *manifest.add_entries();
    entry.set_unit_id(id);
    entry.set_digest(commit.envelope_digest());
    return absl::OkStatus();
  }

  void WriteManifest() {
    manifest.set_run_id(run.plan.run_id());
    manifest.set_revision(run.revision);
    std::sort(manifest.mutable_entries()->begin(), manifest.mutable_entries()->end(),
              [](const auto& a, const auto& b) { return a.unit_id() < b.unit_id(); });
    manifest.set_root(RootOf(manifest));
    // Not the time of sealing: every leader that seals writes the same bytes.
    manifest.set_sealed_unix_ms(last_finished);
    state.Store(run, {{ManifestKey(run.plan.run_id(), run.revision), manifest.SerializeAsString()}},
                [self = shared_from_this()](const absl::Status& status) { self->End(status); });
  }

  void End(const absl::Status& status) {
    if (!status.ok()) {
      Refuse("another manifest of this revision exists");
      return;
    }
    ASSAY_FAILPOINT("coordinator.manifest_written");
    run.phase = RunPhase::kSealed;
    run.pause_reason = PauseReason::kNone;
    run.pause_detail.clear();
    const SealedRun sealed{run.revision, manifest.root(), run.cancelled};
    state.Notify([id = run.plan.run_id(), sealed](CoordinatorObserver& observer) {
      observer.OnRunSealed(id, sealed);
    });
    state.ProgressChanged(run);
  }

  void Refuse(const std::string& why) {
    if (refused) return;
    refused = true;
    run.phase = RunPhase::kSealing;
    state.PauseRun(run, PauseReason::kIntegrity, why);
  }

  State& state;
  RunState& run;
  int shards_left = 0;
  std::int64_t ended = 0;
  bool refused = false;
  IntegerSums stored_sums;
  IntegerSums recomputed;
  v1::Manifest manifest;
  std::int64_t last_finished = 0;
};

void Coordinator::State::MaybeSeal(RunState& run) {
  if (!run.quiet() || run.units.open() > 0) return;
  if (run.phase == RunPhase::kPaused && run.pause_reason == PauseReason::kIntegrity) return;
  if (run.phase == RunPhase::kStarting || run.phase == RunPhase::kSealing ||
      run.phase == RunPhase::kSealed) {
    return;
  }
  if (AskAgain(run)) return;
  run.phase = RunPhase::kSealing;
  ProgressChanged(run);
  std::make_shared<Sealing>(*this, run)->Start();
}

}  // namespace assay
