// Constraints that a judge proposes for a prompt which lists none. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/suite.pb.h"
#include "common/base/status.h"
#include "judge/engine/answer_form.h"

namespace assay {

// The form of an answer: a list "constraints" of {kind, text, count?, texts?}.
std::vector<AnswerField> ProposalForm();

// What is usable of an answer, ids "p1".. given; a kind without what it needs becomes "judged".
std::vector<v1::Constraint> ProposalsIn(const Answer& answer);

// One line of JSON, and back. InvalidArgument: not of this form.
std::string WriteProposals(const std::vector<v1::Constraint>& constraints);
absl::StatusOr<std::vector<v1::Constraint>> ReadProposals(std::string_view json);

}  // namespace assay
