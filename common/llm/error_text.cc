#include "common/llm/error_text.h"

#include <array>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "common/base/log.h"

namespace assay {
namespace {

constexpr std::size_t kMessageBytesRead = 4096;
constexpr std::size_t kWordBytesMax = 40;  // longer words are taken for keys
constexpr std::size_t kSharedBytes = 20;   // letters and digits in a row that make an echo
constexpr std::size_t kBodyBytesRead = std::size_t{4} << 20;
constexpr std::array<std::string_view, 11> kKeyPrefixes = {
    "sk-", "sk_", "pk-", "hf_", "gsk_", "xai-", "AIza", "nvapi-", "r8_", "ghp_", "AKIA"};

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsWord(char c) { return IsAlnum(c) || c == '-' || c == '_' || c == '*' || c == '.'; }
// Only these are compared, so that neither escapes nor line wrapping hide an echo.
bool IsCompared(char c) { return IsAlnum(c) || static_cast<unsigned char>(c) >= 0x80; }

bool LooksLikeKey(std::string_view word, bool after_bearer) {
  if (after_bearer && word.size() >= 8) return true;
  for (std::string_view prefix : kKeyPrefixes) {
    if (word.substr(0, prefix.size()) == prefix && word.size() >= prefix.size() + 4) return true;
  }
  if (word.size() <= kWordBytesMax) return false;
  bool digit = false;
  bool letter = false;
  for (char c : word) {
    digit = digit || (c >= '0' && c <= '9');
    letter = letter || (IsAlnum(c) && !(c >= '0' && c <= '9'));
  }
  return digit && letter;
}

void ReplaceAll(std::string& text, std::string_view what, std::string_view with) {
  std::size_t at = 0;
  while ((at = text.find(what, at)) != std::string::npos) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
}

std::string WithoutKeys(std::string_view message, std::string_view key) {
  std::string text(message);
  if (!key.empty()) ReplaceAll(text, key, "[key]");
  std::string out;
  std::size_t at = 0;
  bool after_bearer = false;
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && IsWord(text[end])) ++end;
    if (end == at) {
      after_bearer = after_bearer && (text[at] == ' ' || text[at] == ':');
      out += text[at++];
      continue;
    }
    const std::string_view word = std::string_view(text).substr(at, end - at);
    if (LooksLikeKey(word, after_bearer)) {
      out += "[key]";
    } else {
      out += word;
    }
    after_bearer = word == "Bearer" || word == "bearer";
    at = end;
  }
  return out;
}

// Polynomial hash over the last kSharedBytes compared bytes.
class RollingHash {
 public:
  // True once the window is full.
  bool Add(char c) {
    const auto byte = static_cast<unsigned char>(c);
    const std::size_t slot = count_ % kSharedBytes;
    if (count_ >= kSharedBytes) hash_ -= kOldest * (window_[slot] + 1u);
    window_[slot] = byte;
    hash_ = hash_ * kBase + byte + 1;
    ++count_;
    return count_ >= kSharedBytes;
  }
  std::uint64_t value() const { return hash_; }

 private:
  static constexpr std::uint64_t kBase = 0x9E3779B97F4A7C15;
  static constexpr std::uint64_t kOldest = [] {
    std::uint64_t power = 1;
    for (std::size_t i = 1; i < kSharedBytes; ++i) power *= kBase;
    return power;
  }();

  std::array<unsigned char, kSharedBytes> window_{};
  std::uint64_t hash_ = 0;
  std::size_t count_ = 0;
};

// Where `body` goes on behind its first member, which is the model's name and may be shown.
std::size_t BehindModel(std::string_view body) {
  constexpr std::string_view kModel = "{\"model\":\"";
  if (body.substr(0, kModel.size()) != kModel) return 0;
  const std::size_t end = body.find('"', kModel.size());
  return end == std::string_view::npos ? 0 : end;
}

absl::flat_hash_set<std::uint64_t> HashesOfBody(std::string_view body,
                                                const absl::flat_hash_set<std::uint64_t>& wanted) {
  absl::flat_hash_set<std::uint64_t> found;
  RollingHash hash;
  body = body.substr(0, kBodyBytesRead);
  for (std::size_t at = BehindModel(body); at < body.size(); ++at) {
    if (body[at] == '\\') {
      at += at + 1 < body.size() && body[at + 1] == 'u' ? 5 : 1;
      continue;
    }
    if (!IsCompared(body[at]) || !hash.Add(body[at])) continue;
    if (wanted.contains(hash.value())) found.insert(hash.value());
  }
  return found;
}

std::string WithoutEcho(std::string_view message, std::string_view body) {
  std::vector<std::size_t> places;    // of the compared bytes
  std::vector<std::uint64_t> hashes;  // of the window that ends there
  absl::flat_hash_set<std::uint64_t> wanted;
  RollingHash hash;
  for (std::size_t at = 0; at < message.size(); ++at) {
    if (!IsCompared(message[at])) continue;
    places.push_back(at);
    const bool full = hash.Add(message[at]);
    hashes.push_back(full ? hash.value() : 0);
    if (full) wanted.insert(hash.value());
  }
  if (wanted.empty()) return std::string(message);
  const absl::flat_hash_set<std::uint64_t> shared = HashesOfBody(body, wanted);
  if (shared.empty()) return std::string(message);
  std::vector<bool> hidden(message.size(), false);
  for (std::size_t i = kSharedBytes - 1; i < places.size(); ++i) {
    if (!shared.contains(hashes[i])) continue;
    for (std::size_t at = places[i + 1 - kSharedBytes]; at <= places[i]; ++at) hidden[at] = true;
  }
  std::string out;
  for (std::size_t at = 0; at < message.size(); ++at) {
    if (!hidden[at]) {
      out += message[at];
    } else if (at == 0 || !hidden[at - 1]) {
      out += "[request text]";
    }
  }
  return out;
}

}  // namespace

std::string CleanErrorMessage(std::string_view message, std::string_view request_body,
                              std::string_view key) {
  const std::string without_keys = WithoutKeys(message.substr(0, kMessageBytesRead), key);
  return EscapeForTerminal(WithoutEcho(without_keys, request_body), kErrorMessageBytesMax - 8);
}

}  // namespace assay
