// How a unit ends or goes back to the queue: results, failures, commits (reliability.md 3.3, 3.5).
#include <algorithm>
#include <utility>

#include "common/base/digest.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "coordinator/core/coordinator_state.h"
#include "coordinator/core/envelope_facts.h"

namespace assay {
namespace {

v1::Settlement SettlementOf(StoreCode code) {
  switch (code) {
    case StoreCode::kOk:
      return v1::SETTLEMENT_OK;
    case StoreCode::kDuplicate:
      return v1::SETTLEMENT_DUPLICATE;
    case StoreCode::kAlready:
    case StoreCode::kStale:
      return v1::SETTLEMENT_STALE;
    default:
      return v1::SETTLEMENT_CLOSED;
  }
}

UnitEvent EventOf(v1::UnitState final_state) {
  switch (final_state) {
    case v1::UNIT_STATE_FAILED:
      return UnitEvent::kFail;
    case v1::UNIT_STATE_QUARANTINED:
      return UnitEvent::kQuarantine;
    case v1::UNIT_STATE_CANCELLED:
      return UnitEvent::kCancel;
    default:
      return UnitEvent::kCommit;
  }
}

v1::Error ErrorOr(const v1::FinishedAttempt& finished, std::string_view otherwise) {
  if (finished.has_error()) return finished.error();
  v1::Error error;
  error.set_error_class(v1::ERROR_CLASS_UNKNOWN);
  error.set_message(std::string(otherwise));
  return error;
}

std::string OutcomeWord(v1::Outcome outcome) {
  std::string word = v1::Outcome_Name(outcome).substr(std::string_view("OUTCOME_").size());
  std::transform(word.begin(), word.end(), word.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return word;
}

}  // namespace

void Coordinator::State::Finish(Agent& agent, const v1::FinishedAttempt& finished) {
  const Claimant claimant{agent.id, agent.incarnation, finished.attempt()};
  const auto [run, unit] = FindUnit(finished.unit_id());
  const std::optional<AttemptId> attempt = AttemptId::Parse(finished.attempt());
  if (run == nullptr || !attempt.has_value() || !run->EverGranted(unit, *attempt)) {
    Tell(claimant, v1::SETTLEMENT_UNKNOWN, true);
    return;
  }
  UnitCell& cell = run->units[unit];
  if (!IsOpenState(cell.unit_state())) {
    FinishEnded(*run, unit, *attempt, claimant);
    return;
  }
  if (cell.attempt != *attempt) {
    Tell(claimant, v1::SETTLEMENT_STALE, true);
    return;
  }
  const auto lease = run->leases.find(unit);
  if (lease != run->leases.end() && lease->second.agent_id.empty()) {
    AttachLease(agent, *run, unit);
  }
  if (lease != run->leases.end() && lease->second.agent_id != agent.id) {
    Tell(claimant, v1::SETTLEMENT_UNKNOWN, true);
    return;
  }
  // Whatever is on its way ends this attempt or regrants the unit; the agent asks again.
  if (cell.busy || run->recommits.count(unit) > 0) return;
  if (finished.envelope_digest().empty()) {
    if (lease == run->leases.end()) {
      Tell(claimant, v1::SETTLEMENT_DUPLICATE, true);
      return;
    }
    Fail(*run, unit, ErrorOr(finished, "the attempt ended without a result or an error"), claimant);
    return;
  }
  absl::StatusOr<EnvelopeFacts> facts = FactsOfStored(*run, unit, *attempt);
  if (absl::IsUnavailable(facts.status())) return;  // the agent asks again
  if (!facts.ok()) {
    v1::Error error;
    error.set_error_class(v1::ERROR_CLASS_INFRA);
    error.set_message("a finished attempt has no envelope in the store");
    if (lease == run->leases.end()) {
      Tell(claimant, v1::SETTLEMENT_STALE, true);
    } else {
      Fail(*run, unit, error, claimant);
    }
    return;
  }
  CommitStored(*run, unit, *std::move(facts), claimant);
}

void Coordinator::State::FinishEnded(const RunState& run, UnitIndex unit, const AttemptId& attempt,
                                     const Claimant& claimant) {
  const UnitCell& cell = run.units[unit];
  if (cell.attempt == attempt) {
    // Not durable yet: the chain that ends it tells its own claimant, and this one asks again.
    if (cell.durable) Tell(claimant, v1::SETTLEMENT_DUPLICATE, true);
  } else if (cell.unit_state() == v1::UNIT_STATE_CANCELLED) {
    Tell(claimant, v1::SETTLEMENT_CLOSED, true);
  } else {
    Tell(claimant, v1::SETTLEMENT_STALE, true);
  }
}

absl::StatusOr<EnvelopeFacts> Coordinator::State::FactsOfStored(RunState& run, UnitIndex unit,
                                                                const AttemptId& attempt) {
  const auto found = run.stored.find({unit, attempt});
  if (found != run.stored.end()) return found->second;
  const std::string key = EnvelopeKey(run.plan.run_id(), run.plan.IdOf(unit), attempt);
  absl::StatusOr<std::string> bytes = seams.blobs.Get(key);
  // It may have been stored through the leader before this one.
  if (absl::IsNotFound(bytes.status())) {
    ASSAY_RETURN_IF_ERROR(RefreshBlobs());
    bytes = seams.blobs.Get(key);
  }
  ASSAY_RETURN_IF_ERROR(bytes.status());
  v1::Envelope envelope;
  if (!envelope.ParseFromString(*bytes)) return DataLoss("not an envelope");
  return FactsOf(run.plan, unit, envelope, DigestOf(*bytes));
}

void Coordinator::State::Fail(RunState& run, UnitIndex unit, const v1::Error& error,
                              Claimant claimant) {
  UnitCell& cell = run.units[unit];
  const StageRange& range = run.plan.RangeOf(unit);
  const absl::Duration since_first =
      cell.first_granted_s == 0
          ? absl::ZeroDuration()
          : Now() - absl::Seconds(static_cast<std::int64_t>(cell.first_granted_s));
  const RetryDecision decision = DecideRetry(
      error, range.kind, since_first > run.retry.unit_deadline, run.retry, cell, seams.random);
  const std::string& endpoint = range.endpoint;
  if (decision.throttled) {
    ++run.totals.throttles;
    limits.OnThrottle(endpoint, error, Now(), seams.random);
  }
  if (decision.pause != PauseReason::kNone) {
    limits.Pause(endpoint, decision.pause, error);
    Log(LogLevel::kWarning, "endpoint_paused",
        {{"endpoint", endpoint}, {"reason", PauseReasonName(decision.pause)}});
  }
  const bool benign = error.error_class() == v1::ERROR_CLASS_PREEMPTED ||
                      error.error_class() == v1::ERROR_CLASS_CANCELLED;
  if (!benign) run.Remember(error);
  limits.NoteError(endpoint, error);
  const auto lease = run.leases.find(unit);
  LeaseEnd end;
  end.end = CallEndOf(error);
  if (lease != run.leases.end()) end.tokens = lease->second.output_bytes / 4;
  end.retry_after = absl::Milliseconds(error.retry_after_ms());
  ReleaseLease(run, unit, end);
  if (decision.outcome.has_value()) {
    EndWithout(run, unit, *decision.outcome, error, std::move(claimant));
    return;
  }
  if (!benign) ++run.totals.retries;
  Requeue(run, unit, decision.delay, std::move(claimant));
}

void Coordinator::State::Requeue(RunState& run, UnitIndex unit, absl::Duration delay,
                                 Claimant claimant) {
  UnitCell& cell = run.units[unit];
  cell.busy = true;
  ++run.pending;
  RequeueUnits transition{
      run.ShardKeyOf(unit), options.leader, {{run.AddressOf(unit), cell.attempt}}};
  Apply(std::move(transition),
        [this, &run, unit, delay, claimant = std::move(claimant)](const StoreReply& reply) {
          UnitCell& queued = run.units[unit];
          queued.busy = false;
          --run.pending;
          const StoreCode code = reply.units.empty() ? reply.code : reply.units[0];
          const bool done = code == StoreCode::kOk || code == StoreCode::kDuplicate;
          if (done && queued.unit_state() == v1::UNIT_STATE_LEASED) {
            run.units.Apply(unit, UnitEvent::kRequeue);
            MakeReady(run, unit, delay);
          }
          Tell(claimant, done ? v1::SETTLEMENT_OK : SettlementOf(code), true);
          ProgressChanged(run);
          ChainEnded(run);
        });
}

void Coordinator::State::TakeForSelf(RunState& run, UnitIndex unit, std::function<void()> then) {
  UnitCell& cell = run.units[unit];
  cell.busy = true;
  ++run.pending;
  if (cell.unit_state() == v1::UNIT_STATE_LEASED) {
    Apply(RequeueUnits{run.ShardKeyOf(unit), options.leader, {{run.AddressOf(unit), cell.attempt}}},
          [this, &run, unit, then = std::move(then)](const StoreReply& reply) {
            OnTakenForSelf(run, unit, UnitEvent::kRequeue, reply,
                           [this, &run, unit, then] { TakeForSelf(run, unit, then); });
          });
    return;
  }
  const AttemptId attempt{cell.attempt.n + 1, seams.random.Next()};
  Apply(GrantUnits{run.ShardKeyOf(unit), options.leader, {{run.AddressOf(unit), attempt}}},
        [this, &run, unit, attempt, then = std::move(then)](const StoreReply& reply) {
          OnTakenForSelf(run, unit, UnitEvent::kGrant, reply, [&run, unit, attempt, then] {
            run.SetAttempt(unit, attempt);
            then();
          });
        });
}

void Coordinator::State::OnTakenForSelf(RunState& run, UnitIndex unit, UnitEvent event,
                                        const StoreReply& reply,
                                        const std::function<void()>& then) {
  UnitCell& cell = run.units[unit];
  cell.busy = false;
  --run.pending;
  if (!IsOpenState(cell.unit_state())) return ChainEnded(run);  // cancelled meanwhile
  const StoreCode code = reply.units.empty() ? reply.code : reply.units[0];
  if (code != StoreCode::kOk && code != StoreCode::kDuplicate) {
    if (!run.cancelled) {
      PauseRun(run, PauseReason::kIntegrity,
               std::string("the store does not let a unit end: ") + StoreCodeName(code));
    }
    return ChainEnded(run);
  }
  run.units.Apply(unit, event);
  then();
}

void Coordinator::State::EndWithout(RunState& run, UnitIndex unit, v1::Outcome outcome,
                                    const v1::Error& error, Claimant claimant) {
  TakeForSelf(run, unit, [this, &run, unit, outcome, error, claimant = std::move(claimant)] {
    StoreWithout(run, unit, outcome, error, claimant);
  });
}

void Coordinator::State::StoreWithout(RunState& run, UnitIndex unit, v1::Outcome outcome,
                                      const v1::Error& error, Claimant claimant) {
  UnitCell& cell = run.units[unit];
  cell.busy = true;
  ++run.pending;
  const AttemptId attempt = cell.attempt;
  std::string reason = OutcomeWord(outcome);
  if (!error.message().empty()) reason += ": " + EscapeForTerminal(error.message(), 400);
  v1::Envelope envelope = EnvelopeWithout(run.plan, unit, attempt, outcome, reason);
  if (error.error_class() != v1::ERROR_CLASS_UNSPECIFIED) *envelope.mutable_error() = error;
  // What earlier attempts paid for is in the journal.
  const auto journal = ReadJournal(run.plan, unit, cell.opened_in, seams.blobs);
  if (journal.ok()) {
    for (const v1::JournalRecord& record : *journal) {
      AddUsageTo(*envelope.mutable_usage(), record.reply().usage());
    }
    envelope.set_calls(static_cast<std::int32_t>(journal->size()));
  }
  envelope.set_worker("coordinator");
  envelope.set_finished_unix_ms(absl::ToUnixMillis(seams.clock.WallNow()));
  const std::string bytes = envelope.SerializeAsString();
  const std::string key = EnvelopeKey(run.plan.run_id(), run.plan.IdOf(unit), attempt);
  Store(run, {{key, bytes}},
        [this, &run, unit, attempt, bytes, envelope = std::move(envelope),
         claimant = std::move(claimant)](const absl::Status& status) {
          run.units[unit].busy = false;
          --run.pending;
          absl::StatusOr<EnvelopeFacts> facts =
              status.ok() ? FactsOf(run.plan, unit, envelope, DigestOf(bytes))
                          : FactsOfStored(run, unit, attempt);
          if (!facts.ok()) {
            PauseRun(run, PauseReason::kIntegrity, std::string(facts.status().message()));
            return;
          }
          if (IsOpenState(run.units[unit].unit_state())) {
            CommitStored(run, unit, *std::move(facts), claimant);
          } else {
            Tell(claimant, v1::SETTLEMENT_CLOSED, true);
            ChainEnded(run);
          }
        });
}

void Coordinator::State::EndUnscorable(RunState& run, UnitIndex unit) {
  v1::Error why;
  why.set_message("the generation ended as " +
                  OutcomeWord(run.units[run.plan.GenerationOf(unit)].unit_outcome()));
  EndWithout(run, unit, v1::OUTCOME_NOT_APPLICABLE, why, {});
}

void Coordinator::State::ReleaseScorings(RunState& run, UnitIndex generation) {
  // Of a preparation: none score it, some need it.
  for (const UnitIndex scoring : run.plan.ScoringsOf(generation)) {
    if (run.waiting_scorings.erase(scoring) == 0) continue;
    if (run.recommits.count(scoring) > 0) {
      Recommit(run, scoring);
    } else {
      MakeReady(run, scoring, absl::ZeroDuration());
    }
  }
  run.unrecorded_preparations.erase(generation);
  const auto prepared = run.waiting_for_preparation.extract(generation);
  if (prepared.empty()) return;
  for (const UnitIndex scoring : prepared.mapped()) MakeReady(run, scoring, absl::ZeroDuration());
}

void Coordinator::State::CommitStored(RunState& run, UnitIndex unit, EnvelopeFacts facts,
                                      Claimant claimant) {
  run.undurable.try_emplace(unit, Now());
  UnitCell& cell = run.units[unit];
  if (cell.unit_state() == v1::UNIT_STATE_QUEUED) run.ready.Remove(unit, cell.retry);
  LeaseEnd end;
  const bool slow = facts.outcome == v1::OUTCOME_TOO_SLOW || facts.outcome == v1::OUTCOME_FAILED;
  if (!slow) end.end = CallEnd::kAnswered;
  end.tokens = facts.usage.prompt_tokens() + facts.usage.completion_tokens();
  if (run.leases.count(unit) > 0) {
    lanes.OnMoreCalls(run.ready.CallsOf(unit), facts.calls - 1, Now());
  }
  ReleaseLease(run, unit, end);
  cell.busy = true;
  ++run.pending;
  const v1::UnitState state = FinalStateOf(facts.outcome);
  Transition transition;
  if (state == v1::UNIT_STATE_DONE) {
    transition = CommitUnit{run.ShardKeyOf(unit),
                            options.leader,
                            run.AddressOf(unit),
                            cell.attempt,
                            run.plan.RangeOf(unit).store_digest,
                            facts.record,
                            run.DependentsOf(unit),
                            facts.sums};
  } else {
    transition = FailUnit{run.ShardKeyOf(unit),  options.leader, run.AddressOf(unit),
                          cell.attempt,          state,          facts.record,
                          run.DependentsOf(unit)};
  }
  Apply(std::move(transition), [this, &run, unit, facts = std::move(facts),
                                claimant = std::move(claimant)](const StoreReply& reply) mutable {
    OnCommitted(run, unit, std::move(facts), claimant, reply);
  });
}

void Coordinator::State::OnCommitted(RunState& run, UnitIndex unit, EnvelopeFacts facts,
                                     const Claimant& claimant, const StoreReply& reply) {
  UnitCell& cell = run.units[unit];
  cell.busy = false;
  --run.pending;
  const bool ok = reply.code == StoreCode::kOk || reply.code == StoreCode::kDuplicate;
  if (!ok || !IsOpenState(cell.unit_state())) {
    if (!run.cancelled) {
      PauseRun(run, PauseReason::kIntegrity,
               std::string("the store refused a result: ") + StoreCodeName(reply.code));
    }
    Tell(claimant, SettlementOf(reply.code), true);
    ChainEnded(run);
    return;
  }
  const v1::UnitState state = FinalStateOf(facts.outcome);
  run.units.Apply(unit, EventOf(state));
  cell.outcome = static_cast<std::uint8_t>(facts.outcome);
  cell.committed_in = static_cast<std::uint16_t>(run.revision);
  ASSAY_FAILPOINT("coordinator.committed");
  run.Count(unit, facts);
  WatchJudge(run, unit, facts.outcome);
  run.stored.erase({unit, cell.attempt});
  run.deaths.erase(unit);
  if (state == v1::UNIT_STATE_DONE) limits.OnSuccess(run.plan.RangeOf(unit).endpoint);
  for (const UnitIndex scoring : run.plan.ScoringsOf(unit)) {
    if (run.units[scoring].unit_state() != v1::UNIT_STATE_BLOCKED) continue;
    run.units.Apply(scoring, UnitEvent::kUnblock);
    // What is made of a text must not outlive the record that says which text counts.
    run.waiting_scorings.insert(scoring);
  }
  if (run.plan.RangeOf(unit).kind == v1::UNIT_KIND_PREPARE)
    run.unrecorded_preparations.insert(unit);
  WriteCommitRecord(run, unit, facts, claimant);
  ProgressChanged(run);
}

// A judge that gives nothing but garbage costs money for nothing: better to stop and ask.
void Coordinator::State::WatchJudge(RunState& run, UnitIndex unit, v1::Outcome outcome) {
  const StageRange& range = run.plan.RangeOf(unit);
  if (range.judge < 0 || range.kind != v1::UNIT_KIND_SCORE_JUDGED || options.unjudged_limit <= 0)
    return;
  const std::string& scorer =
      run.plan.ScorersOf(range.suite)[static_cast<std::size_t>(range.scorers[0])].id();
  int& row = run.unjudged_in_a_row[scorer];
  if (outcome == v1::OUTCOME_SCORED) row = 0;
  if (outcome != v1::OUTCOME_UNJUDGED || ++row < options.unjudged_limit) return;
  row = 0;  // as many again after a resume
  if (run.units.open() == 0 || run.cancelled) return;
  MarkJudgePause(run, range.judge);
  PauseRun(
      run, PauseReason::kJudge,
      "the last " + std::to_string(options.unjudged_limit) + " verdicts of scorer " + scorer +
          " by judge " + run.record->spec().judges(range.judge).id() +
          " could not be used; look at its replies before going on, which asks it for them again");
}

void Coordinator::State::WriteCommitRecord(RunState& run, UnitIndex unit,
                                           const EnvelopeFacts& facts, const Claimant& claimant) {
  ++run.pending;
  v1::CommitRecord record;
  record.set_unit_id(run.plan.IdOf(unit));
  record.set_attempt(run.units[unit].attempt.ToString());
  record.set_envelope_digest(facts.digest);
  record.set_revision(run.revision);
  record.set_state(run.units[unit].unit_state());
  record.set_epoch(options.leader.epoch);
  const std::string key =
      CommitKey(run.plan.run_id(), record.unit_id(), run.revision, record.epoch());
  Store(run, {{key, record.SerializeAsString()}},
        [this, &run, unit, claimant, key](const absl::Status& status) {
          if (!status.ok()) {
            --run.pending;
            PauseRun(run, PauseReason::kIntegrity, key + " holds another commit");
            return;
          }
          ReleaseScorings(run, unit);
          Confirm(run.ShardKeyOf(unit), [this, &run, unit, claimant](const absl::Status& owned) {
            if (!owned.ok()) return;
            --run.pending;
            run.units[unit].durable = true;
            run.undurable.erase(unit);
            Tell(claimant, v1::SETTLEMENT_OK, true);
            ChainEnded(run);
          });
        });
}

void Coordinator::State::ChainEnded(RunState& run) {
  // A transition whose answer is outstanding may have been applied: what is open in memory is known
  // to be open in the store only when there is none.
  if (run.quiet() && run.recommits.empty()) {
    if (std::exchange(run.cancel_ends, false)) {
      EndCancelled(run);
    } else if (run.cancel_due) {
      CancelShards(run);
    }
  }
  CheckDrained(run);
  MaybeSeal(run);
  ScheduleDispatch();
}

}  // namespace assay
