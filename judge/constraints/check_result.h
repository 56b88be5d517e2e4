// What a check in code finds, and how it reads the parameters of its constraint. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/suite.pb.h"
#include "common/text/text_map.h"
#include "common/text/words.h"

namespace assay {

// What a check reads of a text, prepared once for all constraints. The text must outlive it.
struct CheckedText {
  explicit CheckedText(std::string_view whole, std::string language_tag);

  std::string_view text;
  std::string language;
  TextMap map;
  TextMap folded;       // the same without letter case
  std::string outline;  // the text with its code blocks blanked out, byte for byte
};

struct CheckResult {
  // Share of the constraint that holds: 1 holds, 0 does not, between them some of its parts do.
  // Empty: a program cannot decide it for this text; the note says why.
  std::optional<double> satisfied = 0;
  std::string note;              // how it was counted, e.g. "412 of at least 425 words"
  std::vector<TextRange> spans;  // where: what holds, or what must not stand there; at most 20
};

inline constexpr std::size_t kMaxSpans = 20;
// Of one text in another that are looked at.
inline constexpr std::size_t kMaxOccurrences = 100000;

// An empty span, and one too many, is left out.
void AddSpan(TextRange span, CheckResult& result);

CheckResult Undecided(std::string why);

// The share of parts that hold, with a note of those that do not.
CheckResult OfParts(std::size_t held, const std::vector<std::string>& missing,
                    const std::string& what, const std::vector<TextRange>& spans);

// A parameter that is absent, or is of another type, reads as `absent`.
std::string TextParam(const v1::Constraint& constraint, const std::string& name);
double NumberParam(const v1::Constraint& constraint, const std::string& name, double absent);
bool FlagParam(const v1::Constraint& constraint, const std::string& name, bool absent);
std::vector<std::string> TextsParam(const v1::Constraint& constraint);  // "texts"

}  // namespace assay
