#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <string>
#include <string_view>

#include "common/base/digest.h"
#include "common/base/log.h"
#include "common/llm/chat_client.h"
#include "common/llm/extra_body.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr int kStructDepthMax = 64;
constexpr double kExactIntegerMax = 9007199254740992.0;  // 2^53

// Writes one JSON object or array at a time, keys in the order of the calls. The first value that
// JSON cannot hold makes the whole body an error.
class JsonWriter {
 public:
  void Key(std::string_view key) {
    Separate();
    Quote(key);
    out_ += ':';
    fresh_ = true;
  }
  void Open(char bracket) {
    Separate();
    out_ += bracket;
    fresh_ = true;
  }
  void Close(char bracket) {
    out_ += bracket;
    fresh_ = false;
  }
  void Text(std::string_view text) {
    Separate();
    Quote(text);
  }
  void Raw(std::string_view raw) {
    Separate();
    out_ += raw;
  }
  void Number(double value) {
    if (!std::isfinite(value)) return Refuse("holds a number that is not finite");
    std::array<char, 32> digits;
    const bool whole = value == std::floor(value) && std::abs(value) < kExactIntegerMax;
    const auto end = whole ? std::to_chars(digits.data(), digits.data() + digits.size(),
                                           static_cast<std::int64_t>(value))
                           : std::to_chars(digits.data(), digits.data() + digits.size(), value);
    Raw({digits.data(), static_cast<std::size_t>(end.ptr - digits.data())});
  }
  void Refuse(std::string_view problem) {
    if (problem_.empty()) problem_ = problem;
  }

  const std::string& problem() const { return problem_; }
  std::string Take() { return std::move(out_); }

 private:
  void Separate() {
    if (!fresh_) out_ += ',';
    fresh_ = false;
  }

  void Quote(std::string_view text) {
    if (!IsValidUtf8(text)) Refuse("holds text that is not UTF-8");
    out_ += '"';
    std::size_t done = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const char c = text[at];
      if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20) continue;
      out_.append(text, done, at - done);
      done = at + 1;
      Escape(c);
    }
    out_.append(text, done, text.size() - done);
    out_ += '"';
  }

  void Escape(char c) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    switch (c) {
      case '"':
        out_ += "\\\"";
        return;
      case '\\':
        out_ += "\\\\";
        return;
      case '\n':
        out_ += "\\n";
        return;
      case '\r':
        out_ += "\\r";
        return;
      case '\t':
        out_ += "\\t";
        return;
      default:
        out_ += "\\u00";
        out_ += kHex[static_cast<unsigned char>(c) >> 4];
        out_ += kHex[static_cast<unsigned char>(c) & 15];
    }
  }

  std::string out_;
  bool fresh_ = true;
  std::string problem_;
};

void WriteStruct(const google::protobuf::Struct& object, int depth, JsonWriter& out);

void WriteValue(const google::protobuf::Value& value, int depth, JsonWriter& out) {
  if (depth > kStructDepthMax) return out.Refuse("is nested too deep");
  switch (value.kind_case()) {
    case google::protobuf::Value::kNumberValue:
      return out.Number(value.number_value());
    case google::protobuf::Value::kStringValue:
      return out.Text(value.string_value());
    case google::protobuf::Value::kBoolValue:
      return out.Raw(value.bool_value() ? "true" : "false");
    case google::protobuf::Value::kStructValue:
      return WriteStruct(value.struct_value(), depth + 1, out);
    case google::protobuf::Value::kListValue:
      out.Open('[');
      for (const google::protobuf::Value& element : value.list_value().values()) {
        WriteValue(element, depth + 1, out);
      }
      return out.Close(']');
    case google::protobuf::Value::kNullValue:
    case google::protobuf::Value::KIND_NOT_SET:
      return out.Raw("null");
  }
}

std::map<std::string_view, const google::protobuf::Value*> Sorted(
    const google::protobuf::Struct& object) {
  std::map<std::string_view, const google::protobuf::Value*> sorted;
  for (const auto& [key, value] : object.fields()) sorted.emplace(key, &value);
  return sorted;
}

void WriteStruct(const google::protobuf::Struct& object, int depth, JsonWriter& out) {
  out.Open('{');
  for (const auto& [key, value] : Sorted(object)) {
    out.Key(key);
    WriteValue(*value, depth, out);
  }
  out.Close('}');
}

void WriteMessages(const v1::LlmRequest& request, JsonWriter& out) {
  out.Key("messages");
  out.Open('[');
  for (const v1::Message& message : request.messages()) {
    out.Open('{');
    out.Key("role");
    out.Text(message.role());
    out.Key("content");
    out.Text(message.content());
    out.Close('}');
  }
  out.Close(']');
}

