// HTTP/1.x requests, parsed strictly from bytes as they arrive: bodies only with Content-Length,
// every part capped. Not thread-safe; one parser a connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay {

struct ReceivedRequest {
  std::string method;
  std::string path;                                          // without the query
  std::string query;                                         // without "?"
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  bool keep_alive = true;
  bool http_1_0 = false;

  // The first header of that lower-case name, or empty.
  std::string_view Header(std::string_view name) const;
};

class HttpRequestParser {
 public:
  explicit HttpRequestParser(std::int64_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  enum class Result {
    kNeedMore,
    kContinue,  // as kNeedMore, and the client waits for "100 Continue"; said once a request
    kReady,     // take request(); its bytes are gone from the input
    kBad,       // error_status() and error() say why; the connection cannot go on
  };

  // Parses the next request from the front of `input`.
  Result Parse(std::string& input);

  ReceivedRequest TakeRequest() { return std::move(request_); }
  int error_status() const { return error_status_; }
  const std::string& error() const { return error_; }

  static constexpr std::size_t kHeadBytesMax = 64 << 10;

 private:
  bool ParseHead(std::string_view head);
  bool ParseRequestLine(std::string_view line);
  bool ParseHeader(std::string_view line);
  bool ReadFraming();
  bool Fail(int status, std::string_view message);

  std::int64_t body_bytes_max_;
  ReceivedRequest request_;
  bool have_head_ = false;
  bool expects_continue_ = false;
  std::size_t body_bytes_ = 0;
  int error_status_ = 0;
  std::string error_;
};

// The usual phrase of a status, e.g. "Too Many Requests".
std::string_view HttpReason(int status);

}  // namespace assay
