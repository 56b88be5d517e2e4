#include "common/rpc/grpc_status.h"

#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "common/rpc/grpc_server.h"

namespace assay {
namespace {

TEST(GrpcStatus, EveryCodeSurvivesTheWay) {
  for (int code = 0; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), code == 0 ? "" : "why");
    EXPECT_EQ(FromGrpcStatus(ToGrpcStatus(status)), status);
  }
}

TEST(GrpcStatus, ALongMessageIsCut) {
  EXPECT_LE(ToGrpcStatus(Internal(std::string(100'000, 'x'))).error_message().size(), 2048u);
}

TEST(GrpcStatus, ABrokenConnectionIsUnavailable) {
  for (const auto code : {grpc::StatusCode::DEADLINE_EXCEEDED, grpc::StatusCode::CANCELLED,
                          grpc::StatusCode::UNKNOWN, grpc::StatusCode::UNAVAILABLE}) {
    EXPECT_TRUE(absl::IsUnavailable(FromTransport(grpc::Status(code, "x"))));
  }
  EXPECT_TRUE(absl::IsAborted(FromTransport(grpc::Status(grpc::StatusCode::ABORTED, "x"))));
  EXPECT_TRUE(FromTransport(grpc::Status::OK).ok());
}

TEST(GrpcServer, KnowsLoopbackAddresses) {
  for (const char* address :
       {"127.0.0.1:1", "127.8.9.1:0", "localhost:7400", "[::1]:5", "unix:/tmp/x"}) {
    EXPECT_TRUE(IsLoopbackAddress(address)) << address;
  }
  for (const char* address : {"0.0.0.0:1", "10.0.0.1:1", "[::]:1", "127.evil.example:1",
                              "localhost.example:1", ":7400", "127.0.0.1", ""}) {
    EXPECT_FALSE(IsLoopbackAddress(address)) << address;
  }
}

}  // namespace
}  // namespace assay
