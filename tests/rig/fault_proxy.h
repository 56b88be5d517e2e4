// A TCP proxy on loopback between two processes of a test, which breaks, holds up and repeats what
// passes through it. One thread of its own; every method may be called from any other thread, at
// any time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "common/base/random.h"

namespace assay {

class FaultProxy {
 public:
  // `target`: "127.0.0.1:port" or "unix:/path". `seed` decides where connections are cut and how
  // long bytes are held.
  FaultProxy(const std::string& target, std::uint64_t seed);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  const std::string& address() const { return address_; }

  // Bytes towards the target, or from it, are read and thrown away: the connection stands and
  // nothing comes. When passing begins again, connections that lost something are reset.
  void DropRequests(bool drop) { drop_requests_ = drop; }
  void DropReplies(bool drop) { drop_replies_ = drop; }

  // From now on each connection is reset after about this many bytes of replies, so that what was
  // asked has had its effect and the answer is lost. 0: none.
  void CutRepliesAfter(std::int64_t bytes) { cut_after_ = bytes; }

  // What is read from now on is held for a while of at most this long. Each direction of each
  // connection keeps its order, as TCP does; connections overtake each other. 0: nothing is held.
  void DelayUpTo(std::chrono::milliseconds most) { delay_ms_ = most.count(); }

  // Each connection that is opened from now on is doubled: what is asked over it is asked again
  // over a second one, whose answers are thrown away, up to `lag` later and so after what was asked
  // next; also when the first is gone by then. kNotDoubled: no longer.
  static constexpr std::chrono::milliseconds kNotDoubled{-1};
  void RepeatRequests(std::chrono::milliseconds lag) { lag_ms_ = lag.count(); }

  std::int64_t cuts() const { return cuts_; }
  std::int64_t dropped_bytes() const { return dropped_bytes_; }
  // Bytes of requests that reached the target a second time.
  std::int64_t repeated_bytes() const { return repeated_bytes_; }

 private:
  struct Pair;
  struct Double;
  struct Open;
  void Serve();
  void Accept();
  // False: the pair is over.
  bool Pass(Pair& pair, bool replies);
  bool PassAll(Pair& pair, bool client_has, bool server_has);
  // False: it has nothing left to say.
  bool PassDouble(Double& doubled, bool has, bool alone);
  std::chrono::steady_clock::time_point Due(std::int64_t most_ms);
  int WaitLimitMs() const;

  const std::string target_;
  std::string address_;
  int listener_ = -1;
  Random random_;  // the thread's
  std::atomic<bool> stop_ = false;
  std::atomic<bool> drop_requests_ = false;
  std::atomic<bool> drop_replies_ = false;
  std::atomic<std::int64_t> cut_after_ = 0;
  std::atomic<std::int64_t> delay_ms_ = 0;
  std::atomic<std::int64_t> lag_ms_ = -1;
  std::atomic<std::int64_t> cuts_ = 0;
  std::atomic<std::int64_t> dropped_bytes_ = 0;
  std::atomic<std::int64_t> repeated_bytes_ = 0;
  std::unique_ptr<Open> open_;
  std::thread thread_;
};

}  // namespace assay
