// Taking a run up: from blobs alone when the store does not know it, otherwise as its next leader
// (reliability.md 3.7, 3.13). In this order, because what a leader of the past was allowed to tell
// anybody was durable while it owned the shards:
//   1. adopt every shard; from here on the old leader is fenced
//   2. wait until no failover can give the shards back to it
//   3. refresh the blobs, read the shards, and decide what counts (RecoverRun)
//   4. write the commit records that are missing, make the shards that are missing
//   5. bring the store up to what counts (Recommit), take up the leases that it knows of
#include <algorithm>
#include <utility>

#include "common/base/digest.h"
#include "common/base/log.h"
#include "coordinator/core/coordinator_state.h"
#include "coordinator/core/envelope_facts.h"

namespace assay {
namespace {

int NewestRevision(const BlobStore& blobs, std::string_view run_id) {
  // Revisions are made one by one, from 1.
  int revision = 0;
  while (!blobs.List(RevisionKey(run_id, revision + 1)).empty()) ++revision;
  return revision;
}

// Scorings of an ended generation are queued where the store does not say otherwise.
void QueueScorings(const RunState& run, UnitIndex generation, const StoredUnits& stored,
                   std::vector<UnitIndex>& queued) {
  for (const UnitIndex scoring : run.plan.ScoringsOf(generation)) {
    if (stored.count(scoring) > 0) continue;
    if (run.units[scoring].unit_state() == v1::UNIT_STATE_BLOCKED) queued.push_back(scoring);
  }
}

CreateShard SeedOf(const RunState& run, std::int32_t shard,
                   const std::map<UnitIndex, EnvelopeFacts>& facts) {
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
      UnitSeed seed{sample, run.units[unit].unit_state(), run.units[unit].attempt, {}};
      if (const auto found = facts.find(unit); found != facts.end()) {
        seed.record = found->second.record;
        for (const auto& [name, value] : found->second.sums) create.sums[name] += value;
      }
      stage.units.push_back(std::move(seed));
    }
  }
  for (auto& [name, stage] : stages) create.stages.push_back(std::move(stage));
  return create;
}

}  // namespace

// One taking up of one run. Keeps itself alive through its callbacks.
struct Coordinator::State::Takeover : std::enable_shared_from_this<Takeover> {
  Takeover(State& s, v1::RunRecord r, RunState* old, Callback<absl::Status> d)
      : state(s), record(std::move(r)), replaces(old), done(std::move(d)) {}

  void Begin() {
    absl::StatusOr<std::unique_ptr<RunState>> made = MakeRunState(record, state.seams.needs_calls);
    if (!made.ok()) return End(made.status());
    run = *std::move(made);
    missing.clear();
    stored.clear();
    facts.clear();
    sealed = false;
    shards_left = run->plan.shard_count();
    for (std::int32_t shard = 0; shard < run->plan.shard_count(); ++shard) {
      state.Apply(AdoptShard{{run->plan.run_id(), shard}, state.options.leader},
                  [self = shared_from_this(), shard](const StoreReply& reply) {
                    if (reply.code == StoreCode::kNoShard) self->missing.insert(shard);
                    if (--self->shards_left == 0) self->Wait(&Takeover::Read);
                  });
    }
  }

  void Wait(void (Takeover::*then)()) {
    state.WaitForStore([self = shared_from_this(), then](const absl::Status& status) {
      status.ok() ? (self.get()->*then)() : self->End(status);
    });
  }

  void Read() {
    if (const absl::Status status = state.RefreshBlobs(); !status.ok()) {
      Log(LogLevel::kWarning, "blobs_unavailable", {{"error", MessageOf(status)}});
      state.seams.executor.RunAfter(state.options.storage_retry,
                                    [self = shared_from_this()] { self->Read(); });
      return;
    }
    revision = NewestRevision(state.seams.blobs, run->plan.run_id());
    shards_left = run->plan.shard_count() - static_cast<std::int32_t>(missing.size());
    if (shards_left == 0) return Merge();
    for (std::int32_t shard = 0; shard < run->plan.shard_count(); ++shard) {
      if (missing.count(shard) == 0) ReadShard(shard);
    }
  }

