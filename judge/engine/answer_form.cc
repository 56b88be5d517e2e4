#include "judge/engine/answer_form.h"

#include <google/protobuf/struct.pb.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace assay {
namespace {

using google::protobuf::Value;
using Kind = AnswerField::Kind;

Value Text(const std::string& text) {
  Value value;
  value.set_string_value(text);
  return value;
}

Value Typed(const std::string& type) {
  Value value;
  (*value.mutable_struct_value()->mutable_fields())["type"] = Text(type);
  return value;
}

void AddEnum(const std::vector<std::string>& labels, Value& value) {
  auto& list = *(*value.mutable_struct_value()->mutable_fields())["enum"].mutable_list_value();
  for (const std::string& label : labels) *list.add_values() = Text(label);
}

Value ObjectOf(const std::vector<AnswerField>& fields, bool with_id);

Value ArrayOf(Value items) {
  Value value = Typed("array");
  (*value.mutable_struct_value()->mutable_fields())["items"] = std::move(items);
  return value;
}

Value SchemaOf(const AnswerField& field) {
  switch (field.kind) {
    case Kind::kLabel: {
      Value value = Typed("string");
      AddEnum(field.labels, value);
      return value;
    }
    case Kind::kInteger: {
      Value value = Typed("integer");
      auto& fields = *value.mutable_struct_value()->mutable_fields();
      fields["minimum"].set_number_value(static_cast<double>(field.least));
      fields["maximum"].set_number_value(static_cast<double>(field.most));
      return value;
    }
    case Kind::kText:
      return Typed("string");
    case Kind::kTexts:
    case Kind::kIds:
      return ArrayOf(Typed("string"));
    case Kind::kRecords:
      return ArrayOf(ObjectOf(field.fields, /*with_id=*/false));
  }
  return Typed("string");
}

Value ObjectOf(const std::vector<AnswerField>& fields, bool with_id) {
  Value value = Typed("object");
  auto& members = *value.mutable_struct_value()->mutable_fields();
  members["additionalProperties"].set_bool_value(false);
  auto& properties = *members["properties"].mutable_struct_value()->mutable_fields();
  auto& required = *members["required"].mutable_list_value();
  if (with_id) {
    properties["id"] = Typed("string");
    *required.add_values() = Text("id");
  }
  for (const AnswerField& field : fields) {
    properties[field.name] = SchemaOf(field);
    if (field.required) *required.add_values() = Text(field.name);
  }
  return value;
}

std::string FormOf(const AnswerField& field, const std::string& indent) {
  const std::string optional = field.required ? "" : " (may be left out)";
  const std::string head = absl::StrCat(indent, "\"", field.name, "\"", optional, ": ");
  switch (field.kind) {
    case Kind::kLabel:
      return absl::StrCat(head, "one of \"", absl::StrJoin(field.labels, "\", \""), "\"\n");
    case Kind::kInteger:
      return absl::StrCat(head, "a whole number from ", field.least, " to ", field.most, "\n");
    case Kind::kText:
      if (field.needed_above) {
        return absl::StrCat(head, "a string; not empty where \"", field.needed_by, "\" is above ",
                            *field.needed_above, "\n");
      }
      if (field.needed_for.empty()) return absl::StrCat(head, "a string\n");
      return absl::StrCat(head, "a string; not empty where \"", field.needed_by, "\" is \"",
                          absl::StrJoin(field.needed_for, "\" or \""), "\"\n");
    case Kind::kTexts:
      return absl::StrCat(head, "a list of at most ", field.most, " strings; [] for none\n");
    case Kind::kIds:
      return absl::StrCat(head, "a list of ids; [] for none\n");
    case Kind::kRecords: {
      std::string out = absl::StrCat(head, "a list of at most ", field.most,
                                     " objects; [] for none. Each has:\n");
      for (const AnswerField& member : field.fields) out += FormOf(member, indent + "  ");
      return out;
    }
  }
  return "";
}

}  // namespace

std::string DescribeForm(const std::vector<AnswerField>& fields) {
  std::string out =
      "Reply with one JSON object and nothing else: {\"nonce\": \"...\", \"answers\": [...]}. The "
      "list holds one object for every item, in the order of the items. Each has:\n"
      "  \"id\": the id of the item, as it stands\n";
  for (const AnswerField& field : fields) out += FormOf(field, "  ");
  return out;
}

v1::ResponseFormat AnswerSchema(const std::vector<AnswerField>& fields) {
  v1::ResponseFormat format;
  format.set_name("answers");
  Value root = Typed("object");
  auto& members = *root.mutable_struct_value()->mutable_fields();
  members["additionalProperties"].set_bool_value(false);
  auto& properties = *members["properties"].mutable_struct_value()->mutable_fields();
  properties["nonce"] = Typed("string");
  properties["answers"] = ArrayOf(ObjectOf(fields, /*with_id=*/true));
  auto& required = *members["required"].mutable_list_value();
  for (const char* name : {"nonce", "answers"}) *required.add_values() = Text(name);
  *format.mutable_json_schema() = root.struct_value();
  return format;
}

}  // namespace assay
