// The text of a plain scalar as a value. Strict: no hex, no octal, no underscores, no surrounding
// spaces. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay {

enum class NumberProblem { kNone, kNotANumber, kNotWhole, kOutOfRange, kNotFinite };

struct ParsedInteger {
  NumberProblem problem = NumberProblem::kNone;
  std::int64_t value = 0;
};
// "12", "-3"; "1.5" and "1e3" are kNotWhole.
ParsedInteger ParseInteger(std::string_view text);

struct ParsedDouble {
  NumberProblem problem = NumberProblem::kNone;
  double value = 0;
};
// JSON's numbers, and ".5"; "nan", ".inf" and the like are kNotFinite.
ParsedDouble ParseDouble(std::string_view text);

// "true" or "false".
std::optional<bool> ParseBool(std::string_view text);

}  // namespace assay
