#include "coordinator/core/endpoint_limits.h"

#include <algorithm>
#include <cstdint>

#include "common/base/check.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "coordinator/core/retry_rules.h"

namespace assay {
namespace {

constexpr int kDefaultInFlight = 16;
constexpr absl::Duration kBackoffInitial = absl::Seconds(1);
// Short: a wait ends in a single call (AimdLimit::ramp), so that to look in costs little.
constexpr absl::Duration kBackoffMax = absl::Seconds(16);
constexpr absl::Duration kParkMax = absl::Hours(24);

std::string Describe(const v1::Error& error) {
  std::string text = v1::ErrorClass_Name(error.error_class());
  text = text.substr(std::string_view("ERROR_CLASS_").size());
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (error.http_status() != 0) text += " (HTTP " + std::to_string(error.http_status()) + ")";
  if (!error.message().empty()) text += ": " + EscapeForTerminal(error.message(), 200);
  return text;
}

}  // namespace

void EndpointLimits::Register(const v1::Endpoint& endpoint) {
  const int given = endpoint.max_in_flight() > 0 ? endpoint.max_in_flight() : kDefaultInFlight;
  const auto [it, added] = endpoints_.try_emplace(endpoint.id());
  it->second.max_in_flight = added ? given : std::min(it->second.max_in_flight, given);
}

const EndpointLimits::State* EndpointLimits::Find(const std::string& endpoint) const {
  const auto found = endpoints_.find(endpoint);
  return found == endpoints_.end() ? nullptr : &found->second;
}

EndpointLimits::State* EndpointLimits::Find(const std::string& endpoint) {
  const auto found = endpoints_.find(endpoint);
  return found == endpoints_.end() ? nullptr : &found->second;
}

absl::Duration EndpointLimits::WaitEnd(const State& state) {
  return std::max(state.not_before, state.parked_until);
}

bool EndpointLimits::MayLease(const std::string& endpoint, absl::Duration now) const {
  const State* state = Find(endpoint);
  if (state == nullptr) return true;
  return state->paused == PauseReason::kNone && WaitEnd(*state) <= now &&
         state->leased < state->max_in_flight;
}

void EndpointLimits::OnLeased(const std::string& endpoint, const std::string& agent) {
  State* state = Find(endpoint);
  if (state == nullptr) return;
  ++state->leased;
  ++state->shares[agent].leased;
}

void EndpointLimits::OnReleased(const std::string& endpoint, const std::string& agent) {
  State* state = Find(endpoint);
  if (state == nullptr) return;
  Share& share = state->shares[agent];
  ASSAY_CHECK(state->leased > 0 && share.leased > 0);
  --state->leased;
  --share.leased;
}

void EndpointLimits::OnThrottle(const std::string& endpoint, const v1::Error& error,
                                absl::Duration now, Random& random) {
  State* state = Find(endpoint);
  if (state == nullptr) return;
  state->last_error = Describe(error);
  const bool deaf = MutantName() == "ignore_retry_after";
  const absl::Duration asked = absl::Milliseconds(deaf ? 0 : error.retry_after_ms());
  if (asked > retry_after_cap_) {
    state->parked_until = std::max(state->parked_until, now + std::min(asked, kParkMax));
    return;
  }
  if (asked > absl::ZeroDuration()) {
    state->not_before = std::max(state->not_before, now + asked);
    return;
  }
  if (state->not_before > now) return;
  state->throttle_episodes = std::min(state->throttle_episodes + 1, 30);
  // Half of the ceiling at least: a wait of nearly nothing would only meet the next 429.
  const absl::Duration jittered =
      FullJitterBackoff(state->throttle_episodes, kBackoffInitial, kBackoffMax, random);
  absl::Duration ceiling = kBackoffInitial;
  for (int i = 1; i < state->throttle_episodes && ceiling < kBackoffMax; ++i) ceiling *= 2;
  state->not_before = now + std::min(ceiling, kBackoffMax) / 2 + jittered / 2;
}

void EndpointLimits::OnSuccess(const std::string& endpoint) {
  State* state = Find(endpoint);
  if (state != nullptr) state->throttle_episodes = 0;
}

void EndpointLimits::Pause(const std::string& endpoint, PauseReason reason,
                           const v1::Error& error) {
  State* state = Find(endpoint);
  if (state == nullptr) return;
  state->paused = reason;
  state->last_error = Describe(error);
}

void EndpointLimits::Resume(const std::string& endpoint) {
  State* state = Find(endpoint);
  if (state == nullptr) return;
  state->paused = PauseReason::kNone;
  state->parked_until = -absl::InfiniteDuration();
}

void EndpointLimits::NoteError(const std::string& endpoint, const v1::Error& error) {
  State* state = Find(endpoint);
  if (state != nullptr) state->last_error = Describe(error);
}

void EndpointLimits::SetLearned(const std::string& endpoint, int calls) {
  State* state = Find(endpoint);
  if (state != nullptr) state->learned = calls;
}

PauseReason EndpointLimits::PausedFor(const std::string& endpoint, absl::Duration now) const {
  const State* state = Find(endpoint);
  if (state == nullptr) return PauseReason::kNone;
  if (state->paused != PauseReason::kNone) return state->paused;
  return state->parked_until > now ? PauseReason::kThrottle : PauseReason::kNone;
}

std::string EndpointLimits::LastError(const std::string& endpoint) const {
  const State* state = Find(endpoint);
  return state == nullptr ? "" : state->last_error;
}

absl::Duration EndpointLimits::NextChange(absl::Duration now) const {
  absl::Duration next = absl::InfiniteDuration();
  for (const auto& [id, state] : endpoints_) {
    if (WaitEnd(state) > now) next = std::min(next, WaitEnd(state));
  }
  return next;
}

int EndpointLimits::Wanted(const State& state, const std::string& agent) const {
  const auto own = state.shares.find(agent);
  if (own == state.shares.end() || own->second.leased == 0) return 0;
  int others = 0;
  for (const auto& [id, share] : state.shares) {
    if (id != agent) others += id.empty() ? share.leased : share.believed();
  }
  // Every leased unit needs a call; what is left over goes to units that make several at once.
  const int calls = std::min(state.max_in_flight, std::max(state.learned, state.leased));
  const std::int64_t fair = static_cast<std::int64_t>(calls) * own->second.leased / state.leased;
  const int free = std::max(0, calls - others);
  return static_cast<int>(std::min<std::int64_t>(std::max<std::int64_t>(fair, 1), free));
}

void EndpointLimits::OnSyncFrom(const std::string& agent) {
  for (auto& [id, state] : endpoints_) {
    const auto share = state.shares.find(agent);
    if (share == state.shares.end()) continue;
    share->second.before = share->second.told;
    if (share->second.leased == 0 && share->second.told == 0) state.shares.erase(share);
  }
}

std::vector<v1::EndpointLimit> EndpointLimits::Tell(const std::string& agent, absl::Duration now) {
  std::vector<v1::EndpointLimit> limits;
  for (auto& [id, state] : endpoints_) {
    const auto share = state.shares.find(agent);
    if (share == state.shares.end()) continue;
    const int wanted = Wanted(state, agent);
    share->second.before = share->second.believed();
    share->second.told = wanted;
    share->second.told_not_before = WaitEnd(state);
    v1::EndpointLimit limit;
    limit.set_endpoint(id);
    limit.set_max_in_flight(wanted);
    const absl::Duration wait = std::max(WaitEnd(state) - now, absl::ZeroDuration());
    limit.set_not_before_ms(absl::ToInt64Milliseconds(absl::Ceil(wait, absl::Milliseconds(1))));
    limits.push_back(std::move(limit));
    ASSAY_CHECK(BelievedInFlight(id) <= state.max_in_flight);
  }
  return limits;
}

bool EndpointLimits::HasNewsFor(const std::string& agent, absl::Duration now) const {
  for (const auto& [id, state] : endpoints_) {
    const auto found = state.shares.find(agent);
    if (found == state.shares.end()) continue;
    const Share& share = found->second;
    if (WaitEnd(state) > now && WaitEnd(state) > share.told_not_before) return true;
    const int wanted = Wanted(state, agent);
    if (share.told < share.leased && wanted > share.told) return true;
    const bool another_waits =
        std::any_of(state.shares.begin(), state.shares.end(), [&](const auto& other) {
          return other.first != agent && other.second.told < other.second.leased;
        });
    if (another_waits && wanted < share.told) return true;
  }
  return false;
}

void EndpointLimits::ForgetTold(const std::string& agent) {
  for (auto& [id, state] : endpoints_) {
    const auto share = state.shares.find(agent);
    if (share == state.shares.end()) continue;
    share->second.told = 0;
    share->second.before = 0;
  }
}

void EndpointLimits::Forget(const std::string& agent) {
  for (auto& [id, state] : endpoints_) {
    const auto share = state.shares.find(agent);
    if (share == state.shares.end()) continue;
    ASSAY_CHECK(share->second.leased == 0);
    state.shares.erase(share);
  }
}

int EndpointLimits::BelievedInFlight(const std::string& endpoint) const {
  const State* state = Find(endpoint);
  int sum = 0;
  if (state == nullptr) return sum;
  for (const auto& [id, share] : state->shares) sum += share.believed();
  return sum;
}

EndpointProgress EndpointLimits::ProgressOf(const std::string& endpoint, absl::Duration now) const {
  EndpointProgress progress;
  progress.endpoint = endpoint;
  const State* state = Find(endpoint);
  if (state == nullptr) return progress;
  progress.max_in_flight = state->max_in_flight;
  progress.leased = state->leased;
  progress.paused = PausedFor(endpoint, now);
  progress.wait = std::max(WaitEnd(*state) - now, absl::ZeroDuration());
  progress.last_error = state->last_error;
  return progress;
}

}  // namespace assay
