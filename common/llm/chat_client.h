// One request to an OpenAI-compatible endpoint, streamed or not. Below this interface there is no
// retry: a failed call is reported once, with its class, and the coordinator decides.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "assay/v1/spec.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/base/executor.h"
#include "common/base/status.h"

namespace assay {

// A complete reply, or why there is none.
using LlmResult = std::variant<v1::Reply, v1::Error>;

// Reported at most every few hundred milliseconds while a reply streams in.
struct LlmProgress {
  std::int64_t text_bytes = 0;
  std::int64_t chunks = 0;
};

struct LlmCall {
  v1::Endpoint endpoint;
  bool completion = false;      // /v1/completions instead of /v1/chat/completions
  std::string body;             // made by BuildRequestBody; sent byte for byte
  std::int64_t max_tokens = 0;  // of the request, for the wall deadline; 0: not limited
};

using LlmCallId = std::uint64_t;

class ChatClient {
 public:
  virtual ~ChatClient() = default;

  // Starts the request. `progress` may be empty. Both run on the executor given at construction;
  // `done` runs exactly once, also after Cancel (class cancelled), `progress` never after it.
  virtual LlmCallId Start(LlmCall call, Callback<const LlmProgress&> progress,
                          Callback<LlmResult> done) = 0;

  // Closes the connection of a running call, which is what stops the engine behind it.
  virtual void Cancel(LlmCallId id) = 0;
};

// The JSON body of a call as it goes over the wire: keys in a fixed order, so that equal calls have
// equal bytes. max_tokens is named as the endpoint wants it.
// kInvalidArgument: an extra_body key that is not allow-listed, neither messages nor completion, or
// top_logprobs of a completion.
absl::StatusOr<std::string> BuildRequestBody(const v1::LlmRequest& request,
                                             const v1::Endpoint& endpoint);

// Identity of a call in a journal: hex SHA-256 over kind, body and draw. The endpoint is not part
// of it: the same request at another replica of the same model is the same call.
std::string CallHash(const v1::Call& call, std::string_view body);

}  // namespace assay
