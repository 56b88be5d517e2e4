#include "coordinator/core/breaker.h"

#include <algorithm>

namespace assay {
namespace {

constexpr int kInARow = 6;
constexpr int kLeastEnds = 20;
constexpr absl::Duration kWindow = absl::Seconds(30);
constexpr std::size_t kMostEnds = 4096;
constexpr absl::Duration kFirstProbe = absl::Seconds(5);
constexpr absl::Duration kProbeMax = absl::Seconds(60);
constexpr absl::Duration kGoneAfter = absl::Minutes(5);

}  // namespace

bool Breaker::MayStart(absl::Duration now) const {
  return !open_ || (!probing_ && now >= next_probe_);
}

void Breaker::OnStarted(absl::Duration now) {
  if (!open_) return;
  probing_ = true;
  gone_ = false;
  probe_started_ = now;
}

void Breaker::OnNoAnswer(absl::Duration started, absl::Duration now, double jitter) {
  if (!open_ || !probing_ || started < probe_started_) return;
  probing_ = false;
  next_probe_ = now + kFirstProbe * (1 + jitter / 5);
}

void Breaker::Note(bool failed, absl::Duration now) {
  ends_.emplace_back(now, failed);
  failed_ends_ += failed ? 1 : 0;
  while (ends_.front().first + kWindow < now || ends_.size() > kMostEnds) {
    failed_ends_ -= ends_.front().second ? 1 : 0;
    ends_.pop_front();
  }
}

void Breaker::OnSuccess(absl::Duration started, absl::Duration now) {
  if (open_) {
    if (!probing_ || started < probe_started_) return;
    *this = Breaker();
    return;
  }
  in_a_row_ = 0;
  Note(false, now);
}

void Breaker::OnFailure(absl::Duration started, absl::Duration now, double jitter) {
  if (open_) {
    if (!probing_ || started < probe_started_) return;
    probing_ = false;
    ++failed_probes_;
    ScheduleProbe(now, jitter);
    return;
  }
  ++in_a_row_;
  Note(true, now);
  const auto ends = static_cast<int>(ends_.size());
  if (in_a_row_ >= kInARow || (ends >= kLeastEnds && 2 * failed_ends_ >= ends)) Open(now, jitter);
}

void Breaker::Open(absl::Duration now, double jitter) {
  open_ = true;
  probing_ = false;
  gone_ = false;
  failed_probes_ = 0;
  opened_at_ = now;
  ends_.clear();
  failed_ends_ = 0;
  in_a_row_ = 0;
  ScheduleProbe(now, jitter);
}

void Breaker::ScheduleProbe(absl::Duration now, double jitter) {
  absl::Duration wait = kFirstProbe;
  for (int i = 0; i < failed_probes_ && wait < kProbeMax; ++i) wait *= 2;
  next_probe_ = now + std::min(wait, kProbeMax) * (1 + jitter / 5);
  gone_ = now - opened_at_ >= kGoneAfter;
}

void Breaker::ProbeNow(absl::Duration now) {
  if (!open_) return;
  if (!probing_) next_probe_ = now;
  opened_at_ = now;
  failed_probes_ = 0;
  gone_ = false;
}

absl::Duration Breaker::next_probe() const {
  return open_ && !probing_ ? next_probe_ : -absl::InfiniteDuration();
}

}  // namespace assay
