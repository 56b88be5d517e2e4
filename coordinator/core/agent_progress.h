// What is known of an agent, for those who ask. A value.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "assay/v1/unit.pb.h"

namespace assay {

struct AgentProgress {
  std::string id;
  std::vector<v1::UnitKind> kinds;
  std::string server;               // base URL of the inference server that it stands beside
  std::vector<std::string> models;  // that this server serves
  std::string binary_version;
  int slots = 0;
  int free_slots = 0;
  int leases = 0;        // units that it holds
  bool waiting = false;  // a Sync of it is held
  bool draining = false;
  bool bad = false;     // ignores a cancel: gets no work
  absl::Duration seen;  // since its last Sync
};

}  // namespace assay
