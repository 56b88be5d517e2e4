#include "simulator/simulator.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "common/base/log.h"
#include "simulator/connection.h"
#include "simulator/event_loop.h"
#include "simulator/model_catalog.h"
#include "simulator/request_router.h"

namespace assay {
namespace {

constexpr int kBacklog = 4096;
constexpr double kAcceptPauseSeconds = 0.05;
constexpr double kOpenAiIdleSeconds = 300;

absl::Status CheckOptions(const SimulatorOptions& options) {
  const auto wrong = [](std::string_view what) {
    return InvalidArgument("simulator: " + std::string(what));
  };
  if (options.port < 0 || options.port > 65535) return wrong("port: expected 0 to 65535");
  if (options.latency_ms < 0) return wrong("latency_ms: expected 0 or more");
  if (options.tokens_per_s < 0) return wrong("tokens_per_s: expected 0 or more");
  if (options.chunk_tokens < 1) return wrong("chunk_tokens: expected at least 1");
  if (options.slots < 0) return wrong("slots: expected 0 or more");
  if (options.connections_max < 1) return wrong("connections_max: expected at least 1");
  if (options.body_bytes_max < 1) return wrong("body_bytes_max: expected at least 1");
  const SimulatedJudgeOptions& judge = options.judge;
  if (judge.noise < 0 || judge.noise > 1) return wrong("judge.noise: expected 0 to 1");
  if (judge.garbage_rate < 0 || judge.garbage_rate > 1) {
    return wrong("judge.garbage_rate: expected 0 to 1");
  }
  return absl::OkStatus();
}

// A listening socket on a loopback address; `port` becomes the one it has.
absl::StatusOr<int> Listen(const std::string& host, int& port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const std::string numeric = host == "localhost" ? "127.0.0.1" : host;
  if (inet_pton(AF_INET, numeric.c_str(), &address.sin_addr) != 1 ||
      (ntohl(address.sin_addr.s_addr) >> 24) != 127) {
    return InvalidArgument("simulator: host " + EscapeForTerminal(host) +
                           ": expected a loopback address (127.0.0.1)");
  }
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Unavailable(std::string("simulator: socket: ") + std::strerror(errno));
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (bind(fd, generic, size) != 0 || listen(fd, kBacklog) != 0 ||
      getsockname(fd, generic, &size) != 0) {
    const std::string why = std::strerror(errno);
    close(fd);
    return Unavailable("simulator: " + numeric + ":" + std::to_string(port) + ": " + why);
  }
  port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

class Simulator::Server : public ConnectionOwner {
 public:
  Server(SimulatorOptions options, ModelCatalog catalog, std::unique_ptr<EventLoop> loop, int fd)
      : options_(std::move(options)),
        ledger_(options_.ledger_entries_max),
        router_(options_, std::move(catalog), ledger_),
        loop_(std::move(loop)),
        listen_fd_(fd) {
    acceptable_ = loop_->NewEvent(fd, EV_READ | EV_PERSIST, &OnAcceptable, this);
    accept_again_ = loop_->NewEvent(-1, 0, &OnAcceptAgain, this);
    event_add(acceptable_.get(), nullptr);
    thread_ = std::thread([this] { loop_->Run(); });
  }

  ~Server() override { Stop(); }

  const SimulatorOptions& options() const { return options_; }

  // Runs `task` between two events, on the caller's thread once the loop has stopped.
  void RunBetweenEvents(std::function<void()> task) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!stopped_) {
        std::promise<void> done;
        std::future<void> ready = done.get_future();
        loop_->Post([&] {
          task();
          done.set_value();
        });
        ready.wait();
        return;
      }
    }
    task();
  }

