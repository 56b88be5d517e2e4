// FairShare: whose turn it is, in tokens. Deficit round robin over runs (Shreedhar and Varghese,
// "Efficient fair queuing using deficit round robin", 1995), in the form that lets a run overdraw
// by its last unit: what a unit costs is an estimate when it is handed out and is put right when it
// ends (reliability.md 3.11). Pure. Owned by the coordinator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace assay {

class FairShare {
 public:
  // Runs are numbered from 0 in the order of Add. REQUIRES: weight >= 1.
  void Add(int weight);

  // Offers the turn to runs until one takes a unit: `grant` answers the unit's expected tokens (0:
  // it makes no calls), or a negative number when the run has nothing to give now. Runs with credit
  // come first, the one that took last before the others; then the others get what their weight
  // gives them, round by round, until one of them takes. False, with no account changed, when
  // nobody takes: to wait for a slot pays no debt.
  bool Turn(const std::function<std::int64_t(int run)>& grant);

  // A unit's tokens turned out to be `more` (or less, when negative) than what its run was charged.
  void Charge(int run, std::int64_t more);

  std::int64_t credit(int run) const { return runs_[static_cast<std::size_t>(run)].credit; }

 private:
  struct Account {
    std::int64_t weight = 1;
    std::int64_t credit = 0;
  };
  std::size_t At(std::size_t step) const { return (next_ + step) % runs_.size(); }
  std::int64_t RoundsUntilSolvent(const std::vector<bool>& asked, std::int64_t given) const;

  std::vector<Account> runs_;
  std::size_t next_ = 0;
};

}  // namespace assay
