// One client connection: bytes in and out of the socket, requests to the owner one after the other,
// and the end that the exchange asks for (open, FIN, RST). Owned by the server; event thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "simulator/event_loop.h"
#include "simulator/exchange.h"
#include "simulator/http_request.h"

namespace assay {

class Connection;

class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual std::unique_ptr<Exchange> Answer(Connection& connection, ReceivedRequest request) = 0;
  // For bytes that are no request; the connection closes after the answer.
  virtual std::unique_ptr<Exchange> Refuse(int status, const std::string& why) = 0;
  // `connection` has closed its socket; delete it in AfterEvent.
  virtual void OnDead(Connection& connection) = 0;
  // Called at the end of every event of a connection, when it may be deleted.
  virtual void AfterEvent() = 0;
};

class Connection {
 public:
  struct Habits {
    double idle_s = 300;            // closed after this long without a request
    std::int64_t requests_max = 0;  // the last answer closes; 0: no limit
    std::int64_t body_bytes_max = 0;
  };

  // Takes over the non-blocking socket `fd`.
  Connection(EventLoop& loop, ConnectionOwner& owner, int fd, Habits habits);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // 1 for the first request of the connection.
  std::int64_t requests() const { return requests_; }
  // More bytes have come than the request that is being answered.
  bool pipelined() const { return !in_.empty(); }
  Exchange* exchange() { return exchange_.get(); }

  // Goes on with a held exchange that was released.
  void Resume() { Drive(); }
  // Closes at once; an open exchange ends with `outcome`.
  void Kill(bool reset, ServedOutcome outcome);

 private:
  enum class Flushed { kAll, kSome, kDead };

  static void OnReadable(int fd, short what, void* self);
  static void OnWritable(int fd, short what, void* self);
  static void OnTimer(int fd, short what, void* self);

  void Read();
  void Drive();
  bool DriveExchange();
  bool NextRequest();
  Flushed Flush();

  EventLoop& loop_;
  ConnectionOwner& owner_;
  int fd_;
  Habits habits_;
  HttpRequestParser parser_;
  EventPtr readable_;
  EventPtr writable_;
  EventPtr timer_;
  std::string in_;
  std::string out_;
  std::size_t out_at_ = 0;
  std::int64_t requests_ = 0;
  std::unique_ptr<Exchange> exchange_;
  bool dead_ = false;
  bool reading_ = true;
  bool refused_ = false;   // the answer being sent is the last one
  bool draining_ = false;  // it is sent; input is thrown away until the client closes
};

}  // namespace assay
