#include "cli/terminal/progress_display.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_format.h"
#include "cli/terminal/display_width.h"
#include "common/base/log.h"

namespace assay {
namespace {

constexpr absl::Duration kRedrawInterval = absl::Milliseconds(200);
constexpr absl::Duration kLineInterval = absl::Seconds(5);
constexpr int kBarColumns = 20;

std::int64_t Done(const ProgressView& v) { return v.generations + v.scorings; }
std::int64_t Expected(const ProgressView& v) {
  return v.generations_expected + v.scorings_expected;
}

std::string Bar(const ProgressView& view) {
  const std::int64_t expected = std::max<std::int64_t>(1, Expected(view));
  const int filled = static_cast<int>(Done(view) * kBarColumns / expected);
  std::string bar = "[";
  for (int i = 0; i < kBarColumns; ++i) bar += i < filled ? '#' : '.';
  return bar + "]";
}

// Time left for `remaining` pieces at the pace of `done` pieces in `elapsed`.
absl::Duration TimeLeft(std::int64_t done, std::int64_t remaining, absl::Duration elapsed) {
  if (remaining <= 0) return absl::ZeroDuration();
  if (done <= 0) return absl::InfiniteDuration();
  return elapsed * (static_cast<double>(remaining) / static_cast<double>(done));
}

}  // namespace

std::string ShortDuration(absl::Duration duration) {
  const std::int64_t seconds = std::max<std::int64_t>(0, absl::ToInt64Seconds(duration));
  if (seconds < 60) return absl::StrFormat("%d s", seconds);
  if (seconds < 3600) return absl::StrFormat("%d min %02d s", seconds / 60, seconds % 60);
  return absl::StrFormat("%d h %02d min", seconds / 3600, seconds / 60 % 60);
}

std::string ShortCount(double value) {
  if (value < 9999.5) return absl::StrFormat("%.0f", value);
  if (value < 999.95e3) return absl::StrFormat("%.1f k", value / 1e3);
  return absl::StrFormat("%.2f M", value / 1e6);
}

void ProgressDisplay::Observe(const ProgressView& view, absl::Duration now) {
  if (!started_) {
    started_ = true;
    first_ = view;
    first_at_ = now;
    last_tenth_ = Done(view) * 10 / std::max<std::int64_t>(1, Expected(view));
  }
}

std::string ProgressDisplay::Eta(const ProgressView& view, absl::Duration now) const {
  const absl::Duration elapsed = now - first_at_;
  const absl::Duration left = std::max(
      TimeLeft(view.generations - first_.generations, view.generations_expected - view.generations,
               elapsed),
      TimeLeft(view.scorings - first_.scorings, view.scorings_expected - view.scorings, elapsed));
  if (left == absl::InfiniteDuration()) return "ETA ?";
  return "ETA " + ShortDuration(left);
}

std::string ProgressDisplay::Line(const ProgressView& view, absl::Duration now, int columns) const {
  std::vector<std::string> parts = {
      absl::StrFormat("generated %d/%d", view.generations, view.generations_expected),
      absl::StrFormat("scored %d/%d", view.scorings, view.scorings_expected)};
  if (view.losses > 0) parts.push_back(absl::StrFormat("lost %d", view.losses));
  if (!view.notice.empty()) parts.push_back(EscapeForTerminal(view.notice, 120));
  if (Done(view) < Expected(view)) parts.push_back(Eta(view, now));
  if (view.tokens_per_s > 0) parts.push_back(ShortCount(view.tokens_per_s) + " tok/s");
  if (view.priced) parts.push_back(absl::StrFormat("$%.2f", view.cost_usd));
  if (view.in_flight > 0) parts.push_back(absl::StrFormat("%d in flight", view.in_flight));
  std::string line = options_.terminal ? Bar(view) : "";
  if (DisplayWidth(line) + DisplayWidth(parts[0]) + DisplayWidth(parts[1]) + 6 > columns) {
    line.clear();
  }
  for (const std::string& part : parts) {
    const std::string separator = line.empty() ? "" : line.back() == ']' ? " " : ", ";
    if (DisplayWidth(line) + DisplayWidth(separator) + DisplayWidth(part) > columns) break;
    line += separator + part;
  }
  return line.empty() ? FitToWidth(parts[0], columns) : line;
}

std::string ProgressDisplay::Update(const ProgressView& view, absl::Duration now, int columns) {
  const bool first = !started_;
  if (options_.terminal) {
    if (!first && drawn_ && now - last_at_ < kRedrawInterval) return "";
    Observe(view, now);
    // The last column stays free, or some terminals wrap.
    const std::string line = Line(view, now, columns - 1);
    last_at_ = now;
    if (drawn_ && line == last_line_) return "";
    drawn_ = true;
    last_line_ = line;
    const bool red = options_.colour && view.losses > 0;
    return "\r" + (red ? "\x1b[33m" + line + "\x1b[0m" : line) + "\x1b[K";
  }
  Observe(view, now);
  const std::int64_t tenth = Done(view) * 10 / std::max<std::int64_t>(1, Expected(view));
  const bool due = first || tenth > last_tenth_ || now - last_at_ >= kLineInterval;
  if (!due) return "";
  const std::string line = Line(view, now, 200);
  if (!first && tenth == last_tenth_ && line == last_line_) return "";
  last_tenth_ = std::max(tenth, last_tenth_);
  last_at_ = now;
  last_line_ = line;
  return line + "\n";
}

std::string ProgressDisplay::Finish(const ProgressView& view, absl::Duration now, int columns) {
  Observe(view, now);
  const std::string line = Line(view, now, options_.terminal ? columns - 1 : 200);
  const bool shown = !options_.terminal && line == last_line_;
  drawn_ = false;
  last_line_ = line;
  if (shown) return "";
  return options_.terminal ? "\r" + line + "\x1b[K\n" : line + "\n";
}

std::string ProgressDisplay::Clear() {
  if (!drawn_) return "";
  drawn_ = false;
  return "\r\x1b[K";
}

}  // namespace assay
