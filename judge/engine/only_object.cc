#include "judge/engine/only_object.h"

#include "common/base/status.h"
#include "common/json/json.h"

namespace assay {
absl::StatusOr<std::string_view> OnlyObject(std::string_view reply) {
  const std::size_t begin = reply.find('{');
  if (begin == std::string_view::npos) return InvalidArgument("no JSON object in the reply");
  const std::size_t end = EndOfJsonValue(reply, begin);
  if (end == std::string_view::npos) return InvalidArgument("the JSON object does not end");
  if (reply.find('{', end) != std::string_view::npos) {
    return InvalidArgument("more than one JSON object");
  }
  return reply.substr(begin, end - begin);
}

}  // namespace assay
