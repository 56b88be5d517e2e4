// Strict decoding of documents into protobuf messages, by reflection. Thread-safe.
//
// Fields have their proto names; enums short lower-case names (COMPAT_STRICT is "strict"); unknown
// fields, wrong types, numbers out of range and two members of a oneof are errors with a position.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/config/config_errors.h"
#include "common/config/document.h"

namespace google::protobuf {
class Message;
class EnumDescriptor;
}  // namespace google::protobuf

namespace assay {

struct DecodeOptions {
  // A plain (unquoted) scalar may stand for text: `limit: 10`. On for YAML, off for JSON, where
  // 10 and "10" are different things.
  bool plain_text = true;
};

// Adds everything that is wrong to `errors`; fields that are right are set.
void DecodeInto(const ConfigNode& node, const DecodeOptions& options,
                google::protobuf::Message* message, ConfigErrors* errors);

// The same with an error status; see ConfigErrors::ToStatus.
absl::Status DecodeMessage(const ConfigNode& node, std::string_view file,
                           google::protobuf::Message* message, const DecodeOptions& options = {});

// Sets one field from a command line: SetField("models[0].sampling.max_tokens", "4096", &spec).
// Lists grow by one at most; `value` is YAML. The error begins with `path`.
absl::Status SetField(std::string_view path, std::string_view value,
                      google::protobuf::Message* message);

// "strict" for COMPAT_STRICT; the bare number for values this binary does not know.
std::string ShortEnumName(const google::protobuf::EnumDescriptor& type, int number);

// The candidate nearest to `name` by edit distance, or empty when none is near.
std::string NearestName(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace assay
