#include "coordinator/core/aimd_limit.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace assay {
namespace {

constexpr double kDecrease = 0.8;
constexpr double kIncrease = 0.05;
constexpr absl::Duration kBetweenCuts = absl::Seconds(15);
constexpr absl::Duration kBetweenCutsMax = absl::Seconds(120);

}  // namespace

AimdLimit::AimdLimit(int cap) : cap_(cap), limit_(cap), ramp_(cap) { ASSAY_CHECK(cap >= 1); }

void AimdLimit::SetCap(int cap) {
  ASSAY_CHECK(cap >= 1);
  cap_ = cap;
  limit_ = ever_refused_ ? std::min(limit_, static_cast<double>(cap)) : cap;
  ramp_ = ever_refused_ ? std::min(ramp_, cap) : cap;
}

int AimdLimit::ramp() const { return std::min(ramp_, limit()); }

bool AimdLimit::MayStart(int in_flight, int unproven) const {
  return in_flight < limit() && (unproven < ramp() || !ever_refused_);
}

void AimdLimit::OnThrottle(int in_flight, absl::Duration started, absl::Duration now,
                           absl::Duration retry_after) {
  const bool same_burst = started <= last_refusal_;
  const bool new_episode = !refused_;
  ever_refused_ = true;
  refused_ = true;
  clean_ = 0;
  ramp_ = 1;
  last_refusal_ = now;
  if (same_burst || !new_episode || now < next_cut_) return;
  // A server that refuses the first of a few calls says little about what it takes at most.
  const double used = std::clamp(static_cast<double>(in_flight), limit_ / 2, limit_);
  limit_ = std::max(1.0, used * kDecrease);
  next_cut_ = now + std::clamp(retry_after, kBetweenCuts, kBetweenCutsMax);
}

void AimdLimit::OnAccepted(int in_flight, absl::Duration started) {
  if (started < last_refusal_) return;
  refused_ = false;
  ramp_ = std::min(ramp_ + 1, cap_);
  used_ = std::max(used_, in_flight);
  if (++clean_ < limit()) return;
  clean_ = 0;
  if (2 * std::exchange(used_, 0) < limit()) return;
  limit_ = std::min(static_cast<double>(cap_), limit_ + std::max(1.0, kIncrease * limit_));
}

void AimdLimit::OnTransient() { clean_ = 0; }

}  // namespace assay
