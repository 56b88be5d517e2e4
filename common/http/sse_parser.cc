#include "common/http/sse_parser.h"

#include <algorithm>

#include "common/base/status.h"

namespace assay {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Finds line ends in one piece of bytes, looking at each byte twice at most.
class LineEnds {
 public:
  explicit LineEnds(std::string_view bytes) : bytes_(bytes) {}

  // Offset of the first CR or LF at or after `from`; npos when there is none.
  std::size_t Next(std::size_t from) {
    return std::min(Find('\n', from, next_lf_), Find('\r', from, next_cr_));
  }

 private:
  std::size_t Find(char wanted, std::size_t from, std::size_t& next) const {
    if (next != std::string_view::npos && next < from) next = bytes_.find(wanted, from);
    return next;
  }

  std::string_view bytes_;
  std::size_t next_lf_ = bytes_.find('\n');
  std::size_t next_cr_ = bytes_.find('\r');
};

}  // namespace

absl::Status SseParser::Feed(std::string_view bytes, Sink sink) {
  LineEnds ends(bytes);
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (skip_lf_) {
      skip_lf_ = false;
      if (bytes[at] == '\n') {
        ++at;
        continue;
      }
    }
    const std::size_t end = ends.Next(at);
    const std::string_view piece = bytes.substr(at, end - at);
    Next next = Next::kGoOn;
    if (line_.size() + piece.size() > bytes_max_) {
      next = Next::kTooLarge;
    } else if (end == std::string_view::npos) {
      line_.append(piece);
      break;
    } else if (line_.empty()) {
      next = TakeLine(piece, sink);
    } else {
      line_.append(piece);
      next = TakeLine(line_, sink);
      KeepView();
      line_.clear();
    }
    if (next == Next::kTooLarge) {
      return ResourceExhausted("a stream event of more than " + std::to_string(bytes_max_) +
                               " bytes");
    }
    if (next == Next::kStop) break;
    skip_lf_ = bytes[end] == '\r';
    at = end + 1;
  }
  KeepView();
  return absl::OkStatus();
}

SseParser::Next SseParser::TakeLine(std::string_view line, Sink sink) {
  if (first_line_) {
    first_line_ = false;
    if (line.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      line.remove_prefix(kByteOrderMark.size());
    }
  }
  if (line.empty()) return Dispatch(sink);
  const std::size_t colon = line.find(':');
  if (colon == 0) return Next::kGoOn;
  const std::string_view name = line.substr(0, colon);
  std::string_view value;
  if (colon != std::string_view::npos) value = line.substr(colon + 1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (name == "data") return TakeData(value);
  if (name == "event") type_ = value;
  if (name == "id") id_ = value;
  return Next::kGoOn;
}

SseParser::Next SseParser::TakeData(std::string_view value) {
  if (!has_data_) {
    has_data_ = true;
    view_ = value;
    return Next::kGoOn;
  }
  KeepView();
  if (data_.size() + 1 + value.size() > bytes_max_) return Next::kTooLarge;
  data_ += '\n';
  data_ += value;
  return Next::kGoOn;
}

// After this the event's data is in data_, where it outlives the bytes that are being fed.
void SseParser::KeepView() {
  data_.append(view_);
  view_ = {};
}

SseParser::Next SseParser::Dispatch(Sink sink) {
  bool go_on = true;
  if (has_data_) go_on = sink({type_, data_.empty() ? view_ : data_, id_});
  has_data_ = false;
  view_ = {};
  data_.clear();
  type_.clear();
  id_.clear();
  return go_on ? Next::kGoOn : Next::kStop;
}

}  // namespace assay
