// absl::Status <-> grpc::Status: the only place where one becomes the other. The codes are the same
// numbers. Thread-safe.
#pragma once

#include "absl/status/status.h"

namespace grpc {
class Status;
}  // namespace grpc

namespace assay {

// Name of the trailer in which a coordinator that does not lead says who does.
inline constexpr char kLeaderTrailer[] = "assay-leader";

// The message is cut to 2 KiB, since it travels in a header.
grpc::Status ToGrpcStatus(const absl::Status& status);

// As the other side sent it, or as gRPC made it up (kDeadlineExceeded, kCancelled, kUnavailable).
absl::Status FromGrpcStatus(const grpc::Status& status);

// The same for a caller who only asks whether the server can be reached: kDeadlineExceeded,
// kCancelled and kUnknown, which gRPC gives for connections that break or stay silent, are
// kUnavailable.
absl::Status FromTransport(const grpc::Status& status);

}  // namespace assay
