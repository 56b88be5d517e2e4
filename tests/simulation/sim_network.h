// SimNetwork: messages between simulated machines. Each may be late, lost, or delivered twice, and
// so in another order; links can be cut in one direction.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>

#include "tests/simulation/fault_plan.h"
#include "tests/simulation/sim_loop.h"

namespace assay {

class SimNetwork {
 public:
  SimNetwork(SimLoop& loop, FaultPlan& faults) : loop_(loop), faults_(faults) {}

  void Cut(const std::string& from, const std::string& to) { cut_.insert({from, to}); }
  void Mend(const std::string& from, const std::string& to) { cut_.erase({from, to}); }
  void MendAll() { cut_.clear(); }
  bool Connected(const std::string& from, const std::string& to) const {
    return cut_.count({from, to}) == 0;
  }

  // Runs `arrive` where the message arrives: never, once or twice.
  void Send(const std::string& from, const std::string& to, std::function<void()> arrive) {
    Random& random = loop_.random();
    if (!Connected(from, to) || random.Unit() < faults_.drop) return;
    if (random.Unit() < faults_.duplicate) loop_.At(Latency(), arrive);
    loop_.At(Latency(), std::move(arrive));
  }

  absl::Duration Latency() {
    Random& random = loop_.random();
    absl::Duration latency = faults_.latency + faults_.latency_spread * random.Unit();
    if (random.Unit() < faults_.straggle) latency += absl::Seconds(20) * random.Unit();
    return latency;
  }

 private:
  SimLoop& loop_;
  FaultPlan& faults_;
  std::set<std::pair<std::string, std::string>> cut_;
};

}  // namespace assay
