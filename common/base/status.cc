#include "common/base/status.h"

namespace assay {
namespace {

absl::Status Make(absl::StatusCode code, std::string_view message) {
  return absl::Status(code, absl::string_view(message.data(), message.size()));
}

}  // namespace

absl::Status InvalidArgument(std::string_view m) {
  return Make(absl::StatusCode::kInvalidArgument, m);
}
absl::Status NotFound(std::string_view m) { return Make(absl::StatusCode::kNotFound, m); }
absl::Status AlreadyExists(std::string_view m) { return Make(absl::StatusCode::kAlreadyExists, m); }
absl::Status FailedPrecondition(std::string_view m) {
  return Make(absl::StatusCode::kFailedPrecondition, m);
}
absl::Status ResourceExhausted(std::string_view m) {
  return Make(absl::StatusCode::kResourceExhausted, m);
}
absl::Status Unavailable(std::string_view m) { return Make(absl::StatusCode::kUnavailable, m); }
absl::Status Aborted(std::string_view m) { return Make(absl::StatusCode::kAborted, m); }
absl::Status DataLoss(std::string_view m) { return Make(absl::StatusCode::kDataLoss, m); }
absl::Status Internal(std::string_view m) { return Make(absl::StatusCode::kInternal, m); }

std::string_view MessageOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

absl::Status Annotate(const absl::Status& status, std::string_view prefix) {
  if (status.ok()) return status;
  std::string message(prefix);
  message += ": ";
  message += MessageOf(status);
  return Make(status.code(), message);
}

}  // namespace assay
