// HttpTransport on libcurl's multi interface, driven by its socket actions on one Asio loop with
// one thread. Mains make one per process. Construction and destruction on any thread but its own.
#pragma once

#include <memory>
#include <string>

#include "common/http/http_transport.h"

namespace assay {

struct CurlTransportOptions {
  long idle_connections_max = 1024;
  // A kept connection is not used again after lying idle this long: uvicorn and llama-server close
  // theirs after 5 s without a word.
  absl::Duration idle_connection_age_max = absl::Seconds(3);
  std::string ca_file;  // PEM bundle; empty: the system's
};

class CurlTransport : public HttpTransport {
 public:
  // Starts the thread and raises the soft limit of open files to the hard one.
  explicit CurlTransport(CurlTransportOptions options = {});
  // Closes every connection without calling handlers, and joins the thread.
  ~CurlTransport() override;

  Executor& executor() override;
  HttpRequestId Start(HttpRequest request, HttpHandler* handler) override;
  void Cancel(HttpRequestId id) override;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace assay
