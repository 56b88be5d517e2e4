// Constraints on words that have to stand in a text, or must not, and where. Texts are looked for
// as whole words (common/text/word_edge.h) unless a parameter says otherwise. Pure, thread-safe.
#pragma once

#include "assay/v1/suite.pb.h"
#include "judge/constraints/check_result.h"

namespace assay {

CheckResult MustContain(const v1::Constraint& constraint, const CheckedText& text);
CheckResult MustNotContain(const v1::Constraint& constraint, const CheckedText& text);
CheckResult StartsWith(const v1::Constraint& constraint, const CheckedText& text);
CheckResult EndsWith(const v1::Constraint& constraint, const CheckedText& text);
CheckResult Numbered(const v1::Constraint& constraint, const CheckedText& text);
CheckResult EveryNth(const v1::Constraint& constraint, const CheckedText& text);
CheckResult Order(const v1::Constraint& constraint, const CheckedText& text);
CheckResult Position(const v1::Constraint& constraint, const CheckedText& text);

}  // namespace assay
