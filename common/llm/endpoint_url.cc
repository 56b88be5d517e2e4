#include "common/llm/endpoint_url.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/ascii.h"
#include "common/base/log.h"

namespace assay {
namespace {

constexpr std::string_view kChat = "/chat/completions";
constexpr std::string_view kCompletion = "/completions";

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

absl::Status Refuse(std::string_view base_url, std::string_view problem) {
  // Credentials may stand before the host, so nothing up to an '@' is shown.
  const std::size_t at = base_url.rfind('@');
  if (at != std::string_view::npos) base_url.remove_prefix(at + 1);
  return InvalidArgument("base_url \"" + EscapeForTerminal(base_url) +
                         "\": " + std::string(problem));
}

// "host:port" or "[v6]:port" -> false when the port is no number from 1 to 65535, or the host is
// empty.
bool IsAuthority(std::string_view authority) {
  std::size_t host_end = authority.find(':');
  if (authority.substr(0, 1) == "[") {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) return false;
    host_end = bracket + 1;
    if (host_end < authority.size() && authority[host_end] != ':') return false;
  }
  if (authority.empty() || host_end == 0) return false;
  if (host_end >= authority.size()) return true;
  const std::string_view port = authority.substr(host_end + 1);
  int number = 0;
  const auto [stop, problem] = std::from_chars(port.data(), port.data() + port.size(), number);
  return problem == std::errc() && stop == port.data() + port.size() && number > 0 &&
         number < 65536;
}

}  // namespace

absl::StatusOr<std::string> EndpointUrl(std::string_view base_url, bool completion) {
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  if (std::any_of(base_url.begin(), base_url.end(), is_bad)) {
    return Refuse(base_url, "holds white space or a control character");
  }
  const std::size_t scheme_end = base_url.find("://");
  const std::string scheme = absl::AsciiStrToLower(
      std::string(base_url.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end)));
  if (scheme != "http" && scheme != "https") {
    return Refuse(base_url, "expected http:// or https://");
  }
  if (base_url.find('#') != std::string_view::npos) return Refuse(base_url, "has a fragment");
  const std::size_t query_at = std::min(base_url.find('?'), base_url.size());
  const std::string_view query = base_url.substr(query_at);
  std::string_view rest = base_url.substr(scheme_end + 3, query_at - scheme_end - 3);
  const std::size_t path_at = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, path_at);
  if (authority.find('@') != std::string_view::npos) {
    return Refuse(base_url, "holds credentials; name an api_key_env or api_key_file instead");
  }
  if (!IsAuthority(authority))
    return Refuse(base_url, "expected a host, and a port from 1 to 65535");
  std::string_view path = rest.substr(path_at);
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  std::string root(path);
  if (EndsWith(path, kChat)) {
    root.resize(path.size() - kChat.size());
  } else if (EndsWith(path, kCompletion)) {
    root.resize(path.size() - kCompletion.size());
  } else if (path.empty()) {
    root = "/v1";
  }
  return scheme + "://" + std::string(authority) + root +
         std::string(completion ? kCompletion : kChat) + std::string(query);
}

}  // namespace assay
