// What the simulator served: one entry for every POST to a generation route, in the order in which
// the requests were complete. Exact under concurrency and across clients that go away.
// Owned by the simulator and touched only by its event thread; everybody else gets copies
// (Simulator::Ledger).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

enum class ServedOutcome {
  kInFlight,    // not answered in full yet
  kComplete,    // the whole right answer was handed to the socket
  kCut,         // a fault or Stop() ended the answer early
  kError,       // something else than the right answer was handed over in full (any error status,
                // garbage, an error inside the stream, a stream without its end)
  kClientGone,  // the client closed or reset the connection first
};

// "in_flight", "complete", "cut", "error", "client_gone".
std::string_view ServedOutcomeName(ServedOutcome outcome);

struct LedgerEntry {
  std::int64_t order = 0;     // 1, 2, 3, …: place in the order of arrival
  std::string id;             // id of the answer, as the client saw it
  std::string model;          // as asked; empty when the body did not parse
  std::string kind;           // chat, completion, other
  std::string body_sha256;    // hex, over the bytes of the request body
  std::string prompt_sha256;  // hex, over the prompt text; empty when the body did not parse
  ServedOutcome outcome = ServedOutcome::kInFlight;
  int status = 0;  // HTTP status; 0 when none was sent
  bool streamed = false;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;  // of the whole answer, also when it was cut
  std::int64_t bytes_sent = 0;         // of the answer's body, without HTTP framing
  std::string fault;                   // name of the fault rule applied; empty: none
};

struct LedgerCounts {
  std::int64_t in_flight = 0;
  std::int64_t complete = 0;
  std::int64_t cut = 0;
  std::int64_t error = 0;
  std::int64_t client_gone = 0;
  std::int64_t most_in_flight = 0;
  std::int64_t Total() const { return in_flight + complete + cut + error + client_gone; }
};

class Ledger {
 public:
  // Entries beyond `entries_max` are counted but not kept.
  explicit Ledger(std::size_t entries_max) : entries_max_(entries_max) {}

  // Opens an entry and returns its order.
  std::int64_t Open(LedgerEntry entry);
  // The entry while it is open; nullptr when it was not kept.
  LedgerEntry* Find(std::int64_t order);
  // Gives an open entry its outcome. REQUIRES: not closed before.
  void Close(std::int64_t order, ServedOutcome outcome);

  const std::vector<LedgerEntry>& entries() const { return entries_; }
  const LedgerCounts& counts() const { return counts_; }

  // {"counts": {...}, "not_kept": n, "requests": [entries with order > after]}
  std::string ToJson(std::int64_t after) const;

 private:
  std::size_t entries_max_;
  std::int64_t opened_ = 0;
  std::vector<LedgerEntry> entries_;  // entries_[i].order == i + 1
  LedgerCounts counts_;
};

}  // namespace assay
