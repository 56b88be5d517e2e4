#include "common/llm/reply_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/llm/text_repair.h"

namespace assay {
namespace {

constexpr std::string_view kDone = "[DONE]";
constexpr std::int64_t kTokensMax = 10'000'000;
constexpr std::int64_t kBytesPerTokenMax = 256;
constexpr std::int64_t kTemplateTokensMax = 65536;
// Shorter events repeat in honest texts: every chunk of a reply carries the same id and time.
constexpr std::int64_t kReplayBytesMin = 32;

constexpr std::array<std::string_view, 5> kKnownFinishes = {"stop", "length", "content_filter",
                                                            "tool_calls", "function_call"};
// What servers write when they gave up on a request themselves.
constexpr std::array<std::string_view, 5> kBrokenFinishes = {"abort", "aborted", "error",
                                                             "cancelled", "canceled"};

template <std::size_t kCount>
bool IsOneOf(std::string_view text, const std::array<std::string_view, kCount>& names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

// Keys that change the meaning of a reply when they come twice.
constexpr std::array<std::string_view, 11> kSingleKeys = {
    "choices", "usage",         "error", "delta",   "message",
    "text",    "finish_reason", "index", "content", "reasoning_content",
    "refusal"};

// The single keys of one object.
class KeysSeen {
 public:
  // False when `key` is one of them and has been added before.
  bool Add(std::string_view key) {
    const auto single = std::find(kSingleKeys.begin(), kSingleKeys.end(), key);
    if (single == kSingleKeys.end()) return true;
    const std::uint32_t bit = std::uint32_t{1} << (single - kSingleKeys.begin());
    const bool first = (bits_ & bit) == 0;
    bits_ |= bit;
    return first;
  }

 private:
  std::uint32_t bits_ = 0;
};

void ReadOptionalText(JsonReader& reader, std::string& out) {
  if (reader.Peek() == JsonKind::kString) {
    out.clear();
    reader.ReadString(out);
  } else {
    reader.Skip();
  }
}

// A count of tokens; -1 for what is none, such as 1e300.
std::int64_t ReadCount(JsonReader& reader) {
  std::string_view written;
  if (reader.Peek() != JsonKind::kNumber) {
    const bool null = reader.Peek() == JsonKind::kNull;
    reader.Skip();
    return null ? 0 : -1;
  }
  if (!reader.ReadNumber(written)) return -1;
  std::int64_t count = 0;
  const auto [stop, problem] =
      std::from_chars(written.data(), written.data() + written.size(), count);
  // A count with a fraction of zero ("12.0") is still one.
  const std::string_view rest(stop,
                              static_cast<std::size_t>(written.data() + written.size() - stop));
  return problem == std::errc() && (rest.empty() || rest == ".0") ? count : -1;
}

std::int64_t ReadDetailCount(JsonReader& reader, std::string_view wanted) {
  std::int64_t count = 0;
  if (reader.Peek() != JsonKind::kObject) {
    reader.Skip();
    return 0;
  }
  std::string_view key;
  reader.EnterObject();
  while (reader.NextMember(key)) {
    if (key == wanted) {
      count = ReadCount(reader);
    } else {
      reader.Skip();
    }
  }
  return count;
}

// Null stands for absent; where nothing comes, the text is broken, which the reader finds itself.
bool IsNullOrNothing(JsonReader& reader) {
  return reader.Peek() == JsonKind::kNull || reader.Peek() == JsonKind::kNothing;
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool IsPlausible(const v1::Usage& usage, std::int64_t content_bytes, std::size_t request_bytes) {
  const std::int64_t prompt_max = 2 * static_cast<std::int64_t>(request_bytes) + kTemplateTokensMax;
  const std::int64_t completion = usage.completion_tokens();
  return usage.prompt_tokens() >= 0 && usage.prompt_tokens() <= prompt_max && completion >= 0 &&
         completion <= kTokensMax && completion * kBytesPerTokenMax >= content_bytes &&
         usage.reasoning_tokens() >= 0 && usage.reasoning_tokens() <= kTokensMax &&
         usage.cached_tokens() >= 0 && usage.cached_tokens() <= prompt_max;
}

}  // namespace

bool ReplyReader::Fail(v1::ErrorClass error_class, std::string_view message) {
  if (!problem_.has_value()) {
    problem_.emplace();
    problem_->set_error_class(error_class);
    problem_->set_message(std::string(message));
  }
  return false;
}

bool ReplyReader::FailTwice(std::string_view key) {
  return Fail(v1::ERROR_CLASS_PROTOCOL, "the reply holds the key " + std::string(key) + " twice");
}

bool ReplyReader::FailWith(const ServerError& error) {
  std::string message = "error in the reply";
  if (!error.code.empty()) message += " (" + error.code + ")";
  if (error.code.empty() && !error.type.empty()) message += " (" + error.type + ")";
  if (!error.message.empty()) message += ": " + error.message;
  const bool first = !problem_.has_value();
  Fail(ClassOfErrorObject(error), message);
  if (first) {
    problem_->set_context_exceeded(problem_->error_class() == v1::ERROR_CLASS_REQUEST &&
                                   IsContextError(error));
  }
  return false;
}

LlmResult ReplyReader::Broken(std::string_view message) {
  Fail(v1::ERROR_CLASS_INFRA, message);
  return *problem_;
}

bool ReplyReader::TakeEvent(const SseEvent& event) {
  if (problem_.has_value()) return false;
  if (done_) {
    TakeAfterDone(event);
    return true;
  }
  std::string_view data = event.data;
  while (!data.empty() && data.back() == ' ') data.remove_suffix(1);
  if (data == kDone) {
    done_ = true;
    return true;
  }
  if (event.type == "error") return FailWith(ReadErrorBody(data));
  if (IsBlank(data) || IsReplay(event)) return true;
  const bool had_finish = !finish_.empty();
  const std::int64_t before = content_bytes_;
  if (!ReadReply(data, Place::kStream, false)) return false;
  const std::int64_t added = content_bytes_ - before;
  if (added == 0) return true;
  ++chunks_;
  if (had_finish) AddFlag("text_after_finish");
  const std::size_t hash = added < kReplayBytesMin ? 0 : std::hash<std::string_view>()(data);
  if (hash != 0 && hash == last_data_hash_) AddFlag("duplicate_chunk");
  last_data_hash_ = hash;
  return true;
}

// An event that comes with the number of the one before it and with the same bytes was sent twice.
bool ReplyReader::IsReplay(const SseEvent& event) {
  const bool replay = !event.id.empty() && event.id == last_event_id_ && last_data_hash_ != 0 &&
                      std::hash<std::string_view>()(event.data) == last_data_hash_;
  if (replay) AddFlag("duplicate_chunk");
  last_event_id_ = event.id;
  return replay;
}

void ReplyReader::TakeAfterDone(const SseEvent& event) {
  if (event.data == kDone) {
    AddFlag("duplicate_done");
  } else if (!IsBlank(event.data)) {
    AddFlag("data_after_done");
  }
}

bool ReplyReader::ReadReply(std::string_view json, Place place, bool cut_possible) {
  JsonReader reader(json);
  has_choices_ = false;
  choice_count_ = 0;
  object_.clear();
  own_error_ = ServerError();
  if (reader.Peek() != JsonKind::kObject) {
    return Fail(v1::ERROR_CLASS_PROTOCOL, "the reply is not a JSON object");
  }
  std::string_view key;
  KeysSeen keys;
  bool fine = reader.EnterObject();
  while (fine && reader.NextMember(key)) {
    fine = keys.Add(key) ? ReadTopMember(key, reader, place) : FailTwice(key);
  }
  if (problem_.has_value()) return false;
  if (!reader.AtEnd()) {
    if (cut_possible && reader.ended_early()) {
      return Fail(v1::ERROR_CLASS_INFRA, "the reply was cut in its JSON");
    }
    return Fail(v1::ERROR_CLASS_PROTOCOL, "the reply is not valid JSON");
  }
  if (object_ == "error") return FailWith(own_error_);
  if (place == Place::kStream && !has_choices_ && !usage_.has_value()) AddFlag("unknown_chunk");
  if (content_bytes_ > kContentBytesMax) {
    return Fail(v1::ERROR_CLASS_PROTOCOL, "the text of the reply is over 32 MiB");
  }
  return true;
}

bool ReplyReader::ReadTopMember(std::string_view key, JsonReader& reader, Place place) {
  if (key == "choices") return ReadChoices(reader, place);
  if (key == "usage") return ReadUsage(reader);
  if (key == "error" && reader.Peek() != JsonKind::kNull) {
    ServerError error;
    ReadErrorValue(reader, error);
    return reader.failed() ? true : FailWith(error);
  }
  ReadTopText(key, reader);
  return true;
}

void ReplyReader::ReadTopText(std::string_view key, JsonReader& reader) {
  std::string* field = key == "model" && model_.empty()                      ? &model_
                       : key == "id" && id_.empty()                          ? &id_
                       : key == "system_fingerprint" && fingerprint_.empty() ? &fingerprint_
                       : key == "object"                                     ? &object_
                       : key == "message"                                    ? &own_error_.message
                       : key == "type"                                       ? &own_error_.type
                                                                             : nullptr;
  std::string_view written;
  if (field != nullptr) {
    ReadOptionalText(reader, *field);
  } else if (key == "code" && reader.Peek() == JsonKind::kNumber) {
    if (reader.ReadNumber(written)) own_error_.code = written;
  } else if (key == "code") {
    ReadOptionalText(reader, own_error_.code);
  } else {
    reader.Skip();
  }
}

bool ReplyReader::ReadChoices(JsonReader& reader, Place place) {
  if (reader.Peek() != JsonKind::kArray) {
    if (IsNullOrNothing(reader)) {
      reader.Skip();
      return true;
    }
    return Fail(v1::ERROR_CLASS_PROTOCOL, "choices is not an array");
  }
  has_choices_ = true;
  reader.EnterArray();
  while (reader.NextElement()) {
    if (++choice_count_ > 1) return Fail(v1::ERROR_CLASS_PROTOCOL, "more than one choice");
    if (!ReadChoice(reader, place)) return false;
  }
  return true;
}

bool ReplyReader::ReadChoice(JsonReader& reader, Place place) {
  if (reader.Peek() == JsonKind::kNothing) {
    reader.Skip();
    return true;
  }
  if (reader.Peek() != JsonKind::kObject) {
    return Fail(v1::ERROR_CLASS_PROTOCOL, "a choice is not an object");
  }
  has_message_ = false;
  bool has_delta = false;
  std::string_view key;
  KeysSeen keys;
  reader.EnterObject();
  while (reader.NextMember(key)) {
    if (!keys.Add(key)) return FailTwice(key);
    has_delta = has_delta || key == "delta" || key == "text";
    if (!ReadChoiceMember(key, reader, place)) return false;
  }
  if (place == Place::kStream && has_message_ && !has_delta) {
    return Fail(v1::ERROR_CLASS_PROTOCOL, "a choice of the stream holds a message, not a delta");
  }
  return true;
}

bool ReplyReader::ReadChoiceMember(std::string_view key, JsonReader& reader, Place place) {
  if (key == (place == Place::kStream ? "delta" : "message")) return ReadMessage(reader);
  if (key == "text") return ReadContent(reader, text_);
  if (key == "finish_reason") return ReadFinish(reader);
  if (key == "index") return ReadIndex(reader);
  if (key == "logprobs") return logprobs_.Take(reader);
  if (key == "message") has_message_ = reader.Peek() == JsonKind::kObject;
  reader.Skip();
  return true;
}

bool ReplyReader::ReadIndex(JsonReader& reader) {
  std::string_view written;
  if (!reader.Skip(written)) return true;
  if (written == "0" || written == "null") return true;
  return Fail(v1::ERROR_CLASS_PROTOCOL, "a choice with an index other than 0");
}

bool ReplyReader::ReadMessage(JsonReader& reader) {
  if (IsNullOrNothing(reader)) {
    reader.Skip();
    return true;
  }
  if (reader.Peek() != JsonKind::kObject) {
    return Fail(v1::ERROR_CLASS_PROTOCOL, "a message is not an object");
  }
  const std::size_t reasoning_before = reasoning_.size();
  std::string other_reasoning;
  KeysSeen keys;
  std::string_view key;
  reader.EnterObject();
  while (reader.NextMember(key)) {
    if (!keys.Add(key)) return FailTwice(key);
    if (!ReadMessageMember(key, reader, other_reasoning)) return false;
  }
  // vLLM sends the same under both names.
  if (reasoning_.size() == reasoning_before && !other_reasoning.empty()) {
    reasoning_ += other_reasoning;
    content_bytes_ += static_cast<std::int64_t>(other_reasoning.size());
  }
  return true;
}

bool ReplyReader::ReadMessageMember(std::string_view key, JsonReader& reader,
                                    std::string& other_reasoning) {
  if (key == "content") return ReadContent(reader, text_);
  if (key == "reasoning_content") return ReadContent(reader, reasoning_);
  if (key == "refusal") return ReadContent(reader, refusal_);
  if (key == "reasoning") {
    ReadOptionalText(reader, other_reasoning);
  } else if (key == "role") {
    std::string role;
    ReadOptionalText(reader, role);
    if (!role.empty() && role != "assistant") AddFlag("role_changed");
  } else if (key == "tool_calls" || key == "function_call") {
    std::string_view written;
    if (reader.Skip(written) && written != "null" && written != "[]") AddFlag("tool_calls");
  } else {
    reader.Skip();
  }
  return true;
}

bool ReplyReader::ReadContent(JsonReader& reader, std::string& out) {
  const std::size_t before = out.size();
  switch (reader.Peek()) {
    case JsonKind::kString:
      reader.ReadString(out);
      content_bytes_ += static_cast<std::int64_t>(out.size() - before);
      return true;
    case JsonKind::kNull:
    case JsonKind::kNothing:
      reader.Skip();
      return true;
    default:
      return Fail(v1::ERROR_CLASS_PROTOCOL, "the content is not a string");
  }
}

bool ReplyReader::ReadFinish(JsonReader& reader) {
  std::string finish;
  std::string_view written;
  if (reader.Peek() == JsonKind::kString) {
    reader.ReadString(finish);
  } else if (reader.Skip(written) && written != "null") {
    finish = written;
  }
  if (finish.empty()) return true;
  if (!finish_.empty()) {
    AddFlag("duplicate_finish");
  } else {
    finish_ = std::move(finish);
  }
  return true;
}

bool ReplyReader::ReadUsage(JsonReader& reader) {
  if (reader.Peek() != JsonKind::kObject) {
    reader.Skip();
    return true;
  }
  v1::Usage usage;
  std::string_view key;
  reader.EnterObject();
  while (reader.NextMember(key)) {
    if (key == "prompt_tokens") {
      usage.set_prompt_tokens(ReadCount(reader));
    } else if (key == "completion_tokens") {
      usage.set_completion_tokens(ReadCount(reader));
    } else if (key == "completion_tokens_details") {
      usage.set_reasoning_tokens(ReadDetailCount(reader, "reasoning_tokens"));
    } else if (key == "prompt_tokens_details") {
      usage.set_cached_tokens(ReadDetailCount(reader, "cached_tokens"));
    } else {
      reader.Skip();
    }
  }
  usage_ = usage;
  return true;
}

LlmResult ReplyReader::TakeStream() {
  if (problem_.has_value()) return *problem_;
  if (finish_.empty()) return Broken("the stream ended without a finish_reason");
  if (!done_ && !options_.omits_done) return Broken("the stream ended without [DONE]");
  return Finish();
}

LlmResult ReplyReader::TakeBody(std::string_view body, bool cut_possible) {
  const std::size_t begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) {
    if (cut_possible) return Broken("the reply is empty");
    Fail(v1::ERROR_CLASS_PROTOCOL, "the reply is empty");
  } else if (body[begin] == '<') {
    Fail(v1::ERROR_CLASS_PROTOCOL, "the reply is an HTML page, not JSON");
  } else if (ReadReply(body, Place::kBody, cut_possible) && choice_count_ == 0) {
    Fail(v1::ERROR_CLASS_PROTOCOL, "the reply holds no choices");
  }
  if (problem_.has_value()) return *problem_;
  if (finish_.empty()) return Broken("the reply has no finish_reason");
  return Finish();
}

LlmResult ReplyReader::Finish() {
  if (IsOneOf(finish_, kBrokenFinishes)) {
    return Broken("the server gave up: finish_reason " + finish_);
  }
  if (!IsOneOf(finish_, kKnownFinishes)) AddFlag("unknown_finish");
  v1::Reply reply;
  FillText(reply);
  FillUsage(reply);
  if (!logprobs_.Fill(reply)) AddFlag("logprobs_dropped");
  const std::string& wanted = options_.requested_model;
  // Hosted models come back under the name of a dated snapshot: "name-2024-08-06".
  if (!wanted.empty() && !reply.model().empty() && reply.model() != wanted &&
      reply.model().rfind(wanted + "-", 0) != 0) {
    AddFlag("model_differs");
  }
  if (reply.text().empty() && reply.refusal().empty()) AddFlag("empty_output");
  for (const std::string& flag : flags_) reply.add_flags(flag);
  return reply;
}

void ReplyReader::FillText(v1::Reply& reply) {
  for (std::string* text :
       {&text_, &reasoning_, &refusal_, &finish_, &model_, &id_, &fingerprint_}) {
    if (RepairUtf8(*text)) AddFlag("invalid_utf8");
  }
  if (text_.find('\0') != std::string::npos) AddFlag("nul_bytes");
  const ThinkBlock block = TakeThinkBlock(text_, reasoning_);
  if (block == ThinkBlock::kUnclosed) AddFlag("think_unclosed");
  if (block == ThinkBlock::kUnopened) AddFlag("think_unopened");
  reply.set_text(std::move(text_));
  reply.set_reasoning(std::move(reasoning_));
  reply.set_refusal(std::move(refusal_));
  reply.set_finish_reason(std::move(finish_));
  reply.set_model(std::move(model_));
  reply.set_response_id(std::move(id_));
  reply.set_system_fingerprint(std::move(fingerprint_));
}

void ReplyReader::FillUsage(v1::Reply& reply) {
  v1::Usage& usage = *reply.mutable_usage();
  const std::int64_t text_tokens = EstimateTokens(reply.text());
  const std::int64_t reasoning_tokens = EstimateTokens(reply.reasoning());
  const bool plausible =
      usage_.has_value() && IsPlausible(*usage_, content_bytes_, options_.request_body.size());
  if (!plausible) {
    AddFlag(usage_.has_value() ? "usage_implausible" : "usage_missing");
    usage.set_prompt_tokens(EstimateTokens(options_.request_body));
    usage.set_completion_tokens(text_tokens + reasoning_tokens);
    usage.set_reasoning_tokens(reasoning_tokens);
    usage.set_estimated(true);
    return;
  }
  usage = *usage_;
  if (usage.reasoning_tokens() > 0 || reasoning_tokens == 0) return;
  AddFlag("reasoning_estimated");
  usage.set_reasoning_tokens(usage.completion_tokens() * reasoning_tokens /
                             (text_tokens + reasoning_tokens));
}

}  // namespace assay
