// The life of a run around its units: start from blobs, pause, drain, cancel.
#include <algorithm>
#include <utility>

#include "common/base/digest.h"
#include "common/base/log.h"
#include "coordinator/core/coordinator_state.h"
#include "coordinator/core/envelope_facts.h"

namespace assay {
namespace {

constexpr std::size_t kCancelBatch = 256;

}  // namespace

void Coordinator::State::StartRun(RunState& run) {
  if (run.phase == RunPhase::kStarting) run.phase = RunPhase::kRunning;
  std::vector<UnitIndex> recommits;
  for (const auto& [unit, recommit] : run.recommits) recommits.push_back(unit);
  for (const UnitIndex unit : recommits) {
    // A blocked one follows when its generation has been committed again.
    if (run.units[unit].unit_state() != v1::UNIT_STATE_BLOCKED) Recommit(run, unit);
  }
  run.cancel_due = run.cancelled;
  if (run.cancelled) run.phase = RunPhase::kCancelling;
  for (UnitIndex unit = 0; unit < run.units.size() && !run.cancelled; ++unit) {
    const UnitCell& cell = run.units[unit];
    if (cell.unit_state() != v1::UNIT_STATE_QUEUED || cell.busy) continue;
    MakeReady(run, unit, absl::ZeroDuration());
  }
  ProgressChanged(run);
  ChainEnded(run);
}

void Coordinator::State::PauseRun(RunState& run, PauseReason reason, const std::string& detail) {
  const bool known = run.pause_reason == reason && run.pause_detail == detail;
  run.pause_reason = reason;
  run.pause_detail = detail;
  if (run.phase == RunPhase::kRunning || run.phase == RunPhase::kSealing) {
    run.phase = RunPhase::kPaused;
  } else if (known) {
    return;
  }
  Log(LogLevel::kWarning, "run_paused",
      {{"run", run.plan.run_id()}, {"reason", PauseReasonName(reason)}, {"detail", detail}});
  Notify([id = run.plan.run_id(), reason, detail](CoordinatorObserver& observer) {
    observer.OnRunPaused(id, reason, detail);
  });
  ProgressChanged(run);
}

void Coordinator::State::ResumeRun(RunState& run) {
  run.phase = RunPhase::kRunning;
  run.pause_reason = PauseReason::kNone;
  run.pause_detail.clear();
  ProgressChanged(run);
  ChainEnded(run);
}

void Coordinator::State::CheckDrained(RunState& run) {
  if (run.phase != RunPhase::kDraining || !run.quiet() || run.units.leased() > 0) return;
  if (run.units.open() == 0) return;  // it is about to be sealed
  run.phase = RunPhase::kDrained;
  Notify([id = run.plan.run_id()](CoordinatorObserver& o) { o.OnRunDrained(id); });
  ProgressChanged(run);
}

void Coordinator::State::Cancel(RunState& run, Callback<absl::Status> done) {
  const auto answer = [this, &done](absl::Status status) {
    seams.executor.Post([done = std::move(done), status = std::move(status)]() mutable {
      std::move(done)(status);
    });
  };
  if (run.cancelled && run.phase == RunPhase::kCancelling && !run.cancel_applied) {
    run.cancel_waiters.push_back(std::move(done));
    return;
  }
  if (run.cancelled) return answer(absl::OkStatus());
  if (run.phase == RunPhase::kSealed || run.phase == RunPhase::kSealing ||
      run.phase == RunPhase::kStarting) {
    return answer(FailedPrecondition(std::string("the run is ") + RunPhaseName(run.phase)));
  }
  v1::CancelRecord record;
  record.set_run_id(run.plan.run_id());
  record.set_cancelled_unix_ms(absl::ToUnixMillis(seams.clock.WallNow()));
  // Nothing may be granted from here on, whether or not the record gets stored at once.
  run.cancelled = true;
  run.phase = RunPhase::kCancelling;
  run.cancel_waiters.push_back(std::move(done));
  ++run.pending;
  Store(run, {{CancelKey(run.plan.run_id()), record.SerializeAsString()}},
        [this, &run](const absl::Status&) {
          --run.pending;
          run.cancel_due = true;
          ChainEnded(run);
        });
}

void Coordinator::State::CancelShards(RunState& run) {
  run.phase = RunPhase::kCancelling;
  run.cancel_due = false;
  auto left = std::make_shared<int>(run.plan.shard_count());
  ++run.pending;
  for (std::int32_t shard = 0; shard < run.plan.shard_count(); ++shard) {
    Apply(CancelShard{{run.plan.run_id(), shard}, options.leader},
          [this, &run, left](const StoreReply&) {
            if (--*left > 0) return;
            --run.pending;
            run.cancel_ends = true;
            ChainEnded(run);
          });
  }
}

void Coordinator::State::EndCancelled(RunState& run) {
  ++run.pending;
  auto units = std::make_shared<std::vector<UnitIndex>>();
  for (UnitIndex unit = 0; unit < run.units.size(); ++unit) {
    UnitCell& cell = run.units[unit];
    if (!IsOpenState(cell.unit_state())) continue;
    run.ready.Remove(unit, cell.retry);
    if (const auto lease = run.leases.find(unit); lease != run.leases.end()) {
      Agent* agent = FindAgent(lease->second.agent_id, lease->second.incarnation);
      if (agent != nullptr) {
        CancelAttempt(*agent, lease->second.attempt.ToString(), "run cancelled");
      }
      ReleaseLease(run, unit);
    }
    run.units.Apply(unit, UnitEvent::kCancel);
    cell.outcome = v1::OUTCOME_CANCELLED;
    cell.committed_in = static_cast<std::uint16_t>(run.revision);
    run.SetAttempt(unit, kCancelledAttempt);
    units->push_back(unit);
  }
  run.waiting_scorings.clear();
  run.waiting_for_preparation.clear();
  // The store has it, and the blobs have the record: whoever leads next cancels too.
  run.cancel_applied = true;
  for (auto& waiter : std::exchange(run.cancel_waiters, {})) {
    seams.executor.Post(
        [waiter = std::move(waiter)]() mutable { std::move(waiter)(absl::OkStatus()); });
  }
  ScheduleDispatch();
  WriteCancelled(run, units, 0);
}

void Coordinator::State::WriteCancelled(RunState& run,
                                        std::shared_ptr<const std::vector<UnitIndex>> units,
                                        std::size_t begin) {
  const std::size_t end = std::min(units->size(), begin + kCancelBatch);
  if (begin == end) {
    --run.pending;
    ProgressChanged(run);
    ChainEnded(run);
    return;
  }
  std::vector<BlobRecord> records;
  for (std::size_t i = begin; i < end; ++i) {
    const UnitIndex unit = (*units)[i];
    const UnitCell& cell = run.units[unit];
    const v1::Envelope envelope = EnvelopeWithout(run.plan, unit, cell.attempt,
                                                  v1::OUTCOME_CANCELLED, "the run was cancelled");
    std::string bytes = envelope.SerializeAsString();
    v1::CommitRecord commit;
    commit.set_unit_id(envelope.unit_id());
    commit.set_attempt(envelope.attempt());
    commit.set_envelope_digest(DigestOf(bytes));
    commit.set_revision(run.revision);
    commit.set_state(v1::UNIT_STATE_CANCELLED);
    commit.set_epoch(options.leader.epoch);
    run.Count(unit, FactsOf(run.plan, unit, envelope, commit.envelope_digest()));
    records.push_back(
        {EnvelopeKey(run.plan.run_id(), envelope.unit_id(), cell.attempt), std::move(bytes)});
    records.push_back(
        {CommitKey(run.plan.run_id(), envelope.unit_id(), run.revision, commit.epoch()),
         commit.SerializeAsString()});
  }
  Store(run, std::move(records), [this, &run, units, begin, end](const absl::Status&) {
    for (std::size_t i = begin; i < end; ++i) run.units[(*units)[i]].durable = true;
    WriteCancelled(run, units, end);
  });
}

}  // namespace assay
