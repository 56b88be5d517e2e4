// One request to a generation route, read from its JSON body as an OpenAI-compatible server does:
// what it does not know it ignores, what it knows must have the right type. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace assay {

struct CompletionRequest {
  bool chat = true;
  std::string model;
  std::string prompt;  // the one user message as it stands, else "role: text" blocks
  bool stream = false;
  bool include_usage = false;
  std::int64_t max_tokens = 0;  // 0: not limited
  std::uint64_t seed = 0;
  std::vector<std::string> stop;
  std::string response_schema;  // JSON schema of response_format json_schema, as text
};

// kInvalidArgument: the message is for the client; kDataLoss: the body is no JSON.
absl::StatusOr<CompletionRequest> ParseCompletionRequest(std::string_view body, bool chat);

}  // namespace assay
