// One request inside curl: its easy handle, what curl's callbacks need, and the meaning of curl's
// results. Private to common/http; used on the transport's thread only. Reused from request to
// request, which keeps curl's options.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <optional>

#include "common/http/curl_transport.h"
#include "common/http/http_transport.h"

namespace assay {

class CurlTransfer {
 public:
  explicit CurlTransfer(const CurlTransportOptions& options);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  static CurlTransfer* Of(CURL* easy);

  // False when the URL or a header cannot be sent; FailureOf then says so.
  bool Prepare(HttpRequestId id, HttpRequest request, HttpHandler* handler);
  // Forgets the request. REQUIRES: not inside a multi handle.
  void Clear();
  void DropHandler() { handler_ = nullptr; }

  CURL* easy() const { return easy_.get(); }
  HttpRequestId id() const { return id_; }
  HttpHandler* handler() const { return handler_; }
  bool sendable() const { return !failed_.has_value(); }

  // nullopt: the reply is complete.
  std::optional<HttpFailure> FailureOf(CURLcode result) const;

 private:
  struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  static std::size_t OnHeaderLine(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t OnBodyBytes(char* bytes, std::size_t size, std::size_t count, void* self);
  static int OnSending(void* self, char*, char*, int, int);

  void SetFixedOptions(const CurlTransportOptions& options);
  bool AddHeader(const std::string& line);
  bool TakeHeaderLine(std::string_view line);
  bool EndHead();

  std::unique_ptr<CURL, FreeEasy> easy_;
  HttpRequestId id_ = 0;
  HttpRequest request_;
  HttpHandler* handler_ = nullptr;
  std::unique_ptr<curl_slist, FreeList> header_list_;
  HttpResponseHead head_;
  bool head_seen_ = false;
  bool sent_ = false;
  std::size_t header_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  std::optional<HttpFailure> failed_;  // why a callback, not curl, ended the transfer
  std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace assay
