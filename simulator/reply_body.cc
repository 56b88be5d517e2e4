#include "simulator/reply_body.h"

#include <utility>

#include "simulator/json_text.h"
#include "simulator/tokens.h"

namespace assay {
namespace {

bool IsLlama(const ReplyShape& shape) { return shape.dialect == SimulatorDialect::kLlama; }

std::string UsageJson(const SimulatedAnswer& answer) {
  std::string out;
  JsonObjectWriter usage(out);
  usage.Number("prompt_tokens", answer.prompt_tokens);
  usage.Number("completion_tokens", answer.completion_tokens);
  usage.Number("total_tokens", answer.prompt_tokens + answer.completion_tokens);
  usage.Raw("prompt_tokens_details", "{\"cached_tokens\":0}");
  usage.Raw("completion_tokens_details",
            "{\"reasoning_tokens\":" + std::to_string(answer.reasoning_tokens) + "}");
  usage.Close();
  return out;
}

std::string TimingsJson(const SimulatedAnswer& answer) {
  std::string out;
  JsonObjectWriter timings(out);
  timings.Number("cache_n", 0);
  timings.Number("prompt_n", answer.prompt_tokens);
  timings.Decimal("prompt_ms", 0.001 * static_cast<double>(answer.prompt_tokens));
  timings.Number("predicted_n", answer.completion_tokens);
  timings.Decimal("predicted_ms", 0.001 * static_cast<double>(answer.completion_tokens));
  timings.Decimal("predicted_per_second", 1e6);
  timings.Close();
  return out;
}

std::string_view ObjectName(const ReplyShape& shape, bool chunk) {
  if (!shape.chat) return "text_completion";
  return chunk ? "chat.completion.chunk" : "chat.completion";
}

// The members beside choices. OpenAI writes them before, llama-server after.
void WriteIdentity(JsonObjectWriter& writer, const ReplyShape& shape, bool chunk) {
  if (IsLlama(shape)) {
    writer.Number("created", shape.created);
    writer.String("id", shape.id);
    writer.String("model", shape.model);
    writer.String("system_fingerprint", kSystemFingerprint);
    writer.String("object", ObjectName(shape, chunk));
    return;
  }
  writer.String("id", shape.id);
  writer.String("object", ObjectName(shape, chunk));
  writer.Number("created", shape.created);
  writer.String("model", shape.model);
  writer.String("system_fingerprint", kSystemFingerprint);
}

std::string Wrapped(const ReplyShape& shape, bool chunk, std::string_view choices,
                    std::string_view usage, std::string_view timings) {
  std::string out;
  JsonObjectWriter writer(out);
  if (IsLlama(shape)) writer.Raw("choices", choices);
  WriteIdentity(writer, shape, chunk);
  if (!IsLlama(shape)) writer.Raw("choices", choices);
  if (!usage.empty()) writer.Raw("usage", usage);
  if (!timings.empty()) writer.Raw("timings", timings);
  writer.Close();
  return out;
}

std::string ChoicesJson(const ReplyShape& shape, std::string_view payload_name,
                        std::string_view payload, std::string_view finish) {
  std::string quoted = "null";
  if (!finish.empty()) {
    quoted.clear();
    AppendJsonString(quoted, finish);
  }
  std::string out = "[";
  JsonObjectWriter choice(out);
  if (IsLlama(shape)) {
    choice.Raw("finish_reason", quoted);
    choice.Number("index", 0);
    choice.Raw(payload_name, payload);
  } else {
    choice.Number("index", 0);
    choice.Raw(payload_name, payload);
    choice.Null("logprobs");
    choice.Raw("finish_reason", quoted);
  }
  choice.Close();
  out += ']';
  return out;
}

std::string Event(std::string_view json) { return "data: " + std::string(json) + "\n\n"; }

struct ErrorKind {
  std::string_view type;
  std::string_view code;
};

ErrorKind OpenAiKind(int status) {
  switch (status) {
    case 401:
      return {"invalid_request_error", "invalid_api_key"};
    case 404:
      return {"invalid_request_error", "model_not_found"};
    case 429:
      return {"requests", "rate_limit_exceeded"};
    case 503:
      return {"server_error", "overloaded"};
    default:
      return {status >= 500 ? "server_error" : "invalid_request_error", ""};
  }
}

std::string_view LlamaType(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 404:
      return "not_found_error";
    case 501:
      return "not_supported_error";
    case 503:
      return "unavailable_error";
    default:
      return status >= 500 ? "server_error" : "invalid_request_error";
  }
}

}  // namespace

std::string PlainBody(const ReplyShape& shape, const SimulatedAnswer& answer) {
  std::string payload;
  if (shape.chat) {
    JsonObjectWriter message(payload);
    message.String("role", "assistant");
    if (answer.refusal.empty()) {
      message.String("content", answer.text);
    } else {
      message.Null("content");
    }
    if (!answer.reasoning.empty()) message.String("reasoning_content", answer.reasoning);
    if (!answer.refusal.empty()) message.String("refusal", answer.refusal);
    message.Close();
  } else {
    AppendJsonString(payload, answer.text);
  }
  const std::string_view finish = shape.no_finish ? "" : std::string_view(answer.finish_reason);
  return Wrapped(shape, false, ChoicesJson(shape, shape.chat ? "message" : "text", payload, finish),
                 UsageJson(answer), IsLlama(shape) ? TimingsJson(answer) : "");
}

