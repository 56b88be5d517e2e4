#include "common/rpc/grpc_status.h"

#include <grpcpp/support/status.h>

#include <string>

#include "common/base/status.h"

namespace assay {
namespace {

constexpr std::size_t kMessageBytesMax = 2048;

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.raw_code()),
          std::string(MessageOf(status).substr(0, kMessageBytesMax))};
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

absl::Status FromTransport(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
      return Unavailable("no answer: " + status.error_message());
    default:
      return FromGrpcStatus(status);
  }
}

}  // namespace assay
