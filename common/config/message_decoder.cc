#include "common/config/message_decoder.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/config/scalar_parser.h"

namespace assay {
namespace {

namespace pb = google::protobuf;
using Kind = ConfigNode::Kind;

std::string Describe(const ConfigNode& node) {
  switch (node.kind) {
    case Kind::kNull:
      return "nothing (null)";
    case Kind::kSequence:
      return "a list";
    case Kind::kMapping:
      return "a mapping";
    case Kind::kScalar:
      return (node.quoted ? "text " : "") + QuoteForError(node.scalar);
  }
  return "nothing";
}

std::string Join(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined;
}

// Names that people try, and what to write instead.
std::string_view KnownMistake(std::string_view name) {
  struct Mistake {
    std::string_view name;
    std::string_view advice;
  };
  constexpr std::array<Mistake, 9> kMistakes = {{
      {"api_key", "keys never stand in a file; name an environment variable in api_key_env"},
      {"key", "keys never stand in a file; name an environment variable in api_key_env"},
      {"token", "keys never stand in a file; name an environment variable in api_key_env"},
      {"url", "did you mean base_url?"},
      {"timeout", "did you mean deadlines (wall_timeout_s)?"},
      {"timeout_s", "did you mean deadlines (wall_timeout_s)?"},
      {"concurrency", "did you mean max_in_flight?"},
      {"n", "did you mean repeats?"},
      {"epochs", "did you mean repeats?"},
  }};
  for (const Mistake& mistake : kMistakes) {
    if (mistake.name == name) return mistake.advice;
  }
  return {};
}

class Decoder {
 public:
  Decoder(const DecodeOptions& options, ConfigErrors* errors)
      : options_(options), errors_(errors) {}

  void Message(const ConfigNode& node, const std::string& path, pb::Message* message) {
    if (message->GetDescriptor()->full_name() == "google.protobuf.Struct") {
      return Struct(node, path, message);
    }
    if (node.kind == Kind::kNull && options_.plain_text && !path.empty()) return;
    if (node.kind != Kind::kMapping) {
      return Fail(node, path, "expected a mapping, found " + Describe(node));
    }
    for (const ConfigNode& entry : node.children) Entry(entry, path, message);
  }

 private:
  void Fail(const ConfigNode& node, std::string_view path, std::string_view what) {
    errors_->AddAt(node.line, node.column, path, what);
  }

  static std::string Under(const std::string& path, std::string_view name) {
    // A key may be anything; a path is shown to people.
    const std::string quoted = QuoteForError(name);
    const std::string shown =
        quoted.front() == '\'' ? quoted.substr(1, quoted.size() - 2) : std::string("(hidden)");
    return path.empty() ? shown : path + "." + shown;
  }

  void Entry(const ConfigNode& entry, const std::string& path, pb::Message* message) {
    const std::string here = Under(path, entry.key);
    const pb::FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(entry.key);
    if (field == nullptr) return Unknown(entry, here, *message->GetDescriptor());
    const pb::Reflection& reflection = *message->GetReflection();
    if (const pb::OneofDescriptor* oneof = field->real_containing_oneof();
        oneof != nullptr && reflection.HasOneof(*message, oneof)) {
      const std::string other = reflection.GetOneofFieldDescriptor(*message, oneof)->name();
      return errors_->AddAt(entry.key_line, entry.key_column, here,
                            "only one of these may be given, and " + other + " already is");
    }
    if (field->is_map()) {
      Map(entry, here, field, message);
    } else if (field->is_repeated()) {
      Repeated(entry, here, field, message);
    } else if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
      Message(entry, here, reflection.MutableMessage(message, field));
    } else {
      Singular(entry, here, field, message);
    }
  }

  void Unknown(const ConfigNode& entry, const std::string& path, const pb::Descriptor& type) {
    std::vector<std::string> names;
    for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
    std::string what = "unknown field";
    const std::string near = NearestName(entry.key, names);
    if (const std::string_view advice = KnownMistake(entry.key); !advice.empty()) {
      what += "; " + std::string(advice);
    } else if (!near.empty()) {
      what += "; did you mean " + near + "?";
    } else {
      what += "; expected one of " + Join(names);
    }
    errors_->AddAt(entry.key_line, entry.key_column, path, what);
  }