  void ReadShard(std::int32_t shard) {
    if (state.fenced) return End(Unavailable("not the leader"));
    state.seams.store.ReadShard(
        {run->plan.run_id(), shard},
        [self = shared_from_this(), shard](const absl::StatusOr<ShardView>& view) {
          if (absl::IsNotFound(view.status())) return self->Again();  // wiped meanwhile
          if (!view.ok()) {
            self->state.seams.executor.RunAfter(self->state.options.storage_retry,
                                                [self, shard] { self->ReadShard(shard); });
            return;
          }
          if (view->leader != self->state.options.leader) {
            return self->state.Fenced("another leader took a shard over meanwhile");
          }
          self->Take(shard, *view);
          if (--self->shards_left == 0) self->Merge();
        });
  }

  void Take(std::int32_t shard, const ShardView& view) {
    if (view.revision < revision) {
      missing.insert(shard);
      return;
    }
    std::map<std::string, std::vector<const StageRange*>> ranges;
    for (const StageRange& range : run->plan.ranges()) ranges[range.stage].push_back(&range);
    for (const StoredUnitState& unit : view.units) {
      for (const StageRange* range : ranges[unit.unit.stage]) {
        const std::int32_t at = unit.unit.sample_index - range->first_sample;
        if (at < 0 || at >= range->samples) continue;
        stored[range->first + static_cast<UnitIndex>(at)] = {unit.state, unit.attempt};
      }
    }
  }

  void Merge() {
    const auto visit = [this](UnitIndex unit, const v1::Envelope& envelope) {
      facts[unit] = FactsOf(run->plan, unit, envelope, DigestOf(envelope.SerializeAsString()));
    };
    auto recovered = RecoverRun(run->plan, state.seams.blobs, visit, stored);
    if (!recovered.ok()) return End(recovered.status());
    if (recovered->last_epoch > state.options.leader.epoch) {
      // The store's counter of epochs was lost: what this leader writes would not count.
      return state.Fenced(
          "a leader of epoch " + std::to_string(recovered->last_epoch) + " has written before",
          recovered->last_epoch);
    }
    Restore(*recovered);
    if (recovered->sealed) return RestoreSealed(*recovered);
    // Before anything is granted: a leader whose epoch a wiped store counted from the beginning
    // again must find that this one has been here.
    std::vector<BlobRecord> commits;
    const std::uint64_t epoch = state.options.leader.epoch;
    if (epoch > 1) commits.push_back({TermKey(run->plan.run_id(), epoch), std::to_string(epoch)});
    for (auto& [unit, found] : recovered->commits) {
      if (!found.adopted || OpenInStore(unit)) continue;
      found.commit.set_epoch(state.options.leader.epoch);
      commits.push_back({CommitKey(run->plan.run_id(), found.commit.unit_id(),
                                   found.commit.revision(), found.commit.epoch()),
                         found.commit.SerializeAsString()});
    }
    state.Store(*run, std::move(commits), [self = shared_from_this()](const absl::Status& status) {
      status.ok() ? self->Create() : self->End(Annotate(status, "commit records"));
    });
  }

  bool OpenInStore(UnitIndex unit) const {
    const auto known = stored.find(unit);
    return known != stored.end() && IsOpenState(known->second.state);
  }

