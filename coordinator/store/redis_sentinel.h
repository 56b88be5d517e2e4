// Where the master is, asked of all sentinels. Blocking; on the thread of a RedisConnection.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "coordinator/store/redis_session.h"

namespace assay {

// The addresses the sentinels name for `master_name`, those with most votes first. kUnavailable:
// none of them answers, or none knows such a master.
absl::StatusOr<std::vector<std::string>> AskSentinels(const std::vector<std::string>& sentinels,
                                                      const std::string& master_name,
                                                      const RedisSessionOptions& options);

}  // namespace assay
