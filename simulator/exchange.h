// The answering of one request: pace, faults at exact byte offsets, HTTP framing, and the outcome
// in the ledger. Owned by its connection; event thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "simulator/body_source.h"
#include "simulator/fault_script.h"
#include "simulator/ledger.h"

namespace assay {

struct ExchangePlan {
  int status = 200;
  std::string head;  // status line and headers without framing headers and the empty line
  std::unique_ptr<BodySource> body;  // null: never answer (hang) or only close (reset)
  std::int64_t content_length = -1;  // -1: chunked, or until close for HTTP/1.0
  bool chunked = false;
  bool close_after = false;
  std::string last_headers;  // after the framing headers
  double latency_s = 0;
  ServedOutcome outcome = ServedOutcome::kComplete;  // once everything is sent
  std::int64_t ledger_order = 0;                     // 0: not in the ledger

  bool hang = false;
  bool reset = false;
  std::int64_t cut_after_bytes = -1;
  CutEnd cut_end = CutEnd::kClose;
  std::int64_t stall_after_bytes = -1;
  double stall_s = -1;  // -1: for ever
};

// How the connection goes on.
enum class ExchangeEnd { kOpen, kClose, kReset };

class Exchange {
 public:
  // `held`: wait for Release() before anything else. `released` runs once, at the end of the life
  // of an exchange that took a slot.
  Exchange(ExchangePlan plan, Ledger& ledger, double now_s, bool held);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Called when the exchange ends, whatever the reason.
  void OnDestroyed(std::function<void()> done) { on_destroyed_ = std::move(done); }

  // Appends to `out` what may be sent at `now_s`, up to about `room` bytes. Call again when that is
  // sent, or at wake_s().
  void Produce(std::string& out, std::size_t room, double now_s);

  // Seconds on the clock of `now_s` at which Produce has something to do; 0: no such time.
  double wake_s() const { return wake_s_; }
  // True when nothing more will be produced: once `out` is sent, call Conclude.
  bool finished() const { return finished_; }
  bool held() const { return held_; }
  // False while it is held or hangs: only Release, the client or the server's end go on from there.
  bool producing() const { return !held_ && !plan_.hang; }
  void Release(double now_s);
  bool hangs() const { return plan_.hang; }
  // Goes on as if the request had come at `now_s`. REQUIRES: hangs().
  void Unhang(double now_s);

  // Everything produced was handed to the socket. REQUIRES: finished().
  ExchangeEnd Conclude();
  // The client is gone, or the server stops: closes the ledger entry.
  void Abandon(ServedOutcome outcome);

 private:
  void BeginAt(double now_s);
  bool FetchPiece(double now_s);
  void SendHead(std::string& out);
  void SendBody(std::string& out, std::size_t bytes);
  void Finish(ExchangeEnd end, ServedOutcome outcome);

  ExchangePlan plan_;
  Ledger& ledger_;
  std::function<void()> on_destroyed_;
  bool held_;
  bool head_sent_ = false;
  bool stalled_ = false;
  bool finished_ = false;
  bool closed_ = false;  // in the ledger
  double due_s_ = 0;
  double wake_s_ = 0;
  std::string piece_;
  std::size_t piece_at_ = 0;
  bool piece_ready_ = false;
  std::int64_t sent_ = 0;
  ExchangeEnd end_ = ExchangeEnd::kOpen;
  ServedOutcome outcome_ = ServedOutcome::kComplete;
};

}  // namespace assay
