#include "coordinator/core/call_lanes.h"

#include <algorithm>

#include "common/base/check.h"

namespace assay {
namespace {

constexpr int kDefaultInFlight = 16;
constexpr double kRetryTokens = 10;
constexpr double kRetryRatio = 0.1;

}  // namespace

CallEnd CallEndOf(const v1::Error& error) {
  switch (error.error_class()) {
    case v1::ERROR_CLASS_THROTTLE:
      return CallEnd::kThrottled;
    case v1::ERROR_CLASS_INFRA:
      return CallEnd::kTransient;
    case v1::ERROR_CLASS_REQUEST:
      return CallEnd::kAnswered;
    default:
      return CallEnd::kNoAnswer;
  }
}

void CallLanes::Register(const v1::Endpoint& endpoint) {
  const int given = endpoint.max_in_flight() > 0 ? endpoint.max_in_flight() : kDefaultInFlight;
  Rates& rates = endpoints_[endpoint.id()];
  rates.max_in_flight = rates.max_in_flight == 0 ? given : std::min(rates.max_in_flight, given);
  rates.tokens.Lower(endpoint.tokens_per_minute());
  rates.requests.Lower(endpoint.requests_per_minute());
  for (auto& [id, lane] : lanes_) {
    if (id.endpoint == endpoint.id()) lane.limit.SetCap(rates.max_in_flight);
  }
}

CallLanes::Lane* CallLanes::Find(const CallLane& lane) {
  if (const auto found = lanes_.find(lane); found != lanes_.end()) return &found->second;
  const auto endpoint = endpoints_.find(lane.endpoint);
  if (endpoint == endpoints_.end()) return nullptr;
  return &lanes_.try_emplace(lane, endpoint->second.max_in_flight).first->second;
}

const CallLanes::Lane* CallLanes::Find(const CallLane& lane) const {
  const auto found = lanes_.find(lane);
  return found == lanes_.end() ? nullptr : &found->second;
}

bool CallLanes::Lane::RetriesAreScarce() const {
  return retry_tokens < kRetryTokens / 2 && unproven_retries >= std::max(1, limit.limit() / 10);
}

void CallLanes::Lane::NoLongerUnproven(const LaneCall& call) {
  if (call.era != era) return;
  --unproven;
  if (call.retry) --unproven_retries;
}

bool CallLanes::MayStart(const CallLane& id, std::int64_t tokens, bool retry, absl::Duration now) {
  const Lane* lane = Find(id);
  if (lane == nullptr) return true;
  if (!lane->breaker.MayStart(now)) return false;
  if (!lane->limit.MayStart(lane->in_flight, lane->unproven)) return false;
  if (retry && lane->RetriesAreScarce()) return false;
  Rates& rates = endpoints_.at(id.endpoint);
  const absl::Duration free_at =
      std::max(rates.tokens.FreeAt(tokens, now), rates.requests.FreeAt(1, now));
  rates.free_at = free_at;
  return free_at <= now;
}

LaneCall CallLanes::OnStarted(const CallLane& id, std::int64_t tokens, bool retry,
                              absl::Duration now) {
  LaneCall call;
  Lane* lane = Find(id);
  if (lane == nullptr) return call;
  call.counted = true;
  call.retry = retry;
  call.era = lane->era;
  call.started = now;
  call.expected_tokens = tokens;
  Rates& rates = endpoints_.at(id.endpoint);
  call.tokens = rates.tokens.Take(tokens, now);
  call.request = rates.requests.Take(1, now);
  lane->breaker.OnStarted(now);
  ++lane->in_flight;
  ++lane->unproven;
  if (retry) ++lane->unproven_retries;
  return call;
}

bool CallLanes::OnProven(const CallLane& id, LaneCall& call) {
  Lane* lane = Find(id);
  if (lane == nullptr || !call.counted || call.proven) return false;
  call.proven = true;
  lane->NoLongerUnproven(call);
  lane->limit.OnAccepted(lane->in_flight, call.started);
  return true;
}

void CallLanes::OnEnded(const CallLane& id, const LaneCall& ended, const LeaseEnd& end,
                        absl::Duration now, Random& random) {
  Lane* lane = Find(id);
  if (lane == nullptr || !ended.counted) return;
  LaneCall call = ended;
  switch (end.end) {
    case CallEnd::kAnswered:
      OnProven(id, call);
      lane->breaker.OnSuccess(call.started, now);
      lane->retry_tokens = std::min(kRetryTokens, lane->retry_tokens + kRetryRatio);
      break;
    case CallEnd::kThrottled:
      lane->limit.OnThrottle(lane->in_flight, call.started, now, end.retry_after);
      lane->breaker.OnNoAnswer(call.started, now, random.Unit());
      break;
    case CallEnd::kTransient:
      lane->limit.OnTransient();
      lane->breaker.OnFailure(call.started, now, random.Unit());
      lane->retry_tokens = std::max(0.0, lane->retry_tokens - 1);
      break;
    case CallEnd::kNoAnswer:
      lane->breaker.OnNoAnswer(call.started, now, random.Unit());
      break;
  }
  ASSAY_CHECK(lane->in_flight > 0);
  --lane->in_flight;
  if (!call.proven) lane->NoLongerUnproven(call);
  if (end.end == CallEnd::kThrottled) {
    ++lane->era;
    lane->unproven = 0;
    lane->unproven_retries = 0;
  }
  // A call whose end is not known may have taken all that was expected of it.
  if (end.end == CallEnd::kAnswered || end.end == CallEnd::kThrottled) {
    endpoints_.at(id.endpoint).tokens.Settle(call.tokens, end.tokens);
  }
}

void CallLanes::OnMoreCalls(const CallLane& id, int calls, absl::Duration now) {
  const auto rates = endpoints_.find(id.endpoint);
  if (rates != endpoints_.end() && calls > 0) rates->second.requests.Take(calls, now);
}

void CallLanes::Resume(const std::string& endpoint, absl::Duration now) {
  for (auto& [id, lane] : lanes_) {
    if (id.endpoint == endpoint) lane.breaker.ProbeNow(now);
  }
}

bool CallLanes::Gone(const CallLane& id, absl::Duration now) const {
  const Lane* lane = Find(id);
  return lane != nullptr && lane->breaker.gone(now);
}

int CallLanes::Learned(const std::string& endpoint) const {
  int sum = 0;
  for (const auto& [id, lane] : lanes_) {
    if (id.endpoint == endpoint) sum += lane.limit.limit();
  }
  return sum;
}

absl::Duration CallLanes::NextChange(absl::Duration now) const {
  absl::Duration next = absl::InfiniteDuration();
  const auto consider = [&](absl::Duration at) {
    if (at > now) next = std::min(next, at);
  };
  for (const auto& [id, lane] : lanes_) consider(lane.breaker.next_probe());
  for (const auto& [id, rates] : endpoints_) consider(rates.free_at);
  return next;
}

const AimdLimit* CallLanes::LimitOf(const CallLane& id) const {
  const Lane* lane = Find(id);
  return lane == nullptr ? nullptr : &lane->limit;
}

const Breaker* CallLanes::BreakerOf(const CallLane& id) const {
  const Lane* lane = Find(id);
  return lane == nullptr ? nullptr : &lane->breaker;
}

std::vector<LaneProgress> CallLanes::ProgressOf(const std::string& endpoint) const {
  std::map<v1::UnitKind, LaneProgress> by_kind;
  for (const auto& [id, lane] : lanes_) {
    if (id.endpoint != endpoint) continue;
    LaneProgress& progress = by_kind[id.kind];
    progress.kind = id.kind;
    progress.limit += lane.limit.limit();
    progress.in_flight += lane.in_flight;
    ++(!lane.breaker.open()     ? progress.breakers_closed
       : lane.breaker.probing() ? progress.breakers_probing
                                : progress.breakers_open);
  }
  std::vector<LaneProgress> lanes;
  for (const auto& [kind, progress] : by_kind) lanes.push_back(progress);
  return lanes;
}

}  // namespace assay
