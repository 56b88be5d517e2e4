#include "cli/cluster/redis_location.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace assay {
namespace {

// A WAIT holds the connection up, and must end before a reply counts as lost.
constexpr double kWaitSecondsMax = 4;
constexpr int kReplicasMax = 100;

std::vector<std::string> Addresses(const std::vector<std::string>& lists) {
  std::vector<std::string> addresses;
  for (const std::string& list : lists) {
    for (const absl::string_view part : absl::StrSplit(list, ',', absl::SkipWhitespace())) {
      const absl::string_view address = absl::StripAsciiWhitespace(part);
      addresses.emplace_back(address.data(), address.size());
    }
  }
  return addresses;
}

}  // namespace

RedisLocation LocationIn(const v1::CoordinatorConfig& config) {
  RedisLocation location;
  location.server = config.redis();
  location.sentinels = {config.redis_sentinel().begin(), config.redis_sentinel().end()};
  location.master = config.redis_master();
  location.wait_replicas = config.redis_wait_replicas();
  location.wait_timeout_s = config.redis_wait_timeout_s();
  return location;
}

absl::Status CheckRedisLocation(const RedisLocation& location) {
  if (location.wait_replicas < 0 || location.wait_replicas > kReplicasMax) {
    return InvalidArgument("redis_wait_replicas: expected 0 to " + std::to_string(kReplicasMax) +
                           ", the number of replicas that there are");
  }
  if (location.wait_timeout_s <= 0 || location.wait_timeout_s > kWaitSecondsMax) {
    return InvalidArgument("redis_wait_timeout_s: expected more than 0 and at most 4 seconds");
  }
  if (!location.sentinels.empty() && Addresses(location.sentinels).empty()) {
    return InvalidArgument("redis_sentinel: expected host:port");
  }
  return absl::OkStatus();
}

RedisConnectionOptions RedisConnectionTo(const RedisLocation& location, const CliContext& context) {
  RedisConnectionOptions options;
  options.servers = {location.server};
  options.sentinels = Addresses(location.sentinels);
  options.master_name = location.master;
  options.scripts = RedisScripts::BuiltIn().All();
  if (const auto password = context.environment("ASSAY_REDIS_PASSWORD")) {
    options.session.password = *password;
  }
  return options;
}

ReplicaWait ReplicaWaitOf(const RedisLocation& location) {
  return {location.wait_replicas, absl::Seconds(location.wait_timeout_s)};
}

std::string DescribeRedis(const RedisLocation& location) {
  if (location.sentinels.empty()) return location.server;
  return location.master + " at sentinels " + absl::StrJoin(Addresses(location.sentinels), ", ");
}

}  // namespace assay
