#include "common/agent/task_agent.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/base/check.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "common/base/version.h"

namespace assay {
namespace {

// News that comes within this time travels together.
constexpr absl::Duration kSyncSpacing = absl::Milliseconds(2);
constexpr int kMaxUnanswered = 4;
// A drained agent that holds nothing waits this long for a start that is on its way, to give it
// back; a coordinator that has nothing to say would hold its Sync for much longer.
constexpr absl::Duration kIdleDrainWait = absl::Milliseconds(200);
constexpr std::size_t kSettledRemembered = 4096;

}  // namespace

TaskAgent::TaskAgent(TaskAgentSeams seams, TaskAgentOptions options)
    : executor_(seams.executor),
      clock_(seams.clock),
      work_(seams.work),
      options_(std::move(options)),
      random_(std::move(seams.random)),
      incarnation_(random_.Hex(16)),
      gate_(executor_, clock_),
      context_{.executor = executor_,
               .clock = clock_,
               .random = random_,
               .work = work_,
               .chat = seams.chat,
               .gate = gate_,
               .factory = std::move(seams.factory),
               .programs = seams.programs,
               .worker = options_.agent_id + "/" + incarnation_} {
#ifdef ASSAY_FAILPOINTS
  context_.journal_after_step = options_.journal_after_step;
#endif
}

TaskAgent::~TaskAgent() {
  for (const TimerId timer : {sync_watch_, resync_, lease_watch_, drain_timer_}) {
    executor_.Cancel(timer);
  }
}

void TaskAgent::Start(Callback<absl::Status> ended) {
  ended_ = std::move(ended);
  ScheduleSync();
}

TimerId TaskAgent::After(absl::Duration delay, void (TaskAgent::*step)()) {
  return executor_.RunAfter(delay, [this, step, alive = std::weak_ptr(alive_)] {
    if (!alive.expired() && !stopped_) (this->*step)();
  });
}

int TaskAgent::FreeSlots() const {
  if (draining_ || unsettled() >= options_.max_unsettled) return 0;
  return std::max(0, options_.slots - running());
}

void TaskAgent::ScheduleSync() {
  if (sync_scheduled_ || stopped_) return;
  sync_scheduled_ = true;
  After(last_sync_ + kSyncSpacing - clock_.SteadyNow(), &TaskAgent::SendSync);
}

void TaskAgent::Register(std::string server, std::vector<std::string> models) {
  server_ = std::move(server);
  models_ = std::move(models);
}

v1::SyncRequest TaskAgent::MakeRequest() const {
  v1::SyncRequest request;
  request.set_agent_id(options_.agent_id);
  request.set_incarnation(incarnation_);
  request.set_protocol_version(kProtocolVersion);
  request.set_binary_version(kBinaryVersion);
  for (const v1::UnitKind kind : options_.kinds) request.add_kinds(kind);
  request.set_free_slots(FreeSlots());
  request.set_draining(draining_);
  for (const auto& [attempt, running] : running_) {
    *request.add_running() = running.runner->Report();
  }
  for (const auto& [attempt, finished] : finished_) *request.add_finished() = finished;
  request.set_generated_tokens(generated_tokens());
  request.set_slots(options_.slots);
  request.set_server(server_);
  for (const std::string& model : models_) request.add_models(model);
  return request;
}

void TaskAgent::SendSync() {
  sync_scheduled_ = false;
  // Whatever holds the answers back, the watch will give them up.
  if (unanswered_ >= kMaxUnanswered) return;
  v1::SyncRequest request = MakeRequest();
  const bool reports = request.finished_size() > 0;
  std::vector<std::string> shown;
  for (const auto& [attempt, running] : running_) shown.push_back(attempt);
  const absl::Duration now = clock_.SteadyNow();
  const std::uint64_t sequence = ++sync_sequence_;
  last_sync_ = now;
  ++unanswered_;
  work_.Sync(std::move(request),
             [this, alive = std::weak_ptr(alive_), sequence, now,
              shown = std::move(shown)](absl::StatusOr<v1::SyncResponse> response) {
               if (!alive.expired()) OnSync(sequence, now, shown, std::move(response));
             });
  WatchSync(sequence);
  if (draining_ && running_.empty() && finished_.empty()) {
    After(kIdleDrainWait, &TaskAgent::MaybeEnd);
  }
  if (reports) ASSAY_FAILPOINT("agent.finished_reported");
}

void TaskAgent::WatchSync(std::uint64_t sequence) {
  executor_.Cancel(sync_watch_);
  sync_watch_ =
      executor_.RunAfter(options_.sync_timeout, [this, alive = std::weak_ptr(alive_), sequence] {
        if (alive.expired() || stopped_ || sequence != sync_sequence_) return;
        Log(LogLevel::kWarning, "sync_unanswered", {{"agent", options_.agent_id}});
        unanswered_ = 0;
        ScheduleSync();
      });
}

void TaskAgent::OnSync(std::uint64_t sequence, absl::Duration sent_at,
                       const std::vector<std::string>& shown,
                       absl::StatusOr<v1::SyncResponse> response) {
  unanswered_ = std::max(0, unanswered_ - 1);
  if (stopped_) return;
  const bool newest = sequence == sync_sequence_;
  if (!response.ok()) {
    if (newest || !absl::IsUnavailable(response.status())) OnSyncFailed(response.status());
    return;
  }
  sync_failures_ = 0;
  const absl::Duration now = clock_.SteadyNow();
  const std::set<std::string> over(response->lease_over().begin(), response->lease_over().end());
  std::vector<std::string> leased;
  std::set_difference(shown.begin(), shown.end(), over.begin(), over.end(),
                      std::back_inserter(leased));
  Renew(leased, sent_at + absl::Milliseconds(response->lease_ms()));
  for (const std::string& attempt : over) {
    const auto found = running_.find(attempt);
    if (found != running_.end()) found->second.lease_end = std::min(found->second.lease_end, now);
  }
  if (sequence > limits_from_) {
    limits_from_ = sequence;
    for (const v1::EndpointLimit& limit : response->limits()) gate_.SetLimit(limit);
  }
  Apply(*response, now);
  CheckLeases();
  if (newest) {
    executor_.Cancel(sync_watch_);
    executor_.Cancel(resync_);
    // A held poll does not renew: look in again before the lease of what runs gets old.
    resync_ = response->next_sync_ms() > 0
                  ? After(absl::Milliseconds(response->next_sync_ms()), &TaskAgent::ScheduleSync)
                  : 0;
    ScheduleSync();
  }
  MaybeEnd();
}

void TaskAgent::OnSyncFailed(const absl::Status& status) {
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) {
    if (sync_scheduled_) return;
    sync_scheduled_ = true;
    After(UnavailableBackoff(++sync_failures_, random_), &TaskAgent::SendSync);
    return;
  }
  Log(LogLevel::kError, "agent_refused",
      {{"agent", options_.agent_id}, {"status", MessageOf(status)}});
  End(status);
}

