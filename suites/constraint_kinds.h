// The kinds of constraints and their parameters. docs/suites.md has the same table for users. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/suite.pb.h"

namespace assay {

std::vector<std::string> ConstraintKinds();

// What is wrong with a constraint's kind or parameters: pairs of a field ("kind", "params.count")
// and a message. Empty when all is right.
struct ConstraintProblem {
  std::string field;
  std::string what;
};
std::vector<ConstraintProblem> CheckConstraint(const v1::Constraint& constraint);

// Sentences about constraints that cannot all be met (words_min over words_max, a text both
// required and forbidden). Lint: such a sample is accepted.
std::vector<std::string> ContradictionsOf(const v1::Sample& sample);

}  // namespace assay
