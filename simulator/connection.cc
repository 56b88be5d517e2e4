#include "simulator/connection.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace assay {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::size_t kOutBytes = 256 << 10;
// Input kept while an answer is being sent; beyond it the client waits.
constexpr std::size_t kAheadBytesMax = 256 << 10;
constexpr double kDrainSeconds = 2;

}  // namespace

Connection::Connection(EventLoop& loop, ConnectionOwner& owner, int fd, Habits habits)
    : loop_(loop), owner_(owner), fd_(fd), habits_(habits), parser_(habits.body_bytes_max) {
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  readable_ = loop_.NewEvent(fd_, EV_READ | EV_PERSIST, &OnReadable, this);
  writable_ = loop_.NewEvent(fd_, EV_WRITE, &OnWritable, this);
  timer_ = loop_.NewEvent(-1, 0, &OnTimer, this);
  event_add(readable_.get(), nullptr);
  EventLoop::Arm(timer_.get(), habits_.idle_s);
}

Connection::~Connection() {
  if (!dead_) close(fd_);
}

void Connection::Kill(bool reset, ServedOutcome outcome) {
  if (dead_) return;
  dead_ = true;
  if (exchange_ != nullptr) exchange_->Abandon(outcome);
  readable_.reset();
  writable_.reset();
  timer_.reset();
  if (reset) {
    const linger hard{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  close(fd_);
  owner_.OnDead(*this);
}

void Connection::OnReadable(int, short, void* self) {
  auto* connection = static_cast<Connection*>(self);
  ConnectionOwner& owner = connection->owner_;
  connection->Read();
  owner.AfterEvent();
}

void Connection::OnWritable(int, short, void* self) {
  auto* connection = static_cast<Connection*>(self);
  ConnectionOwner& owner = connection->owner_;
  connection->Drive();
  owner.AfterEvent();
}

void Connection::OnTimer(int, short, void* self) {
  auto* connection = static_cast<Connection*>(self);
  ConnectionOwner& owner = connection->owner_;
  if (connection->exchange_ != nullptr) {
    connection->Drive();
  } else {
    connection->Kill(false, ServedOutcome::kCut);
  }
  owner.AfterEvent();
}

void Connection::Read() {
  std::array<char, kReadBytes> buffer;
  for (;;) {
    const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (size <= 0) return Kill(false, ServedOutcome::kClientGone);
    if (draining_) continue;
    in_.append(buffer.data(), static_cast<std::size_t>(size));
    if (static_cast<std::size_t>(size) < buffer.size()) break;
    if (exchange_ != nullptr && in_.size() > kAheadBytesMax) break;
  }
  if (draining_) return;
  if (exchange_ == nullptr) return Drive();
  if (in_.size() > kAheadBytesMax) {
    reading_ = false;
    event_del(readable_.get());
  }
}

Connection::Flushed Connection::Flush() {
  while (out_at_ < out_.size()) {
    const ssize_t size = send(fd_, out_.data() + out_at_, out_.size() - out_at_, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      event_add(writable_.get(), nullptr);
      return Flushed::kSome;
    }
    if (size < 0) {
      Kill(false, ServedOutcome::kClientGone);
      return Flushed::kDead;
    }
    out_at_ += static_cast<std::size_t>(size);
  }
  out_.clear();
  out_at_ = 0;
  if (out_.capacity() > 2 * kOutBytes) out_.shrink_to_fit();
  return Flushed::kAll;
}

void Connection::Drive() {
  for (;;) {
    if (dead_) return;
    if (!(exchange_ != nullptr ? DriveExchange() : NextRequest())) return;
  }
}

// False: wait for the next event.
bool Connection::DriveExchange() {
  for (;;) {
    if (out_at_ > kOutBytes) {
      out_.erase(0, out_at_);
      out_at_ = 0;
    }
    if (out_.size() - out_at_ < kOutBytes / 2) {
      exchange_->Produce(out_, kOutBytes, loop_.NowSeconds());
    }
    const Flushed flushed = Flush();
    if (flushed != Flushed::kAll) return false;
    if (exchange_->finished()) break;
    if (exchange_->wake_s() > 0) {
      const double wait_s = exchange_->wake_s() - loop_.NowSeconds();
      if (wait_s > 0) {
        EventLoop::Arm(timer_.get(), wait_s);
        return false;
      }
      continue;
    }
    if (!exchange_->producing()) {
      event_del(timer_.get());
      return false;
    }
  }
  const ExchangeEnd end = exchange_->Conclude();
  exchange_.reset();
  if (refused_) {
    // The client may still be sending: closing now would reset the answer away.
    draining_ = true;
    shutdown(fd_, SHUT_WR);
    EventLoop::Arm(timer_.get(), kDrainSeconds);
    return false;
  }
  if (end != ExchangeEnd::kOpen) {
    Kill(end == ExchangeEnd::kReset, ServedOutcome::kCut);
    return false;
  }
  return true;
}

// False: wait for more bytes.
bool Connection::NextRequest() {
  if (!reading_) {
    reading_ = true;
    event_add(readable_.get(), nullptr);
  }
  switch (parser_.Parse(in_)) {
    case HttpRequestParser::Result::kContinue:
      out_ += "HTTP/1.1 100 Continue\r\n\r\n";
      if (Flush() == Flushed::kDead) return false;
      [[fallthrough]];
    case HttpRequestParser::Result::kNeedMore:
      EventLoop::Arm(timer_.get(), habits_.idle_s);
      return false;
    case HttpRequestParser::Result::kBad:
      refused_ = true;
      exchange_ = owner_.Refuse(parser_.error_status(), parser_.error());
      return true;
    case HttpRequestParser::Result::kReady:
      ++requests_;
      exchange_ = owner_.Answer(*this, parser_.TakeRequest());
      return true;
  }
  return false;
}

}  // namespace assay
