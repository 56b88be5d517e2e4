// Server-sent events from bytes (WHATWG HTML, "Event stream interpretation"): CR, LF and CRLF line
// ends, a byte order mark, comments, several data lines, fields with and without the space. Bytes
// may be cut anywhere. Pure; one per reply.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace assay {

// Views are valid during the call that is given them.
struct SseEvent {
  std::string_view type;  // empty: "message"
  std::string_view data;
  std::string_view id;  // of this event alone; empty: none was sent with it
};

class SseParser {
 public:
  static constexpr std::size_t kEventBytesMax = std::size_t{1} << 20;

  explicit SseParser(std::size_t event_bytes_max = kEventBytesMax) : bytes_max_(event_bytes_max) {}

  // Calls `sink` for each event that `bytes` complete; once it returns false, the rest of `bytes`
  // is dropped. kResourceExhausted when a line, or an event's data, is over the limit: the parser
  // must not be fed again then. An event whose blank line never comes is never reported.
  absl::Status Feed(std::string_view bytes, absl::FunctionRef<bool(const SseEvent&)> sink);

  // Bytes held for lines and events that are not complete.
  std::size_t buffered_bytes() const { return line_.size() + data_.size(); }

 private:
  using Sink = absl::FunctionRef<bool(const SseEvent&)>;
  enum class Next { kGoOn, kStop, kTooLarge };

  Next TakeLine(std::string_view line, Sink sink);
  Next TakeData(std::string_view value);
  Next Dispatch(Sink sink);
  void KeepView();

  std::size_t bytes_max_;
  std::string line_;  // beginning of a line whose end was not seen
  std::string data_;  // data lines of the current event, joined
  std::string_view
      view_;  // instead of data_: the only data line so far, inside the bytes being fed
  bool has_data_ = false;
  std::string type_;
  std::string id_;
  bool skip_lf_ = false;
  bool first_line_ = true;
};

}  // namespace assay
