// Waits until an inference server serves: GET <base URL>/models, or <origin>/health where there is
// no such page. Any answer but 5xx and 404 counts, also that a key is missing.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/executor.h"
#include "common/http/http_transport.h"

namespace assay {

// The ids in the answer to /models; none when it is not such an answer. At most 32.
std::vector<std::string> ModelsIn(std::string_view body);

class ServerReady {
 public:
  // Given the models that the server names.
  using Ready = Callback<std::vector<std::string>>;

  // Made and destroyed on the main thread; destroy it after the transport has stopped. `ready` is
  // posted to `executor`, once.
  ServerReady(HttpTransport& transport, Executor& executor, std::string base_url, Ready ready);
  ~ServerReady();
  ServerReady(const ServerReady&) = delete;
  ServerReady& operator=(const ServerReady&) = delete;

 private:
  class Probe;
  std::unique_ptr<Probe> probe_;
};

}  // namespace assay
