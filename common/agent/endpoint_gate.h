// How many calls an agent may have in flight at each endpoint, and from when: the agent's side of
// the limits that the coordinator hands out with every Sync. One per agent, on its executor.
// Callers queue first come, first served. A limit that shrinks below what is in flight takes effect
// as calls end; nothing is interrupted.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "assay/v1/spec.pb.h"
#include "assay/v1/work_service.pb.h"
#include "common/base/clock.h"
#include "common/base/executor.h"

namespace assay {

class EndpointGate {
 public:
  // Both outlive the gate.
  EndpointGate(Executor& executor, const Clock& clock);
  ~EndpointGate();
  EndpointGate(const EndpointGate&) = delete;
  EndpointGate& operator=(const EndpointGate&) = delete;

  // Runs `granted` as soon as the endpoint takes a call more, never inside this method. The caller
  // then has a place until Leave. Until the coordinator has set a limit, the endpoint's own
  // max_in_flight holds (16 when it names none). Returns a ticket for Withdraw.
  std::uint64_t Enter(const v1::Endpoint& endpoint, Task granted);

  // Gives up a place that was asked for, or granted with `granted` not yet run; `granted` does not
  // run. Unknown tickets are ignored.
  void Withdraw(std::uint64_t ticket);

  // Gives a place back. REQUIRES: `granted` ran, and Leave was not called for it before.
  void Leave(const std::string& endpoint_id);

  // What the coordinator allows until it says something else; max_in_flight 0 means none.
  void SetLimit(const v1::EndpointLimit& limit);

  int in_flight(const std::string& endpoint_id) const;

 private:
  struct Waiter {
    std::uint64_t ticket = 0;
    Task granted;
  };
  struct Place {
    int max_in_flight = 0;
    bool limited = false;  // the coordinator has spoken
    int in_flight = 0;     // granted ones included
    absl::Duration not_before = absl::ZeroDuration();
    TimerId timer = 0;
    std::deque<Waiter> waiters;
  };
  struct Grant {
    std::string endpoint_id;
    Task task;
  };

  void Admit(const std::string& endpoint_id, Place& place);
  void RunGrant(std::uint64_t ticket);

  Executor& executor_;
  const Clock& clock_;
  std::uint64_t next_ticket_ = 1;
  std::map<std::string, Place> places_;
  std::map<std::uint64_t, Grant> granted_;  // posted, not yet run
  std::shared_ptr<bool> alive_;
};

}  // namespace assay
