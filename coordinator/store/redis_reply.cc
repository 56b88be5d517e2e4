#include "coordinator/store/redis_reply.h"

#include <algorithm>
#include <array>

#include "common/base/log.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 6> kPassing = {"LOADING", "MISCONF", "NOREPLICAS",
                                                      "OOM",     "BUSY",    "TRYAGAIN"};
constexpr std::array<std::string_view, 6> kElsewhere = {"READONLY", "MASTERDOWN",  "MOVED",
                                                        "ASK",      "CLUSTERDOWN", "UNBLOCKED"};

}  // namespace

RedisErrorClass ClassOfRedisError(std::string_view error) {
  const std::string_view word = error.substr(0, error.find(' '));
  const auto among = [word](const auto& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (word == "NOSCRIPT") return RedisErrorClass::kNoScript;
  if (among(kPassing)) return RedisErrorClass::kRetry;
  if (among(kElsewhere)) return RedisErrorClass::kRediscover;
  return RedisErrorClass::kDefect;
}

absl::Status StatusOfRedisError(std::string_view error) {
  const std::string message = "redis answered: " + EscapeForTerminal(error);
  return ClassOfRedisError(error) == RedisErrorClass::kDefect ? Internal(message)
                                                              : Unavailable(message);
}

}  // namespace assay
