// Constraints that a program can check. docs/suites.md has the kinds. Pure, thread-safe.
#pragma once

#include <string>
#include <vector>

#include "assay/v1/suite.pb.h"
#include "judge/constraints/check_result.h"

namespace assay {

// Sorted: every kind of suites/constraint_kinds.h but "judged" (a test holds them to each other).
std::vector<std::string> KindsCheckedInCode();

bool IsCheckedInCode(const v1::Constraint& constraint);

// REQUIRES: IsCheckedInCode. Parameters are of their kind (suites/constraint_kinds.h checks them
// when a suite is loaded); what is wrong all the same is undecided or holds nothing, with a note.
CheckResult CheckInCode(const v1::Constraint& constraint, const CheckedText& text);

}  // namespace assay
