#include "coordinator/core/coordinator.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"
#include "coordinator/core/coordinator_state.h"

namespace assay {
namespace {

CoordinatorOptions WithLeader(CoordinatorOptions options, Random& random) {
  if (options.leader.epoch == 0) options.leader = {1, random.Hex(16)};
  return options;
}

// Completions never run inside the call that was given them.
template <typename T>
void PostAnswer(Executor& executor, Callback<T> done, T answer) {
  executor.Post([done = std::move(done), answer = std::move(answer)]() mutable {
    std::move(done)(std::move(answer));
  });
}

absl::Status NoSuchRun(const std::string& run_id) {
  return NotFound("no run " + EscapeForTerminal(run_id));
}

std::uint64_t EpochOf(const std::string& token) {
  std::uint64_t epoch = 0;
  std::from_chars(token.data(), token.data() + token.size(), epoch);
  return epoch;
}

CoordinatorSeams Counted(CoordinatorSeams given, CountedSeams& counted) {
  return {.executor = counted.executor,
          .clock = given.clock,
          .store = counted.store,
          .blobs = counted.blobs,
          .needs_calls = std::move(given.needs_calls),
          .random = given.random,
          .observer = given.observer,
          .refresh_blobs = std::move(given.refresh_blobs),
          .in_term = std::move(given.in_term)};
}

}  // namespace

Coordinator::State::State(CoordinatorSeams given, CoordinatorOptions given_options)
    : counted(given.executor, given.store, given.blobs),
      seams(Counted(std::move(given), counted)),
      options(WithLeader(std::move(given_options), seams.random)),
      highest_epoch(options.leader.epoch),
      limits(options.retry_after_cap) {}

RunState* Coordinator::State::FindRun(const std::string& run_id) {
  for (const auto& run : runs) {
    if (run->plan.run_id() == run_id) return run.get();
  }
  return nullptr;
}

std::pair<RunState*, UnitIndex> Coordinator::State::FindUnit(const std::string& unit_id) {
  const std::optional<RunPlan::RawId> raw = RunPlan::Decode(unit_id);
  for (const auto& run : runs) {
    if (!raw) break;
    const std::optional<UnitIndex> unit = run->plan.Find(*raw);
    if (unit.has_value()) return {run.get(), *unit};
  }
  return {nullptr, 0};
}

RunState* Coordinator::State::RunOfSerial(int serial) {
  return runs[static_cast<std::size_t>(serial)].get();
}

Agent* Coordinator::State::FindAgent(const std::string& id, const std::string& incarnation) {
  const auto found = agents.find(id);
  return found == agents.end() || found->second.incarnation != incarnation ? nullptr
                                                                           : &found->second;
}

void Coordinator::State::Apply(Transition transition, ReplyHandler then) {
  if (fenced) return;
  Transition copy = transition;
  seams.store.Apply(std::move(transition), [this, copy = std::move(copy), then = std::move(then)](
                                               absl::StatusOr<StoreReply> reply) {
    if (!reply.ok()) {
      Log(LogLevel::kWarning, "store_unavailable",
          {{"error", std::string(reply.status().message())}});
      ++store_trouble;
      seams.executor.RunAfter(options.storage_retry, [this, copy, then]() mutable {
        --store_trouble;
        Apply(std::move(copy), std::move(then));
      });
      return;
    }
    if (reply->code == StoreCode::kFenced) {
      Fenced("another leader owns the shard: " + reply->detail, EpochOf(reply->detail));
      return;
    }
    // Whoever leads next makes it again, from the blobs.
    if (reply->code == StoreCode::kNoShard && !std::holds_alternative<AdoptShard>(copy)) {
      Fenced("the store has lost a shard");
      return;
    }
    then(*reply);
  });
}

void Coordinator::State::Store(RunState& run, std::vector<BlobRecord> records,
                               std::function<void(const absl::Status&)> then) {
  if (fenced) return;
  std::vector<BlobRecord> copy = records;
  seams.blobs.Put(std::move(records), [this, &run, copy = std::move(copy),
                                       then = std::move(then)](absl::Status status) {
    if (status.ok() || absl::IsAlreadyExists(status)) {
      if (run.phase == RunPhase::kPaused && run.pause_reason == PauseReason::kStorage) {
        ResumeRun(run);
      }
      then(status);
      return;
    }
    PauseRun(run, PauseReason::kStorage, std::string(status.message()));
    seams.executor.RunAfter(options.storage_retry, [this, &run, copy, then]() mutable {
      Store(run, std::move(copy), std::move(then));
    });
  });
}

void Coordinator::State::Confirm(const ShardKey& shard, Confirmed then) {
  if (fenced) return then(Unavailable("not the leader"));
  Confirmation& confirmation = confirmations[shard];
  confirmation.asked.push_back(std::move(then));
  if (!confirmation.in_flight) SendConfirmation(shard);
}

void Coordinator::State::SendConfirmation(const ShardKey& shard) {
  Confirmation& confirmation = confirmations[shard];
  confirmation.in_flight = true;
  confirmation.sent = std::exchange(confirmation.asked, {});
  Apply(AdoptShard{shard, options.leader}, [this, shard](const StoreReply& reply) {
    if (reply.code != StoreCode::kDuplicate) {
      Fenced("the store has lost what this leader wrote");
      return;
    }
    Confirmation& answered = confirmations[shard];
    answered.in_flight = false;
    const std::vector<Confirmed> confirmed = std::exchange(answered.sent, {});
    for (const Confirmed& then : confirmed) then(absl::OkStatus());
    if (!answered.in_flight && !answered.asked.empty()) SendConfirmation(shard);
  });
}

void Coordinator::State::Fenced(const std::string& detail, std::uint64_t epoch) {
  highest_epoch = std::max(highest_epoch, epoch);
  if (fenced) return;
  Log(LogLevel::kError, "fenced", {{"detail", detail}});
  EndTerm(detail);
}

bool Coordinator::State::InTerm() {
  if (!fenced && seams.in_term && !seams.in_term()) EndTerm("the term has run out");
  return !fenced;
}

void Coordinator::State::EndTerm(const std::string& detail) {
  fenced = true;
  for (TimerId* timer : {&lease_timer, &wake_timer}) {
    if (*timer != 0) seams.executor.Cancel(std::exchange(*timer, 0));
  }
  const absl::Status unavailable = Unavailable("not the leader");
  for (auto& [shard, confirmation] : std::exchange(confirmations, {})) {
    for (const Confirmed& then : confirmation.sent) then(unavailable);
    for (const Confirmed& then : confirmation.asked) then(unavailable);
  }
  EndTakeovers();
  for (const auto& run : runs) {
    for (auto& waiter : std::exchange(run->cancel_waiters, {})) {
      PostAnswer<absl::Status>(seams.executor, std::move(waiter), unavailable);
    }
  }
  for (auto& [id, agent] : agents) {
    if (agent.poll) {
      seams.executor.Cancel(agent.poll_timer);
      PostAnswer<absl::StatusOr<v1::SyncResponse>>(seams.executor, std::exchange(agent.poll, {}),
                                                   Unavailable("not the leader"));
    }
  }
  Notify([detail](CoordinatorObserver& observer) { observer.OnFenced(detail); });
}

void Coordinator::State::Notify(std::function<void(CoordinatorObserver&)> event) {
  if (seams.observer == nullptr) return;
  seams.executor.Post([observer = seams.observer, event = std::move(event)] { event(*observer); });
}

void Coordinator::State::ProgressChanged(RunState& run) {
  if (seams.observer == nullptr || run.progress_posted) return;
  run.progress_posted = true;
  seams.executor.Post([this, &run] {
    run.progress_posted = false;
    seams.observer->OnProgress(run.plan.run_id());
  });
}

void Coordinator::State::AddWaiting(const RunState& run, RunProgress& progress) const {
  progress.ended_scorings = run.units.ended_scorings();
  for (const StageRange& range : run.plan.ranges()) {
    if (!IsScoring(range.kind)) continue;
    for (const int scorer : range.scorers) {
      const v1::ScorerSpec& spec =
          run.plan.ScorersOf(range.suite)[static_cast<std::size_t>(scorer)];
      progress.verdicts[spec.id()].required += range.samples;
    }
  }
  for (const auto& [scorer, judged] : run.totals.judged) progress.verdicts[scorer].judged = judged;
  for (const v1::UnitKind kind :
       {v1::UNIT_KIND_GENERATE, v1::UNIT_KIND_SCORE_RULES, v1::UNIT_KIND_SCORE_JUDGED,
        v1::UNIT_KIND_PREPARE, v1::UNIT_KIND_SCORE_PROGRAMS}) {
    const std::optional<absl::Duration> since = run.ready.OldestSince(kind);
    if (since.has_value()) progress.oldest_queued[kind] = Now() - *since;
  }
  progress.undurable = static_cast<std::int64_t>(run.undurable.size());
  for (const auto& [unit, since] : run.undurable) {
    progress.oldest_undurable = std::max(progress.oldest_undurable, Now() - since);
  }
}

RunProgress Coordinator::State::ProgressOf(const RunState& run) const {
  RunProgress progress;
  progress.run_id = run.plan.run_id();
  progress.phase = run.phase;
  progress.pause_reason = run.pause_reason;
  progress.pause_detail = run.pause_detail;
  progress.revision = run.revision;
  progress.generations = run.units.CountsOf(v1::UNIT_KIND_GENERATE);
  progress.rule_scorings = run.units.CountsOf(v1::UNIT_KIND_SCORE_RULES);
  progress.rule_scorings += run.units.CountsOf(v1::UNIT_KIND_SCORE_PROGRAMS);
  progress.judged_scorings = run.units.CountsOf(v1::UNIT_KIND_SCORE_JUDGED);
  progress.preparations = run.units.CountsOf(v1::UNIT_KIND_PREPARE);
  progress.generation_outcomes = run.totals.generation_outcomes;
  progress.scoring_outcomes = run.totals.scoring_outcomes;
  progress.truncated = run.totals.truncated;
  progress.words = run.totals.words;
  progress.generation_usage = run.totals.generation_usage;
  progress.judge_usage = run.totals.judge_usage;
  progress.cost_usd = run.totals.cost_usd;
  progress.retries = run.totals.retries;
  progress.throttles = run.totals.throttles;
  progress.lost_leases = run.totals.lost_leases;
  AddWaiting(run, progress);
  for (const auto& [id, agent] : agents) progress.generated_tokens += agent.generated_tokens;
  for (const auto& [unit, lease] : run.leases) progress.output_bytes += lease.output_bytes;
  std::set<std::string> used;
  for (const StageRange& range : run.plan.ranges()) {
    if (!range.endpoint.empty()) used.insert(range.endpoint);
  }
  progress.priced = !used.empty();
  for (const v1::Endpoint& endpoint : run.record->spec().endpoints()) {
    if (used.count(endpoint.id()) == 0) continue;
    progress.endpoints.push_back(limits.ProgressOf(endpoint.id(), Now()));
    progress.endpoints.back().lanes = lanes.ProgressOf(endpoint.id());
    progress.priced = progress.priced && endpoint.has_price();
  }
  progress.recent_errors = {run.recent_errors.begin(), run.recent_errors.end()};
  return progress;
}

Coordinator::Coordinator(CoordinatorSeams seams, CoordinatorOptions options)
    : state_(std::make_unique<State>(std::move(seams), std::move(options))) {}

Coordinator::~Coordinator() = default;

void Coordinator::AddRun(v1::RunRecord record, Callback<absl::Status> done) {
  state_->AddRun(std::move(record), std::move(done));
}

void Coordinator::OnSync(v1::SyncRequest request, Callback<absl::StatusOr<v1::SyncResponse>> done) {
  ASSAY_CHECK(state_->seams.executor.InLoopThread());
  state_->OnSync(std::move(request), std::move(done));
}

void Coordinator::OnSyncCancelled(const std::string& agent_id, const std::string& incarnation) {
  Agent* agent = state_->FindAgent(agent_id, incarnation);
  if (agent == nullptr || !agent->poll) return;
  state_->seams.executor.Cancel(agent->poll_timer);
  agent->poll = {};
  state_->DropUnshown(*agent);
}

void Coordinator::OnFetchInputs(v1::FetchInputsRequest request,
                                Callback<absl::StatusOr<v1::UnitInputs>> done) {
  ASSAY_CHECK(state_->seams.executor.InLoopThread());
  PostAnswer<absl::StatusOr<v1::UnitInputs>>(state_->seams.executor, std::move(done),
                                             state_->FetchInputs(request));
}

void Coordinator::OnAppendJournal(v1::AppendJournalRequest request, Callback<absl::Status> done) {
  ASSAY_CHECK(state_->seams.executor.InLoopThread());
  state_->AppendJournal(std::move(request), std::move(done));
}

void Coordinator::OnPutEnvelope(v1::Envelope envelope, Callback<absl::StatusOr<std::string>> done) {
  ASSAY_CHECK(state_->seams.executor.InLoopThread());
  state_->PutEnvelope(std::move(envelope), std::move(done));
}

absl::Status Coordinator::Pause(const std::string& run_id) {
  RunState* run = state_->FindRun(run_id);
  if (run == nullptr) return NoSuchRun(run_id);
  if (run->phase != RunPhase::kRunning && run->phase != RunPhase::kPaused) {
    return FailedPrecondition(std::string("the run is ") + RunPhaseName(run->phase));
  }
  run->phase = RunPhase::kPaused;
  run->pause_reason = PauseReason::kOperator;
  run->pause_detail.clear();
  state_->ProgressChanged(*run);
  return absl::OkStatus();
}

absl::Status Coordinator::Resume(const std::string& run_id) {
  RunState* run = state_->FindRun(run_id);
  if (run == nullptr) return NoSuchRun(run_id);
  if (run->phase == RunPhase::kRunning) return absl::OkStatus();
  if (run->phase != RunPhase::kPaused || run->pause_reason == PauseReason::kIntegrity) {
    return FailedPrecondition(std::string("the run is ") + RunPhaseName(run->phase));
  }
  for (const v1::Endpoint& endpoint : run->record->spec().endpoints()) {
    state_->limits.Resume(endpoint.id());
    state_->lanes.Resume(endpoint.id(), state_->Now());
  }
  state_->ResumeRun(*run);
  return absl::OkStatus();
}

absl::Status Coordinator::Drain(const std::string& run_id) {
  RunState* run = state_->FindRun(run_id);
  if (run == nullptr) return NoSuchRun(run_id);
  const RunPhase phase = run->phase;
  if (phase == RunPhase::kStarting || phase == RunPhase::kRunning || phase == RunPhase::kPaused) {
    run->phase = RunPhase::kDraining;
    state_->ProgressChanged(*run);
    state_->CheckDrained(*run);
  }
  return absl::OkStatus();
}

void Coordinator::Cancel(const std::string& run_id, Callback<absl::Status> done) {
  RunState* run = state_->FindRun(run_id);
  if (run == nullptr) {
    PostAnswer<absl::Status>(state_->seams.executor, std::move(done), NoSuchRun(run_id));
    return;
  }
  state_->Cancel(*run, std::move(done));
}

std::vector<RunProgress> Coordinator::AllProgress() const {
  std::vector<RunProgress> all;
  for (const auto& run : state_->runs) all.push_back(state_->ProgressOf(*run));
  return all;
}

absl::StatusOr<RunProgress> Coordinator::Progress(const std::string& run_id) const {
  const RunState* run = state_->FindRun(run_id);
  if (run == nullptr) return NoSuchRun(run_id);
  return state_->ProgressOf(*run);
}

std::vector<AgentProgress> Coordinator::Agents() const {
  std::vector<AgentProgress> agents;
  for (const auto& [id, agent] : state_->agents) {
    AgentProgress& known = agents.emplace_back();
    known.id = id;
    known.kinds = agent.kinds;
    known.server = agent.server;
    known.models = agent.models;
    known.binary_version = agent.binary_version;
    known.slots = agent.slots;
    known.free_slots = agent.free_slots;
    known.leases = static_cast<int>(agent.leases.size());
    known.waiting = static_cast<bool>(agent.poll);
    known.draining = agent.draining;
    known.bad = agent.bad;
    known.seen = state_->Now() - agent.last_seen;
  }
  return agents;
}

void Coordinator::StepDown(std::string_view why) {
  if (state_->fenced) return;
  Log(LogLevel::kInfo, "stepped_down", {{"why", why}});
  state_->EndTerm(std::string(why));
}

bool Coordinator::leading() const { return !state_->fenced; }

std::uint64_t Coordinator::highest_epoch() const { return state_->highest_epoch; }

bool Coordinator::Quiet(const std::string& run_id) const {
  const RunState* run = state_->FindRun(run_id);
  return run != nullptr && run->quiet() && run->recommits.empty() &&
         run->phase != RunPhase::kSealing && run->phase != RunPhase::kStarting;
}

bool Coordinator::disposable() const {
  return state_->fenced && state_->counted.outstanding() == 0;
}

}  // namespace assay
