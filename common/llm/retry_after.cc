#include "common/llm/retry_after.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

namespace assay {
namespace {

constexpr double kMsMax = 1e15;

std::optional<double> ReadNumber(std::string_view text) {
  double value = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || stop != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

// RFC 9110 5.6.7: the format in use and the two obsolete ones.
std::optional<absl::Time> ReadDate(std::string_view text) {
  for (const char* format :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    absl::Time time;
    if (absl::ParseTime(format, std::string(text), absl::UTCTimeZone(), &time, nullptr)) {
      return time;
    }
  }
  return std::nullopt;
}

std::int64_t ToMs(double ms) {
  if (ms <= 0) return 0;
  return static_cast<std::int64_t>(std::ceil(std::min(ms, kMsMax)));
}

}  // namespace

std::int64_t RetryAfterMs(const HttpResponseHead& head, absl::Time now) {
  for (const HttpHeader& header : head.headers) {
    if (header.name != "retry-after-ms") continue;
    if (const std::optional<double> ms = ReadNumber(header.value)) return ToMs(*ms);
  }
  for (const HttpHeader& header : head.headers) {
    if (header.name != "retry-after") continue;
    if (const std::optional<double> seconds = ReadNumber(header.value)) return ToMs(*seconds * 1e3);
    if (const std::optional<absl::Time> date = ReadDate(header.value)) {
      return ToMs(absl::ToDoubleMilliseconds(*date - now));
    }
  }
  return 0;
}

}  // namespace assay
