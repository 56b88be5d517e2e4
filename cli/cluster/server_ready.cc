#include "cli/cluster/server_ready.h"

#include <utility>

#include "common/base/log.h"
#include "common/json/json.h"

namespace assay {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(500);
constexpr std::size_t kBodyBytesMax = std::size_t{4} << 20;
constexpr std::size_t kModelsMax = 32;
constexpr std::size_t kModelBytesMax = 256;

// "http://host:8000/v1" -> "http://host:8000"
std::string OriginOf(const std::string& base_url) {
  const std::size_t scheme = base_url.find("://");
  const std::size_t from = scheme == std::string::npos ? 0 : scheme + 3;
  return base_url.substr(0, base_url.find('/', from));
}

std::string WithoutSlash(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

}  // namespace

std::vector<std::string> ModelsIn(std::string_view body) {
  std::vector<std::string> models;
  const auto list = ParseJson(body);
  if (!list.ok() || !list->is_object() || !list->contains("data") || !(*list)["data"].is_array()) {
    return models;
  }
  for (const Json& model : (*list)["data"]) {
    if (!model.is_object() || !model.contains("id") || !model["id"].is_string()) continue;
    const auto id = model["id"].get<std::string>();
    if (id.size() <= kModelBytesMax && models.size() < kModelsMax) models.push_back(id);
  }
  return models;
}

// Everything on the transport's thread.
class ServerReady::Probe : public HttpHandler {
 public:
  Probe(HttpTransport& transport, Executor& executor, const std::string& base_url, Ready ready)
      : transport_(transport),
        executor_(executor),
        urls_{WithoutSlash(base_url) + "/models", OriginOf(base_url) + "/health"},
        ready_(std::move(ready)) {}

  void Ask() {
    HttpRequest request;
    request.url = urls_[at_];
    request.body_bytes_max = kBodyBytesMax;
    status_ = 0;
    body_.clear();
    transport_.Start(std::move(request), this);
  }

  void OnHead(const HttpResponseHead& head) override { status_ = head.status; }
  void OnBody(std::string_view data) override { body_ += data; }
  void OnComplete() override {
    if (status_ > 0 && status_ < 500 && status_ != 404) {
      std::vector<std::string> models;
      if (at_ == 0 && status_ == 200) models = ModelsIn(body_);
      executor_.Post([ready = std::move(ready_), models = std::move(models)]() mutable {
        std::move(ready)(std::move(models));
      });
      return;
    }
    AskLater("status " + std::to_string(status_));
  }
  void OnFailure(const HttpFailure& failure) override { AskLater(failure.detail); }

 private:
  void AskLater(const std::string& why) {
    Log(tries_++ % 20 == 0 ? LogLevel::kInfo : LogLevel::kDebug, "waiting_for_server",
        {{"url", urls_[at_]}, {"why", why}});
    at_ = 1 - at_;
    transport_.executor().RunAfter(at_ == 1 ? absl::ZeroDuration() : kInterval, [this] { Ask(); });
  }

  HttpTransport& transport_;
  Executor& executor_;
  const std::string urls_[2];
  Ready ready_;
  std::string body_;
  std::size_t at_ = 0;
  int status_ = 0;
  int tries_ = 0;
};

ServerReady::ServerReady(HttpTransport& transport, Executor& executor, std::string base_url,
                         Ready ready)
    : probe_(std::make_unique<Probe>(transport, executor, base_url, std::move(ready))) {
  transport.executor().Post([probe = probe_.get()] { probe->Ask(); });
}

ServerReady::~ServerReady() = default;

}  // namespace assay
