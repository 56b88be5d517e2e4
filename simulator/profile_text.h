// The simulated writers: text as a pure function of (profile, prompt, seed, max_tokens), closed by
// a seal that proves a stored text to be exactly that text: not cut, not joined, not altered.
//
//   \n\n[Simulated text, sim/strong, 48213 bytes, task 0123456789abcdef, check 0123456789abcdef]
//
// bytes and check (SHA-256, first 16 hex digits) are of the text before the seal, task is the same
// of the four inputs. A text with fewer than kSealedTokensMin tokens allowed has no seal.
// Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace assay {

struct ProfileRequest {
  std::string profile;
  std::string prompt;
  std::uint64_t seed = 0;
  std::int64_t max_tokens = 0;  // 0: not limited; counted as in simulator/tokens.h
};

struct ProfileText {
  std::string text;       // sealed, except where a profile says otherwise
  std::string reasoning;  // of sim/reasoner; in front of text as <think> for sim/reasoner-tags
  std::string refusal;    // of sim/refuse
  std::string finish_reason = "stop";
};

inline constexpr std::int64_t kSealedTokensMin = 96;

// sim/strong          close to the required length, headings, aspects and quoted strings
// sim/short           the same, but ends at about 2,000 words or hanzi
// sim/repeat          falls into a loop over one paragraph
// sim/truncate        always ends by length, in mid sentence
// sim/reasoner        as strong, with reasoning beside the text
// sim/reasoner-tags   as strong, with the reasoning in <think> tags before the text
// sim/refuse          a refusal, unsealed
// sim/empty           nothing
const std::vector<std::string>& ProfileNames();
bool IsProfile(std::string_view name);

// REQUIRES: IsProfile(request.profile).
ProfileText WriteProfileText(const ProfileRequest& request);

struct ProfileSeal {
  std::string profile;
  std::string task;
  std::int64_t bytes = 0;
};

// kDataLoss: `text` is not, from its first to its last byte, one sealed text.
absl::StatusOr<ProfileSeal> VerifyProfileText(std::string_view text);

// kDataLoss: `text` is not exactly the text part of WriteProfileText(request); says where it
// departs.
absl::Status VerifyProfileTextFor(const ProfileRequest& request, std::string_view text);

// The task field of the seal.
std::string ProfileTaskDigest(const ProfileRequest& request);

}  // namespace assay
