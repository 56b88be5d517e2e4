// Result messages as JSON for people and programs: snake_case names, whole numbers as numbers (not
// as strings, as protobuf's own mapping has it), enums by their short lower-case name ("generated",
// "infra_lost"), every scalar present, keys in the order of the message. Pure.
#pragma once

#include <string>

#include <google/protobuf/message.h>

namespace assay {

// One line. REQUIRES: no map and no google.protobuf.Struct inside.
std::string MessageToJson(const google::protobuf::Message& message);

// Several lines, indented by two spaces, ending in "\n".
std::string MessageToPrettyJson(const google::protobuf::Message& message);

}  // namespace assay
