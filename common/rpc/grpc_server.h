// A gRPC server over the callback API: listening address, keepalive, message caps, health, drain.
// Mains make one, on the main thread; services are called on gRPC's own threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/base/status.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace assay {

// Largest message that a server takes; larger ones end as kResourceExhausted. Whatever can be
// larger travels in chunks.
inline constexpr int kMaxMessageBytes = 4 << 20;

struct GrpcServerOptions {
  std::string listen = "127.0.0.1:0";  // host:port; port 0 takes a free one
  // There is no TLS yet: without this only loopback addresses are taken.
  bool insecure_listen = false;
  absl::Duration min_ping_interval = absl::Seconds(15);
  absl::Duration max_connection_age = absl::Minutes(10);  // +- 10 %, by gRPC
  absl::Duration max_connection_age_grace = absl::Seconds(60);
};

class GrpcServer {
 public:
  // Binds and serves; grpc.health.v1 too, where "" serves and every other name does not until
  // SetServing. kInvalidArgument: the address. kUnavailable: it is taken. `services` outlive the
  // server.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      const GrpcServerOptions& options, const std::vector<grpc::Service*>& services);
  // Drains at once.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  int port() const;
  // "127.0.0.1:7400", with the port that was really taken.
  const std::string& address() const;

  // Health of a service name, e.g. "leader". Thread-safe.
  void SetServing(const std::string& service, bool serving);

  // Health says NOT_SERVING, no new call is taken, calls that are open may end within `limit` and
  // are cancelled then. Blocks until the last one has ended, so whatever answers them must still
  // run. Repeatable.
  void Drain(absl::Duration limit);

 private:
  struct State;
  explicit GrpcServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Whether `address` (host:port) can only be reached from this machine: 127.x.x.x, [::1], localhost
// or unix:path.
bool IsLoopbackAddress(std::string_view address);

}  // namespace assay
