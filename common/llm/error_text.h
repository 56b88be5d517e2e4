// Texts of servers made fit for a record or a terminal: without keys, without the request's own
// words, escaped and short (reliability.md T17, T18). Pure.
#pragma once

#include <string>
#include <string_view>

namespace assay {

inline constexpr std::size_t kErrorMessageBytesMax = 512;

// `message` with key-shaped words and `key` itself (when not empty) replaced by "[key]", runs that
// also stand in `request_body` (behind its model name) by "[request text]", controls escaped, at
// most kErrorMessageBytesMax bytes.
std::string CleanErrorMessage(std::string_view message, std::string_view request_body,
                              std::string_view key);

}  // namespace assay