  // Puts what was recovered into the unit table.
  void Restore(const RecoveredRun& recovered) {
    run->revision = recovered.revision;
    run->cancelled = recovered.cancelled;
    for (const auto& [unit, opened_in] : recovered.opened_in) {
      run->units[unit].opened_in = static_cast<std::uint16_t>(opened_in);
    }
    for (const auto& [unit, attempt] : recovered.last_attempt) {
      UnitCell& cell = run->units[unit];
      cell.attempt = attempt;
      cell.retry = true;
      // No result of an earlier revision may count in this one.
      if (recovered.opened_in.count(unit) > 0) cell.attempt.nonce = state.seams.random.Next();
    }
    for (const auto& [unit, known] : stored) RestoreStored(unit, known);
    std::vector<UnitIndex> queued;
    for (const auto& [unit, found] : recovered.commits) {
      if (OpenInStore(unit)) {
        // The store lost the cancel, which this leader repeats.
        run->cancelled = run->cancelled || found.commit.state() == v1::UNIT_STATE_CANCELLED;
        if (found.commit.state() == v1::UNIT_STATE_CANCELLED) continue;
        run->recommits[unit] = {*AttemptId::Parse(found.commit.attempt()), facts.at(unit)};
        continue;
      }
      UnitCell& cell = run->units[unit];
      cell.attempt = *AttemptId::Parse(found.commit.attempt());
      cell.outcome = static_cast<std::uint8_t>(found.outcome);
      cell.committed_in = static_cast<std::uint16_t>(found.commit.revision());
      cell.durable = true;
      run->units.Restore(unit, found.commit.state());
      run->Count(unit, facts.at(unit));
      QueueScorings(*run, unit, stored, queued);
    }
    for (const UnitIndex unit : queued) {
      if (run->units[unit].unit_state() == v1::UNIT_STATE_BLOCKED) {
        run->units.Restore(unit, v1::UNIT_STATE_QUEUED);
      }
    }
  }

  void RestoreStored(UnitIndex unit, const StoredUnit& known) {
    UnitCell& cell = run->units[unit];
    cell.attempt = known.attempt;
    cell.retry = !known.attempt.none();
    // A cancelled unit without its commit record is ended once more.
    const bool cancelled = known.state == v1::UNIT_STATE_CANCELLED;
    run->cancelled = run->cancelled || cancelled;
    run->units.Restore(unit, cancelled ? v1::UNIT_STATE_QUEUED : known.state);
  }

  void Create() {
    shards_left = static_cast<std::int32_t>(missing.size());
    if (shards_left == 0) return Stand();
    for (const std::int32_t shard : missing) {
      CreateShard create = SeedOf(*run, shard, facts);
      create.leader = state.options.leader;
      state.Apply(std::move(create), [self = shared_from_this()](const StoreReply& reply) {
        // Made by a leader of the past in the meantime, or by this one and the answer was lost.
        self->again = self->again || reply.code == StoreCode::kExists;
        if (reply.code != StoreCode::kOk && reply.code != StoreCode::kExists) {
          self->refusal = Internal(std::string("a shard was not made: ") +
                                   StoreCodeName(reply.code) + " " + reply.detail);
        }
        if (--self->shards_left > 0) return;
        if (!self->refusal.ok()) return self->End(self->refusal);
        if (std::exchange(self->again, false)) return self->Begin();
        if (self->sealed) return self->Close();
        // A shard that a failover takes back could be made again by a leader of the past.
        self->Wait(&Takeover::Stand);
      });
    }
  }

  void Again() {
    if (std::exchange(again, true)) return;
    state.seams.executor.Post([self = shared_from_this()] {
      self->again = false;
      self->Begin();
    });
  }

  RunState& Keep() {
    if (replaces != nullptr) return Replace();
    run->serial = static_cast<int>(state.runs.size());
    for (const v1::Endpoint& endpoint : run->record->spec().endpoints()) {
      state.limits.Register(endpoint);
      state.lanes.Register(endpoint);
    }
    state.shares.Add(std::max(1, run->record->spec().weight()));
    state.runs.push_back(std::move(run));
    return *state.runs.back();
  }

  RunState& Replace() {
    run->serial = replaces->serial;
    if (replaces->phase == RunPhase::kDraining) run->phase = RunPhase::kDraining;
    run->totals.retries = replaces->totals.retries;
    run->totals.throttles = replaces->totals.throttles;
    run->totals.lost_leases = replaces->totals.lost_leases;
    run->recent_errors = replaces->recent_errors;
    std::unique_ptr<RunState>& place = state.runs[static_cast<std::size_t>(run->serial)];
    state.replaced_runs.push_back(std::exchange(place, std::move(run)));
    return *place;
  }

