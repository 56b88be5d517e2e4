// Handing out units: which agent gets what, within the limits of endpoints.
#include <algorithm>
#include <utility>

#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "coordinator/core/coordinator_state.h"
#include "coordinator/core/unit_cost.h"

namespace assay {
namespace {

// Paused because no endpoint was left, and to go on when one is open again.
bool IsOfEndpoint(PauseReason reason) {
  return reason == PauseReason::kQuota || reason == PauseReason::kAuth ||
         reason == PauseReason::kConfig || reason == PauseReason::kThrottle ||
         reason == PauseReason::kInfra;
}

}  // namespace

void Coordinator::State::ScheduleDispatch() {
  if (dispatch_posted || fenced) return;
  dispatch_posted = true;
  seams.executor.Post([this] {
    dispatch_posted = false;
    Dispatch();
  });
}

void Coordinator::State::Dispatch() {
  for (const auto& run : runs) {
    if (run->phase != RunPhase::kPaused || !IsOfEndpoint(run->pause_reason)) continue;
    const auto needed = run->ready.LanesInNeed();
    if (std::any_of(needed.begin(), needed.end(),
                    [&](const CallLane& lane) { return StuckFor(lane) == PauseReason::kNone; })) {
      ResumeRun(*run);
    }
  }
  cleared_agent.clear();
  // One unit an agent in turn, so that equal agents get equal shares.
  bool granted = true;
  while (granted) {
    granted = false;
    for (auto& [id, agent] : agents) granted = GrantOne(agent) || granted;
  }
  SendGrants();
  for (auto& [id, agent] : agents) AnswerIfNews(agent);
  PauseStuckRuns();
  ArmWakeTimer();
}

bool Coordinator::State::GrantOne(Agent& agent) {
  if (!agent.poll || agent.draining || agent.bad) return false;
  const int promised = static_cast<int>(agent.unshown.size()) + agent.granting;
  if (agent.free_slots <= promised) return false;
  const bool idle = agent.leases.empty() && agent.granting == 0;
  if (idle) agent.alone = false;
  if (agent.alone || (!idle && cleared_agent == agent.id)) return false;
  return shares.Turn([this, &agent](int serial) { return GrantFrom(*RunOfSerial(serial), agent); });
}

std::int64_t Coordinator::State::GrantFrom(RunState& run, Agent& agent) {
  if (run.phase != RunPhase::kRunning || (cleared_agent == agent.id && agent.granting > 0)) {
    return -1;
  }
  const std::optional<UnitIndex> unit = run.ready.Pop(
      agent.kinds, Now(),
      [&](const CallLane& lane, UnitIndex first) { return MayLease(run, lane, first, agent); });
  if (!unit.has_value()) return -1;
  UnitCell& cell = run.units[*unit];
  const bool suspect = IsSuspect(run, *unit);
  if (cleared_agent == agent.id && !suspect) {
    run.ready.Push(*unit, cell.retry, Now(), Now());
    return -1;
  }
  // A text that was stored and never reported, because its agent went: it is taken.
  if (const auto stored = run.stored.find({*unit, cell.attempt}); stored != run.stored.end()) {
    CommitStored(run, *unit, stored->second, {});
    return 0;
  }
  cell.busy = true;
  ++run.pending;
  ++agent.granting;
  agent.alone = suspect;
  const CallLane& lane = run.ready.CallsOf(*unit);
  limits.OnLeased(lane.endpoint, agent.id);
  const std::int64_t tokens = ExpectedTokens(run.plan, *unit);
  const AttemptId attempt{cell.attempt.n + 1, seams.random.Next()};
  grants_to_send[{run.serial, run.plan.ShardOf(*unit)}].push_back(
      {*unit, attempt, agent.id, agent.incarnation,
       lanes.OnStarted(lane, tokens, cell.retry, Now())});
  return tokens;
}

bool Coordinator::State::IsSuspect(const RunState& run, UnitIndex unit) const {
  const auto deaths = run.deaths.find(unit);
  return deaths != run.deaths.end() &&
         static_cast<int>(deaths->second.size()) >= options.alone_deaths;
}

bool Coordinator::State::MayLease(const RunState& run, const CallLane& lane, UnitIndex unit,
                                  const Agent& agent) {
  if (!limits.MayLease(lane.endpoint, Now())) return false;
  if (!lanes.MayStart(lane, ExpectedTokens(run.plan, unit), run.units[unit].retry, Now())) {
    return false;
  }
  if (!IsSuspect(run, unit) || (agent.leases.empty() && agent.granting == 0)) return true;
  // One agent is emptied for it; the others go on.
  if (cleared_agent.empty()) cleared_agent = agent.id;
  return false;
}

PauseReason Coordinator::State::StuckFor(const CallLane& lane) const {
  const PauseReason why = limits.PausedFor(lane.endpoint, Now());
  if (why != PauseReason::kNone) return why;
  return lanes.Gone(lane, Now()) ? PauseReason::kInfra : PauseReason::kNone;
}

void Coordinator::State::SendGrants() {
  for (auto& [where, grants] : std::exchange(grants_to_send, {})) {
    RunState& run = *RunOfSerial(where.first);
    GrantUnits transition;
    transition.shard = {run.plan.run_id(), where.second};
    transition.leader = options.leader;
    for (const PendingGrant& grant : grants) {
      transition.grants.push_back({run.AddressOf(grant.unit), grant.attempt});
    }
    Apply(std::move(transition), [this, &run, grants = std::move(grants)](const StoreReply& reply) {
      for (std::size_t i = 0; i < grants.size(); ++i) {
        OnGranted(run, grants[i], i < reply.units.size() ? reply.units[i] : reply.code);
      }
      ArmLeaseTimer();
      ChainEnded(run);
    });
  }
}

void Coordinator::State::OnGranted(RunState& run, const PendingGrant& grant, StoreCode code) {
  --run.pending;
  UnitCell& cell = run.units[grant.unit];
  cell.busy = false;
  const auto known = agents.find(grant.agent_id);
  if (known != agents.end()) --known->second.granting;
  if (code != StoreCode::kOk && code != StoreCode::kDuplicate) {
    const CallLane& lane = run.ready.CallsOf(grant.unit);
    limits.OnReleased(lane.endpoint, grant.agent_id);
    lanes.OnEnded(lane, grant.call, {}, Now(), seams.random);
    shares.Charge(run.serial, -grant.call.expected_tokens);
    Log(LogLevel::kError, "grant_refused",
        {{"run", run.plan.run_id()},
         {"unit", run.plan.IdOf(grant.unit)},
         {"code", StoreCodeName(code)}});
    if (!run.cancelled) {
      run.ready.Push(grant.unit, cell.retry, Now(), Now());
      PauseRun(run, PauseReason::kIntegrity,
               std::string("the store refused a grant: ") + StoreCodeName(code));
    }
    return;
  }
  run.units.Apply(grant.unit, UnitEvent::kGrant);
  run.SetAttempt(grant.unit, grant.attempt);
  cell.retry = true;
  if (cell.first_granted_s == 0) {
    cell.first_granted_s =
        static_cast<std::uint32_t>(std::max<std::int64_t>(1, absl::ToInt64Seconds(Now())));
  }
  ASSAY_FAILPOINT("coordinator.granted");
  Lease& lease = run.leases[grant.unit];
  lease.agent_id = grant.agent_id;
  lease.incarnation = grant.incarnation;
  lease.attempt = grant.attempt;
  lease.call = grant.call;
  lease.deadline = Now() + options.lease + options.lease_grace;
  Agent* agent = FindAgent(grant.agent_id, grant.incarnation);
  if (agent == nullptr) {
    LoseLease(run, grant.unit);
    return;
  }
  agent->leases.insert({run.serial, grant.unit});
  agent->unshown.insert({run.serial, grant.unit});
  // The caller may have gone while the store was at work; the next Sync is told the same start.
  ProgressChanged(run);
  ScheduleDispatch();
}

void Coordinator::State::MakeReady(RunState& run, UnitIndex unit, absl::Duration delay) {
  run.undurable.erase(unit);
  if (run.cancelled) return;
  const UnitIndex generation = run.plan.GenerationOf(unit);
  if (generation != unit && run.units[generation].unit_state() != v1::UNIT_STATE_DONE) {
    EndUnscorable(run, unit);
    return;
  }
  if (const std::optional<UnitIndex> preparation = run.plan.PreparationOf(unit)) {
    if (IsOpenState(run.units[*preparation].unit_state()) ||
        run.unrecorded_preparations.count(*preparation) > 0) {
      run.waiting_for_preparation[*preparation].push_back(unit);
      return;
    }
  }
  run.ready.Push(unit, run.units[unit].retry, Now() + delay, Now());
  ScheduleDispatch();
}

void Coordinator::State::PauseStuckRuns() {
  for (const auto& run : runs) {
    if (run->phase != RunPhase::kRunning || !run->quiet() || run->ready.empty()) continue;
    if (run->units.leased() > 0) continue;
    PauseReason reason = PauseReason::kNone;
    std::string detail;
    bool stuck = true;
    for (const CallLane& lane : run->ready.LanesInNeed()) {
      const PauseReason why = StuckFor(lane);
      stuck = stuck && why != PauseReason::kNone;
      if (reason == PauseReason::kNone || reason == PauseReason::kThrottle) reason = why;
      if (!detail.empty()) detail += "; ";
      detail += "endpoint " + lane.endpoint + ": " + limits.LastError(lane.endpoint);
    }
    if (stuck) PauseRun(*run, reason, detail);
  }
}

void Coordinator::State::ArmWakeTimer() {
  absl::Duration next = std::min(limits.NextChange(Now()), lanes.NextChange(Now()));
  for (const auto& run : runs) next = std::min(next, run->ready.NextDue(Now()));
  if (next == wake_at && wake_timer != 0) return;
  if (wake_timer != 0) seams.executor.Cancel(wake_timer);
  wake_timer = 0;
  wake_at = next;
  if (next == absl::InfiniteDuration()) return;
  wake_timer = seams.executor.RunAfter(next - Now(), [this] {
    wake_timer = 0;
    ScheduleDispatch();
  });
}

}  // namespace assay
