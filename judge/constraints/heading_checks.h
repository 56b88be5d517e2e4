// Constraints on the headings of a text. Pure, thread-safe.
#pragma once

#include "assay/v1/suite.pb.h"
#include "judge/constraints/check_result.h"

namespace assay {

CheckResult HeadingsThere(const v1::Constraint& constraint, const CheckedText& text);
CheckResult HeadingDepthAtMost(const v1::Constraint& constraint, const CheckedText& text);

}  // namespace assay
