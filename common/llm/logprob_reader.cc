#include "common/llm/logprob_reader.h"

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "common/llm/text_repair.h"

namespace assay {
namespace {

constexpr std::size_t kBytesPerNumber = 16;

bool ReadLogprob(JsonReader& reader, double& value) {
  std::string_view written;
  if (reader.Peek() != JsonKind::kNumber) {
    reader.Skip();
    return false;
  }
  if (!reader.ReadNumber(written)) return false;
  const auto [end, problem] =
      std::from_chars(written.data(), written.data() + written.size(), value);
  return problem == std::errc() && end == written.data() + written.size() && std::isfinite(value);
}

}  // namespace

bool LogprobReader::Take(JsonReader& reader) {
  if (reader.Peek() != JsonKind::kObject) {
    reader.Skip();
    return true;
  }
  std::string_view key;
  reader.EnterObject();
  while (reader.NextMember(key)) {
    if (key == "content" && reader.Peek() == JsonKind::kArray) {
      TakeTokens(reader, tokens_, /*with_rivals=*/true);
    } else {
      reader.Skip();
    }
  }
  return true;
}

void LogprobReader::TakeTokens(JsonReader& reader, Tokens& tokens, bool with_rivals) {
  reader.EnterArray();
  while (reader.NextElement()) {
    if (dropped_ || reader.Peek() != JsonKind::kObject) {
      dropped_ = true;
      reader.Skip();
      continue;
    }
    TakeToken(reader, *tokens.Add(), with_rivals);
  }
}

void LogprobReader::TakeToken(JsonReader& reader, v1::TokenLogprob& token, bool with_rivals) {
  bool has_token = false;
  bool has_logprob = false;
  double logprob = 0;
  std::string_view key;
  reader.EnterObject();
  while (reader.NextMember(key)) {
    if (key == "token" && reader.Peek() == JsonKind::kString) {
      has_token = reader.ReadString(*token.mutable_token());
    } else if (key == "logprob") {
      has_logprob = ReadLogprob(reader, logprob);
    } else if (with_rivals && key == "top_logprobs" && reader.Peek() == JsonKind::kArray) {
      TakeTokens(reader, *token.mutable_rivals(), /*with_rivals=*/false);
    } else {
      reader.Skip();
    }
  }
  RepairUtf8(*token.mutable_token());
  token.set_logprob(logprob);
  bytes_ += token.token().size() + kBytesPerNumber;
  if (!has_token || !has_logprob || bytes_ > kBytesMax) dropped_ = true;
}

bool LogprobReader::Fill(v1::Reply& reply) {
  if (!dropped_) reply.mutable_logprobs()->Swap(&tokens_);
  return !dropped_;
}

}  // namespace assay
