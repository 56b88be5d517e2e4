#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/config/document.h"
#include "common/config/message_decoder.h"

namespace assay {
namespace {

namespace pb = google::protobuf;

struct PathPart {
  std::string name;
  std::optional<int> index;
};

absl::Status BadPath(std::string_view path) {
  return InvalidArgument("not the path of a field: " + QuoteForError(path) +
                         "; expected something like models[0].sampling.max_tokens");
}

absl::StatusOr<std::vector<PathPart>> SplitPath(std::string_view path) {
  std::vector<PathPart> parts;
  std::string_view rest = path;
  while (true) {
    const std::size_t dot = rest.find('.');
    std::string_view piece = rest.substr(0, dot);
    PathPart part;
    if (const std::size_t open = piece.find('['); open != std::string_view::npos) {
      if (piece.back() != ']') return BadPath(path);
      int index = 0;
      const char* const end = piece.data() + piece.size() - 1;
      const auto parsed = std::from_chars(piece.data() + open + 1, end, index);
      if (parsed.ec != std::errc() || parsed.ptr != end || index < 0) return BadPath(path);
      part.index = index;
      piece = piece.substr(0, open);
    }
    if (piece.empty()) return BadPath(path);
    part.name = std::string(piece);
    parts.push_back(std::move(part));
    if (dot == std::string_view::npos) return parts;
    rest.remove_prefix(dot + 1);
  }
}

// The message that `part` of `message` is; nullptr and an error added when it is none.
pb::Message* Step(const PathPart& part, pb::Message* message, std::string* problem) {
  const pb::FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(part.name);
  const pb::Reflection& reflection = *message->GetReflection();
  if (field == nullptr || field->is_map() ||
      field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) {
    return nullptr;
  }
  if (!field->is_repeated()) {
    if (part.index.has_value()) *problem = part.name + " is no list";
    return part.index.has_value() ? nullptr : reflection.MutableMessage(message, field);
  }
  const int size = reflection.FieldSize(*message, field);
  const int index = part.index.value_or(size == 0 ? 0 : -1);
  if (index < 0 || index > size) {
    *problem =
        part.name + " has " + std::to_string(size) + " items: say which, as " + part.name + "[0]";
    return nullptr;
  }
  if (index == size) return reflection.AddMessage(message, field);
  return reflection.MutableRepeatedMessage(message, field, index);
}

// name: {name: {name: value}} for parts[from..]
ConfigNode Nest(const std::vector<PathPart>& parts, std::size_t from, ConfigNode value) {
  for (std::size_t i = parts.size(); i > from; --i) {
    value.key = parts[i - 1].name;
    ConfigNode outer;
    outer.kind = ConfigNode::Kind::kMapping;
    outer.children.push_back(std::move(value));
    value = std::move(outer);
  }
  return value;
}

void ClearPositions(ConfigNode* node) {
  node->line = node->column = node->key_line = node->key_column = 0;
  for (ConfigNode& child : node->children) ClearPositions(&child);
}

}  // namespace

absl::Status SetField(std::string_view path, std::string_view value, pb::Message* message) {
  const absl::StatusOr<std::vector<PathPart>> parts = SplitPath(path);
  ASSAY_RETURN_IF_ERROR(parts.status());
  ConfigNode node;
  if (value.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    node.kind = ConfigNode::Kind::kScalar;
    node.quoted = true;
  } else {
    ASSAY_ASSIGN_OR_RETURN(node, ParseYamlDocument(value, path));
  }
  ClearPositions(&node);
  std::size_t at = 0;
  std::string problem;
  while (at + 1 < parts->size()) {
    pb::Message* next = Step((*parts)[at], message, &problem);
    if (!problem.empty()) return InvalidArgument(std::string(path) + ": " + problem);
    if (next == nullptr) break;
    message = next;
    ++at;
  }
  const pb::FieldDescriptor* field = message->GetDescriptor()->FindFieldByName((*parts)[at].name);
  if (field != nullptr && field->is_repeated() && !field->is_map()) {
    message->GetReflection()->ClearField(message, field);
  }
  ConfigErrors errors("", nullptr);
  DecodeInto(Nest(*parts, at, std::move(node)), DecodeOptions{}, message, &errors);
  if (errors.empty()) return absl::OkStatus();
  return Annotate(errors.ToStatus(), path);
}

}  // namespace assay
