// Where the Redis of a cluster is, as flags and config files say it, and what talks to it. Main
// thread.
#pragma once

#include "assay/v1/node_config.pb.h"
#include "cli/cluster/cluster_verbs.h"
#include "cli/context.h"
#include "coordinator/store/durable_mark.h"
#include "coordinator/store/redis_connection.h"

namespace assay {

RedisLocation LocationIn(const v1::CoordinatorConfig& config);

// Addresses may be lists with commas. kInvalidArgument: a negative number of replicas, or a wait
// that is longer than a command may take.
absl::Status CheckRedisLocation(const RedisLocation& location);

// The password is $ASSAY_REDIS_PASSWORD.
RedisConnectionOptions RedisConnectionTo(const RedisLocation& location, const CliContext& context);

ReplicaWait ReplicaWaitOf(const RedisLocation& location);

// "127.0.0.1:6379", or "assay at sentinels 10.0.0.1:26379, ...".
std::string DescribeRedis(const RedisLocation& location);

}  // namespace assay
