#include "simulator/completion_request.h"

#include "common/json/json.h"

namespace assay {
namespace {

constexpr std::size_t kStopsMax = 16;

absl::Status Wrong(std::string_view field, std::string_view expected) {
  return InvalidArgument("'" + std::string(field) + "': expected " + std::string(expected));
}

const OrderedJson* Find(const OrderedJson& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

// Content of a message: a string, or a list of text parts.
absl::StatusOr<std::string> ContentOf(const OrderedJson& message) {
  const OrderedJson* content = Find(message, "content");
  if (content == nullptr) return std::string();
  if (content->is_string()) return content->get<std::string>();
  if (!content->is_array()) return Wrong("messages.content", "a string or a list of parts");
  std::string text;
  for (const OrderedJson& part : *content) {
    const OrderedJson* piece = part.is_object() ? Find(part, "text") : nullptr;
    if (piece == nullptr || !piece->is_string()) {
      return Wrong("messages.content", "parts of type text");
    }
    text += piece->get<std::string>();
  }
  return text;
}

absl::Status ReadMessages(const OrderedJson& body, CompletionRequest& request) {
  const OrderedJson* messages = Find(body, "messages");
  if (messages == nullptr || !messages->is_array() || messages->empty()) {
    return Wrong("messages", "a list with at least one message");
  }
  for (const OrderedJson& message : *messages) {
    const OrderedJson* role = message.is_object() ? Find(message, "role") : nullptr;
    if (role == nullptr || !role->is_string()) return Wrong("messages.role", "a string");
    ASSAY_ASSIGN_OR_RETURN(const std::string content, ContentOf(message));
    const auto name = role->get<std::string>();
    if (messages->size() == 1 && name == "user") {
      request.prompt = content;
      break;
    }
    if (!request.prompt.empty()) request.prompt += "\n\n";
    request.prompt += name + ": " + content;
  }
  return absl::OkStatus();
}

absl::Status ReadPrompt(const OrderedJson& body, CompletionRequest& request) {
  const OrderedJson* prompt = Find(body, "prompt");
  if (prompt != nullptr && prompt->is_array() && prompt->size() == 1) prompt = &prompt->front();
  if (prompt == nullptr || !prompt->is_string()) return Wrong("prompt", "a string");
  request.prompt = prompt->get<std::string>();
  return absl::OkStatus();
}

absl::Status ReadBool(const OrderedJson& object, const char* name, bool& target) {
  const OrderedJson* value = Find(object, name);
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_boolean()) return Wrong(name, "true or false");
  target = value->get<bool>();
  return absl::OkStatus();
}

absl::Status ReadLimit(const OrderedJson& body, CompletionRequest& request) {
  for (const char* name : {"max_completion_tokens", "max_tokens"}) {
    const OrderedJson* value = Find(body, name);
    if (value == nullptr) continue;
    if (!value->is_number_integer() || value->get<std::int64_t>() < 1) {
      return Wrong(name, "a whole number of at least 1");
    }
    request.max_tokens = value->get<std::int64_t>();
    break;
  }
  return absl::OkStatus();
}

absl::Status ReadStop(const OrderedJson& body, CompletionRequest& request) {
  const OrderedJson* stop = Find(body, "stop");
  if (stop == nullptr) return absl::OkStatus();
  if (stop->is_string()) {
    request.stop.push_back(stop->get<std::string>());
    return absl::OkStatus();
  }
  if (!stop->is_array() || stop->size() > kStopsMax) {
    return Wrong("stop", "a string or a list of at most 16 strings");
  }
  for (const OrderedJson& item : *stop) {
    if (!item.is_string()) return Wrong("stop", "a string or a list of at most 16 strings");
    request.stop.push_back(item.get<std::string>());
  }
  return absl::OkStatus();
}

absl::Status ReadResponseFormat(const OrderedJson& body, CompletionRequest& request) {
  const OrderedJson* format = Find(body, "response_format");
  if (format == nullptr) return absl::OkStatus();
  if (!format->is_object()) return Wrong("response_format", "an object");
  const OrderedJson* outer = Find(*format, "json_schema");
  const OrderedJson* schema =
      outer != nullptr && outer->is_object() ? Find(*outer, "schema") : nullptr;
  if (schema == nullptr) schema = Find(*format, "schema");
  if (schema != nullptr) request.response_schema = DumpJson(*schema);
  return absl::OkStatus();
}

absl::Status ReadOptions(const OrderedJson& body, CompletionRequest& request) {
  ASSAY_RETURN_IF_ERROR(ReadBool(body, "stream", request.stream));
  if (const OrderedJson* options = Find(body, "stream_options")) {
    if (!options->is_object()) return Wrong("stream_options", "an object");
    if (!request.stream) return Wrong("stream_options", "only with 'stream': true");
    ASSAY_RETURN_IF_ERROR(ReadBool(*options, "include_usage", request.include_usage));
  }
  ASSAY_RETURN_IF_ERROR(ReadLimit(body, request));
  ASSAY_RETURN_IF_ERROR(ReadStop(body, request));
  ASSAY_RETURN_IF_ERROR(ReadResponseFormat(body, request));
  if (const OrderedJson* seed = Find(body, "seed")) {
    if (!seed->is_number_integer()) return Wrong("seed", "a whole number");
    request.seed = static_cast<std::uint64_t>(seed->get<std::int64_t>());
  }
  if (const OrderedJson* n = Find(body, "n"); n != nullptr && *n != 1) {
    return Wrong("n", "1: the simulator writes one choice");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CompletionRequest> ParseCompletionRequest(std::string_view body, bool chat) {
  const absl::StatusOr<OrderedJson> json = ParseOrderedJson(body);
  if (!json.ok()) return DataLoss(MessageOf(json.status()));
  if (!json->is_object()) return DataLoss("the body is not a JSON object");
  CompletionRequest request;
  request.chat = chat;
  const OrderedJson* model = Find(*json, "model");
  if (model == nullptr || !model->is_string()) return Wrong("model", "a string");
  request.model = model->get<std::string>();
  ASSAY_RETURN_IF_ERROR(chat ? ReadMessages(*json, request) : ReadPrompt(*json, request));
  ASSAY_RETURN_IF_ERROR(ReadOptions(*json, request));
  return request;
}

}  // namespace assay
