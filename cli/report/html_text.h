// Making bytes safe inside HTML and inside a data block of a script element. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "assay/v1/unit.pb.h"

namespace assay {

// Text of one line for element content and quoted attributes: & < > " ' escaped; controls, hidden
// characters and invalid bytes shown as \xhh; cut at `max_bytes`.
std::string HtmlLine(std::string_view text, std::size_t max_bytes = 200);

// `json` such that it can neither end nor open a script element: every '<', '>' and '&' and
// U+2028/9 as \u escapes. REQUIRES: JSON text.
std::string ScriptJson(std::string_view json);

std::string Base64(std::string_view bytes);

// "sha256-<base64>" as a content security policy wants it.
std::string PolicyHash(std::string_view inline_content);

// "generated", "infra_lost"; "open" for a unit that has not ended.
std::string OutcomeName(v1::Outcome outcome);
// "infra", "too_slow".
std::string ErrorClassName(v1::ErrorClass error_class);
// "official", "strict", "".
std::string CompatName(v1::Compat compat);

// A figure with as many digits as tell it apart: 0.982, 87.45, 12,340.
std::string Figure(double value);
// 12,340
std::string Count(std::int64_t value);

}  // namespace assay