void TaskAgent::Apply(const v1::SyncResponse& response, absl::Duration received_at) {
  for (const v1::SettledAttempt& settled : response.settled()) Settle(settled.attempt());
  for (const v1::Cancellation& cancel : response.cancel()) {
    const auto found = running_.find(cancel.attempt());
    if (found == running_.end()) continue;
    found->second.runner->Stop(v1::ERROR_CLASS_CANCELLED, cancel.reason());
  }
  for (const v1::Assignment& assignment : response.start()) {
    const std::int64_t lease_ms =
        assignment.deadline_ms() > 0 ? assignment.deadline_ms() : response.lease_ms();
    StartAttempt(assignment, received_at + absl::Milliseconds(lease_ms));
  }
}

bool TaskAgent::Knows(const std::string& attempt) const {
  return running_.contains(attempt) || finished_.contains(attempt) || settled_.contains(attempt);
}

void TaskAgent::StartAttempt(const v1::Assignment& assignment, absl::Duration lease_end) {
  if (assignment.attempt().empty() || assignment.unit().id().empty()) {
    Log(LogLevel::kWarning, "assignment_without_id", {{"agent", options_.agent_id}});
    return;
  }
  if (Knows(assignment.attempt())) return;
  if (draining_) {
    GiveBack(assignment, MakeError(v1::ERROR_CLASS_PREEMPTED, "the agent drains"));
    return;
  }
  if (running() >= 2 * options_.slots) {
    GiveBack(assignment, MakeError(v1::ERROR_CLASS_PREEMPTED, "no free slot"));
    return;
  }
  if (std::find(options_.kinds.begin(), options_.kinds.end(), assignment.unit().kind()) ==
      options_.kinds.end()) {
    GiveBack(assignment, MakeError(v1::ERROR_CLASS_INTERNAL, "no agent for this kind of unit"));
    return;
  }
  auto runner = std::make_shared<StepRunner>(
      context_, assignment, [this, alive = std::weak_ptr(alive_)](v1::FinishedAttempt finished) {
        if (!alive.expired()) OnFinished(std::move(finished));
      });
  running_[assignment.attempt()] = {.runner = runner, .lease_end = lease_end};
  runner->Start();
}

