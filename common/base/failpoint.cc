#include "common/base/failpoint.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "common/base/check.h"
#include "common/base/mutex.h"

namespace assay {
namespace {

// Grouped by the folder that hits them, in the order of a unit's life.
constexpr const char* kNames[] = {
    "run.record_stored",
    "coordinator.granted",
    "agent.assigned",
    "agent.inputs_fetched",
    "agent.call_started",
    "agent.call_replied",
    "agent.journal_appended",
    "agent.step_taken",
    "agent.envelope_stored",
    "agent.finished_reported",
    "coordinator.envelope_verified",
    "coordinator.committed",
    "blob.batch_written",
    "blob.batch_synced",
    "coordinator.manifest_written",
    "run.results_written",
};

#ifdef ASSAY_FAILPOINTS
struct Plan {
  std::string name;
  bool crash = false;
  int countdown = 1;
};

Plan ParsePlan() {
  Plan plan;
  const char* text = std::getenv("ASSAY_FAILPOINT");
  if (text == nullptr) return plan;
  const std::string spec(text);
  const auto first = spec.find(':');
  plan.name = spec.substr(0, first);
  if (first == std::string::npos) return plan;
  const auto second = spec.find(':', first + 1);
  plan.crash = spec.substr(first + 1, second - first - 1) == "crash";
  if (second != std::string::npos) plan.countdown = std::atoi(spec.c_str() + second + 1);
  return plan;
}
#endif

}  // namespace

std::vector<std::string> FailpointNames() { return {std::begin(kNames), std::end(kNames)}; }

#ifdef ASSAY_FAILPOINTS
bool HitFailpoint(const char* name) {
  static Mutex mutex;
  static Plan plan = ParsePlan();
  MutexLock lock(mutex);
  ASSAY_CHECK(std::any_of(std::begin(kNames), std::end(kNames),
                          [&](const char* known) { return std::string_view(known) == name; }));
  if (plan.name != name || --plan.countdown != 0) return false;
  if (plan.crash) {
    std::raise(SIGKILL);
  }
  return true;
}

std::string_view MutantName() {
  const char* name = std::getenv("ASSAY_MUTANT");
  return name == nullptr ? "" : name;
}
#endif

}  // namespace assay
