#include "cli/report/html_text.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "common/base/digest.h"
#include "common/base/log.h"

namespace assay {
namespace {

// "OUTCOME_INFRA_LOST" without its prefix, lower-case.
std::string ShortName(const std::string& name, std::string_view prefix) {
  return absl::AsciiStrToLower(name.starts_with(prefix) ? name.substr(prefix.size()) : name);
}

}  // namespace

std::string HtmlLine(std::string_view text, std::size_t max_bytes) {
  std::string out;
  for (const char c : EscapeForTerminal(text, max_bytes)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string ScriptJson(std::string_view json) {
  std::string out;
  out.reserve(json.size() + json.size() / 16);
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    const std::string_view rest = json.substr(i);
    if (c == '<' || c == '>' || c == '&') {
      out += absl::StrFormat("\\u%04x", static_cast<unsigned>(c));
    } else if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9")) {
      out += rest[2] == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += c;
    }
  }
  return out;
}

std::string Base64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += i + k <= bytes.size() ? kDigits[(group >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return out;
}

std::string PolicyHash(std::string_view inline_content) {
  return "sha256-" + Base64(Sha256(inline_content));
}

std::string OutcomeName(v1::Outcome outcome) {
  if (outcome == v1::OUTCOME_UNSPECIFIED) return "open";
  return ShortName(v1::Outcome_Name(outcome), "OUTCOME_");
}

std::string ErrorClassName(v1::ErrorClass error_class) {
  return ShortName(v1::ErrorClass_Name(error_class), "ERROR_CLASS_");
}

std::string CompatName(v1::Compat compat) {
  if (compat == v1::COMPAT_UNSPECIFIED) return "";
  return ShortName(v1::Compat_Name(compat), "COMPAT_");
}

std::string Figure(double value) {
  if (!std::isfinite(value)) return "n/a";
  if (std::abs(value) < 0.9995) return absl::StrFormat("%.3f", value);
  if (std::abs(value) < 999.995) return absl::StrFormat("%.2f", value);
  if (std::abs(value) > 9e15) return absl::StrFormat("%.3e", value);
  return Count(std::llround(value));
}

std::string Count(std::int64_t value) {
  std::string digits = std::to_string(value);
  const std::ptrdiff_t first = value < 0 ? 1 : 0;
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > first; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return digits;
}

}  // namespace assay
