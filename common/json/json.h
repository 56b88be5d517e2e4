// The only door to nlohmann-json, and a parser that throws nothing. Include it in .cc files only:
// headers pass protobuf messages or structs of their own. Thread-safe.
//
// Json keeps keys sorted, OrderedJson keeps them as written. Writing: json.dump(-1, ' ', false,
// Json::error_handler_t::replace), or DumpJson, which never throws on invalid UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "absl/status/statusor.h"

namespace assay {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

// Nesting deeper than this is an error, in both directions of every boundary.
inline constexpr int kMaxJsonDepth = 64;

struct JsonLimits {
  std::size_t max_bytes = std::size_t{64} << 20;
  int max_depth = kMaxJsonDepth;
  bool reject_duplicate_keys = true;
};

// Parses one JSON document (RFC 8259: no comments, no NaN, nothing after the document, valid UTF-8,
// a byte order mark is refused). InvalidArgument reads
//   "line 3, column 14 (byte 57): duplicate key \"name\""
// with columns in bytes from 1 and the byte offset from 0; the offset is where the parser noticed.
// ResourceExhausted when `text` is longer than max_bytes.
absl::StatusOr<Json> ParseJson(std::string_view text, const JsonLimits& limits = {});
absl::StatusOr<OrderedJson> ParseOrderedJson(std::string_view text, const JsonLimits& limits = {});

// True when `text` is one JSON document within the limits.
bool IsJson(std::string_view text, const JsonLimits& limits = {});

// What a message of the parser says, without its preamble and safe to show: "not valid JSON ...".
std::string JsonProblem(std::string_view what);

// Past the end of the object or array that opens at `begin`; npos when it does not close. Only
// strings and brackets are looked at: what is not JSON is found when it is parsed.
std::size_t EndOfJsonValue(std::string_view text, std::size_t begin);

// Compact form on one line; bytes that are not UTF-8 become U+FFFD.
std::string DumpJson(const Json& json);
std::string DumpJson(const OrderedJson& json);

}  // namespace assay
