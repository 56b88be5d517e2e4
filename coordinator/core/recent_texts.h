// The generated texts that were read last, up to a number of bytes: a text is wanted several times
// within moments, by each unit that scores it and again when its verdicts are checked. Owned by the
// coordinator; executor only.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "assay/v1/unit.pb.h"

namespace assay {

// What scoring needs of a generation.
struct GeneratedText {
  std::string text;
  std::string text_digest;  // "sha256:<hex>" of text
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
  bool truncated = false;
};

class RecentTexts {
 public:
  explicit RecentTexts(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // By the key of the envelope; null when it is not here (any more).
  std::shared_ptr<const GeneratedText> Find(const std::string& key) const;

  // The oldest ones go until all fit; one that is too large alone is not kept. Nothing happens when
  // the key is here: envelopes do not change.
  void Add(const std::string& key, std::shared_ptr<const GeneratedText> text);

  std::size_t bytes() const { return bytes_; }

 private:
  const std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::map<std::string, std::shared_ptr<const GeneratedText>> by_key_;
  std::deque<std::string> order_;  // oldest first
};

}  // namespace assay
