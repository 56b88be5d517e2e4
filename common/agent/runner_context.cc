#include "common/agent/runner_context.h"

#include <algorithm>

#include "common/base/log.h"

namespace assay {
namespace {

constexpr std::size_t kMaxMessageBytes = 512;

}  // namespace

absl::Duration UnavailableBackoff(int failures, Random& random) {
  const int doublings = std::clamp(failures - 1, 0, 6);
  const double ceiling_ms = std::min(5000.0, 100.0 * static_cast<double>(1 << doublings));
  return absl::Milliseconds(1.0 + ceiling_ms * random.Unit());
}

v1::Error MakeError(v1::ErrorClass error_class, std::string_view message) {
  v1::Error error;
  error.set_error_class(error_class);
  error.set_message(EscapeForTerminal(message, kMaxMessageBytes - 8));
  return error;
}

}  // namespace assay
