#include "common/text/python_format.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/base/status.h"

namespace assay {
namespace {

absl::Status Problem(std::size_t at, const std::string& what) {
  return InvalidArgument("byte " + std::to_string(at) + ": " + what);
}

std::string Quoted(std::string_view name) { return "\"{" + EscapeForTerminal(name, 80) + "}\""; }

}  // namespace

absl::StatusOr<std::string> PythonFormat(
    std::string_view format,
    absl::Span<const std::pair<std::string_view, std::string_view>> arguments) {
  std::size_t size = format.size();
  for (const auto& [name, value] : arguments) size += 2 * value.size();
  std::string out;
  out.reserve(size);
  std::size_t open = format.find('{');
  std::size_t close = format.find('}');
  for (std::size_t at = 0; at < format.size();) {
    if (open < at) open = format.find('{', at);
    if (close < at) close = format.find('}', at);
    const std::size_t brace = std::min(open, close);
    if (brace == std::string_view::npos) {
      out.append(format.substr(at));
      break;
    }
    out.append(format.substr(at, brace - at));
    at = brace + 1;
    if (at < format.size() && format[at] == format[brace]) {
      out.push_back(format[brace]);
      ++at;
      continue;
    }
    if (format[brace] == '}') return Problem(brace, "a \"}\" by itself, expected \"}}\"");
    const std::size_t end = format.find_first_of("{}", at);
    if (end == std::string_view::npos || format[end] == '{') {
      return Problem(brace, "a \"{\" that is not closed, expected \"{name}\" or \"{{\"");
    }
    const std::string_view name = format.substr(at, end - at);
    const auto* const found = std::find_if(arguments.begin(), arguments.end(),
                                           [&](const auto& pair) { return pair.first == name; });
    if (found == arguments.end()) {
      const bool plain = name.find_first_of(".[!:") == std::string_view::npos;
      return Problem(brace,
                     Quoted(name) + (plain ? " is not one of its arguments"
                                           : " is more than a name, which is not supported"));
    }
    out.append(found->second);
    at = end + 1;
  }
  return out;
}

}  // namespace assay
