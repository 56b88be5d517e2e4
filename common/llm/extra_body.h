// Which further request fields a spec may set (Sampling.extra_body). Pure.
#pragma once

#include <span>
#include <string_view>

namespace assay {

struct ExtraBodyKey {
  std::string_view name;
  std::string_view meaning;
};

// Sorted by name. Anything else is refused: a field that a server does not expect can kill its
// engine (reliability.md T10).
std::span<const ExtraBodyKey> AllowedExtraBodyKeys();
bool IsAllowedExtraBodyKey(std::string_view name);

}  // namespace assay
