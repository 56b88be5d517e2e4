// Protobuf messages as text that DecodeMessage reads back. Thread-safe.
#pragma once

#include <string>

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace assay {

// One line of JSON: keys sorted by bytes, no spaces, proto field names, short enum names, unset
// fields left out, whole numbers without a point, other doubles in the shortest form that reads
// back the same, text in UTF-8 with only quotes, backslashes and controls escaped. The same message
// gives the same bytes everywhere: digests are taken over it.
std::string CanonicalJson(const google::protobuf::Message& message);

// The same content as block YAML, fields in proto order, for people.
std::string WriteYaml(const google::protobuf::Message& message);

}  // namespace assay
