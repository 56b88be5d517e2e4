#include "coordinator/store/attempt_id.h"

#include <charconv>
#include <cstdio>

namespace assay {

std::string AttemptId::ToString() const {
  if (none()) return "0";
  char text[32];
  const int size =
      std::snprintf(text, sizeof text, "%u.%016llx", n, static_cast<unsigned long long>(nonce));
  return std::string(text, static_cast<std::size_t>(size));
}

std::optional<AttemptId> AttemptId::Parse(std::string_view text) {
  AttemptId id;
  const std::size_t dot = text.find('.');
  if (dot != std::string_view::npos) {
    const std::string_view number = text.substr(0, dot);
    const std::string_view nonce = text.substr(dot + 1);
    std::from_chars(number.data(), number.data() + number.size(), id.n);
    std::from_chars(nonce.data(), nonce.data() + nonce.size(), id.nonce, 16);
  }
  if (id.ToString() != text) return std::nullopt;
  return id;
}

}  // namespace assay
