// HttpTransport that a test plays the server of: requests wait until the test answers them. Runs on
// a FakeExecutor; single-threaded.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/http_transport.h"
#include "tests/fakes/fake_executor.h"

namespace assay {

class FakeHttpTransport : public HttpTransport {
 public:
  explicit FakeHttpTransport(FakeExecutor& executor) : executor_(executor) {}

  Executor& executor() override { return executor_; }

  HttpRequestId Start(HttpRequest request, HttpHandler* handler) override {
    const HttpRequestId id = ++last_id_;
    requests_.push_back(std::move(request));
    running_[id] = handler;
    return id;
  }

  void Cancel(HttpRequestId id) override {
    if (running_.erase(id) != 0) ++cancelled_;
  }

  const std::vector<HttpRequest>& requests() const { return requests_; }
  std::size_t running() const { return running_.size(); }
  int cancelled() const { return cancelled_; }

  // Each acts on the newest request; nothing happens when it is no longer running.
  void Sending() {
    if (HttpHandler* handler = Newest()) handler->OnSending();
  }
  void Head(int status, std::vector<HttpHeader> headers) {
    HttpResponseHead head;
    head.status = status;
    head.headers = std::move(headers);
    if (HttpHandler* handler = Newest()) handler->OnHead(head);
  }
  void Body(std::string_view bytes) {
    if (HttpHandler* handler = Newest()) handler->OnBody(bytes);
  }
  void Complete() {
    if (HttpHandler* handler = TakeNewest()) handler->OnComplete();
  }
  void Fail(HttpFailureKind kind, std::string detail = "as the test says") {
    if (HttpHandler* handler = TakeNewest()) handler->OnFailure({kind, std::move(detail)});
  }

 private:
  HttpHandler* Newest() {
    const auto found = running_.find(last_id_);
    return found == running_.end() ? nullptr : found->second;
  }
  HttpHandler* TakeNewest() {
    HttpHandler* handler = Newest();
    running_.erase(last_id_);
    return handler;
  }

  FakeExecutor& executor_;
  HttpRequestId last_id_ = 0;
  std::vector<HttpRequest> requests_;
  std::map<HttpRequestId, HttpHandler*> running_;
  int cancelled_ = 0;
};

}  // namespace assay
