// absl::Status helpers: the two propagation macros, and constructors that take std::string_view
// (Debian's absl::string_view is a type of its own). Meaning of the codes: docs/errors.md.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define ASSAY_STATUS_CONCAT_INNER(a, b) a##b
#define ASSAY_STATUS_CONCAT(a, b) ASSAY_STATUS_CONCAT_INNER(a, b)

#define ASSAY_RETURN_IF_ERROR(expr)                               \
  do {                                                            \
    if (absl::Status assay_status = (expr); !assay_status.ok()) { \
      return assay_status;                                        \
    }                                                             \
  } while (false)

#define ASSAY_ASSIGN_OR_RETURN(lhs, expr) \
  ASSAY_ASSIGN_OR_RETURN_INNER(ASSAY_STATUS_CONCAT(assay_statusor_, __LINE__), lhs, expr)
#define ASSAY_ASSIGN_OR_RETURN_INNER(tmp, lhs, expr) \
  auto tmp = (expr);                                 \
  if (!tmp.ok()) return tmp.status();                \
  lhs = *std::move(tmp)

namespace assay {

absl::Status InvalidArgument(std::string_view message);  // never retried; a user can mend it
absl::Status NotFound(std::string_view message);
absl::Status AlreadyExists(std::string_view message);
absl::Status FailedPrecondition(std::string_view message);
absl::Status ResourceExhausted(std::string_view message);  // a stated limit
absl::Status Unavailable(std::string_view message);        // retryable
absl::Status Aborted(std::string_view message);            // attempt or leader token is stale
absl::Status DataLoss(std::string_view message);           // stored bytes are not what was written
absl::Status Internal(std::string_view message);           // a defect of ours

// Message of a status as std::string_view; valid while `status` lives.
std::string_view MessageOf(const absl::Status& status);

// The same status with "prefix: " before its message. OK stays OK.
absl::Status Annotate(const absl::Status& status, std::string_view prefix);

}  // namespace assay
