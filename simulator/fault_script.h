// Fault scripts: which requests are answered wrongly, and how. Plain data and pure matching, except
// for the counters of FaultMatcher, which the simulator's event thread owns.
// docs/simulator.md, "Faults", has the file format and every action with the bytes it causes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace assay {

// Conditions of a rule; all that are set must hold.
struct FaultMatch {
  std::string model;   // substring of the model name
  std::string prompt;  // substring of the prompt text
  std::string kind;    // chat or completion
  double share = 1.0;  // of all distinct bodies, chosen by their hash: the same ones every time
  // Of the requests for which all of the above hold, counted per rule from 1:
  std::int64_t nth = 0;    // only this one
  std::int64_t every = 0;  // the k-th, 2k-th, …
  std::int64_t first = 0;  // the first n
  std::int64_t after = 0;  // none of the first n
  // Only the first n arrivals of the same body, so that a retry gets through.
  std::int64_t first_tries = 0;
};

enum class CutEnd {
  kClose,  // FIN, without the last chunk
  kReset,  // RST
  kClean,  // the last chunk, as if the answer were whole
};

// What happens to a request that matched. Unset members change nothing, so that they combine
// ("status 200, slow, cut after 100 bytes"). Byte offsets count the answer's body without HTTP
// framing.
struct FaultAction {
  int status = 0;           // answer with this status and an error body of the dialect
  std::string error_code;   // of that body, e.g. insufficient_quota; empty: by status
  std::string retry_after;  // header, sent as it stands (also "-1" or junk)
  std::vector<std::pair<std::string, std::string>> headers;  // added to the answer
  bool body_set = false;
  std::string body;  // sent as it stands instead of the answer's body

  bool hang = false;   // take the request and never send a byte
  bool reset = false;  // RST before the first byte
  std::int64_t cut_after_bytes = -1;
  CutEnd cut_end = CutEnd::kClose;
  std::int64_t stall_after_bytes = -1;
  std::int64_t stall_ms = -1;           // -1: for ever; else the answer goes on afterwards
  bool comments_forever = false;        // SSE comments instead of content, after the first event
  std::int64_t error_after_bytes = -1;  // an error object inside the stream, then [DONE]
  bool garbage = false;                 // 200 with bytes that are neither JSON nor SSE
  bool html_200 = false;                // a proxy's error page with status 200
  bool no_done = false;                 // the stream ends cleanly without [DONE]
  bool no_finish = false;               // no finish_reason in the stream
  bool long_length = false;     // Content-Length larger than the body, then close (plain only)
  std::int64_t huge_bytes = 0;  // 200 with this many bytes of JSON string, or of one SSE line

  double latency_ms = -1;    // instead of the simulator's
  double tokens_per_s = -1;  // instead of the simulator's
};

struct FaultRule {
  std::string name;  // in the ledger; ParseFaultScript names nameless ones rule-1, rule-2, …
  FaultMatch match;
  FaultAction action;
};

// {"rules": [{"name": ..., "match": {...}, "action": {...}}, ...]} with the member names above.
// kInvalidArgument names `file`, the rule and the field.
absl::StatusOr<std::vector<FaultRule>> ParseFaultScript(std::string_view json,
                                                        std::string_view file);

// What a rule looks at.
struct FaultSubject {
  std::string_view model;
  std::string_view prompt;
  std::string_view kind;
  std::string_view body_sha256;
};

// Applies rules in order; the first that matches wins. A rule counts the requests that reach it.
class FaultMatcher {
 public:
  explicit FaultMatcher(std::vector<FaultRule> rules);

  // The rule to apply, or nullptr. Counts the request.
  const FaultRule* Match(const FaultSubject& subject);

 private:
  std::vector<FaultRule> rules_;
  std::vector<std::int64_t> matched_;             // per rule
  std::map<std::string, std::int64_t> arrivals_;  // per rule and body, for first_tries
};

}  // namespace assay
