// The forms of the factual coverage judge's answers, and what is prepared once per prompt. Pure,
// thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/spec.pb.h"
#include "assay/v1/suite.pb.h"
#include "common/base/status.h"
#include "judge/engine/answer_form.h"

namespace assay {

std::vector<AnswerField> ExtractForm();                                      // claims
std::vector<AnswerField> VerifyForm();                                       // label, quote
std::vector<AnswerField> AlignForm(const std::vector<std::string>& claims);  // covered_by
std::vector<AnswerField> AspectsForm();                                      // aspects

// Labels of VerifyForm, the most cautious first: where draws disagree as often, the earlier counts.
const std::vector<std::string>& ClaimLabels();

// Where the aspects of a sample come from: the spec's word, else what the sample has: "given",
// "reference_claims", "generated", "none".
std::string AspectSource(const v1::FactualCoverageScorer& scorer, const v1::Sample& sample);

// One line of JSON: a list of strings; and back. InvalidArgument: it is none.
std::string WriteAspects(const std::vector<std::string>& aspects);
absl::StatusOr<std::vector<std::string>> ReadAspects(std::string_view json);

}  // namespace assay
