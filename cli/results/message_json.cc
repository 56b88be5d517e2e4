#include "cli/results/message_json.h"

#include "common/base/check.h"
#include "common/config/message_decoder.h"
#include "common/json/json.h"

namespace assay {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

OrderedJson ToJson(const Message& message);

// Value of a field, or of element `index` of a repeated one (-1: not repeated).
OrderedJson ValueOf(const Message& m, const FieldDescriptor& field, int index) {
  const Reflection& r = *m.GetReflection();
  const FieldDescriptor* f = &field;
  const bool one = index < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return one ? r.GetInt32(m, f) : r.GetRepeatedInt32(m, f, index);
    case FieldDescriptor::CPPTYPE_INT64:
      return one ? r.GetInt64(m, f) : r.GetRepeatedInt64(m, f, index);
    case FieldDescriptor::CPPTYPE_UINT32:
      return one ? r.GetUInt32(m, f) : r.GetRepeatedUInt32(m, f, index);
    case FieldDescriptor::CPPTYPE_UINT64:
      return one ? r.GetUInt64(m, f) : r.GetRepeatedUInt64(m, f, index);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return one ? r.GetDouble(m, f) : r.GetRepeatedDouble(m, f, index);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return one ? r.GetFloat(m, f) : r.GetRepeatedFloat(m, f, index);
    case FieldDescriptor::CPPTYPE_BOOL:
      return one ? r.GetBool(m, f) : r.GetRepeatedBool(m, f, index);
    case FieldDescriptor::CPPTYPE_STRING:
      return one ? r.GetString(m, f) : r.GetRepeatedString(m, f, index);
    case FieldDescriptor::CPPTYPE_ENUM:
      return ShortEnumName(*field.enum_type(),
                           one ? r.GetEnumValue(m, f) : r.GetRepeatedEnumValue(m, f, index));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ToJson(one ? r.GetMessage(m, f) : r.GetRepeatedMessage(m, f, index));
  }
  ASSAY_CHECK(false);
}

OrderedJson ToJson(const Message& message) {
  OrderedJson object = OrderedJson::object();
  const auto& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    ASSAY_CHECK(!field.is_map());
    if (field.is_repeated()) {
      OrderedJson list = OrderedJson::array();
      const int size = message.GetReflection()->FieldSize(message, &field);
      for (int k = 0; k < size; ++k) list.push_back(ValueOf(message, field, k));
      object[field.name()] = std::move(list);
      continue;
    }
    if (field.has_presence() && !message.GetReflection()->HasField(message, &field)) continue;
    object[field.name()] = ValueOf(message, field, -1);
  }
  return object;
}

}  // namespace

std::string MessageToJson(const Message& message) { return DumpJson(ToJson(message)); }

std::string MessageToPrettyJson(const Message& message) {
  return ToJson(message).dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace assay