  void Repeated(const ConfigNode& node, const std::string& path, const pb::FieldDescriptor* field,
                pb::Message* message) {
    if (node.kind == Kind::kNull && options_.plain_text) return;
    if (node.kind != Kind::kSequence) {
      return Fail(node, path, "expected a list, found " + Describe(node));
    }
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const std::string here = path + "[" + std::to_string(i) + "]";
      const ConfigNode& item = node.children[i];
      if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
        Message(item, here, message->GetReflection()->AddMessage(message, field));
      } else {
        Singular(item, here, field, message);
      }
    }
  }

  // Keys are texts, values anything that is no message.
  void Map(const ConfigNode& node, const std::string& path, const pb::FieldDescriptor* field,
           pb::Message* message) {
    if (node.kind == Kind::kNull && options_.plain_text) return;
    if (node.kind != Kind::kMapping) {
      return Fail(node, path, "expected a mapping, found " + Describe(node));
    }
    for (const ConfigNode& entry : node.children) {
      pb::Message* pair = message->GetReflection()->AddMessage(message, field);
      pair->GetReflection()->SetString(pair, field->message_type()->map_key(), entry.key);
      Singular(entry, Under(path, entry.key), field->message_type()->map_value(), pair);
    }
  }

  bool Text(const ConfigNode& node, const std::string& path, std::string* value) {
    if (node.kind != Kind::kScalar || (!node.quoted && !options_.plain_text)) {
      Fail(node, path, "expected text, found " + Describe(node));
      return false;
    }
    *value = node.scalar;
    return true;
  }

  bool Integer(const ConfigNode& node, const std::string& path, std::int64_t min, std::int64_t max,
               std::int64_t* value) {
    if (node.kind != Kind::kScalar || node.quoted) {
      Fail(node, path, "expected a whole number, found " + Describe(node));
      return false;
    }
    const ParsedInteger parsed = ParseInteger(node.scalar);
    const bool fits =
        parsed.problem == NumberProblem::kNone && parsed.value >= min && parsed.value <= max;
    if (fits) {
      *value = parsed.value;
      return true;
    }
    const bool number =
        parsed.problem == NumberProblem::kNone || parsed.problem == NumberProblem::kOutOfRange;
    Fail(node, path,
         number ? "expected a whole number from " + std::to_string(min) + " to " +
                      std::to_string(max) + ", found " + Describe(node)
                : "expected a whole number, found " + Describe(node));
    return false;
  }

  bool Number(const ConfigNode& node, const std::string& path, double* value) {
    if (node.kind != Kind::kScalar || node.quoted) {
      Fail(node, path, "expected a number, found " + Describe(node));
      return false;
    }
    const ParsedDouble parsed = ParseDouble(node.scalar);
    *value = parsed.value;
    if (parsed.problem == NumberProblem::kNone) return true;
    const bool not_a_number = parsed.problem == NumberProblem::kNotANumber;
    Fail(node, path,
         (not_a_number ? "expected a number, found " : "expected a finite number, found ") +
             Describe(node));
    return false;
  }

  // Sets a field that is no message, or adds one item of a list of such.
  void Singular(const ConfigNode& node, const std::string& path, const pb::FieldDescriptor* field,
                pb::Message* message) {
    const pb::Reflection& reflection = *message->GetReflection();
    const bool add = field->is_repeated();
    switch (field->cpp_type()) {
      case pb::FieldDescriptor::CPPTYPE_STRING: {
        std::string value;
        if (!Text(node, path, &value)) return;
        if (add) return reflection.AddString(message, field, std::move(value));
        return reflection.SetString(message, field, std::move(value));
      }
      case pb::FieldDescriptor::CPPTYPE_INT32: {
        std::int64_t value = 0;
        using Limits = std::numeric_limits<std::int32_t>;
        if (!Integer(node, path, Limits::min(), Limits::max(), &value)) return;
        const auto narrow = static_cast<std::int32_t>(value);
        if (add) return reflection.AddInt32(message, field, narrow);
        return reflection.SetInt32(message, field, narrow);
      }
      case pb::FieldDescriptor::CPPTYPE_INT64: {
        std::int64_t value = 0;
        using Limits = std::numeric_limits<std::int64_t>;
        if (!Integer(node, path, Limits::min(), Limits::max(), &value)) return;
        if (add) return reflection.AddInt64(message, field, value);
        return reflection.SetInt64(message, field, value);
      }
      case pb::FieldDescriptor::CPPTYPE_DOUBLE: {
        double value = 0;
        if (!Number(node, path, &value)) return;
        if (add) return reflection.AddDouble(message, field, value);
        return reflection.SetDouble(message, field, value);
      }
      case pb::FieldDescriptor::CPPTYPE_BOOL:
        return Bool(node, path, field, message);
      case pb::FieldDescriptor::CPPTYPE_ENUM:
        return Enum(node, path, field, message);
      default:
        return Fail(node, path, "this field cannot be written in a file");
    }
  }

  void Bool(const ConfigNode& node, const std::string& path, const pb::FieldDescriptor* field,
            pb::Message* message) {
    const bool plain = node.kind == Kind::kScalar && !node.quoted;
    const std::optional<bool> value = plain ? ParseBool(node.scalar) : std::nullopt;
    if (!value.has_value()) {
      return Fail(node, path, "expected true or false, found " + Describe(node));
    }
    message->GetReflection()->SetBool(message, field, *value);
  }

  void Enum(const ConfigNode& node, const std::string& path, const pb::FieldDescriptor* field,
            pb::Message* message) {
    const pb::EnumDescriptor& type = *field->enum_type();
    std::vector<std::string> names;
    for (int i = 0; i < type.value_count(); ++i) {
      const int number = type.value(i)->number();
      if (number == 0) continue;
      names.push_back(ShortEnumName(type, number));
      if (node.kind == Kind::kScalar && node.scalar == names.back()) {
        return message->GetReflection()->SetEnumValue(message, field, number);
      }
    }
    Fail(node, path, "expected one of " + Join(names) + ", found " + Describe(node));
  }

  // Struct and Value are read through their own classes: both are well-known types.
  void Struct(const ConfigNode& node, const std::string& path, pb::Message* message) {
    if (node.kind != Kind::kMapping) {
      return Fail(node, path, "expected a mapping, found " + Describe(node));
    }
    auto* fields = static_cast<pb::Struct*>(message)->mutable_fields();
    for (const ConfigNode& entry : node.children) {
      Value(entry, Under(path, entry.key), &(*fields)[entry.key]);
    }
  }

  void Value(const ConfigNode& node, const std::string& path, pb::Value* value) {
    switch (node.kind) {
      case Kind::kNull:
        return value->set_null_value(pb::NULL_VALUE);
      case Kind::kMapping:
        return Struct(node, path, value->mutable_struct_value());
      case Kind::kSequence: {
        pb::ListValue* list = value->mutable_list_value();
        for (std::size_t i = 0; i < node.children.size(); ++i) {
          Value(node.children[i], path + "[" + std::to_string(i) + "]", list->add_values());
        }
        return;
      }
      case Kind::kScalar:
        break;
    }
    if (node.quoted) return value->set_string_value(node.scalar);
    if (const std::optional<bool> flag = ParseBool(node.scalar)) {
      return value->set_bool_value(*flag);
    }
    const ParsedDouble number = ParseDouble(node.scalar);
    switch (number.problem) {
      case NumberProblem::kNone:
        return value->set_number_value(number.value);
      case NumberProblem::kNotANumber:
        return value->set_string_value(node.scalar);
      default:
        return Fail(node, path, "expected a finite number, found " + Describe(node));
    }
  }

  const DecodeOptions options_;
  ConfigErrors* errors_;
};

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, replace});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

void DecodeInto(const ConfigNode& node, const DecodeOptions& options, pb::Message* message,
                ConfigErrors* errors) {
  Decoder(options, errors).Message(node, "", message);
}

absl::Status DecodeMessage(const ConfigNode& node, std::string_view file, pb::Message* message,
                           const DecodeOptions& options) {
  ConfigErrors errors(file, &node);
  DecodeInto(node, options, message, &errors);
  return errors.ToStatus();
}

std::string ShortEnumName(const pb::EnumDescriptor& type, int number) {
  const pb::EnumValueDescriptor* value = type.FindValueByNumber(number);
  if (value == nullptr) return std::to_string(number);
  // OnTruncation -> ON_TRUNCATION_
  std::string prefix;
  for (const char c : type.name()) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 && !prefix.empty()) prefix += '_';
    prefix += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  prefix += '_';
  std::string name = value->name();
  if (name.compare(0, prefix.size(), prefix) == 0) name.erase(0, prefix.size());
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

std::string NearestName(std::string_view name, const std::vector<std::string>& candidates) {
  std::string nearest;
  std::size_t best = std::min(std::min<std::size_t>(3, (name.size() + 2) / 3) + 1, name.size());
  if (name.size() > 64) return nearest;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = EditDistance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace assay
