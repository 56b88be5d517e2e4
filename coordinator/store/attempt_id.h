// The name of one grant of a unit: "n.nonce". n counts the grants of the unit, the nonce is 16
// random hex digits, because a number alone can be handed out twice after a store lost its last
// write (reliability.md 0.4). Compared for equality only. A value.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

struct AttemptId {
  std::uint32_t n = 0;
  std::uint64_t nonce = 0;

  // Never granted: written "0".
  bool none() const { return n == 0; }
  std::string ToString() const;
  // Empty unless `text` is exactly what ToString gives.
  static std::optional<AttemptId> Parse(std::string_view text);

  friend auto operator<=>(const AttemptId&, const AttemptId&) = default;
};

// Of units that ended because their run was cancelled: nobody was granted it, and every leader that
// finishes a cancel writes the same.
inline constexpr AttemptId kCancelledAttempt{0xffffffff, 0xca9ce11ed};

}  // namespace assay
