#include "judge/engine/only_object.h"

#include "common/base/status.h"

namespace assay {
namespace {

// End of the object that opens at `begin`, past its brace; npos when it does not close.
std::size_t EndOfObject(std::string_view text, std::size_t begin) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

}  // namespace

absl::StatusOr<std::string_view> OnlyObject(std::string_view reply) {
  const std::size_t begin = reply.find('{');
  if (begin == std::string_view::npos) return InvalidArgument("no JSON object in the reply");
  const std::size_t end = EndOfObject(reply, begin);
  if (end == std::string_view::npos) return InvalidArgument("the JSON object does not end");
  if (reply.find('{', end) != std::string_view::npos) {
    return InvalidArgument("more than one JSON object");
  }
  return reply.substr(begin, end - begin);
}

}  // namespace assay
