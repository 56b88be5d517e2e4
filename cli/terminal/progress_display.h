// Progress of a run on a terminal (one line, redrawn) or in a pipe (plain lines). Pure: it is told
// the time and returns the bytes to write. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace assay {

// Counts so far, resumed work included.
struct ProgressView {
  std::int64_t generations = 0;  // that have an outcome
  std::int64_t generations_expected = 0;
  std::int64_t scorings = 0;  // that have an outcome
  std::int64_t scorings_expected = 0;
  std::int64_t losses = 0;  // failed, infra_lost, unjudged, quarantined
  std::int64_t in_flight = 0;
  double tokens_per_s = 0;
  double cost_usd = 0;
  bool priced = false;
  std::string notice;  // e.g. "endpoint judge waits 30 s"; empty: none
};

class ProgressDisplay {
 public:
  struct Options {
    bool terminal = false;  // redraw one line; else print lines
    bool colour = false;
  };

  explicit ProgressDisplay(Options options) : options_(options) {}

  // What to write now, often nothing. On a terminal at most five redraws a second; in a pipe a line
  // every 5 s while something changes, and one at each tenth of the work. `now` is steady time.
  std::string Update(const ProgressView& view, absl::Duration now, int columns);

  // The line as it stands, past every limit of rate, ending in "\n".
  std::string Finish(const ProgressView& view, absl::Duration now, int columns);

  // Removes the line, so that something else can be printed; the next Update draws it again.
  std::string Clear();

 private:
  std::string Line(const ProgressView& view, absl::Duration now, int columns) const;
  std::string Eta(const ProgressView& view, absl::Duration now) const;
  void Observe(const ProgressView& view, absl::Duration now);

  Options options_;
  bool started_ = false;
  bool drawn_ = false;
  ProgressView first_;
  absl::Duration first_at_;
  absl::Duration last_at_ = -absl::InfiniteDuration();
  std::string last_line_;
  std::int64_t last_tenth_ = 0;
};

// "9 s", "4 min 10 s", "2 h 05 min".
std::string ShortDuration(absl::Duration duration);
// "812", "12.3 k", "4.56 M".
std::string ShortCount(double value);

}  // namespace assay