void WriteSampling(const v1::Sampling& sampling, std::string_view max_tokens_key, JsonWriter& out) {
  const auto number = [&](std::string_view key, bool set, double value) {
    if (!set) return;
    out.Key(key);
    out.Number(value);
  };
  number("temperature", sampling.has_temperature(), sampling.temperature());
  number("top_p", sampling.has_top_p(), sampling.top_p());
  number("top_k", sampling.has_top_k(), sampling.top_k());
  number(max_tokens_key, sampling.has_max_tokens(), sampling.max_tokens());
  if (sampling.has_seed()) {
    out.Key("seed");
    out.Raw(std::to_string(sampling.seed()));
  }
  if (sampling.stop_size() > 0) {
    out.Key("stop");
    out.Open('[');
    for (const std::string& stop : sampling.stop()) out.Text(stop);
    out.Close(']');
  }
}

void WriteResponseFormat(const v1::ResponseFormat& format, JsonWriter& out) {
  out.Key("response_format");
  out.Open('{');
  out.Key("type");
  if (format.json_schema().fields().empty()) {
    out.Text("json_object");
  } else {
    out.Text("json_schema");
    out.Key("json_schema");
    out.Open('{');
    out.Key("name");
    out.Text(format.name().empty() ? "reply" : format.name());
    out.Key("strict");
    out.Raw("true");
    out.Key("schema");
    WriteStruct(format.json_schema(), 1, out);
    out.Close('}');
  }
  out.Close('}');
}

absl::Status WriteExtraBody(const v1::Sampling& sampling, JsonWriter& out) {
  for (const auto& [key, value] : Sorted(sampling.extra_body())) {
    if (!IsAllowedExtraBodyKey(key)) {
      return InvalidArgument("extra_body key \"" + EscapeForTerminal(key) +
                             "\" is not allowed; docs/spec.md lists those that are");
    }
    out.Key(key);
    WriteValue(*value, 1, out);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string_view> MaxTokensKey(const v1::Endpoint& endpoint, bool completion) {
  const std::string& field = endpoint.max_tokens_field();
  if (field.empty() || field == "max_tokens") return "max_tokens";
  if (field == "max_completion_tokens") return completion ? "max_tokens" : "max_completion_tokens";
  return InvalidArgument("max_tokens_field \"" + EscapeForTerminal(field) +
                         "\": expected max_tokens or max_completion_tokens");
}

}  // namespace

absl::StatusOr<std::string> BuildRequestBody(const v1::LlmRequest& request,
                                             const v1::Endpoint& endpoint) {
  const bool completion = request.has_completion();
  if (completion == (request.messages_size() > 0)) {
    return InvalidArgument("a request holds either messages or a completion prompt");
  }
  if (completion && request.top_logprobs() != 0) {
    return InvalidArgument("log probabilities are asked of chat requests only");
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string_view max_tokens_key, MaxTokensKey(endpoint, completion));
  JsonWriter out;
  out.Open('{');
  out.Key("model");
  out.Text(request.model());
  if (completion) {
    out.Key("prompt");
    out.Text(request.completion().prompt() + request.completion().assistant_prefix());
  } else {
    WriteMessages(request, out);
  }
  WriteSampling(request.sampling(), max_tokens_key, out);
  if (request.top_logprobs() > 0) {
    out.Key("logprobs");
    out.Raw("true");
    out.Key("top_logprobs");
    out.Number(request.top_logprobs());
  }
  if (request.has_response_format()) WriteResponseFormat(request.response_format(), out);
  ASSAY_RETURN_IF_ERROR(WriteExtraBody(request.sampling(), out));
  const bool stream = !endpoint.has_stream() || endpoint.stream();
  out.Key("stream");
  out.Raw(stream ? "true" : "false");
  if (stream) {
    out.Key("stream_options");
    out.Raw(R"({"include_usage":true})");
  }
  out.Close('}');
  if (!out.problem().empty()) return InvalidArgument("the request " + out.problem());
  return out.Take();
}

std::string CallHash(const v1::Call& call, std::string_view body) {
  std::string_view kind = "program";
  if (call.has_llm()) kind = call.llm().has_completion() ? "completion" : "chat";
  return FieldHasher("assay.call.1")
      .Add(kind)
      .Add(body)
      .Add(std::to_string(call.draw().repeat()))
      .Add(std::to_string(call.draw().try_()))
      .FinishHex();
}

}  // namespace assay
