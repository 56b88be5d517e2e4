#include "common/rpc/grpc_server.h"

#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <chrono>
#include <mutex>
#include <utility>

#include "common/base/log.h"

namespace assay {
namespace {

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

void SetArguments(const GrpcServerOptions& options, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // A second process on the same port would take every other connection, silently.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Milliseconds(options.min_ping_interval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             Milliseconds(options.max_connection_age));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             Milliseconds(options.max_connection_age_grace));
}

std::string WithPort(const std::string& listen, int port) {
  return listen.substr(0, listen.rfind(':') + 1) + std::to_string(port);
}

}  // namespace

struct GrpcServer::State {
  std::unique_ptr<grpc::Server> server;
  int port = 0;
  std::string address;
  bool drained = false;
};

bool IsLoopbackAddress(std::string_view address) {
  if (address.starts_with("unix:")) return true;
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view host = address.substr(0, colon);
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

GrpcServer::GrpcServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

GrpcServer::~GrpcServer() { Drain(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(
    const GrpcServerOptions& options, const std::vector<grpc::Service*>& services) {
  const std::string& listen = options.listen;
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string::npos || colon + 1 == listen.size() ||
      listen.find_first_not_of("0123456789", colon + 1) != std::string::npos) {
    return InvalidArgument("listen: \"" + EscapeForTerminal(listen) + "\", expected host:port");
  }
  if (!options.insecure_listen && !IsLoopbackAddress(listen)) {
    return InvalidArgument("listen: \"" + EscapeForTerminal(listen) +
                           "\" can be reached from other machines and there is no TLS yet; use "
                           "127.0.0.1, or say --insecure-listen where the network is yours");
  }
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  SetArguments(options, builder);
  auto state = std::make_unique<State>();
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &state->port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  state->server = builder.BuildAndStart();
  if (state->server == nullptr || state->port == 0) {
    return Unavailable("cannot listen on " + EscapeForTerminal(listen) +
                       ": the address is taken or is not one of this machine");
  }
  state->address = WithPort(listen, state->port);
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(state)));
}

int GrpcServer::port() const { return state_->port; }
const std::string& GrpcServer::address() const { return state_->address; }

void GrpcServer::SetServing(const std::string& service, bool serving) {
  state_->server->GetHealthCheckService()->SetServingStatus(service, serving);
}

void GrpcServer::Drain(absl::Duration limit) {
  if (std::exchange(state_->drained, true)) return;
  state_->server->GetHealthCheckService()->SetServingStatus(false);
  state_->server->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(limit));
  state_->server->Wait();
}

}  // namespace assay
