// TokenBucket: what may be spent in any 60 seconds, for a provider's tokens or requests per minute
// (reliability.md 3.10). It keeps every amount for 60 seconds instead of refilling at a rate: a
// bucket that refills and may be emptied at once lets up to twice the limit pass in some minute.
// Pure: time is an argument, and never goes back. Owned by CallLanes.
#pragma once

#include <cstdint>
#include <deque>

#include "absl/time/time.h"

namespace assay {

class TokenBucket {
 public:
  using Ticket = std::uint64_t;  // 0: of nothing

  // 0: without limit.
  explicit TokenBucket(std::int64_t per_minute) : per_minute_(per_minute) {}
  // Two runs that describe one endpoint: the lower limit holds.
  void Lower(std::int64_t per_minute);

  // Whether `amount` may be spent now. More than a minute's worth may once nothing else counts:
  // otherwise it could never be.
  bool MayTake(std::int64_t amount, absl::Duration now);
  // The moment from which MayTake is true when nothing else is taken; `now` when it is already.
  absl::Duration FreeAt(std::int64_t amount, absl::Duration now);
  // Reserves. Allowed beyond the limit too: work that is already running is counted.
  Ticket Take(std::int64_t amount, absl::Duration now);
  // What was spent in the end, counted at the time of Take. Nothing once that has left the minute.
  void Settle(Ticket ticket, std::int64_t actual);

  std::int64_t spent(absl::Duration now);  // in the last 60 seconds
  std::int64_t per_minute() const { return per_minute_; }

 private:
  struct Entry {
    Ticket ticket = 0;
    absl::Duration at;
    std::int64_t amount = 0;
  };
  void Expire(absl::Duration now);

  std::int64_t per_minute_;
  std::deque<Entry> entries_;  // by ticket and time
  std::int64_t sum_ = 0;
  Ticket next_ = 1;
};

}  // namespace assay