void TaskAgent::GiveBack(const v1::Assignment& assignment, v1::Error error) {
  v1::FinishedAttempt finished;
  finished.set_attempt(assignment.attempt());
  finished.set_unit_id(assignment.unit().id());
  *finished.mutable_error() = std::move(error);
  finished_[assignment.attempt()] = std::move(finished);
  ScheduleSync();
}

void TaskAgent::OnFinished(v1::FinishedAttempt finished) {
  finished_tokens_ += finished.usage().completion_tokens();
  running_.erase(finished.attempt());
  if (stopped_) return;
  finished_[finished.attempt()] = std::move(finished);
  ScheduleSync();
}

void TaskAgent::Settle(const std::string& attempt) {
  if (finished_.erase(attempt) == 0) return;
  settled_.insert(attempt);
  settled_order_.push_back(attempt);
  if (settled_order_.size() > kSettledRemembered) {
    settled_.erase(settled_order_.front());
    settled_order_.pop_front();
  }
}

void TaskAgent::Renew(const std::vector<std::string>& shown, absl::Duration lease_end) {
  for (const std::string& attempt : shown) {
    const auto found = running_.find(attempt);
    if (found == running_.end()) continue;
    found->second.lease_end = std::max(found->second.lease_end, lease_end);
  }
}

void TaskAgent::CheckLeases() {
  executor_.Cancel(lease_watch_);
  lease_watch_ = 0;
  const absl::Duration now = clock_.SteadyNow();
  absl::Duration next = absl::InfiniteDuration();
  std::vector<std::shared_ptr<StepRunner>> given_back;
  for (auto& [attempt, running] : running_) {
    const bool over = running.lease_end <= now;
    if (!over) next = std::min(next, running.lease_end);
    if (over && running.runner->stuck()) {
      const absl::Duration give_back = running.lease_end + options_.held_limit;
      if (give_back <= now) {
        given_back.push_back(running.runner);
      } else {
        next = std::min(next, give_back);
      }
    } else if (over) {
      next = std::min(next, now + options_.held_limit);
    }
    if (over == running.held) continue;
    running.held = over;
    running.runner->Hold(over);
    if (over) Log(LogLevel::kWarning, "lease_over", {{"attempt", attempt}});
  }
  for (const auto& runner : given_back) {
    runner->Stop(v1::ERROR_CLASS_PREEMPTED, "the lease is over");
  }
  if (next != absl::InfiniteDuration()) {
    lease_watch_ = After(next - now, &TaskAgent::CheckLeases);
  }
}

void TaskAgent::Drain(absl::Duration limit) {
  const absl::Duration end = clock_.SteadyNow() + limit;
  if (stopped_ || (draining_ && end >= drain_end_)) return;
  draining_ = true;
  drain_end_ = end;
  for (auto& [attempt, running] : running_) {
    if (running.runner->waiting()) {
      running.runner->Stop(v1::ERROR_CLASS_PREEMPTED, "the agent drains");
    }
  }
  executor_.Cancel(drain_timer_);
  drain_timer_ = After(limit, &TaskAgent::PreemptAll);
  if (ended_) ScheduleSync();
}

void TaskAgent::PreemptAll() {
  for (auto& [attempt, running] : running_) {
    running.runner->Stop(v1::ERROR_CLASS_PREEMPTED, "the agent drains");
  }
  drain_timer_ = executor_.RunAfter(options_.settle_limit, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) End(absl::OkStatus());
  });
}

void TaskAgent::MaybeEnd() {
  if (draining_ && running_.empty() && finished_.empty()) End(absl::OkStatus());
}

void TaskAgent::End(absl::Status status) {
  if (stopped_) return;
  stopped_ = true;
  for (auto& [attempt, running] : running_) {
    running.runner->Stop(v1::ERROR_CLASS_CANCELLED, "the agent ends");
  }
  executor_.Post([alive = std::weak_ptr(alive_), this, status = std::move(status)] {
    if (!alive.expired() && ended_) ended_(status);
  });
}

std::int64_t TaskAgent::generated_tokens() const {
  std::int64_t tokens = finished_tokens_;
  for (const auto& [attempt, running] : running_) tokens += running.runner->generated_tokens();
  most_tokens_ = std::max(most_tokens_, tokens);
  return most_tokens_;
}

}  // namespace assay
