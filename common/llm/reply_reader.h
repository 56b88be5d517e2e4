// One reply of a chat or completion endpoint, from its events or its body to a Reply or an Error.
// Pure; one per call. Rules: reliability.md 1.8, 1.9 and 5.3, peers-measured.md section 2.
//
// A stream is complete only with a finish_reason, "[DONE]" (unless the endpoint omits it) and a
// clean end of HTTP, of which the caller knows: everything else is an Error of class infra.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "assay/v1/unit.pb.h"
#include "common/http/sse_parser.h"
#include "common/llm/chat_client.h"
#include "common/llm/json_reader.h"
#include "common/llm/logprob_reader.h"
#include "common/llm/server_error.h"

namespace assay {

class ReplyReader {
 public:
  struct Options {
    bool omits_done = false;
    std::string requested_model;  // to flag a reply of another one; empty: not compared
    // To estimate prompt tokens where the server counts none. Must outlive the reader.
    std::string_view request_body;
  };

  // Text and reasoning together; more is an Error of class protocol.
  static constexpr std::int64_t kContentBytesMax = std::int64_t{32} << 20;

  explicit ReplyReader(Options options) : options_(std::move(options)) {}

  // False: nothing after this event can mend the reply; TakeStream tells why.
  bool TakeEvent(const SseEvent& event);
  // After the clean end of HTTP, or after TakeEvent was false.
  LlmResult TakeStream();

  // A reply that is not streamed. `cut_possible`: its end was not announced, so that JSON which
  // ends early is a cut reply rather than a wrong one.
  LlmResult TakeBody(std::string_view body, bool cut_possible);

  void AddFlag(std::string_view flag) { flags_.emplace(flag); }

  // What has come so far: text, reasoning and refusal. Progress and stalls are measured by it.
  std::int64_t content_bytes() const { return content_bytes_; }
  std::int64_t chunks() const { return chunks_; }  // events with content
  bool done() const { return done_; }              // "[DONE]" has come

 private:
  enum class Place { kStream, kBody };

  bool ReadReply(std::string_view json, Place place, bool cut_possible);
  bool ReadTopMember(std::string_view key, JsonReader& reader, Place place);
  void ReadTopText(std::string_view key, JsonReader& reader);
  bool ReadChoices(JsonReader& reader, Place place);
  bool ReadChoice(JsonReader& reader, Place place);
  bool ReadChoiceMember(std::string_view key, JsonReader& reader, Place place);
  bool ReadMessage(JsonReader& reader);
  bool ReadMessageMember(std::string_view key, JsonReader& reader, std::string& other_reasoning);
  bool ReadContent(JsonReader& reader, std::string& out);
  bool ReadIndex(JsonReader& reader);
  bool ReadFinish(JsonReader& reader);
  bool ReadUsage(JsonReader& reader);
  bool IsReplay(const SseEvent& event);
  void TakeAfterDone(const SseEvent& event);
  bool Fail(v1::ErrorClass error_class, std::string_view message);
  bool FailTwice(std::string_view key);
  bool FailWith(const ServerError& error);

  LlmResult Finish();
  LlmResult Broken(std::string_view message);
  void FillText(v1::Reply& reply);
  void FillUsage(v1::Reply& reply);

  const Options options_;
  std::string text_;
  std::string reasoning_;
  std::string refusal_;
  std::string finish_;
  std::string model_;
  std::string id_;
  std::string fingerprint_;
  LogprobReader logprobs_;
  std::optional<v1::Usage> usage_;
  std::optional<v1::Error> problem_;
  std::set<std::string, std::less<>> flags_;
  bool done_ = false;
  std::int64_t content_bytes_ = 0;
  std::int64_t chunks_ = 0;
  std::size_t last_data_hash_ = 0;  // of the last event with much content; 0: none
  std::string last_event_id_;

  // Of the JSON object that is being read.
  bool has_choices_ = false;
  int choice_count_ = 0;
  bool has_message_ = false;
  std::string object_;
  ServerError own_error_;  // of an object that is an error itself
};

}  // namespace assay
