#include "tests/fuzz/sse_input.h"

#include <string>
#include <variant>
#include <vector>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/http/sse_parser.h"
#include "common/llm/error_text.h"
#include "common/llm/reply_reader.h"
#include "common/llm/server_error.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr std::size_t kEventBytesMax = 4096;
constexpr std::string_view kRequest =
    R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})";

struct StreamRead {
  std::vector<std::string> events;
  bool parsed = true;
  std::string result;  // serialised; first byte 'R' or 'E'
};

std::string Checked(const LlmResult& result) {
  if (const v1::Reply* reply = std::get_if<v1::Reply>(&result)) {
    ASSAY_CHECK(!reply->finish_reason().empty());
    ASSAY_CHECK(IsValidUtf8(reply->text()) && IsValidUtf8(reply->reasoning()));
    ASSAY_CHECK(reply->usage().completion_tokens() >= 0 && reply->usage().prompt_tokens() >= 0);
    return "R" + reply->SerializeAsString();
  }
  const v1::Error& error = std::get<v1::Error>(result);
  ASSAY_CHECK(error.error_class() != v1::ERROR_CLASS_UNSPECIFIED);
  const std::string shown = CleanErrorMessage(error.message(), kRequest, "key-of-the-endpoint");
  ASSAY_CHECK(shown.size() <= kErrorMessageBytesMax);
  return "E" + shown;
}

// Pieces of at most `piece_max` bytes; 0: all at once.
StreamRead Read(std::string_view bytes, std::size_t piece_max, Random& random) {
  StreamRead read;
  SseParser parser(kEventBytesMax);
  ReplyReader reader({.omits_done = false, .requested_model = "m", .request_body = kRequest});
  bool readable = true;
  while (!bytes.empty() && read.parsed && readable) {
    const std::size_t size = piece_max == 0 ? bytes.size() : 1 + random.Below(piece_max);
    const absl::Status fed = parser.Feed(bytes.substr(0, size), [&](const SseEvent& event) {
      read.events.push_back(std::string(event.type) + "|" + std::string(event.id) + "|" +
                            std::string(event.data));
      readable = reader.TakeEvent(event);
      return readable;
    });
    read.parsed = fed.ok();
    ASSAY_CHECK(parser.buffered_bytes() <= 2 * kEventBytesMax + 1);
    bytes.remove_prefix(std::min(size, bytes.size()));
  }
  ASSAY_CHECK(reader.content_bytes() >= 0);
  if (read.parsed) read.result = Checked(reader.TakeStream());
  return read;
}

}  // namespace

void CheckSseInput(std::string_view bytes) {
  Random random(bytes.size());
  const StreamRead whole = Read(bytes, 0, random);
  for (const std::size_t piece_max : {std::size_t{1}, std::size_t{3}, std::size_t{64}}) {
    const StreamRead pieces = Read(bytes, piece_max, random);
    ASSAY_CHECK(pieces.parsed == whole.parsed);
    ASSAY_CHECK(pieces.events == whole.events);
    ASSAY_CHECK(pieces.result == whole.result);
  }
  for (bool cut_possible : {false, true}) {
    ReplyReader reader({.omits_done = false, .requested_model = "m", .request_body = kRequest});
    Checked(reader.TakeBody(bytes, cut_possible));
  }
  const ServerError error = ReadErrorBody(bytes);
  ASSAY_CHECK(ClassOfStatus(500, error) != v1::ERROR_CLASS_UNSPECIFIED);
  ASSAY_CHECK(ClassOfErrorObject(error) != v1::ERROR_CLASS_UNSPECIFIED);
  ASSAY_CHECK(CleanErrorMessage(error.message, bytes, "").size() <= kErrorMessageBytesMax);
}

}  // namespace assay
