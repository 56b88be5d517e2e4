// Which layouts of keys may be used on this Redis (docs/redis_schema.md, "Versions"): "min max"
// under assay1:{ctl}:schema. To be asked before the first transition of a process.
#pragma once

#include "common/base/executor.h"
#include "common/base/status.h"
#include "coordinator/store/redis_client.h"

namespace assay {

// The layout that this binary reads and writes.
inline constexpr int kRedisSchema = 1;

// Claims an empty Redis for `schema`. kFailedPrecondition: the data needs an older or a newer
// binary, or the key says nothing that can be understood. kUnavailable: ask again.
void CheckRedisSchema(RedisClient& client, Callback<absl::Status> done, int schema = kRedisSchema);

}  // namespace assay
