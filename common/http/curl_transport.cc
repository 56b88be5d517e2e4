#include "common/http/curl_transport.h"

#include <curl/curl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <thread>
#include <unordered_map>
#include <utility>

#include "common/base/check.h"
#include "common/http/curl_transfer.h"
#include "common/runtime/asio_executor.h"

namespace assay {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

void RaiseOpenFilesLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Signals belong to main; SIGPIPE, which OpenSSL's writes raise, to nobody.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    for (int fatal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&all, fatal);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

CURLM* NewMulti() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  ASSAY_CHECK(ready == CURLE_OK);
  CURLM* multi = curl_multi_init();
  ASSAY_CHECK(multi != nullptr);
  return multi;
}

}  // namespace

// curl's sockets wait in an epoll of their own, level-triggered, that Asio watches as one
// descriptor: one wake-up serves every socket that is ready, and a socket costs no Asio object.
class CurlTransport::Loop {
 public:
  explicit Loop(CurlTransportOptions options);
  ~Loop();

  Executor& executor() { return executor_; }
  HttpRequestId Start(HttpRequest request, HttpHandler* handler);
  void Cancel(HttpRequestId id);

 private:
  static int OnSocket(CURL*, curl_socket_t socket, int what, void* self, void* registered);
  static int OnTimeout(CURLM*, long timeout_ms, void* self);

  void AwaitSockets();
  void ServeSockets();
  void Arm(SteadyTime due);
  void ServeTimeout();
  void TakeFinished();
  void Begin(HttpRequestId id);
  void Remove(HttpRequestId id);
  void Finish(CurlTransfer* transfer, CURLcode result);
  std::unique_ptr<CurlTransfer> Release(HttpRequestId id);

  const CurlTransportOptions options_;
  AsioExecutor executor_;
  asio::io_context& context_{*static_cast<asio::io_context*>(executor_.native_loop())};
  asio::posix::stream_descriptor sockets_;  // owns the epoll descriptor
  asio::steady_timer timer_;
  SteadyTime armed_ = SteadyTime::max();  // when timer_ fires
  SteadyTime due_ = SteadyTime::max();    // when curl wants to be called
  bool kicked_ = false;
  bool inside_curl_ = false;  // then handles can be neither added nor removed
  std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi_{NewMulti(), curl_multi_cleanup};
  std::unordered_map<HttpRequestId, std::unique_ptr<CurlTransfer>> running_;
  std::vector<std::unique_ptr<CurlTransfer>> spare_;
  HttpRequestId last_id_ = 0;
  std::thread thread_;
};

CurlTransport::Loop::Loop(CurlTransportOptions options)
    : options_(std::move(options)), sockets_(context_), timer_(context_) {
  RaiseOpenFilesLimit();
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  ASSAY_CHECK(epoll >= 0);
  sockets_.assign(epoll);
  CURLM* multi = multi_.get();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Loop::OnSocket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Loop::OnTimeout);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, options_.idle_connections_max);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
  AwaitSockets();
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { executor_.RunUntilStopped(); });
}

CurlTransport::Loop::~Loop() {
  ASSAY_CHECK(!executor_.InLoopThread());
  executor_.Stop();
  thread_.join();
  for (auto& [id, transfer] : running_) curl_multi_remove_handle(multi_.get(), transfer->easy());
  running_.clear();
  spare_.clear();
  multi_.reset();
}

HttpRequestId CurlTransport::Loop::Start(HttpRequest request, HttpHandler* handler) {
  ASSAY_CHECK(executor_.InLoopThread());
  const HttpRequestId id = ++last_id_;
  std::unique_ptr<CurlTransfer> transfer;
  if (spare_.empty()) {
    transfer = std::make_unique<CurlTransfer>(options_);
  } else {
    transfer = std::move(spare_.back());
    spare_.pop_back();
  }
  const bool sendable = transfer->Prepare(id, std::move(request), handler);
  running_.emplace(id, std::move(transfer));
  if (sendable && !inside_curl_) {
    Begin(id);
  } else {
    executor_.Post([this, id] { Begin(id); });
  }
  return id;
}

void CurlTransport::Loop::Begin(HttpRequestId id) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  CurlTransfer* transfer = found->second.get();
  if (!transfer->sendable()) {
    Finish(transfer, CURLE_URL_MALFORMAT);
    return;
  }
  inside_curl_ = true;
  const CURLMcode added = curl_multi_add_handle(multi_.get(), transfer->easy());
  inside_curl_ = false;
  ASSAY_CHECK(added == CURLM_OK);
}

void CurlTransport::Loop::Cancel(HttpRequestId id) {
  ASSAY_CHECK(executor_.InLoopThread());
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  found->second->DropHandler();
  if (inside_curl_) {
    executor_.Post([this, id] { Remove(id); });
  } else {
    Remove(id);
  }
}

