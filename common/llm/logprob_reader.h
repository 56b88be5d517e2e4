// The log probabilities beside the text of a reply: choices[0].logprobs.content of chat endpoints,
// whole or in the chunks of a stream. Pure; one per call.
#pragma once

#include <cstddef>

#include "assay/v1/unit.pb.h"
#include "common/llm/json_reader.h"

namespace assay {

class LogprobReader {
 public:
  // Bytes of all tokens and rivals, 16 for each number; of a reply with more none are kept, since
  // they are of use only where they spell the whole text.
  static constexpr std::size_t kBytesMax = std::size_t{1} << 20;

  // Takes the value of "logprobs", whatever it is. Null and other forms (those of
  // /v1/completions) add nothing. Always true: they never make a reply unusable.
  bool Take(JsonReader& reader);

  // Moves what was read into the reply. False: there were some that are not kept, since they were
  // too many or not of the form.
  bool Fill(v1::Reply& reply);

 private:
  using Tokens = google::protobuf::RepeatedPtrField<v1::TokenLogprob>;

  void TakeTokens(JsonReader& reader, Tokens& tokens, bool with_rivals);
  void TakeToken(JsonReader& reader, v1::TokenLogprob& token, bool with_rivals);

  Tokens tokens_;
  std::size_t bytes_ = 0;
  bool dropped_ = false;
};

}  // namespace assay
