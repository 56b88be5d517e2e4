// Constraints that a program can check. docs/suites.md has the kinds. Pure, thread-safe.
#pragma once

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
  TextMap lower_map;  // of the text with ASCII letters in lower case
};

struct CheckResult {
  // Share of the constraint that holds: 1 holds, 0 does not, between them some of its parts do.
  double satisfied = 0;
  std::string note;              // how it was counted, e.g. "412 of at least 425 words"
  std::vector<TextRange> spans;  // where: what holds, or what must not stand there; at most 20
};

// True for every kind but "judged".
bool IsCheckedInCode(const v1::Constraint& constraint);

// REQUIRES: IsCheckedInCode, and parameters of their kind (suites/constraint_kinds.h checks them
// when a suite is loaded; what is wrong all the same holds nothing, with a note).
CheckResult CheckInCode(const v1::Constraint& constraint, const CheckedText& text);

}  // namespace assay