  // A store that has lost shards of a sealed run gets them back, closed. What a scan of the
  // segments cannot tell from a torn write is missed by the manifest.
  void RestoreSealed(const RecoveredRun& recovered) {
    if (missing.empty()) return StandSealed();
    absl::Status whole = CheckAgainstManifest(run->plan, recovered, state.seams.blobs);
    if (!whole.ok()) return End(whole);
    sealed = true;
    Create();
  }

  void Close() {
    shards_left = static_cast<std::int32_t>(missing.size());
    for (const std::int32_t shard : missing) {
      state.Apply(SealCheck{{run->plan.run_id(), shard}, state.options.leader, true},
                  [self = shared_from_this()](const StoreReply& reply) {
                    if (reply.code != StoreCode::kOk) {
                      self->refusal = Internal(std::string("a shard was not closed: ") +
                                               StoreCodeName(reply.code));
                    }
                    if (--self->shards_left > 0) return;
                    if (!self->refusal.ok()) return self->End(self->refusal);
                    self->Wait(&Takeover::StandSealed);
                  });
    }
  }

  void StandSealed() {
    if (state.fenced) return End(Unavailable("not the leader"));
    RunState& kept = Keep();
    kept.phase = RunPhase::kSealed;
    SealedRun sealed{kept.revision, "", kept.cancelled};
    v1::Manifest manifest;
    const auto bytes = state.seams.blobs.Get(ManifestKey(kept.plan.run_id(), kept.revision));
    if (bytes.ok() && manifest.ParseFromString(*bytes)) sealed.manifest_root = manifest.root();
    End(absl::OkStatus());
    state.Notify([id = kept.plan.run_id(), sealed](CoordinatorObserver& observer) {
      observer.OnRunSealed(id, sealed);
    });
  }

  void Stand() {
    if (state.fenced) return End(Unavailable("not the leader"));
    RunState& kept = Keep();
    state.TakeUpLeases(kept);
    state.StartRun(kept);
    End(absl::OkStatus());
  }

  void End(const absl::Status& status) {
    state.taking_over.erase(record.run_id());
    if (!done) return;
    state.seams.executor.Post(
        [answer = std::exchange(done, {}), status]() mutable { std::move(answer)(status); });
  }

  State& state;
  const v1::RunRecord record;
  RunState* const replaces;
  Callback<absl::Status> done;
  std::unique_ptr<RunState> run;
  std::set<std::int32_t> missing;  // shards
  StoredUnits stored;
  std::map<UnitIndex, EnvelopeFacts> facts;
  std::int32_t shards_left = 0;
  int revision = 0;
  bool again = false;
  bool sealed = false;
  absl::Status refusal;
};

void Coordinator::State::AddRun(v1::RunRecord record, Callback<absl::Status> done) {
  const auto answer = [this, &done](absl::Status status) {
    seams.executor.Post([done = std::move(done), status = std::move(status)]() mutable {
      std::move(done)(status);
    });
  };
  if (fenced) return answer(Unavailable("not the leader"));
  if (FindRun(record.run_id()) != nullptr || taking_over.count(record.run_id()) > 0) {
    return answer(AlreadyExists("the run was added before"));
  }
  TakeUp(std::move(record), nullptr, std::move(done));
}

void Coordinator::State::TakeUp(v1::RunRecord record, RunState* replaces,
                                Callback<absl::Status> done) {
  auto takeover = std::make_shared<Takeover>(*this, std::move(record), replaces, std::move(done));
  taking_over[takeover->record.run_id()] = takeover;
  takeover->Begin();
}

void Coordinator::State::EndTakeovers() {
  for (const auto& [id, takeover] : std::exchange(taking_over, {})) {
    takeover->End(Unavailable("not the leader"));
  }
}

absl::Status Coordinator::State::RefreshBlobs() {
  return seams.refresh_blobs ? seams.refresh_blobs() : absl::OkStatus();
}

void Coordinator::State::WaitForStore(std::function<void(const absl::Status&)> then) {
  if (fenced) return;
  seams.store.WaitAll([this, then = std::move(then)](const absl::Status& status) {
    if (!absl::IsUnavailable(status)) return then(status);
    ++store_trouble;
    seams.executor.RunAfter(options.storage_retry, [this, then] {
      --store_trouble;
      WaitForStore(then);
    });
  });
}

