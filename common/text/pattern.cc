#include "common/text/pattern.h"

#include <re2/re2.h>

#include <algorithm>

namespace assay {
namespace {

constexpr std::size_t kMaxReadBytes = std::size_t{1} << 30;

}  // namespace

struct Pattern::Compiled {
  Compiled(std::string_view pattern, const RE2::Options& options)
      : regex(re2::StringPiece(pattern.data(), pattern.size()), options) {}
  RE2 regex;
};

Pattern::Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

absl::StatusOr<Pattern> Pattern::Compile(std::string_view pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  auto compiled = std::make_shared<const Compiled>(pattern, options);
  if (!compiled->regex.ok()) {
    return InvalidArgument("not a regular expression: " + compiled->regex.error());
  }
  return Pattern(std::move(compiled));
}

PatternMatches Pattern::FindAll(std::string_view text, std::size_t most) const {
  PatternMatches matches;
  const re2::StringPiece whole(text.data(), text.size());
  re2::StringPiece match;
  std::size_t read = 0;  // bytes, at most: RE2 does not tell how far it looked ahead
  for (std::size_t at = 0; at <= text.size() && matches.places.size() < most;) {
    read += text.size() - at;
    matches.gave_up = read > kMaxReadBytes;
    if (matches.gave_up) break;
    if (!compiled_->regex.Match(whole, at, text.size(), RE2::UNANCHORED, &match, 1)) break;
    const auto begin = static_cast<std::size_t>(match.data() - text.data());
    if (!match.empty()) matches.places.push_back({begin, begin + match.size()});
    at = begin + std::max<std::size_t>(1, match.size());
    while (at < text.size() && (text[at] & '\xC0') == '\x80') ++at;
  }
  return matches;
}

}  // namespace assay
