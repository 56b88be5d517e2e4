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

// Puts what was recovered into the unit table. Blocked scorings of an ended generation are queued.
void RestoreUnits(const RecoveredRun& recovered, Random& random, RunState& run) {
  run.revision = recovered.revision;
  run.cancelled = recovered.cancelled;
  for (const auto& [unit, revision] : recovered.opened_in) {
    run.units[unit].opened_in = static_cast<std::uint16_t>(revision);
  }
  for (const auto& [unit, attempt] : recovered.last_attempt) {
    UnitCell& cell = run.units[unit];
    cell.attempt = attempt;
    cell.retry = true;
    // No result of an earlier revision may count in this one.
    if (recovered.opened_in.count(unit) > 0) cell.attempt.nonce = random.Next();
  }
  for (const auto& [unit, found] : recovered.commits) {
    UnitCell& cell = run.units[unit];
    cell.attempt = *AttemptId::Parse(found.commit.attempt());
    cell.outcome = static_cast<std::uint8_t>(found.outcome);
    cell.committed_in = static_cast<std::uint16_t>(found.commit.revision());
    cell.durable = true;
    run.units.Restore(unit, found.commit.state());
  }
  for (const auto& [unit, found] : recovered.commits) {
    for (const UnitIndex scoring : run.plan.ScoringsOf(unit)) {
      if (run.units[scoring].unit_state() == v1::UNIT_STATE_BLOCKED) {
        run.units.Restore(scoring, v1::UNIT_STATE_QUEUED);
      }
    }
  }
}

std::vector<BlobRecord> CommitRecordsToWrite(const RunPlan& plan, const RecoveredRun& recovered) {
  std::vector<BlobRecord> records;
  for (const auto& [unit, found] : recovered.commits) {
    if (!found.adopted) continue;
    records.push_back({CommitKey(plan.run_id(), found.commit.unit_id(), found.commit.revision()),
                       found.commit.SerializeAsString()});
  }
  return records;
}

CreateShard SeedOf(const RunState& run, std::int32_t shard,
                   const std::map<UnitIndex, std::string>& records) {
  CreateShard create;
  create.shard = {run.plan.run_id(), shard};
  create.revision = run.revision;
  std::map<std::string, StageSeed> stages;
  for (const StageRange& range : run.plan.ranges()) {
    const std::int32_t begin = std::max(range.first_sample, shard * kSamplesPerShard);
    const std::int32_t end =
        std::min(range.first_sample + range.samples, (shard + 1) * kSamplesPerShard);
    for (std::int32_t sample = begin; sample < end; ++sample) {
      const UnitIndex unit = range.first + static_cast<UnitIndex>(sample - range.first_sample);
      StageSeed& stage = stages[range.stage];
      stage.stage = range.stage;
      stage.config_digest = range.store_digest;
      const auto record = records.find(unit);
      stage.units.push_back({sample, run.units[unit].unit_state(), run.units[unit].attempt,
                             record == records.end() ? std::string() : record->second});
    }
  }
  for (auto& [name, stage] : stages) create.stages.push_back(std::move(stage));
  return create;
}

}  // namespace

void Coordinator::State::AddRun(v1::RunRecord record, Callback<absl::Status> done) {
  const auto answer = [this, &done](absl::Status status) {
    seams.executor.Post([done = std::move(done), status = std::move(status)]() mutable {
      std::move(done)(status);
    });
  };
  if (fenced) return answer(Unavailable("not the leader"));
  if (FindRun(record.run_id()) != nullptr) return answer(AlreadyExists("the run was added before"));
  absl::StatusOr<std::unique_ptr<RunState>> made =
      MakeRunState(std::move(record), seams.needs_calls);
  if (!made.ok()) return answer(made.status());
  RunState& run = **made;
  std::vector<IntegerSums> sums(static_cast<std::size_t>(run.plan.shard_count()));
  std::map<UnitIndex, std::string> records;
  absl::StatusOr<RecoveredRun> recovered =
      RecoverRun(run.plan, seams.blobs, [&](UnitIndex unit, const v1::Envelope& envelope) {
        const EnvelopeFacts facts =
            FactsOf(run.plan, unit, envelope, DigestOf(envelope.SerializeAsString()));
        run.Count(unit, facts);
        records[unit] = facts.record;
        IntegerSums& shard = sums[static_cast<std::size_t>(run.plan.ShardOf(unit))];
        for (const auto& [name, value] : facts.sums) shard[name] += value;
      });
  if (!recovered.ok()) return answer(recovered.status());
  RestoreUnits(*recovered, seams.random, run);
  run.serial = static_cast<int>(runs.size());
  runs.push_back(*std::move(made));
  for (const v1::Endpoint& endpoint : run.record->spec().endpoints()) limits.Register(endpoint);
  if (recovered->sealed) {
    run.phase = RunPhase::kSealed;
    SealedRun sealed{run.revision, "", run.cancelled};
    v1::Manifest manifest;
    const auto bytes = seams.blobs.Get(ManifestKey(run.plan.run_id(), run.revision));
    if (bytes.ok() && manifest.ParseFromString(*bytes)) sealed.manifest_root = manifest.root();
    answer(absl::OkStatus());
    Notify([id = run.plan.run_id(), sealed](CoordinatorObserver& o) { o.OnRunSealed(id, sealed); });
    return;
  }
  std::vector<BlobRecord> commits = CommitRecordsToWrite(run.plan, *recovered);
  seams.blobs.Put(std::move(commits),
                  [this, &run, sums = std::move(sums), records = std::move(records),
                   done = std::move(done)](absl::Status status) mutable {
                    if (!status.ok()) return std::move(done)(Annotate(status, "commit records"));
                    CreateShards(run, std::move(sums), std::move(records), std::move(done));
                  });
}

