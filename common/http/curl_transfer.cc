#include "common/http/curl_transfer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/base/check.h"

namespace assay {
namespace {

constexpr long kDnsCacheSeconds = 30;

HttpFailureKind KindOf(CURLcode result) {
  switch (result) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_LOGIN_DENIED:
      return HttpFailureKind::kBadRequest;
    case CURLE_COULDNT_RESOLVE_HOST:
      return HttpFailureKind::kResolve;
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:  // the only time-out that curl is given is the one to connect
      return HttpFailureKind::kConnect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return HttpFailureKind::kTls;
    case CURLE_PARTIAL_FILE:
      return HttpFailureKind::kTruncated;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return HttpFailureKind::kReset;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP_RETURNED_ERROR:
      return HttpFailureKind::kMalformed;
    case CURLE_OUT_OF_MEMORY:  // also what curl makes of a header line over 100 KiB
    case CURLE_FILESIZE_EXCEEDED:
      return HttpFailureKind::kTooLarge;
    default:
      return HttpFailureKind::kOther;
  }
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

// "HTTP/1.1 200 OK" -> 200; 0 when there is no such number.
int StatusOfLine(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  int status = 0;
  for (char c : line.substr(space + 1, 3)) {
    if (c < '0' || c > '9') return 0;
    status = status * 10 + (c - '0');
  }
  return status;
}

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

}  // namespace

CurlTransfer::CurlTransfer(const CurlTransportOptions& options) : easy_(curl_easy_init()) {
  ASSAY_CHECK(easy_ != nullptr);
  SetFixedOptions(options);
}

void CurlTransfer::SetFixedOptions(const CurlTransportOptions& options) {
  CURL* easy = easy_.get();
  const auto set = [easy](CURLoption option, auto value) {
    ASSAY_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
  };
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_DNS_CACHE_TIMEOUT, kDnsCacheSeconds);
  set(CURLOPT_MAXAGE_CONN,
      static_cast<long>(absl::ToInt64Seconds(options.idle_connection_age_max)));
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  set(CURLOPT_HEADERFUNCTION, &CurlTransfer::OnHeaderLine);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &CurlTransfer::OnBodyBytes);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_PREREQFUNCTION, &CurlTransfer::OnSending);
  set(CURLOPT_PREREQDATA, static_cast<void*>(this));
}

CurlTransfer* CurlTransfer::Of(CURL* easy) {
  char* self = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return reinterpret_cast<CurlTransfer*>(self);
}

bool CurlTransfer::AddHeader(const std::string& line) {
  curl_slist* longer = curl_slist_append(header_list_.get(), line.c_str());
  if (longer == nullptr) return false;
  (void)header_list_.release();
  header_list_.reset(longer);
  return true;
}

bool CurlTransfer::Prepare(HttpRequestId id, HttpRequest request, HttpHandler* handler) {
  id_ = id;
  request_ = std::move(request);
  handler_ = handler;
  bool fine =
      !HasControl(request_.url) && AddHeader("Expect:") && AddHeader("Accept-Encoding: identity");
  for (const HttpHeader& header : request_.headers) {
    fine = fine && !header.name.empty() && !HasControl(header.name) && !HasControl(header.value) &&
           AddHeader(header.name + ": " + header.value);
  }
  CURL* easy = easy_.get();
  fine = fine && curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str()) == CURLE_OK;
  if (!fine) {
    failed_ = HttpFailure{HttpFailureKind::kBadRequest, "the URL or a header holds a line break"};
    return false;
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, header_list_.get());
  if (request_.body == nullptr) {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body->size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body->data());
  }
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, request_.keep_connection ? 0L : 1L);
  const std::int64_t timeout_ms = absl::ToInt64Milliseconds(request_.connect_timeout);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::clamp<std::int64_t>(timeout_ms, 1, 86'400'000)));
  return true;
}

void CurlTransfer::Clear() {
  id_ = 0;
  handler_ = nullptr;
  request_ = HttpRequest();
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(easy_.get(), CURLOPT_POSTFIELDS, nullptr);
  header_list_.reset();
  head_ = HttpResponseHead();
  head_seen_ = false;
  sent_ = false;
  header_bytes_ = 0;
  body_bytes_ = 0;
  failed_.reset();
  error_[0] = '\0';
}

std::optional<HttpFailure> CurlTransfer::FailureOf(CURLcode result) const {
  if (failed_.has_value()) return failed_;
  if (result == CURLE_OK && head_seen_) return std::nullopt;
  if (result == CURLE_OK) return HttpFailure{HttpFailureKind::kTruncated, "it ended in its head"};
  HttpFailure failure;
  failure.kind = KindOf(result);
  // Where the first bytes are not HTTP, curl speaks of an unsupported protocol, HTTP/0.9.
  if (sent_ && failure.kind == HttpFailureKind::kBadRequest) {
    failure.kind = HttpFailureKind::kMalformed;
  }
  failure.detail = error_[0] != '\0' ? error_.data() : curl_easy_strerror(result);
  return failure;
}

// curl sends a request again by itself when a kept connection dies under it. One layer retries, and
// this is not it (docs/adr/0003-one-layer-retries.md).
int CurlTransfer::OnSending(void* self, char*, char*, int, int) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  if (transfer->sent_) {
    transfer->failed_ = HttpFailure{HttpFailureKind::kStaleConnection,
                                    "a kept connection was closed before any byte of the reply"};
    return CURL_PREREQFUNC_ABORT;
  }
  transfer->sent_ = true;
  if (transfer->handler_ != nullptr) transfer->handler_->OnSending();
  return transfer->handler_ != nullptr ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t CurlTransfer::OnHeaderLine(char* bytes, std::size_t size, std::size_t count,
                                       void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  transfer->header_bytes_ += size * count;
  if (transfer->header_bytes_ > transfer->request_.headers_bytes_max) {
    transfer->failed_ = HttpFailure{HttpFailureKind::kTooLarge, "the reply's headers are too long"};
    return 0;
  }
  return transfer->TakeHeaderLine({bytes, size * count}) ? size * count : 0;
}

bool CurlTransfer::TakeHeaderLine(std::string_view line) {
  if (head_seen_) return true;  // trailers
  if (line == "\r\n" || line == "\n") return EndHead();
  if (head_.status == 0) {
    head_.status = StatusOfLine(line);
    if (head_.status != 0) return true;
    failed_ = HttpFailure{HttpFailureKind::kMalformed, "the reply has no HTTP status"};
    return false;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  head_.headers.push_back({absl::AsciiStrToLower(std::string(Trim(line.substr(0, colon)))),
                           std::string(Trim(line.substr(colon + 1)))});
  return true;
}

bool CurlTransfer::EndHead() {
  if (head_.status < 200 && head_.status != 101) {
    head_ = HttpResponseHead();
    return true;
  }
  head_seen_ = true;
  if (handler_ != nullptr) handler_->OnHead(head_);
  return handler_ != nullptr;
}

std::size_t CurlTransfer::OnBodyBytes(char* bytes, std::size_t size, std::size_t count,
                                      void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  const std::size_t length = size * count;
  transfer->body_bytes_ += length;
  if (transfer->body_bytes_ > transfer->request_.body_bytes_max) {
    transfer->failed_ = HttpFailure{HttpFailureKind::kTooLarge, "the reply's body is too long"};
    return 0;
  }
  if (transfer->handler_ == nullptr) return 0;
  transfer->handler_->OnBody({bytes, length});
  return transfer->handler_ != nullptr ? length : 0;
}

}  // namespace assay