  void Stop() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_) return;
    loop_->Post([this] {
      for (auto& [raw, connection] : connections_) connection->Kill(true, ServedOutcome::kCut);
      held_.clear();
      dead_.clear();
      connections_.clear();
      acceptable_.reset();
      accept_again_.reset();
      close(listen_fd_);
      loop_->Quit();
    });
    thread_.join();
    stopped_ = true;
    stopped_now_.notify_all();
  }

  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    stopped_now_.wait(lock, [this] { return stopped_; });
  }

  // Event thread.
  void Unhang() {
    std::vector<Connection*> hung;
    for (auto& [raw, connection] : connections_) {
      if (connection->exchange() != nullptr && connection->exchange()->hangs()) hung.push_back(raw);
    }
    for (Connection* connection : hung) {
      connection->exchange()->Unhang(loop_->NowSeconds());
      connection->Resume();
    }
  }

  const Ledger& ledger() const { return ledger_; }
  RequestRouter& router() { return router_; }

 private:
  static void OnAcceptable(int, short, void* self) { static_cast<Server*>(self)->Accept(); }
  static void OnAcceptAgain(int, short, void* self) {
    auto* server = static_cast<Server*>(self);
    event_add(server->acceptable_.get(), nullptr);
  }

  Connection::Habits Habits() const {
    Connection::Habits habits;
    const bool llama = options_.dialect == SimulatorDialect::kLlama;
    habits.idle_s = llama ? RequestRouter::kLlamaIdleSeconds : kOpenAiIdleSeconds;
    habits.body_bytes_max = options_.body_bytes_max;
    return habits;
  }

  void Accept() {
    for (;;) {
      const int fd = accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
      if (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
      if (fd < 0) {
        // Out of descriptors: the backlog waits a moment.
        event_del(acceptable_.get());
        EventLoop::Arm(accept_again_.get(), kAcceptPauseSeconds);
        return;
      }
      if (static_cast<int>(connections_.size()) >= options_.connections_max) {
        close(fd);
        continue;
      }
      auto connection = std::make_unique<Connection>(*loop_, *this, fd, Habits());
      Connection* raw = connection.get();
      connections_.emplace(raw, std::move(connection));
    }
  }

  std::unique_ptr<Exchange> Answer(Connection& connection, ReceivedRequest request) override {
    const bool full = options_.slots > 0 && busy_ >= options_.slots;
    RoutedRequest routed =
        router_.Route(request, {connection.requests(), connection.pipelined(), full});
    const bool held = routed.generates && full;
    auto exchange =
        std::make_unique<Exchange>(std::move(routed.plan), ledger_, loop_->NowSeconds(), held);
    if (!routed.generates) return exchange;
    if (held) {
      held_.push_back(&connection);
    } else {
      TakeSlot(*exchange);
    }
    return exchange;
  }

  std::unique_ptr<Exchange> Refuse(int status, const std::string& why) override {
    return std::make_unique<Exchange>(router_.Refuse(status, why), ledger_, loop_->NowSeconds(),
                                      false);
  }

  void TakeSlot(Exchange& exchange) {
    ++busy_;
    exchange.OnDestroyed([this] { --busy_; });
  }

  void OnDead(Connection& connection) override {
    std::erase(held_, &connection);
    dead_.push_back(&connection);
  }

  void AfterEvent() override {
    for (;;) {
      // Deleting a connection frees its slot.
      for (Connection* connection : std::exchange(dead_, {})) connections_.erase(connection);
      if (held_.empty() || busy_ >= options_.slots) return;
      Connection* next = held_.front();
      held_.pop_front();
      TakeSlot(*next->exchange());
      next->exchange()->Release(loop_->NowSeconds());
      next->Resume();
    }
  }

  SimulatorOptions options_;
  Ledger ledger_;
  RequestRouter router_;
  std::unique_ptr<EventLoop> loop_;
  int listen_fd_;
  EventPtr acceptable_;
  EventPtr accept_again_;
  std::map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> dead_;
  std::deque<Connection*> held_;  // llama: waiting for a slot, in order of arrival
  int busy_ = 0;

  std::mutex mutex_;  // Start to Stop, against callers of other threads
  std::condition_variable stopped_now_;
  bool stopped_ = false;
  std::thread thread_;
};

Simulator::Simulator(std::unique_ptr<Server> server) : server_(std::move(server)) {}
Simulator::~Simulator() = default;

absl::StatusOr<std::unique_ptr<Simulator>> Simulator::Start(SimulatorOptions options) {
  ASSAY_RETURN_IF_ERROR(CheckOptions(options));
  ASSAY_ASSIGN_OR_RETURN(ModelCatalog catalog, ModelCatalog::Load(options));
  ASSAY_ASSIGN_OR_RETURN(std::unique_ptr<EventLoop> loop, EventLoop::Create());
  ASSAY_ASSIGN_OR_RETURN(const int fd, Listen(options.host, options.port));
  return std::unique_ptr<Simulator>(new Simulator(
      std::make_unique<Server>(std::move(options), std::move(catalog), std::move(loop), fd)));
}

int Simulator::port() const { return server_->options().port; }

std::string Simulator::base_url() const {
  const std::string& host = server_->options().host;
  return "http://" + (host == "localhost" ? "127.0.0.1" : host) + ":" + std::to_string(port()) +
         "/v1";
}

std::vector<LedgerEntry> Simulator::LedgerEntries() const {
  std::vector<LedgerEntry> entries;
  server_->RunBetweenEvents([&] { entries = server_->ledger().entries(); });
  return entries;
}

LedgerCounts Simulator::Counts() const {
  LedgerCounts counts;
  server_->RunBetweenEvents([&] { counts = server_->ledger().counts(); });
  return counts;
}

void Simulator::SetFaults(std::vector<FaultRule> rules) {
  server_->RunBetweenEvents([&] { server_->router().SetFaults(std::move(rules)); });
}

void Simulator::Unhang() {
  server_->RunBetweenEvents([&] { server_->Unhang(); });
}

void Simulator::Stop() { server_->Stop(); }
void Simulator::Wait() { server_->Wait(); }

absl::StatusOr<std::vector<std::string>> SimulatorModels(const SimulatorOptions& options) {
  ASSAY_ASSIGN_OR_RETURN(const ModelCatalog catalog, ModelCatalog::Load(options));
  return catalog.Names();
}

}  // namespace assay
