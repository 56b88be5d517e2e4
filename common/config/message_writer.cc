#include "common/config/message_writer.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.h"
#include "common/config/message_decoder.h"
#include "common/json/json.h"

namespace assay {
namespace {

namespace pb = google::protobuf;

constexpr double kMaxExactInteger = 9007199254740992.0;  // 2^53

OrderedJson NumberToJson(double value) {
  if (std::trunc(value) == value && std::abs(value) <= kMaxExactInteger) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

OrderedJson MessageToJson(const pb::Message& message);

OrderedJson ValueToJson(const pb::Value& value) {
  switch (value.kind_case()) {
    case pb::Value::kNumberValue:
      return NumberToJson(value.number_value());
    case pb::Value::kStringValue:
      return value.string_value();
    case pb::Value::kBoolValue:
      return value.bool_value();
    case pb::Value::kStructValue:
      return MessageToJson(value.struct_value());
    case pb::Value::kListValue: {
      OrderedJson list = OrderedJson::array();
      for (const pb::Value& item : value.list_value().values()) list.push_back(ValueToJson(item));
      return list;
    }
    default:
      return nullptr;
  }
}

// A field that is no message; `index` < 0: not repeated.
OrderedJson ScalarToJson(const pb::Message& message, const pb::FieldDescriptor& field, int index) {
  const pb::Reflection& reflection = *message.GetReflection();
  const bool one = index < 0;
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_STRING:
      return one ? reflection.GetString(message, &field)
                 : reflection.GetRepeatedString(message, &field, index);
    case pb::FieldDescriptor::CPPTYPE_INT32:
      return one ? reflection.GetInt32(message, &field)
                 : reflection.GetRepeatedInt32(message, &field, index);
    case pb::FieldDescriptor::CPPTYPE_INT64:
      return one ? reflection.GetInt64(message, &field)
                 : reflection.GetRepeatedInt64(message, &field, index);
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      return NumberToJson(one ? reflection.GetDouble(message, &field)
                              : reflection.GetRepeatedDouble(message, &field, index));
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      return one ? reflection.GetBool(message, &field)
                 : reflection.GetRepeatedBool(message, &field, index);
    case pb::FieldDescriptor::CPPTYPE_ENUM:
      return ShortEnumName(*field.enum_type(),
                           one ? reflection.GetEnumValue(message, &field)
                               : reflection.GetRepeatedEnumValue(message, &field, index));
    default:
      break;
  }
  ASSAY_CHECK(false);
  return nullptr;
}

OrderedJson MapToJson(const pb::Message& message, const pb::FieldDescriptor& field) {
  const pb::Reflection& reflection = *message.GetReflection();
  std::map<std::string, OrderedJson> pairs;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const pb::Message& pair = reflection.GetRepeatedMessage(message, &field, i);
    pairs[pair.GetReflection()->GetString(pair, field.message_type()->map_key())] =
        ScalarToJson(pair, *field.message_type()->map_value(), -1);
  }
  OrderedJson object = OrderedJson::object();
  for (const auto& [key, value] : pairs) object[key] = value;
  return object;
}

OrderedJson StructToJson(const pb::Struct& fields) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : fields.fields()) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  OrderedJson object = OrderedJson::object();
  for (const std::string& key : keys) object[key] = ValueToJson(fields.fields().at(key));
  return object;
}

// Fields in the order of their numbers, maps by key.
OrderedJson MessageToJson(const pb::Message& message) {
  if (message.GetDescriptor()->full_name() == "google.protobuf.Struct") {
    return StructToJson(static_cast<const pb::Struct&>(message));
  }
  const pb::Reflection& reflection = *message.GetReflection();
  std::vector<const pb::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  OrderedJson object = OrderedJson::object();
  for (const pb::FieldDescriptor* field : fields) {
    const bool is_message = field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE;
    OrderedJson& slot = object[field->name()];
    if (field->is_map()) {
      slot = MapToJson(message, *field);
    } else if (!field->is_repeated()) {
      slot = is_message ? MessageToJson(reflection.GetMessage(message, field))
                        : ScalarToJson(message, *field, -1);
    } else {
      slot = OrderedJson::array();
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        slot.push_back(is_message ? MessageToJson(reflection.GetRepeatedMessage(message, field, i))
                                  : ScalarToJson(message, *field, i));
      }
    }
  }
  return object;
}

Json Sorted(const OrderedJson& json) {
  if (json.is_object()) {
    Json object = Json::object();
    for (const auto& [key, value] : json.items()) object[key] = Sorted(value);
    return object;
  }
  if (json.is_array()) {
    Json list = Json::array();
    for (const OrderedJson& item : json) list.push_back(Sorted(item));
    return list;
  }
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number_float()) return json.get<double>();
  return nullptr;
}

bool IsBlank(const OrderedJson& json) { return json.is_structured() && json.empty(); }

// JSON strings and numbers are YAML too; only the block structure is our own.
void WriteBlock(const OrderedJson& json, std::size_t indent, std::string* out) {
  const std::string margin(indent, ' ');
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      const bool plain = !key.empty() && key != "null" &&
                         std::all_of(key.begin(), key.end(),
                                     [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
      *out += margin + (plain ? key : DumpJson(OrderedJson(key))) + ":";
      if (!value.is_structured() || IsBlank(value)) {
        *out += " " + DumpJson(value) + "\n";
      } else {
        *out += "\n";
        WriteBlock(value, indent + 2, out);
      }
    }
    return;
  }
  for (const OrderedJson& item : json) {
    if (!item.is_structured() || IsBlank(item)) {
      *out += margin + "- " + DumpJson(item) + "\n";
      continue;
    }
    std::string nested;
    WriteBlock(item, indent + 2, &nested);
    nested[indent] = '-';
    *out += nested;
  }
}

}  // namespace

std::string CanonicalJson(const pb::Message& message) {
  return DumpJson(Sorted(MessageToJson(message)));
}

std::string WriteYaml(const pb::Message& message) {
  const OrderedJson json = MessageToJson(message);
  if (json.empty()) return "{}\n";
  std::string out;
  WriteBlock(json, 0, &out);
  return out;
}

}  // namespace assay
