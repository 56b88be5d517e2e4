#include "common/llm/api_keys.h"

#include <algorithm>
#include <fstream>
#include <string_view>

#include "common/base/log.h"

namespace assay {
namespace {

constexpr std::size_t kKeyBytesMax = std::size_t{16} << 10;

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

absl::StatusOr<std::string> ReadKeyFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return InvalidArgument("cannot be read");
  std::string text(kKeyBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return InvalidArgument("cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kKeyBytesMax) return InvalidArgument("is over 16 KiB");
  return text;
}

absl::StatusOr<Secret> CheckedKey(std::string_view value) {
  const std::string_view key = Trim(value);
  if (key.empty()) return InvalidArgument("is empty");
  const auto is_bad = [](char c) { return c <= 0x20 || c > 0x7e; };
  if (std::any_of(key.begin(), key.end(), is_bad)) {
    return InvalidArgument("is not one word of printable ASCII");
  }
  return Secret(std::string(key));
}

}  // namespace

ApiKeys::ApiKeys(EnvironmentLookup environment) : environment_(std::move(environment)) {}

absl::StatusOr<Secret> ApiKeys::KeyOf(const v1::Endpoint& endpoint) {
  const std::string& variable = endpoint.api_key_env();
  const std::string& path = endpoint.api_key_file();
  if (variable.empty() && path.empty()) return Secret();
  if (!variable.empty() && !path.empty()) {
    return InvalidArgument("endpoint \"" + EscapeForTerminal(endpoint.id()) +
                           "\": names both api_key_env and api_key_file");
  }
  const std::string source = variable.empty() ? "api_key_file \"" + EscapeForTerminal(path) + "\""
                                              : "api_key_env " + EscapeForTerminal(variable);
  const std::string known_as = variable.empty() ? "file:" + path : "env:" + variable;
  const MutexLock lock(mutex_);
  if (const auto found = known_.find(known_as); found != known_.end()) return found->second;
  absl::StatusOr<std::string> value = std::string();
  if (variable.empty()) {
    value = ReadKeyFile(path);
  } else if (std::optional<std::string> set = environment_(variable)) {
    value = *std::move(set);
  } else {
    value = InvalidArgument("is not set");
  }
  if (!value.ok()) return InvalidArgument(source + " " + std::string(MessageOf(value.status())));
  absl::StatusOr<Secret> key = CheckedKey(*value);
  if (!key.ok()) return InvalidArgument(source + " " + std::string(MessageOf(key.status())));
  known_.emplace(known_as, *key);
  return *key;
}

}  // namespace assay
