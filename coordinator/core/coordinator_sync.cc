// Agents and their leases: the handling of Sync (reliability.md 3.4, 3.5).
#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/base/version.h"
#include "coordinator/core/coordinator_state.h"

namespace assay {
namespace {

constexpr int kMaxReports = 100000;
constexpr int kMaxModels = 64;
constexpr std::size_t kMaxNameBytes = 1024;
// An agent that has not synced for this many leases and holds nothing is forgotten.
constexpr int kForgetAfterLeases = 20;

v1::SettledAttempt Settled(const std::string& attempt, v1::Settlement settlement, bool durable) {
  v1::SettledAttempt settled;
  settled.set_attempt(attempt);
  settled.set_settlement(settlement);
  settled.set_durable(durable);
  return settled;
}

}  // namespace

absl::Status Coordinator::State::CheckSync(const v1::SyncRequest& request) {
  if (!InTerm()) return Unavailable("not the leader");
  if (request.protocol_version() != kProtocolVersion) {
    return FailedPrecondition("protocol version " + std::to_string(request.protocol_version()) +
                              " is not " + std::to_string(kProtocolVersion));
  }
  if (request.agent_id().empty() || request.incarnation().empty()) {
    return InvalidArgument("a Sync needs an agent id and an incarnation");
  }
  if (request.free_slots() < 0 || request.slots() < 0) {
    return InvalidArgument("a number of slots is negative");
  }
  if (request.models_size() > kMaxModels || request.server().size() > kMaxNameBytes) {
    return ResourceExhausted("more than " + std::to_string(kMaxModels) +
                             " models, or a name over " + std::to_string(kMaxNameBytes) + " bytes");
  }
  if (request.running_size() > kMaxReports || request.finished_size() > kMaxReports) {
    return ResourceExhausted("more than " + std::to_string(kMaxReports) + " reports in a Sync");
  }
  for (const v1::RunningAttempt& running : request.running()) {
    if (running.output_bytes() < 0 || running.ms_since_progress() < 0) {
      return InvalidArgument("a running attempt has a negative size or time");
    }
  }
  const auto known = agents.find(request.agent_id());
  if (known == agents.end()) {
    if (static_cast<int>(agents.size()) < options.max_agents) return absl::OkStatus();
    return ResourceExhausted("more than " + std::to_string(options.max_agents) + " agents");
  }
  if (known->second.past_incarnations.count(request.incarnation()) > 0) {
    return Aborted("a newer process of this agent is known");
  }
  return absl::OkStatus();
}

void Coordinator::State::OnSync(v1::SyncRequest request,
                                Callback<absl::StatusOr<v1::SyncResponse>> done) {
  if (absl::Status status = CheckSync(request); !status.ok()) {
    seams.executor.Post([done = std::move(done), status]() mutable { std::move(done)(status); });
    return;
  }
  Agent& agent = agents[request.agent_id()];
  if (agent.incarnation != request.incarnation()) {
    if (!agent.incarnation.empty()) DropAgent(agent);
    agent.id = request.agent_id();
    agent.incarnation = request.incarnation();
  }
  AnswerNothing(agent);
  limits.OnSyncFrom(agent.id);
  agent.last_seen = Now();
  agent.kinds.clear();
  for (const int kind : request.kinds()) agent.kinds.push_back(static_cast<v1::UnitKind>(kind));
  agent.server = request.server();
  agent.models = {request.models().begin(), request.models().end()};
  agent.binary_version = request.binary_version();
  agent.slots = request.slots();
  agent.free_slots = request.free_slots();
  agent.draining = request.draining();
  agent.generated_tokens = request.generated_tokens();
  agent.lease_over.clear();
  ForgetStoppedCancels(agent, request);
  for (const v1::RunningAttempt& running : request.running()) Renew(agent, running);
  for (const v1::FinishedAttempt& finished : request.finished()) Finish(agent, finished);
  HoldPoll(agent, std::move(done));
  // Answers too, so that what is granted now goes into the same response as what is settled.
  ScheduleDispatch();
}

void Coordinator::State::ForgetStoppedCancels(Agent& agent, const v1::SyncRequest& request) {
  std::set<std::string> running;
  for (const v1::RunningAttempt& attempt : request.running()) running.insert(attempt.attempt());
  agent.bad = false;
  for (auto it = agent.cancels.begin(); it != agent.cancels.end();) {
    if (running.count(it->first) == 0) {
      it = agent.cancels.erase(it);
      continue;
    }
    agent.bad = agent.bad || Now() - it->second.since > options.cancel_grace;
    ++it;
  }
}

void Coordinator::State::Renew(Agent& agent, const v1::RunningAttempt& running) {
  const auto [run, unit] = FindUnit(running.unit_id());
  const std::optional<AttemptId> attempt = AttemptId::Parse(running.attempt());
  if (run == nullptr || !attempt.has_value() || !run->EverGranted(unit, *attempt)) {
    CancelAttempt(agent, running.attempt(), "unknown");
    return;
  }
  const UnitCell& cell = run->units[unit];
  const auto lease = run->leases.find(unit);
  if (lease != run->leases.end() && lease->second.attempt == *attempt) {
    if (lease->second.agent_id.empty()) AttachLease(agent, *run, unit);
    if (lease->second.agent_id != agent.id) {
      CancelAttempt(agent, running.attempt(), "held by another agent");
      return;
    }
    lease->second.shown = true;
    lease->second.output_bytes = running.output_bytes();
    if (running.output_bytes() > 0 || running.calls_done() > 0) {
      const CallLane& lane = run->ready.CallsOf(unit);
      if (lanes.OnProven(lane, lease->second.call)) {
        limits.SetLearned(lane.endpoint, lanes.Learned(lane.endpoint));
      }
    }
    agent.unshown.erase({run->serial, unit});
    if (absl::Milliseconds(running.ms_since_progress()) <= options.progress_limit) {
      lease->second.deadline = Now() + options.lease + options.lease_grace;
    }
    return;
  }
  // Its lease ended and nobody else has the unit: the text is being paid for, let it finish.
  const bool queued = cell.unit_state() == v1::UNIT_STATE_QUEUED;
  if (cell.attempt == *attempt && (queued || cell.busy)) {
    agent.lease_over.push_back(running.attempt());
    return;
  }
  CancelAttempt(agent, running.attempt(),
                run->cancelled ? "run cancelled" : "the unit ended or is held by another attempt");
}

void Coordinator::State::CancelAttempt(Agent& agent, const std::string& attempt,
                                       const std::string& reason) {
  // An answer that goes out before the one with the cancel does not renew it either.
  agent.lease_over.push_back(attempt);
  agent.cancels.try_emplace(attempt, Agent::Cancelled{reason, Now(), false});
}

void Coordinator::State::HoldPoll(Agent& agent, Callback<absl::StatusOr<v1::SyncResponse>> done) {
  agent.poll = std::move(done);
  // Jittered, so that agents that came together do not stay together.
  const absl::Duration hold = options.poll_hold * (0.8 + 0.4 * seams.random.Unit());
  agent.poll_timer =
      seams.executor.RunAfter(hold, [this, id = agent.id, incarnation = agent.incarnation] {
        Agent* found = FindAgent(id, incarnation);
        if (found != nullptr && found->poll) Answer(*found);
      });
}

void Coordinator::State::Answer(Agent& agent) {
  if (!InTerm()) return;  // which has answered it
  v1::SyncResponse response;
  response.set_leader_token(std::to_string(options.leader.epoch) + ":" + options.leader.nonce);
  response.set_lease_ms(absl::ToInt64Milliseconds(options.lease));
  // The agent counts a lease from when it sent the Sync that is answered, hold included.
  response.set_next_sync_ms(absl::ToInt64Milliseconds(options.lease / 3));
  for (const std::string& attempt : agent.lease_over) response.add_lease_over(attempt);
  for (const LeaseRef& ref : agent.unshown) {
    RunState& run = *RunOfSerial(ref.first);
    const Lease& lease = run.leases.at(ref.second);
    v1::Assignment& start = *response.add_start();
    *start.mutable_unit() = run.plan.UnitOf(ref.second);
    start.set_attempt(lease.attempt.ToString());
    start.set_deadline_ms(absl::ToInt64Milliseconds(options.lease));
    for (const v1::Endpoint& endpoint : run.record->spec().endpoints()) {
      if (endpoint.id() == start.unit().endpoint()) *start.mutable_endpoint() = endpoint;
    }
  }
  for (auto& [attempt, cancel] : agent.cancels) {
    v1::Cancellation& message = *response.add_cancel();
    message.set_attempt(attempt);
    message.set_reason(cancel.reason);
    cancel.told = true;
  }
  for (v1::SettledAttempt& settled : agent.settled) *response.add_settled() = std::move(settled);
  agent.settled.clear();
  for (v1::EndpointLimit& limit : limits.Tell(agent.id, Now())) {
    *response.add_limits() = std::move(limit);
  }
  seams.executor.Cancel(agent.poll_timer);
  seams.executor.Post(
      [done = std::exchange(agent.poll, {}), response = std::move(response)]() mutable {
        std::move(done)(std::move(response));
      });
}

void Coordinator::State::AnswerIfNews(Agent& agent) {
  // Grants that are on their way to the store go into the same answer.
  if (!agent.poll || agent.granting > 0) return;
  const bool untold_cancel = std::any_of(agent.cancels.begin(), agent.cancels.end(),
                                         [](const auto& cancel) { return !cancel.second.told; });
  if (untold_cancel || !agent.settled.empty() || !agent.unshown.empty() ||
      limits.HasNewsFor(agent.id, Now())) {
    Answer(agent);
  }
}

void Coordinator::State::AnswerNothing(Agent& agent) {
  if (!agent.poll || !InTerm()) return;
  seams.executor.Cancel(agent.poll_timer);
  v1::SyncResponse response;
  response.set_leader_token(std::to_string(options.leader.epoch) + ":" + options.leader.nonce);
  response.set_lease_ms(absl::ToInt64Milliseconds(options.lease));
  for (const std::string& attempt : agent.lease_over) response.add_lease_over(attempt);
  seams.executor.Post(
      [done = std::exchange(agent.poll, {}), response = std::move(response)]() mutable {
        std::move(done)(std::move(response));
      });
}

void Coordinator::State::DropAgent(Agent& agent) {
  AnswerNothing(agent);
  const std::set<LeaseRef> held = agent.leases;
  for (const auto& [serial, unit] : held) LoseLease(*RunOfSerial(serial), unit);
  agent.past_incarnations.insert(agent.incarnation);
  agent.settled.clear();
  agent.cancels.clear();
  limits.ForgetTold(agent.id);
}

void Coordinator::State::DropUnshown(Agent& agent) {
  const std::set<LeaseRef> unshown = agent.unshown;
  for (const auto& [serial, unit] : unshown) LoseLease(*RunOfSerial(serial), unit);
}

void Coordinator::State::LoseLease(RunState& run, UnitIndex unit) {
  const Lease lease = run.leases.at(unit);
  UnitCell& cell = run.units[unit];
  ReleaseLease(run, unit);
  if (cell.busy) return;  // being settled: the attempt has reported
  ++run.totals.lost_leases;
  ProgressChanged(run);
  // Its text was stored before its agent went: it is taken, not made again.
  if (const auto stored = run.stored.find({unit, lease.attempt}); stored != run.stored.end()) {
    CommitStored(run, unit, stored->second, {});
    return;
  }
  if (lease.shown) {
    std::set<std::string>& deaths = run.deaths[unit];
    deaths.insert(lease.agent_id + "/" + lease.incarnation);
    if (static_cast<int>(deaths.size()) >= options.max_deaths) {
      v1::Error error;
      error.set_error_class(v1::ERROR_CLASS_INFRA);
      error.set_message(std::to_string(deaths.size()) +
                        " agent processes were lost while they ran this unit");
      EndWithout(run, unit, v1::OUTCOME_QUARANTINED, error, {});
      return;
    }
  }
  Requeue(run, unit, absl::ZeroDuration(), {});
}

void Coordinator::State::ReleaseLease(RunState& run, UnitIndex unit, std::optional<LeaseEnd> end) {
  const auto lease = run.leases.find(unit);
  if (lease == run.leases.end()) return;
  const CallLane& lane = run.ready.CallsOf(unit);
  const LaneCall& call = lease->second.call;
  if (!end.has_value()) end = LeaseEnd{CallEnd::kNoAnswer, lease->second.output_bytes / 4, {}};
  limits.OnReleased(lane.endpoint, lease->second.agent_id);
  lanes.OnEnded(lane, call, *end, Now(), seams.random);
  limits.SetLearned(lane.endpoint, lanes.Learned(lane.endpoint));
  if (call.counted) shares.Charge(run.serial, end->tokens - call.expected_tokens);
  const auto agent = agents.find(lease->second.agent_id);
  if (agent != agents.end()) {
    agent->second.leases.erase({run.serial, unit});
    agent->second.unshown.erase({run.serial, unit});
  }
  run.leases.erase(lease);
  ScheduleDispatch();
}

void Coordinator::State::ArmLeaseTimer() {
  if (lease_timer != 0) return;
  absl::Duration next = absl::InfiniteDuration();
  for (const auto& run : runs) {
    for (const auto& [unit, lease] : run->leases) next = std::min(next, lease.deadline);
  }
  if (next == absl::InfiniteDuration()) return;
  lease_timer = seams.executor.RunAfter(next - Now(), [this] {
    lease_timer = 0;
    ExpireLeases();
  });
}

void Coordinator::State::ExpireLeases() {
  const absl::Duration now = Now();
  for (const auto& run : runs) {
    std::vector<UnitIndex> expired;
    for (auto& [unit, lease] : run->leases) {
      // While the store does not answer nothing can be granted again, and agents are not to blame.
      if (store_trouble > 0) lease.deadline = now + options.lease + options.lease_grace;
      if (lease.deadline <= now) expired.push_back(unit);
    }
    for (const UnitIndex unit : expired) {
      Log(LogLevel::kWarning, "lease_lost",
          {{"run", run->plan.run_id()},
           {"unit", run->plan.IdOf(unit)},
           {"agent", run->leases.at(unit).agent_id}});
      LoseLease(*run, unit);
    }
  }
  const absl::Duration forget = options.lease * kForgetAfterLeases;
  for (auto it = agents.begin(); it != agents.end();) {
    const Agent& agent = it->second;
    const bool gone = !agent.poll && agent.leases.empty() && agent.granting == 0 &&
                      now - agent.last_seen > forget;
    if (gone) limits.Forget(agent.id);
    // It starts no calls of attempts whose leases are over, and learns its share before it has
    // others: meanwhile it keeps no slot of an endpoint from the rest.
    const bool silent = now - agent.last_seen >= options.lease + options.lease_grace;
    if (!gone && silent && agent.leases.empty()) limits.ForgetTold(agent.id);
    it = gone ? agents.erase(it) : std::next(it);
  }
  ArmLeaseTimer();
}

void Coordinator::State::Tell(const Claimant& claimant, v1::Settlement settlement, bool durable) {
  Agent* agent = FindAgent(claimant.agent_id, claimant.incarnation);
  if (agent == nullptr) return;
  agent->settled.push_back(Settled(claimant.attempt, settlement, durable));
  ScheduleDispatch();
}

}  // namespace assay
