#include "coordinator/store/redis_schema.h"

#include <cstdio>
#include <string>
#include <utility>

#include "common/base/log.h"

namespace assay {
namespace {

constexpr char kSchemaKey[] = "assay1:{ctl}:schema";

absl::Status Judge(const RedisReply& reply, int schema) {
  int lowest = 0;
  int highest = 0;
  char rest = 0;
  if (reply.kind != RedisReply::Kind::kText ||
      std::sscanf(reply.text.c_str(), "%d %d%c", &lowest, &highest, &rest) != 2) {
    return FailedPrecondition(std::string(kSchemaKey) + " in Redis is '" +
                              EscapeForTerminal(reply.text) + "': expected two numbers");
  }
  if (schema >= lowest && schema <= highest) return absl::OkStatus();
  return FailedPrecondition("the data in Redis may be used with layouts " + std::to_string(lowest) +
                            " to " + std::to_string(highest) + "; this binary has layout " +
                            std::to_string(schema));
}

}  // namespace

void CheckRedisSchema(RedisClient& client, Callback<absl::Status> done, int schema) {
  const std::string own = std::to_string(schema) + " " + std::to_string(schema);
  client.Send({nullptr, {}, {"SET", kSchemaKey, own, "NX"}}, [](absl::StatusOr<RedisAnswer>) {});
  client.Send({nullptr, {}, {"GET", kSchemaKey}},
              [schema, done = std::move(done)](absl::StatusOr<RedisAnswer> answer) mutable {
                std::move(done)(answer.ok() ? Judge(answer->reply, schema) : answer.status());
              });
}

}  // namespace assay
