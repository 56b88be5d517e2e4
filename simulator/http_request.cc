#include "simulator/http_request.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace assay {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::string_view Trim(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

}  // namespace

std::string_view ReceivedRequest::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

bool HttpRequestParser::Fail(int status, std::string_view message) {
  error_status_ = status;
  error_ = std::string(message);
  return false;
}

bool HttpRequestParser::ParseRequestLine(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = line.rfind(' ');
  if (first == std::string_view::npos || second == first) return Fail(400, "no request line");
  request_.method = std::string(line.substr(0, first));
  const std::string_view target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (!IsToken(request_.method) || !target.starts_with('/') ||
      target.find(' ') != std::string_view::npos) {
    return Fail(400, "malformed request line");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return Fail(505, "HTTP/1.1 only");
  request_.http_1_0 = version == "HTTP/1.0";
  const std::size_t query = std::min(target.find('?'), target.size());
  request_.path = std::string(target.substr(0, query));
  if (query < target.size()) request_.query = std::string(target.substr(query + 1));
  return true;
}

bool HttpRequestParser::ParseHeader(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
    return Fail(400, "malformed header");
  }
  request_.headers.emplace_back(Lower(line.substr(0, colon)),
                                std::string(Trim(line.substr(colon + 1))));
  return true;
}

bool HttpRequestParser::ReadFraming() {
  const std::string connection = Lower(request_.Header("connection"));
  request_.keep_alive = request_.http_1_0 ? connection == "keep-alive" : connection != "close";
  if (!request_.Header("transfer-encoding").empty()) {
    return Fail(411, "bodies need a Content-Length");
  }
  body_bytes_ = 0;
  bool seen = false;
  for (const auto& [name, value] : request_.headers) {
    if (name != "content-length") continue;
    std::size_t bytes = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), bytes);
    if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size() ||
        (seen && bytes != body_bytes_)) {
      return Fail(400, "malformed Content-Length");
    }
    body_bytes_ = bytes;
    seen = true;
  }
  if (body_bytes_ > static_cast<std::size_t>(body_bytes_max_)) {
    return Fail(413, "the body is larger than " + std::to_string(body_bytes_max_) + " bytes");
  }
  expects_continue_ = Lower(request_.Header("expect")) == "100-continue";
  return true;
}

bool HttpRequestParser::ParseHead(std::string_view head) {
  request_ = ReceivedRequest();
  bool first = true;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    if (!(first ? ParseRequestLine(line) : ParseHeader(line))) return false;
    first = false;
    head.remove_prefix(std::min(end + 2, head.size()));
  }
  return !first && ReadFraming();
}

HttpRequestParser::Result HttpRequestParser::Parse(std::string& input) {
  if (!have_head_) {
    const std::size_t end = input.find("\r\n\r\n");
    if (end == std::string::npos || end > kHeadBytesMax) {
      if (input.size() <= kHeadBytesMax) return Result::kNeedMore;
      Fail(431, "the header is larger than 64 KiB");
      return Result::kBad;
    }
    if (!ParseHead(std::string_view(input).substr(0, end))) {
      if (error_status_ == 0) Fail(400, "no request line");
      return Result::kBad;
    }
    input.erase(0, end + 4);
    have_head_ = true;
  }
  if (input.size() < body_bytes_) {
    const bool say = expects_continue_ && input.empty();
    expects_continue_ = false;
    return say ? Result::kContinue : Result::kNeedMore;
  }
  if (input.size() == body_bytes_) {
    request_.body = std::move(input);
    input.clear();
  } else {
    request_.body = input.substr(0, body_bytes_);
    input.erase(0, body_bytes_);
  }
  have_head_ = false;
  return Result::kReady;
}

std::string_view HttpReason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

}  // namespace assay
