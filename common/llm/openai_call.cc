#include "common/llm/openai_call.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "common/base/version.h"
#include "common/llm/endpoint_url.h"
#include "common/llm/error_text.h"
#include "common/llm/retry_after.h"
#include "common/llm/server_error.h"

namespace assay {
namespace {

constexpr std::size_t kJsonBytesMax = std::size_t{32} << 20;
constexpr std::size_t kRefusalBytesMax = std::size_t{64} << 10;
// An event is some 240 bytes for a token of 4.
constexpr std::size_t kStreamBytesMax = std::size_t{1} << 30;
constexpr absl::Duration kProgressInterval = absl::Milliseconds(250);

std::string UserAgent() {
  std::string agent = kBinaryVersion;
  std::replace(agent.begin(), agent.end(), ' ', '/');
  return agent;
}

// The model is the first member of every body that BuildRequestBody makes.
std::string RequestedModel(std::string_view body) {
  JsonReader reader(body);
  std::string_view key;
  std::string model;
  if (reader.EnterObject() && reader.NextMember(key) && key == "model" &&
      reader.Peek() == JsonKind::kString) {
    reader.ReadString(model);
  }
  return model;
}

v1::ErrorClass ClassOfFailure(HttpFailureKind kind) {
  switch (kind) {
    case HttpFailureKind::kResolve:
    case HttpFailureKind::kConnect:
    case HttpFailureKind::kTls:
    case HttpFailureKind::kStaleConnection:
    case HttpFailureKind::kReset:
    case HttpFailureKind::kTruncated:
      return v1::ERROR_CLASS_INFRA;
    case HttpFailureKind::kTooLarge:
    case HttpFailureKind::kMalformed:
      return v1::ERROR_CLASS_PROTOCOL;
    case HttpFailureKind::kBadRequest:
      return v1::ERROR_CLASS_CONFIG;
    case HttpFailureKind::kOther:
      return v1::ERROR_CLASS_UNKNOWN;
  }
  return v1::ERROR_CLASS_UNKNOWN;
}

std::string_view NameOf(HttpFailureKind kind) {
  switch (kind) {
    case HttpFailureKind::kBadRequest:
      return "cannot send";
    case HttpFailureKind::kResolve:
      return "cannot resolve the host";
    case HttpFailureKind::kConnect:
      return "cannot connect";
    case HttpFailureKind::kTls:
      return "TLS";
    case HttpFailureKind::kStaleConnection:
      return "connection closed by the server while idle";
    case HttpFailureKind::kReset:
      return "connection broken";
    case HttpFailureKind::kTruncated:
      return "reply cut";
    case HttpFailureKind::kTooLarge:
      return "reply too large";
    case HttpFailureKind::kMalformed:
      return "not an HTTP reply";
    case HttpFailureKind::kOther:
      return "transfer failed";
  }
  return "transfer failed";
}

std::int64_t Ms(absl::Duration duration) { return absl::ToInt64Milliseconds(duration); }

std::string Seconds(absl::Duration duration) {
  return absl::StrFormat("%.4g s", absl::ToDoubleSeconds(duration));
}

bool StartsWith(std::string_view text, std::string_view begin) {
  return text.substr(0, begin.size()) == begin;
}

}  // namespace

OpenAiCall::OpenAiCall(const OpenAiChatClient::Environment& environment, LlmCall call,
                       std::shared_ptr<LlmListener> listener, Task finished)
    : environment_(environment),
      endpoint_(std::move(call.endpoint)),
      completion_(call.completion),
      request_body_(std::make_shared<const std::string>(std::move(call.body))),
      deadlines_(DeadlinesOf(endpoint_, call.max_tokens)),
      streamed_(!endpoint_.has_stream() || endpoint_.stream()),
      listener_(std::move(listener)),
      finished_(std::move(finished)) {
  timings_.set_first_token_ms(-1);
}

void OpenAiCall::Start() {
  started_ = sent_ = environment_.clock->SteadyNow();
  absl::StatusOr<Secret> key = environment_.keys->KeyOf(endpoint_);
  if (!key.ok()) return Fail(v1::ERROR_CLASS_AUTH, MessageOf(key.status()));
  key_ = *std::move(key);
  absl::StatusOr<HttpRequest> request = MakeRequest();
  if (!request.ok()) return Fail(v1::ERROR_CLASS_CONFIG, MessageOf(request.status()));
  reader_.emplace(ReplyReader::Options{.omits_done = endpoint_.omits_done(),
                                       .requested_model = RequestedModel(*request_body_),
                                       .request_body = *request_body_});
  wall_timer_ = environment_.transport->executor().RunAfter(deadlines_.wall, [this] {
    wall_timer_ = 0;
    Fail(v1::ERROR_CLASS_TOO_SLOW, "not finished within " + Seconds(deadlines_.wall));
  });
  request_id_ = environment_.transport->Start(*std::move(request), this);
}

absl::StatusOr<HttpRequest> OpenAiCall::MakeRequest() {
  static const std::string kUserAgent = UserAgent();
  HttpRequest request;
  ASSAY_ASSIGN_OR_RETURN(request.url, EndpointUrl(endpoint_.base_url(), completion_));
  request.headers = {{"Content-Type", "application/json"},
                     {"Accept", streamed_ ? "text/event-stream" : "application/json"},
                     {"User-Agent", kUserAgent}};
  if (!key_.empty()) request.headers.push_back({"Authorization", "Bearer " + key_.Reveal()});
  request.body = request_body_;
  request.connect_timeout = deadlines_.connect;
  request.body_bytes_max = streamed_ ? kStreamBytesMax : kJsonBytesMax;
  request.keep_connection = !streamed_;
  return request;
}

void OpenAiCall::Cancel() { Fail(v1::ERROR_CLASS_CANCELLED, "cancelled"); }

void OpenAiCall::Abandon() {
  StopTimers();
  if (request_id_ != 0) environment_.transport->Cancel(request_id_);
}

void OpenAiCall::OnSending() {
  sent_ = environment_.clock->SteadyNow();
  if (streamed_) Watch(deadlines_.first_token, "no content came within");
}

void OpenAiCall::OnHead(const HttpResponseHead& head) {
  status_ = head.status;
  if (status_ != 200) {
    retry_after_ms_ = RetryAfterMs(head, environment_.clock->WallNow());
    body_kind_ = BodyKind::kRefusal;
    return Watch(deadlines_.stall, "the error reply did not end within");
  }
  const std::string_view encoding = head.Header("content-encoding");
  if (!encoding.empty() && encoding != "identity") {
    return Fail(v1::ERROR_CLASS_PROTOCOL, "the reply is compressed, which was not asked for");
  }
  cut_possible_ = head.Header("content-length").empty() && head.Header("transfer-encoding").empty();
  const std::string type = absl::AsciiStrToLower(std::string(head.Header("content-type")));
  if (!streamed_) {
    body_kind_ = BodyKind::kJson;
  } else if (StartsWith(type, "text/event-stream")) {
    body_kind_ = BodyKind::kEvents;
  }
}

void OpenAiCall::OnBody(std::string_view bytes) {
  if (body_kind_ == BodyKind::kUnknown && !RecogniseBody(bytes)) return;
  if (body_kind_ == BodyKind::kEvents) return TakeEvents(bytes);
  const std::size_t bytes_max = body_kind_ == BodyKind::kJson ? kJsonBytesMax : kRefusalBytesMax;
  const bool over = body_.size() + bytes.size() > bytes_max;
  body_.append(bytes.substr(0, bytes_max - body_.size()));
  if (body_kind_ == BodyKind::kRefusal) {
    if (over) FinishRefused();
    return;
  }
  if (over) return Fail(v1::ERROR_CLASS_PROTOCOL, "the reply is over 32 MiB");
  // White space keeps a waiting connection alive; anything else is the reply, which comes at once.
  if (bytes.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    Watch(deadlines_.stall, "the reply stood still for");
  }
}

// A stream was asked for, and the content type does not say whether it is one.
bool OpenAiCall::RecogniseBody(std::string_view bytes) {
  const std::size_t begin = bytes.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return false;
  if (bytes[begin] == '<') {
    Fail(v1::ERROR_CLASS_PROTOCOL, "the reply is an HTML page, not a stream");
    return false;
  }
  body_kind_ = bytes[begin] == '{' ? BodyKind::kJson : BodyKind::kEvents;
  if (body_kind_ == BodyKind::kJson) reader_->AddFlag("not_streamed");
  return true;
}

void OpenAiCall::TakeEvents(std::string_view bytes) {
  const std::int64_t before = reader_->content_bytes();
  bool readable = true;
  const absl::Status fed = events_.Feed(bytes, [&](const SseEvent& event) {
    readable = reader_->TakeEvent(event);
    return readable;
  });
  if (!fed.ok()) return Fail(v1::ERROR_CLASS_PROTOCOL, MessageOf(fed));
  if (!readable) return FinishRead(reader_->TakeStream());
  if (reader_->content_bytes() > before) NoteProgress(reader_->content_bytes());
}

void OpenAiCall::NoteProgress(std::int64_t content_bytes) {
  const absl::Duration now = environment_.clock->SteadyNow();
  if (timings_.first_token_ms() < 0) {
    timings_.set_first_token_ms(Ms(now - sent_));
    last_progress_ = now;
    Watch(deadlines_.stall, "the stream stood still for");
  } else {
    timings_.set_max_gap_ms(std::max(timings_.max_gap_ms(), Ms(now - last_content_)));
  }
  last_content_ = watch_from_ = now;
  if (!listener_->progress || now - last_progress_ < kProgressInterval) return;
  last_progress_ = now;
  const LlmProgress progress{content_bytes, reader_->chunks()};
  environment_.executor->Post([listener = listener_, progress] { listener->progress(progress); });
}

// From now on, `limit` without progress fails the call. The timer is left alone by progress, and
// finds out when it fires.
void OpenAiCall::Watch(absl::Duration limit, std::string_view what) {
  watch_from_ = environment_.clock->SteadyNow();
  if (what == watch_what_) return;
  watch_limit_ = limit;
  watch_what_ = what;
  Executor& executor = environment_.transport->executor();
  executor.Cancel(watch_timer_);
  watch_timer_ = executor.RunAfter(limit, [this] { CheckWatch(); });
}

void OpenAiCall::CheckWatch() {
  const absl::Duration left = watch_from_ + watch_limit_ - environment_.clock->SteadyNow();
  if (left > absl::ZeroDuration()) {
    watch_timer_ = environment_.transport->executor().RunAfter(left, [this] { CheckWatch(); });
    return;
  }
  watch_timer_ = 0;
  if (body_kind_ == BodyKind::kRefusal) return FinishRefused();
  Fail(v1::ERROR_CLASS_INFRA, watch_what_ + " " + Seconds(watch_limit_));
}

void OpenAiCall::OnComplete() {
  request_id_ = 0;
  switch (body_kind_) {
    case BodyKind::kRefusal:
      return FinishRefused();
    case BodyKind::kEvents:
      return FinishRead(reader_->TakeStream());
    case BodyKind::kJson:
    case BodyKind::kUnknown:
      return FinishRead(reader_->TakeBody(body_, cut_possible_));
  }
}

void OpenAiCall::OnFailure(const HttpFailure& failure) {
  request_id_ = 0;
  if (body_kind_ == BodyKind::kRefusal) return FinishRefused();
  Fail(ClassOfFailure(failure.kind), std::string(NameOf(failure.kind)) + ": " + failure.detail);
}

// The server answered with a status other than 200; what came of the body is enough.
void OpenAiCall::FinishRefused() {
  const ServerError error = ReadErrorBody(body_);
  std::string message = "HTTP " + std::to_string(status_);
  if (status_ >= 300 && status_ < 400) message += ": redirects are not followed";
  if (!error.message.empty()) message += ": " + error.message;
  const std::string& name = error.code.empty() ? error.type : error.code;
  if (!name.empty() && name != std::to_string(status_)) message += " (" + name + ")";
  v1::Error refused;
  refused.set_error_class(ClassOfStatus(status_, error));
  refused.set_message(message);
  refused.set_context_exceeded(refused.error_class() == v1::ERROR_CLASS_REQUEST &&
                               IsContextError(error));
  FinishWithError(std::move(refused));
}

void OpenAiCall::FinishRead(LlmResult result) {
  if (v1::Error* error = std::get_if<v1::Error>(&result)) {
    return FinishWithError(std::move(*error));
  }
  v1::Reply& reply = std::get<v1::Reply>(result);
  timings_.set_total_ms(Ms(environment_.clock->SteadyNow() - started_));
  timings_.set_chunks(reader_->chunks());
  *reply.mutable_timings() = timings_;
  reply.set_http_status(status_);
  Finish(std::move(result));
}

void OpenAiCall::Fail(v1::ErrorClass error_class, std::string_view message) {
  v1::Error error;
  error.set_error_class(error_class);
  error.set_message(std::string(message));
  FinishWithError(std::move(error));
}

void OpenAiCall::FinishWithError(v1::Error error) {
  error.set_message(CleanErrorMessage(error.message(), *request_body_, key_.Reveal()));
  error.set_endpoint(endpoint_.id());
  error.set_http_status(status_);
  error.set_retry_after_ms(retry_after_ms_);
  Finish(std::move(error));
}

void OpenAiCall::Finish(LlmResult result) {
  Abandon();
  environment_.executor->Post([listener = listener_, result = std::move(result)]() mutable {
    listener->done(std::move(result));
  });
  Task finished = std::move(finished_);
  finished();
}

void OpenAiCall::StopTimers() {
  Executor& executor = environment_.transport->executor();
  if (wall_timer_ != 0) executor.Cancel(std::exchange(wall_timer_, 0));
  if (watch_timer_ != 0) executor.Cancel(std::exchange(watch_timer_, 0));
}

}  // namespace assay
