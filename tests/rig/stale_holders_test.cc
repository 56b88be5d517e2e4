// F32: three attempts at one text are alive at once and finish in every order. The last one counts;
// the others cost a call each and change nothing.
#include <algorithm>
#include <array>

#include "tests/rig/fault_run.h"

namespace assay {
namespace {

class StaleHolders : public FaultRun {
 protected:
  // Of the calls to the tested model, in the order in which they came.
  std::vector<LedgerEntry> Generations(std::int64_t since) {
    std::vector<LedgerEntry> found;
    for (const LedgerEntry& entry : simulator_->LedgerEntries()) {
      if (entry.order > since && entry.model == "sim/strong") found.push_back(entry);
    }
    return found;
  }
  bool Judged(std::int64_t since) {
    const auto entries = simulator_->LedgerEntries();
    return std::any_of(entries.begin(), entries.end(), [&](const LedgerEntry& entry) {
      return entry.order > since && entry.model == "sim/judge";
    });
  }

  // Answers come when they are let go: the first two to workers that are stopped by then, the
  // third, and any that a busy machine makes after it, when its turn is.
  void HoldAnswers() {
    FaultRule rule;
    rule.match.model = "sim/strong";
    rule.action.hang = true;
    simulator_->SetFaults({rule});
  }
  void LetTheThirdGo() {
    simulator_->SetFaults({});
    simulator_->Unhang();
  }

  // `order`: which attempt ends first, second and last.
  void FinishInOrder(const std::array<int, 3>& order) {
    const std::int64_t since = Served();
    stopped_.clear();
    HoldAnswers();
    std::string run_id = "order";
    for (const int attempt : order) run_id += "-" + std::to_string(attempt);
    ASSERT_NO_FATAL_FAILURE(Submit(run_id, job_));
    Words holders = {HolderOfCall(since, 1), HolderOfCall(since, 2)};
    ASSERT_TRUE(WaitUntil([&] { return Generations(since).size() >= 3; }));
    for (const int attempt : order) {
      if (attempt == 3) {
        LetTheThirdGo();
        ASSERT_TRUE(WaitUntil([&] { return Judged(since); })) << LogOf("first");
        continue;
      }
      EXPECT_EQ(Judged(since), std::find(order.begin(), order.end(), 3) <
                                   std::find(order.begin(), order.end(), attempt));
      const std::string holder = holders[static_cast<std::size_t>(attempt - 1)];
      agents_[holder]->process().Signal(SIGCONT);
      EXPECT_EQ(agents_[holder]->Terminate().exit_code, 0);  // once it is told the end
    }
    // On a busy machine the third may lose its short lease too: a call more each time.
    ExpectWhole(run_id, since, static_cast<int>(Generations(since).size()));
    const ProcessEnd status = Run({"status", run_id, "--coordinator", address_});
    EXPECT_THAT(status.out, ::testing::ContainsRegex("[2-9] lost leases"));
    for (const std::string& holder : holders) StartAgent(holder);
  }

  // Which worker has made that call: all are stopped, so that it loses its lease. It stays so, the
  // others go on.
  std::string HolderOfCall(std::int64_t since, std::size_t call) {
    EXPECT_TRUE(WaitUntil([&] { return Generations(since).size() == call; })) << call;
    const std::size_t seen = LogOf("first").size();
    for (const auto& [name, agent] : agents_) {
      if (name != "judge1") agent->process().Signal(SIGSTOP);
    }
    simulator_->Unhang();
    std::string holder;
    EXPECT_TRUE(WaitUntil([&] {
      const std::string log = LogOf("first").substr(seen);
      std::smatch lost;
      if (!std::regex_search(log, lost, std::regex("lease_lost .* agent=(worker\\d)\n"))) {
        return false;
      }
      holder = lost[1];
      return true;
    })) << LogOf("first");
    stopped_.insert(holder);
    for (const auto& [name, agent] : agents_) {
      if (name != "judge1" && !stopped_.contains(name)) agent->process().Signal(SIGCONT);
    }
    return holder;
  }

  std::set<std::string> stopped_;
};

TEST_F(StaleHolders, ThreeAttemptsEndInEveryOrder) {
  slots_ = 1;
  ASSERT_NO_FATAL_FAILURE(Begin(20, 1));
  StartAgents(3, 1);
  std::array<int, 3> order = {1, 2, 3};
  do {
    SCOPED_TRACE(::testing::PrintToString(order));
    ASSERT_NO_FATAL_FAILURE(FinishInOrder(order));
  } while (std::next_permutation(order.begin(), order.end()));
}

}  // namespace
}  // namespace assay
