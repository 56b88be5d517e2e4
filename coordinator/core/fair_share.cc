#include "coordinator/core/fair_share.h"

#include <algorithm>
#include <limits>

#include "common/base/check.h"

namespace assay {
namespace {

constexpr std::int64_t kQuantum = 1000;  // tokens a round and weight
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

}  // namespace

void FairShare::Add(int weight) {
  ASSAY_CHECK(weight >= 1);
  runs_.push_back({weight, 0});
}

// The least number of rounds with which a run that was not asked yet has credit.
std::int64_t FairShare::RoundsUntilSolvent(const std::vector<bool>& asked,
                                           std::int64_t given) const {
  std::int64_t least = kNever;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (asked[i]) continue;
    const std::int64_t a_round = runs_[i].weight * kQuantum;
    const std::int64_t needed = runs_[i].credit > 0 ? 0 : -runs_[i].credit / a_round + 1;
    least = std::min(least, std::max(needed, given));
  }
  return least;
}

bool FairShare::Turn(const std::function<std::int64_t(int run)>& grant) {
  std::vector<bool> asked(runs_.size(), false);
  std::int64_t rounds = 0;
  while ((rounds = RoundsUntilSolvent(asked, rounds)) != kNever) {
    for (std::size_t step = 0; step < runs_.size(); ++step) {
      const std::size_t i = At(step);
      if (asked[i] || runs_[i].credit + rounds * runs_[i].weight * kQuantum <= 0) continue;
      asked[i] = true;
      const std::int64_t cost = grant(static_cast<int>(i));
      if (cost < 0) continue;
      for (std::size_t other = 0; other < runs_.size(); ++other) {
        Account& account = runs_[other];
        // Who had credit and nothing to give, or became solvent and had nothing, saves nothing up.
        const bool served = other == i || !asked[other];
        if (served && account.credit <= 0) account.credit += rounds * account.weight * kQuantum;
      }
      runs_[i].credit -= cost;
      next_ = runs_[i].credit > 0 ? i : (i + 1) % runs_.size();
      return true;
    }
  }
  return false;
}

void FairShare::Charge(int run, std::int64_t more) {
  runs_[static_cast<std::size_t>(run)].credit -= more;
}

}  // namespace assay