// True when a later attempt than the stored one has journaled: a failover of the store took the
// grant back. The holder of the stored attempt knows nothing of those replies, so it may not go on.
bool Coordinator::State::LostNewerGrant(const RunState& run, UnitIndex unit) {
  const UnitCell& cell = run.units[unit];
  const auto journal = ReadJournal(run.plan, unit, cell.opened_in, seams.blobs);
  // Damage is found, and named, where the inputs are read.
  if (!journal.ok()) return false;
  return std::any_of(journal->begin(), journal->end(), [&](const v1::JournalRecord& record) {
    const std::optional<AttemptId> attempt = AttemptId::Parse(record.attempt());
    return attempt.has_value() && attempt->n > cell.attempt.n;
  });
}

// Agents show what they run within one lease; until then it is nobody's and counts at its endpoint.
void Coordinator::State::TakeUpLeases(RunState& run) {
  for (UnitIndex unit = 0; unit < run.units.size(); ++unit) {
    if (run.units[unit].unit_state() != v1::UNIT_STATE_LEASED) continue;
    if (run.recommits.count(unit) > 0) continue;
    if (LostNewerGrant(run, unit)) {
      Log(LogLevel::kWarning, "grant_lost_by_store",
          {{"run", run.plan.run_id()}, {"unit", run.plan.IdOf(unit)}});
      ++run.totals.lost_leases;
      Requeue(run, unit, absl::ZeroDuration(), {});
      continue;
    }
    run.units[unit].first_granted_s =
        static_cast<std::uint32_t>(std::max<std::int64_t>(1, absl::ToInt64Seconds(Now())));
    Lease& lease = run.leases[unit];
    lease.attempt = run.units[unit].attempt;
    lease.deadline = Now() + options.lease + options.lease_grace;
    limits.OnLeased(run.plan.RangeOf(unit).endpoint, lease.agent_id);
  }
  ArmLeaseTimer();
}

void Coordinator::State::AttachLease(Agent& agent, RunState& run, UnitIndex unit) {
  Lease& lease = run.leases.at(unit);
  const std::string& endpoint = run.plan.RangeOf(unit).endpoint;
  limits.OnReleased(endpoint, lease.agent_id);
  limits.OnLeased(endpoint, agent.id);
  lease.agent_id = agent.id;
  lease.incarnation = agent.incarnation;
  agent.leases.insert({run.serial, unit});
}

void Coordinator::State::Recommit(RunState& run, UnitIndex unit) {
  const auto found = run.recommits.find(unit);
  UnitCell& cell = run.units[unit];
  const AttemptId attempt = found->second.attempt;
  if (cell.attempt == attempt) {
    EnvelopeFacts known = std::move(found->second.facts);
    run.recommits.erase(found);
    CommitStored(run, unit, std::move(known), {});
    return;
  }
  // The store lost the grant.
  const bool leased = cell.unit_state() == v1::UNIT_STATE_LEASED;
  cell.busy = true;
  ++run.pending;
  Transition transition;
  if (leased) {
    transition =
        RequeueUnits{run.ShardKeyOf(unit), options.leader, {{run.AddressOf(unit), cell.attempt}}};
  } else {
    transition = GrantUnits{run.ShardKeyOf(unit), options.leader, {{run.AddressOf(unit), attempt}}};
  }
  Apply(std::move(transition), [this, &run, unit, attempt, leased](const StoreReply& reply) {
    UnitCell& granted = run.units[unit];
    granted.busy = false;
    --run.pending;
    const StoreCode code = reply.units.empty() ? reply.code : reply.units[0];
    if (code != StoreCode::kOk && code != StoreCode::kDuplicate) {
      PauseRun(run, PauseReason::kIntegrity,
               std::string("the store refused to take a result up again: ") + StoreCodeName(code));
      return;
    }
    run.units.Apply(unit, leased ? UnitEvent::kRequeue : UnitEvent::kGrant);
    if (!leased) run.SetAttempt(unit, attempt);
    Recommit(run, unit);
  });
}

}  // namespace assay
