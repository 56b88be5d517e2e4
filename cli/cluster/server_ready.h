// Waits until an inference server serves: GET <base URL>/models, or <origin>/health where there is
// no such page. Any answer but 5xx and 404 counts, also that a key is missing.
#pragma once

#include <memory>
#include <string>

#include "common/base/executor.h"
#include "common/http/http_transport.h"

namespace assay {

class ServerReady {
 public:
  // Made and destroyed on the main thread; destroy it after the transport has stopped. `ready` is
  // posted to `executor`, once.
  ServerReady(HttpTransport& transport, Executor& executor, std::string base_url, Task ready);
  ~ServerReady();
  ServerReady(const ServerReady&) = delete;
  ServerReady& operator=(const ServerReady&) = delete;

 private:
  class Probe;
  std::unique_ptr<Probe> probe_;
};

}  // namespace assay
