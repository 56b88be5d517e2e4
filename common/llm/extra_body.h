// Which further request fields a spec may set (Sampling.extra_body). Pure.
#pragma once

#include <span>
#include <string_view>

namespace assay {

// Sorted by name. Anything else is refused: a field that a server does not expect can kill its
// engine (reliability.md T10).
std::span<const std::string_view> AllowedExtraBodyKeys();
bool IsAllowedExtraBodyKey(std::string_view name);

}  // namespace assay