std::string ErrorBody(SimulatorDialect dialect, int status, std::string_view code,
                      std::string_view message) {
  std::string out = "{\"error\":";
  JsonObjectWriter error(out);
  if (dialect == SimulatorDialect::kLlama) {
    error.Number("code", status);
    error.String("message", message);
    error.String("type", code.empty() ? LlamaType(status) : code);
  } else {
    const ErrorKind kind = OpenAiKind(status);
    const std::string_view shown = code.empty() ? kind.code : code;
    error.String("message", message);
    error.String("type", code == "insufficient_quota" ? code : kind.type);
    error.Null("param");
    if (shown.empty()) error.Null("code");
    if (!shown.empty()) error.String("code", shown);
  }
  error.Close();
  out += '}';
  return out;
}

std::string StreamErrorEvents(SimulatorDialect dialect) {
  return Event(ErrorBody(dialect, 500, "", "simulated failure in mid stream")) + "data: [DONE]\n\n";
}

StreamEvents::StreamEvents(ReplyShape shape, SimulatedAnswer answer)
    : shape_(std::move(shape)),
      answer_(std::move(answer)),
      stage_(shape_.chat ? Stage::kRole : Stage::kText) {
  // One event with a placeholder, split around it: content events differ in nothing else.
  constexpr std::string_view kPlaceholder = "\"@\"";
  const std::string usage = shape_.include_usage && !IsLlama(shape_) ? "null" : "";
  const std::string whole =
      Wrapped(shape_, true, ChoicesJson(shape_, shape_.chat ? "delta" : "text", kPlaceholder, ""),
              usage, "");
  const std::size_t at = whole.find(kPlaceholder);
  head_ = "data: " + whole.substr(0, at);
  tail_ = whole.substr(at + kPlaceholder.size()) + "\n\n";
}

void StreamEvents::AppendEvent(std::string& out, std::string_view field,
                               std::string_view text) const {
  out += head_;
  if (shape_.chat) {
    out += "{\"";
    out += field;
    out += "\":";
  }
  AppendJsonString(out, text);
  if (shape_.chat) out += '}';
  out += tail_;
}

void StreamEvents::AppendFinish(std::string& out) const {
  std::string delta = shape_.chat ? "{}" : "\"\"";
  if (!answer_.refusal.empty()) {
    delta.clear();
    JsonObjectWriter refusal(delta);
    refusal.String("refusal", answer_.refusal);
    refusal.Close();
  }
  const std::string choices =
      ChoicesJson(shape_, shape_.chat ? "delta" : "text", delta, answer_.finish_reason);
  const bool timings = IsLlama(shape_) && !shape_.include_usage;
  out +=
      Event(Wrapped(shape_, true, choices, shape_.include_usage && !IsLlama(shape_) ? "null" : "",
                    timings ? TimingsJson(answer_) : ""));
}

void StreamEvents::AppendUsage(std::string& out) const {
  out += Event(
      Wrapped(shape_, true, "[]", UsageJson(answer_), IsLlama(shape_) ? TimingsJson(answer_) : ""));
}

bool StreamEvents::NextText(std::string& out, std::int64_t& tokens) {
  const bool reasoning = stage_ == Stage::kReasoning;
  const std::string& whole = reasoning ? answer_.reasoning : answer_.text;
  if (at_ >= whole.size()) return false;
  const std::string_view rest = std::string_view(whole).substr(at_);
  const std::string_view piece = rest.substr(0, PrefixOfTokens(rest, shape_.chunk_tokens));
  AppendEvent(out, reasoning ? "reasoning_content" : "content", piece);
  tokens = CountTokens(piece);
  at_ += piece.size();
  return true;
}

bool StreamEvents::Next(std::string& out, std::int64_t& tokens) {
  tokens = 0;
  switch (stage_) {
    case Stage::kRole:
      out += head_;
      out += IsLlama(shape_) ? R"({"role":"assistant","content":null})"
                             : R"({"role":"assistant","content":""})";
      out += tail_;
      stage_ = Stage::kReasoning;
      return true;
    case Stage::kReasoning:
    case Stage::kText:
      if (NextText(out, tokens)) return true;
      at_ = 0;
      stage_ = stage_ == Stage::kReasoning ? Stage::kText : Stage::kFinish;
      return Next(out, tokens);
    case Stage::kFinish:
      stage_ = Stage::kUsage;
      if (shape_.no_finish) return Next(out, tokens);
      AppendFinish(out);
      return true;
    case Stage::kUsage:
      stage_ = Stage::kDone;
      if (!shape_.include_usage) return Next(out, tokens);
      AppendUsage(out);
      return true;
    case Stage::kDone:
      stage_ = Stage::kEnd;
      if (shape_.no_done) return false;
      out += "data: [DONE]\n\n";
      return true;
    case Stage::kEnd:
      break;
  }
  return false;
}

}  // namespace assay
