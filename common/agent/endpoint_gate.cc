#include "common/agent/endpoint_gate.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/base/check.h"

namespace assay {
namespace {

constexpr int kDefaultMaxInFlight = 16;

}  // namespace

EndpointGate::EndpointGate(Executor& executor, const Clock& clock)
    : executor_(executor), clock_(clock), alive_(std::make_shared<bool>(true)) {}

EndpointGate::~EndpointGate() {
  for (auto& [id, place] : places_) {
    if (place.timer != 0) executor_.Cancel(place.timer);
  }
}

std::uint64_t EndpointGate::Enter(const v1::Endpoint& endpoint, Task granted) {
  Place& place = places_[endpoint.id()];
  if (!place.limited) {
    place.max_in_flight =
        endpoint.max_in_flight() > 0 ? endpoint.max_in_flight() : kDefaultMaxInFlight;
  }
  const std::uint64_t ticket = next_ticket_++;
  place.waiters.push_back({ticket, std::move(granted)});
  Admit(endpoint.id(), place);
  return ticket;
}

void EndpointGate::Withdraw(std::uint64_t ticket) {
  if (const auto grant = granted_.find(ticket); grant != granted_.end()) {
    const std::string endpoint_id = grant->second.endpoint_id;
    granted_.erase(grant);
    Leave(endpoint_id);
    return;
  }
  for (auto& [id, place] : places_) {
    const auto waiter = std::find_if(place.waiters.begin(), place.waiters.end(),
                                     [&](const Waiter& w) { return w.ticket == ticket; });
    if (waiter != place.waiters.end()) {
      place.waiters.erase(waiter);
      return;
    }
  }
}

void EndpointGate::Leave(const std::string& endpoint_id) {
  Place& place = places_.at(endpoint_id);
  ASSAY_CHECK(place.in_flight > 0);
  --place.in_flight;
  Admit(endpoint_id, place);
}

void EndpointGate::SetLimit(const v1::EndpointLimit& limit) {
  Place& place = places_[limit.endpoint()];
  place.limited = true;
  place.max_in_flight = std::max(0, limit.max_in_flight());
  place.not_before =
      clock_.SteadyNow() + absl::Milliseconds(std::max<std::int64_t>(0, limit.not_before_ms()));
  Admit(limit.endpoint(), place);
}

int EndpointGate::in_flight(const std::string& endpoint_id) const {
  const auto place = places_.find(endpoint_id);
  return place == places_.end() ? 0 : place->second.in_flight;
}

void EndpointGate::Admit(const std::string& endpoint_id, Place& place) {
  if (place.timer != 0) {
    executor_.Cancel(place.timer);
    place.timer = 0;
  }
  const absl::Duration wait = place.not_before - clock_.SteadyNow();
  if (wait > absl::ZeroDuration()) {
    if (place.waiters.empty()) return;
    place.timer = executor_.RunAfter(wait, [this, alive = std::weak_ptr(alive_), endpoint_id] {
      if (alive.expired()) return;
      Place& due = places_.at(endpoint_id);
      due.timer = 0;
      Admit(endpoint_id, due);
    });
    return;
  }
  while (place.in_flight < place.max_in_flight && !place.waiters.empty()) {
    Waiter waiter = std::move(place.waiters.front());
    place.waiters.pop_front();
    ++place.in_flight;
    granted_[waiter.ticket] = {endpoint_id, std::move(waiter.granted)};
    executor_.Post([this, alive = std::weak_ptr(alive_), ticket = waiter.ticket] {
      if (!alive.expired()) RunGrant(ticket);
    });
  }
}

void EndpointGate::RunGrant(std::uint64_t ticket) {
  const auto grant = granted_.find(ticket);
  if (grant == granted_.end()) return;  // withdrawn
  Task task = std::move(grant->second.task);
  granted_.erase(grant);
  task();
}

}  // namespace assay
