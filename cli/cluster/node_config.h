// Configuration of the roles: file, then flags, then defaults; checked. Main thread.
#pragma once

#include <string>
#include <vector>

#include "assay/v1/node_config.pb.h"
#include "cli/spec_flags.h"
#include "common/base/random.h"
#include "common/base/status.h"

namespace assay {

struct ConfigSource {
  std::string file;               // empty: none
  std::vector<FlagValue> values;  // .flag is a field
};

// kInvalidArgument names file and line, or the flag.
absl::StatusOr<v1::CoordinatorConfig> LoadCoordinatorConfig(const ConfigSource& source);

// `role` begins an id that is made up. `coordinators` stays empty when none is given.
absl::StatusOr<v1::AgentConfig> LoadAgentConfig(const ConfigSource& source, const std::string& role,
                                                Random& random);

}  // namespace assay
