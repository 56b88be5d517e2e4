// A TCP proxy on loopback between two processes of a test, which breaks what passes through it.
// One thread of its own; every method may be called from any other thread, at any time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "common/base/random.h"

namespace assay {

class FaultProxy {
 public:
  // `target`: "127.0.0.1:port". `seed` decides where connections are cut.
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

  std::int64_t cuts() const { return cuts_; }

 private:
  struct Pair;
  void Serve();
  void Accept();
  // False: the pair is over.
  bool Pass(Pair& pair, bool replies);

  const std::string target_;
  std::string address_;
  int listener_ = -1;
  Random random_;  // the thread's
  std::atomic<bool> stop_ = false;
  std::atomic<bool> drop_requests_ = false;
  std::atomic<bool> drop_replies_ = false;
  std::atomic<std::int64_t> cut_after_ = 0;
  std::atomic<std::int64_t> cuts_ = 0;
  struct Pairs;
  std::unique_ptr<Pairs> pairs_;
  std::thread thread_;
};

}  // namespace assay
