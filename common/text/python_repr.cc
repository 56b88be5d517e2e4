#include "common/text/python_repr.h"

#include <array>
#include <charconv>
#include <cmath>

#include "common/text/tables/python_unicode.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr char kHex[] = "0123456789abcdef";

void AppendHexEscape(char kind, int digits, char32_t code_point, std::string& out) {
  out.push_back('\\');
  out.push_back(kind);
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out.push_back(kHex[(code_point >> shift) & 15]);
  }
}

void AppendUnprintable(char32_t code_point, std::string& out) {
  if (code_point == '\n') {
    out += "\\n";
  } else if (code_point == '\r') {
    out += "\\r";
  } else if (code_point == '\t') {
    out += "\\t";
  } else if (code_point < 0x100) {
    AppendHexEscape('x', 2, code_point, out);
  } else if (code_point < 0x10000) {
    AppendHexEscape('u', 4, code_point, out);
  } else {
    AppendHexEscape('U', 8, code_point, out);
  }
}

// A character of three bytes that is printed as it is, which most of Chinese is.
bool IsPlainOfThree(std::string_view text, std::size_t at) {
  if (text.size() - at < 3) return false;
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[at + i]));
  };
  if (byte(0) <= 0xE0 || byte(0) >= 0xED || (byte(1) & 0xC0) != 0x80 || (byte(2) & 0xC0) != 0x80) {
    return false;
  }
  return python_unicode::IsPrintable((byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 |
                                     (byte(2) & 0x3F));
}

// As DecodeUtf8, but a surrogate in three bytes is a character.
DecodedChar DecodePythonChar(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  if (byte(0) == 0xED && text.size() - at >= 3 && byte(1) >= 0xA0 && byte(1) <= 0xBF &&
      (byte(2) & 0xC0) == 0x80) {
    const auto code_point = 0xD000u | ((byte(1) & 0x3Fu) << 6) | (byte(2) & 0x3Fu);
    return {static_cast<char32_t>(code_point), 3, true};
  }
  return DecodeUtf8(text, at);
}

void AppendText(std::string_view text, std::string& out) {
  const bool double_quotes =
      text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = double_quotes ? '"' : '\'';
  out.push_back(quote);
  std::size_t plain = 0;  // begin of what is yet to be copied as it is
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c >= ' ' && c < 0x7F && c != quote && c != '\\') {
      ++at;
      continue;
    }
    if (IsPlainOfThree(text, at)) {
      at += 3;
      continue;
    }
    const DecodedChar decoded = DecodePythonChar(text, at);
    const bool special = c == quote || c == '\\';
    if (!special && decoded.valid && python_unicode::IsPrintable(decoded.code_point)) {
      at += decoded.bytes;
      continue;
    }
    out.append(text.substr(plain, at - plain));
    at += decoded.bytes;
    plain = at;
    if (special) {
      out.push_back('\\');
      out.push_back(c);
    } else if (!decoded.valid) {
      AppendUtf8(decoded.code_point, out);
    } else {
      AppendUnprintable(decoded.code_point, out);
    }
  }
  out.append(text.substr(plain));
  out.push_back(quote);
}

// CPython's format_float_short for 'r': an exponent where the decimal point would stand more than
// 16 digits to the right of the first digit or more than 4 to the left.
void AppendFloat(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "nan";
    return;
  }
  if (std::signbit(value)) out.push_back('-');
  if (std::isinf(value)) {
    out += "inf";
    return;
  }
  std::array<char, 32> buffer;
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value),
                                     std::chars_format::scientific);
  const std::string_view shortest(buffer.data(),
                                  static_cast<std::size_t>(written.ptr - buffer.data()));
  const std::size_t e = shortest.find('e');
  int exponent = 0;
  std::from_chars(shortest.data() + e + (shortest[e + 1] == '+' ? 2 : 1),
                  shortest.data() + shortest.size(), exponent);
  std::string digits(1, shortest[0]);
  if (e > 2) digits += shortest.substr(2, e - 2);
  const auto count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 16) {
    out += digits.substr(0, 1);
    if (count > 1) out += "." + digits.substr(1);
    const int size = std::abs(exponent);
    out += exponent < 0 ? "e-" : "e+";
    out += (size < 10 ? "0" : "") + std::to_string(size);
  } else if (exponent < 0) {
    out += "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  } else if (exponent >= count - 1) {
    out += digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0') + ".0";
  } else {
    const auto point = static_cast<std::size_t>(exponent + 1);
    out += digits.substr(0, point) + "." + digits.substr(point);
  }
}

void AppendValue(const PythonValue& value, std::string& out) {
  switch (value.kind) {
    case PythonValue::Kind::kNone:
      out += "None";
      return;
    case PythonValue::Kind::kBool:
      out += value.boolean ? "True" : "False";
      return;
    case PythonValue::Kind::kInt:
      out += value.text;
      return;
    case PythonValue::Kind::kFloat:
      AppendFloat(value.number, out);
      return;
    case PythonValue::Kind::kString:
      AppendText(value.text, out);
      return;
    case PythonValue::Kind::kList:
      out.push_back(value.tuple ? '(' : '[');
      for (std::size_t i = 0; i < value.list.size(); ++i) {
        if (i > 0) out += ", ";
        AppendValue(value.list[i], out);
      }
      out.push_back(value.tuple ? ')' : ']');
      return;
    case PythonValue::Kind::kDict:
      out.push_back('{');
      for (std::size_t i = 0; i < value.keys.size(); ++i) {
        if (i > 0) out += ", ";
        AppendText(value.keys[i], out);
        out += ": ";
        AppendValue(value.dict.at(value.keys[i]), out);
      }
      out.push_back('}');
      return;
  }
}

}  // namespace

std::string PythonRepr(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  AppendText(text, out);
  return out;
}

std::string PythonRepr(double value) {
  std::string out;
  AppendFloat(value, out);
  return out;
}

std::string PythonRepr(const PythonValue& value) {
  std::string out;
  AppendValue(value, out);
  return out;
}

}  // namespace assay
