// Whether a Redis server is set up so that what it answered stays (docs/redis_schema.md,
// "Durability"). Pure.
#pragma once

#include <string>
#include <vector>

#include "coordinator/store/redis_reply.h"

namespace assay {

// To be sent together to a server; RedisSettingsProblems takes the replies in this order.
std::vector<std::vector<std::string>> RedisSettingsQuestions();

// One sentence for each setting that loses acknowledged writes, or cannot be told because the
// server does not let this user ask: what is set, what is expected, and what happens otherwise.
std::vector<std::string> RedisSettingsProblems(const std::vector<RedisReply>& replies);

}  // namespace assay
