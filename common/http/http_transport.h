// HTTP/1.1 requests as events. A transport owns a loop thread of its own; requests are started and
// cancelled on that thread, and handlers are called there, so that neither side needs a lock. It
// never follows a redirect, uses a proxy or netrc, decodes a body, or sends a request twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "common/base/executor.h"

namespace assay {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string url;  // http or https
  std::vector<HttpHeader> headers;
  std::shared_ptr<const std::string> body;                // POST when set, else GET
  absl::Duration connect_timeout = absl::Seconds(5);      // name resolution, TCP and TLS together
  std::size_t headers_bytes_max = std::size_t{64} << 10;  // of the reply, 1xx heads included
  std::size_t body_bytes_max = std::size_t{32} << 20;     // of the reply
  // Whether the connection may serve another request afterwards. Off for streams: servers close
  // them without notice after the last event (peers-measured.md section 2), which would kill the
  // next request.
  bool keep_connection = true;
};

struct HttpResponseHead {
  int status = 0;
  std::vector<HttpHeader> headers;  // names in lower case, in order of arrival

  // Value of the first header `name` (lower case), empty when there is none.
  std::string_view Header(std::string_view name) const {
    for (const HttpHeader& header : headers) {
      if (header.name == name) return header.value;
    }
    return {};
  }
};

enum class HttpFailureKind {
  kBadRequest,       // the URL or a header cannot be sent
  kResolve,          // no address for the host
  kConnect,          // refused, unreachable, or not connected within connect_timeout
  kTls,              // handshake or certificate
  kStaleConnection,  // a kept connection was closed under the request before any byte of a reply
  kReset,            // the connection broke before the end of the reply
  kTruncated,        // closed before the end that the headers or the chunking announced
  kTooLarge,         // over headers_bytes_max or body_bytes_max
  kMalformed,        // not HTTP
  kOther,
};

struct HttpFailure {
  HttpFailureKind kind = HttpFailureKind::kOther;
  std::string detail;  // for people; no header values and no bodies
};

// Receives one reply: OnSending? OnHead? OnBody* (OnComplete | OnFailure), in this order; after a
// Cancel, nothing more. Called on the transport's loop thread. A handler may be destroyed inside
// OnComplete and OnFailure, and inside the others after a Cancel of its request.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // The connection stands and the request is about to be written.
  virtual void OnSending() {}
  // The final head (never a 1xx, except 101). Exactly once before the first body byte.
  virtual void OnHead(const HttpResponseHead& head) = 0;
  // A piece of the body, as it was read; valid during the call.
  virtual void OnBody(std::string_view bytes) = 0;
  // The reply ended as HTTP wants it: its length or last chunk was reached, or, where neither was
  // announced, the connection was closed (a cut reply looks the same then).
  virtual void OnComplete() = 0;
  virtual void OnFailure(const HttpFailure& failure) = 0;
};

using HttpRequestId = std::uint64_t;  // 0 is never a request

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  // The loop on whose thread everything of this interface happens.
  virtual Executor& executor() = 0;

  // Sends `request`. `handler` must live until its last call or Cancel, and is never called inside
  // Start. REQUIRES: on executor().
  virtual HttpRequestId Start(HttpRequest request, HttpHandler* handler) = 0;

  // Closes the connection of a running request; its handler is not called again. Allowed inside a
  // call of the handler. Unknown and finished ids are ignored. REQUIRES: on executor().
  virtual void Cancel(HttpRequestId id) = 0;
};

}  // namespace assay
