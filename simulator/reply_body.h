// The bodies of answers as a dialect writes them: plain, as stream events, and errors. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "simulator/dialect.h"

namespace assay {

struct SimulatedAnswer {
  std::string text;
  std::string reasoning;
  std::string refusal;
  std::string finish_reason = "stop";
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;  // reasoning included
  std::int64_t reasoning_tokens = 0;
};

struct ReplyShape {
  SimulatorDialect dialect = SimulatorDialect::kOpenAi;
  bool chat = true;
  bool include_usage = false;
  bool no_finish = false;  // faults
  bool no_done = false;
  int chunk_tokens = 16;
  std::string id;
  std::string model;
  std::int64_t created = 0;  // seconds since 1970
};

inline constexpr std::string_view kSystemFingerprint = "assay-simulator-1";

std::string PlainBody(const ReplyShape& shape, const SimulatedAnswer& answer);

// What an HTTP error of this status holds. `code` empty: the usual one for the status.
std::string ErrorBody(SimulatorDialect dialect, int status, std::string_view code,
                      std::string_view message);

// An error object inside a stream that began well, and the [DONE] after it.
std::string StreamErrorEvents(SimulatorDialect dialect);

// The events of one streamed answer, made one at a time.
class StreamEvents {
 public:
  StreamEvents(ReplyShape shape, SimulatedAnswer answer);

  // Appends the next event; false at the end. `tokens`: how much generated text is in it.
  bool Next(std::string& out, std::int64_t& tokens);

 private:
  enum class Stage { kRole, kReasoning, kText, kFinish, kUsage, kDone, kEnd };

  bool NextText(std::string& out, std::int64_t& tokens);
  void AppendEvent(std::string& out, std::string_view field, std::string_view text) const;
  void AppendFinish(std::string& out) const;
  void AppendUsage(std::string& out) const;

  ReplyShape shape_;
  SimulatedAnswer answer_;
  Stage stage_;
  std::size_t at_ = 0;
  std::string head_;  // of a content event, up to the delta
  std::string tail_;  // after it
};

}  // namespace assay