void CurlTransport::Loop::Remove(HttpRequestId id) {
  if (std::unique_ptr<CurlTransfer> transfer = Release(id)) spare_.push_back(std::move(transfer));
}

// Takes a transfer out of curl, which closes its connection unless the reply has ended.
std::unique_ptr<CurlTransfer> CurlTransport::Loop::Release(HttpRequestId id) {
  const auto found = running_.find(id);
  if (found == running_.end()) return nullptr;
  std::unique_ptr<CurlTransfer> transfer = std::move(found->second);
  running_.erase(found);
  inside_curl_ = true;
  curl_multi_remove_handle(multi_.get(), transfer->easy());
  inside_curl_ = false;
  transfer->Clear();
  return transfer;
}

void CurlTransport::Loop::Finish(CurlTransfer* transfer, CURLcode result) {
  HttpHandler* handler = transfer->handler();
  const std::optional<HttpFailure> failure = transfer->FailureOf(result);
  Remove(transfer->id());
  if (handler == nullptr) return;
  if (failure.has_value()) {
    handler->OnFailure(*failure);
  } else {
    handler->OnComplete();
  }
}

int CurlTransport::Loop::OnSocket(CURL*, curl_socket_t socket, int what, void* self,
                                  void* registered) {
  auto* loop = static_cast<Loop*>(self);
  const int epoll = loop->sockets_.native_handle();
  epoll_event event{};
  event.data.fd = socket;
  if ((what & CURL_POLL_IN) != 0 && what != CURL_POLL_REMOVE) event.events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0 && what != CURL_POLL_REMOVE) event.events |= EPOLLOUT;
  if (event.events == 0) {
    if (registered != nullptr) epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nullptr);
    curl_multi_assign(loop->multi_.get(), socket, nullptr);
  } else {
    epoll_ctl(epoll, registered != nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
    curl_multi_assign(loop->multi_.get(), socket, loop);
  }
  return 0;
}

void CurlTransport::Loop::AwaitSockets() {
  sockets_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [this](const asio::error_code& error) {
                        if (error) return;
                        ServeSockets();
                        AwaitSockets();
                      });
}

void CurlTransport::Loop::ServeSockets() {
  std::array<epoll_event, 256> events;
  const int ready = epoll_wait(sockets_.native_handle(), events.data(), events.size(), 0);
  inside_curl_ = true;
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const bool broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    int what = 0;
    if (broken || (event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
    if (broken || (event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
    int left = 0;
    curl_multi_socket_action(multi_.get(), event.data.fd, what, &left);
  }
  inside_curl_ = false;
  TakeFinished();
}

// curl moves its time-out with almost every event, mostly to later. The timer is only moved to
// earlier; when it fires too early it is set again.
int CurlTransport::Loop::OnTimeout(CURLM*, long timeout_ms, void* self) {
  auto* loop = static_cast<Loop*>(self);
  if (timeout_ms < 0) {
    loop->due_ = SteadyTime::max();
    return 0;
  }
  loop->due_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  if (timeout_ms > 0) {
    if (loop->due_ < loop->armed_) loop->Arm(loop->due_);
  } else if (!loop->kicked_) {
    loop->kicked_ = true;
    loop->executor_.Post([loop] {
      loop->kicked_ = false;
      loop->ServeTimeout();
    });
  }
  return 0;
}

void CurlTransport::Loop::Arm(SteadyTime due) {
  armed_ = due;
  timer_.expires_at(due);
  timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    armed_ = SteadyTime::max();
    ServeTimeout();
  });
}

void CurlTransport::Loop::ServeTimeout() {
  if (due_ <= std::chrono::steady_clock::now()) {
    due_ = SteadyTime::max();
    inside_curl_ = true;
    int left = 0;
    curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &left);
    inside_curl_ = false;
    TakeFinished();
  }
  if (due_ < armed_) Arm(due_);
}

void CurlTransport::Loop::TakeFinished() {
  int queued = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_.get(), &queued)) {
    if (message->msg != CURLMSG_DONE) continue;
    Finish(CurlTransfer::Of(message->easy_handle), message->data.result);
  }
}

CurlTransport::CurlTransport(CurlTransportOptions options)
    : loop_(std::make_unique<Loop>(std::move(options))) {}

CurlTransport::~CurlTransport() = default;

Executor& CurlTransport::executor() { return loop_->executor(); }

HttpRequestId CurlTransport::Start(HttpRequest request, HttpHandler* handler) {
  return loop_->Start(std::move(request), handler);
}

void CurlTransport::Cancel(HttpRequestId id) { loop_->Cancel(id); }

}  // namespace assay
