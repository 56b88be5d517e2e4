// Writing JSON by appending to a string: stream events are made by the million, and their key order
// is part of a dialect. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

// `text` quoted and escaped. REQUIRES for valid JSON: `text` is UTF-8.
void AppendJsonString(std::string& out, std::string_view text);

// {"name":value,...} in the order of the calls.
class JsonObjectWriter {
 public:
  explicit JsonObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

  void String(std::string_view name, std::string_view value);
  void Number(std::string_view name, std::int64_t value);
  void Decimal(std::string_view name, double value);  // three places
  void Bool(std::string_view name, bool value);
  void Null(std::string_view name) { Raw(name, "null"); }
  void Raw(std::string_view name, std::string_view json);
  void Close() { out_ += '}'; }

 private:
  void Name(std::string_view name);

  std::string& out_;
  bool first_ = true;
};

}  // namespace assay
