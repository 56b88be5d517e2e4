// Where the bytes of an answer's body come from, piece by piece, so that a long or endless body is
// never held whole. Owned by the exchange that sends it; event thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "simulator/fault_script.h"
#include "simulator/reply_body.h"

namespace assay {

class BodySource {
 public:
  virtual ~BodySource() = default;

  // Puts the next piece into `piece` (empty before) and how many seconds after the one before it is
  // due into `delay_s`; false at the end.
  virtual bool Next(std::string& piece, double& delay_s) = 0;
};

// `bytes` at once, after `delay_s`.
std::unique_ptr<BodySource> FixedBody(std::string bytes, double delay_s = 0);

// A stream with the faults of `action` that change its content (comments_forever,
// error_after_bytes; no_done and no_finish are in `shape`). `tokens_per_s` 0: everything at once.
std::unique_ptr<BodySource> StreamBody(ReplyShape shape, SimulatedAnswer answer,
                                       const FaultAction& action, double tokens_per_s);

// The start of an answer (`streamed`: of an event) that goes on for `bytes` bytes and never closes.
std::unique_ptr<BodySource> HugeBody(std::int64_t bytes, bool streamed);

}  // namespace assay