void Coordinator::State::CreateShards(RunState& run, std::vector<IntegerSums> sums,
                                      std::map<UnitIndex, std::string> records,
                                      Callback<absl::Status> done) {
  struct Pending {
    int left = 0;
    absl::Status status;
    Callback<absl::Status> done;
  };
  auto pending = std::make_shared<Pending>();
  pending->left = run.plan.shard_count();
  pending->done = std::move(done);
  for (std::int32_t shard = 0; shard < run.plan.shard_count(); ++shard) {
    CreateShard create = SeedOf(run, shard, records);
    create.leader = options.leader;
    create.sums = std::move(sums[static_cast<std::size_t>(shard)]);
    Apply(std::move(create), [this, &run, shard, pending](const StoreReply& reply) {
      if (reply.code != StoreCode::kOk) {
        pending->status = Internal("shard " + std::to_string(shard) + " was not made: " +
                                   StoreCodeName(reply.code) + " " + reply.detail);
      }
      if (--pending->left > 0) return;
      if (pending->status.ok()) StartRun(run);
      std::move(pending->done)(pending->status);
    });
  }
}

void Coordinator::State::StartRun(RunState& run) {
  if (run.phase == RunPhase::kStarting) run.phase = RunPhase::kRunning;
  if (run.cancelled) {
    CancelShards(run);
    return;
  }
  for (UnitIndex unit = 0; unit < run.units.size(); ++unit) {
    if (run.units[unit].unit_state() != v1::UNIT_STATE_QUEUED) continue;
    const UnitIndex generation = run.plan.GenerationOf(unit);
    if (generation != unit && run.units[generation].unit_state() != v1::UNIT_STATE_DONE) {
      EndUnscorable(run, unit);
    } else {
      MakeReady(run, unit, absl::ZeroDuration());
    }
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
  ++run.pending;
  Store(run, {{CancelKey(run.plan.run_id()), record.SerializeAsString()}},
        [this, &run,
         done = std::make_shared<Callback<absl::Status>>(std::move(done))](const absl::Status&) {
          --run.pending;
          std::move (*done)(absl::OkStatus());
          CancelShards(run);
        });
}

void Coordinator::State::CancelShards(RunState& run) {
  run.phase = RunPhase::kCancelling;
  auto left = std::make_shared<int>(run.plan.shard_count());
  ++run.pending;
  for (std::int32_t shard = 0; shard < run.plan.shard_count(); ++shard) {
    Apply(CancelShard{{run.plan.run_id(), shard}, options.leader},
          [this, &run, left](const StoreReply&) {
            if (--*left == 0) EndCancelled(run);
          });
  }
}

void Coordinator::State::EndCancelled(RunState& run) {
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
    run.SetAttempt(unit, {cell.attempt.n + 1, seams.random.Next()});
    units->push_back(unit);
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
    run.Count(unit, FactsOf(run.plan, unit, envelope, commit.envelope_digest()));
    records.push_back(
        {EnvelopeKey(run.plan.run_id(), envelope.unit_id(), cell.attempt), std::move(bytes)});
    records.push_back({CommitKey(run.plan.run_id(), envelope.unit_id(), run.revision),
                       commit.SerializeAsString()});
  }
  Store(run, std::move(records), [this, &run, units, begin, end](const absl::Status&) {
    for (std::size_t i = begin; i < end; ++i) run.units[(*units)[i]].durable = true;
    WriteCancelled(run, units, end);
  });
}

}  // namespace assay
