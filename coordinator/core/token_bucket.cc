#include "coordinator/core/token_bucket.h"

#include <algorithm>

namespace assay {
namespace {

constexpr absl::Duration kMinute = absl::Seconds(60);

}  // namespace

void TokenBucket::Lower(std::int64_t per_minute) {
  if (per_minute <= 0) return;
  per_minute_ = per_minute_ <= 0 ? per_minute : std::min(per_minute_, per_minute);
}

void TokenBucket::Expire(absl::Duration now) {
  while (!entries_.empty() && entries_.front().at + kMinute <= now) {
    sum_ -= entries_.front().amount;
    entries_.pop_front();
  }
}

bool TokenBucket::MayTake(std::int64_t amount, absl::Duration now) {
  return FreeAt(amount, now) <= now;
}

absl::Duration TokenBucket::FreeAt(std::int64_t amount, absl::Duration now) {
  if (per_minute_ <= 0) return now;
  Expire(now);
  std::int64_t sum = sum_;
  absl::Duration free_at = now;
  for (const Entry& entry : entries_) {
    if (sum == 0 || sum <= per_minute_ - std::min(amount, per_minute_)) break;
    sum -= entry.amount;
    free_at = std::max(now, entry.at + kMinute);
  }
  return free_at;
}

TokenBucket::Ticket TokenBucket::Take(std::int64_t amount, absl::Duration now) {
  if (per_minute_ <= 0) return 0;
  Expire(now);
  entries_.push_back({next_, now, amount});
  sum_ += amount;
  return next_++;
}

void TokenBucket::Settle(Ticket ticket, std::int64_t actual) {
  const auto entry =
      std::lower_bound(entries_.begin(), entries_.end(), ticket,
                       [](const Entry& e, Ticket wanted) { return e.ticket < wanted; });
  if (entry == entries_.end() || entry->ticket != ticket) return;
  sum_ += actual - entry->amount;
  entry->amount = actual;
}

std::int64_t TokenBucket::spent(absl::Duration now) {
  Expire(now);
  return sum_;
}

}  // namespace assay
