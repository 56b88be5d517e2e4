// One seed from its beginning to its verdict: the phases of a simulation.
#include <functional>
#include <map>
#include <string>
#include <tuple>

#include "tests/simulation/cluster.h"

namespace assay {
namespace {

constexpr absl::Duration kSafetyLimit = absl::Minutes(4);
constexpr absl::Duration kLivenessLimit = absl::Minutes(20);
constexpr absl::Duration kQuietLimit = absl::Minutes(5);
constexpr std::uint64_t kCheckEvery = 200;

// Runs until `done`, with the invariants looked at all the time.
bool CheckedUntil(Cluster& cluster, const std::function<bool()>& done, absl::Duration limit) {
  std::uint64_t next_check = cluster.loop.events() + kCheckEvery;
  const bool reached = cluster.loop.RunUntil(
      [&] {
        if (cluster.loop.events() >= next_check) {
          next_check = cluster.loop.events() + kCheckEvery;
          cluster.CheckNow();
        }
        return cluster.invariants().violation().has_value() || done();
      },
      limit);
  return reached && !cluster.invariants().violation().has_value();
}

// CanonicalResults of a workload in which nothing goes wrong.
const std::string& UndisturbedResults(const Workload& workload) {
  static std::map<std::tuple<int, bool, int>, std::string> known;
  std::string& results = known[{workload.samples, workload.refused, workload.malformed}];
  if (!results.empty()) return results;
  SimLoop loop(1);
  FaultPlan faults;
  Workload calm = workload;
  calm.coordinators = 1;
  Cluster cluster(loop, faults, calm, {});
  cluster.Start();
  CheckedUntil(
      cluster, [&] { return cluster.Sealed(); }, absl::Hours(1));
  results = cluster.invariants().Results();
  if (const auto& violation = cluster.invariants().violation()) {
    results = "undisturbed: " + *violation;
  }
  return results;
}

}  // namespace

SimulationResult Simulate(std::uint64_t seed, const SimulationOptions& options) {
  SimLoop loop(seed);
  loop.set_print(options.trace);
  FaultPlan faults = FaultPlan::FromSeed(loop.random());
  const Workload workload = Workload::FromSeed(loop.random(), faults);
  const bool cancels = faults.cancel;
  const std::string& expected = UndisturbedResults(workload);
  Cluster cluster(loop, faults, workload, options.mutants);
  Invariants& invariants = cluster.invariants();
  cluster.Start();
  cluster.BeginChaos();
  CheckedUntil(
      cluster, [&] { return cluster.Sealed(); }, kSafetyLimit);
  if (!invariants.violation().has_value()) {
    cluster.Heal();
    if (!CheckedUntil(
            cluster, [&] { return cluster.Sealed(); }, kLivenessLimit)) {
      invariants.Violated("I8: not sealed after healing: " + cluster.Describe());
    }
  }
  if (!invariants.violation().has_value() &&
      !CheckedUntil(
          cluster, [&] { return cluster.Idle(); }, kQuietLimit)) {
    invariants.Violated("I8: agents are not done: " + cluster.Describe());
  }
  if (!invariants.violation().has_value()) {
    invariants.CheckEnd(cancels ? "" : expected);
  }
  SimulationResult result;
  result.violation = invariants.violation().value_or("");
  result.trace_hash = loop.trace_hash();
  result.events = loop.events();
  result.virtual_time = loop.now();
  return result;
}

}  // namespace assay
