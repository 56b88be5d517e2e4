#include "common/config/base_url.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "common/base/status.h"
#include "common/config/config_errors.h"

namespace assay {
namespace {

bool IsHostCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
}

bool IsPort(std::string_view port) {
  if (port.empty() || port.size() > 5) return false;
  int value = 0;
  for (const char c : port) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  return value >= 1 && value <= 65535;
}

absl::Status CheckAuthority(std::string_view authority, std::string_view url) {
  std::string_view host = authority;
  std::string_view port;
  bool has_port = false;
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) {
      return InvalidArgument("the host's '[' is not closed: " + QuoteForError(url));
    }
    host = authority.substr(1, close - 1);
    const std::string_view rest = authority.substr(close + 1);
    has_port = !rest.empty();
    if (has_port) port = rest.front() == ':' ? rest.substr(1) : std::string_view("?");
    const bool address = std::all_of(host.begin(), host.end(), [](char c) {
      return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.';
    });
    if (!address) return InvalidArgument("not an IPv6 address: " + QuoteForError(url));
  } else {
    const std::size_t colon = authority.find(':');
    has_port = colon != std::string_view::npos;
    host = authority.substr(0, colon);
    if (has_port) port = authority.substr(colon + 1);
    if (!std::all_of(host.begin(), host.end(), IsHostCharacter)) {
      return InvalidArgument("not a host name: " + QuoteForError(url));
    }
  }
  if (host.empty()) return InvalidArgument("has no host: " + QuoteForError(url));
  if (has_port && !IsPort(port)) {
    return InvalidArgument("the port must be from 1 to 65535: " + QuoteForError(url));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckBaseUrl(std::string_view url) {
  if (url.empty()) {
    return InvalidArgument("is missing: the server's URL, such as http://localhost:8000/v1");
  }
  if (url.size() > 2048) return InvalidArgument("must be at most 2048 bytes");
  std::size_t scheme = 0;
  for (const std::string_view prefix :
       {std::string_view("http://"), std::string_view("https://")}) {
    if (url.substr(0, prefix.size()) == prefix) scheme = prefix.size();
  }
  if (scheme == 0) {
    // A user name or password may stand in it, so it is not shown.
    if (url.find('@') != std::string_view::npos) {
      return InvalidArgument("must begin with http:// or https://");
    }
    return InvalidArgument("must begin with http:// or https://, is " + QuoteForError(url));
  }
  const std::string_view rest = url.substr(scheme);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) {
    return InvalidArgument("must not hold a user name or password; name the key in api_key_env");
  }
  const bool printable =
      std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (!printable) return InvalidArgument("must be of printable ASCII without spaces");
  if (url.find('#') != std::string_view::npos) {
    return InvalidArgument("must not have a fragment (#): " + QuoteForError(url));
  }
  return CheckAuthority(authority, url);
}

}  // namespace assay
