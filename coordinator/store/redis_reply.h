// What a Redis server answers, as a value without types of the client library, and what its error
// replies mean (reliability.md 3.6, client rules).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace assay {

struct RedisReply {
  enum class Kind { kNil, kInteger, kText, kArray, kError };
  Kind kind = Kind::kNil;
  std::int64_t integer = 0;
  std::string text;  // kText, kError
  std::vector<RedisReply> elements;

  bool is_text(std::string_view expected) const { return kind == Kind::kText && text == expected; }
};

enum class RedisErrorClass {
  kRetry,       // passes by itself: LOADING, MISCONF, NOREPLICAS, OOM, BUSY, TRYAGAIN
  kRediscover,  // this server is not the master: READONLY, MASTERDOWN, MOVED, ASK and their like
  kNoScript,
  kDefect,
};

// Of the text of an error reply, by its first word.
RedisErrorClass ClassOfRedisError(std::string_view error);

// kUnavailable for what passes, kInternal for a defect. REQUIRES: an error reply.
absl::Status StatusOfRedisError(std::string_view error);

}  // namespace assay
