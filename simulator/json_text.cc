#include "simulator/json_text.h"

#include <array>
#include <cstdio>

namespace assay {
namespace {

constexpr std::array<bool, 256> PlainBytes() {
  std::array<bool, 256> plain{};
  for (std::size_t i = 0x20; i < 256; ++i) plain[i] = i != '"' && i != '\\';
  return plain;
}

constexpr std::array<bool, 256> kPlain = PlainBytes();

void AppendEscape(std::string& out, unsigned char byte) {
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default: {
      static constexpr char kDigits[] = "0123456789abcdef";
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (kPlain[byte]) continue;
    out.append(text.substr(from, i - from));
    AppendEscape(out, byte);
    from = i + 1;
  }
  out.append(text.substr(from));
  out += '"';
}

void JsonObjectWriter::Name(std::string_view name) {
  if (!first_) out_ += ',';
  first_ = false;
  AppendJsonString(out_, name);
  out_ += ':';
}

void JsonObjectWriter::String(std::string_view name, std::string_view value) {
  Name(name);
  AppendJsonString(out_, value);
}

void JsonObjectWriter::Number(std::string_view name, std::int64_t value) {
  Name(name);
  out_ += std::to_string(value);
}

void JsonObjectWriter::Decimal(std::string_view name, double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", value);
  Raw(name, text);
}

void JsonObjectWriter::Bool(std::string_view name, bool value) {
  Raw(name, value ? "true" : "false");
}

void JsonObjectWriter::Raw(std::string_view name, std::string_view json) {
  Name(name);
  out_ += json;
}

}  // namespace assay
