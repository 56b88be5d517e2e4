// HealthBench's grader (arXiv:2505.08775, openai/simple-evals healthbench_eval.py; reference
// claims-and-judges.md 4.2): what it is asked of one criterion, and what is taken for its answer.
// Pure functions, thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "assay/v1/suite.pb.h"

namespace assay {

// "[5] text": the points as Python prints them, then the criterion.
std::string HealthBenchItem(const v1::Criterion& criterion);

// `grader` with <<conversation>> (the messages and the text, "role: content" with a blank line
// between them) put in first, then <<rubric_item>>, everywhere, as str.replace does.
// InvalidArgument: it lacks one of them.
absl::StatusOr<std::string> HealthBenchPrompt(std::string_view grader,
                                              std::span<const v1::Message> messages,
                                              std::string_view text,
                                              const v1::Criterion& criterion);

struct HealthBenchGrade {
  bool met = false;
  std::string explanation;
  std::string problem;  // why the grader is asked again; empty: it is not. Safe to show
};

// The reply without "```json" at its begin and "```" at its end, as a JSON object with the boolean
// criteria_met.
HealthBenchGrade ReadHealthBenchGrade(std::string_view reply);

}  // namespace assay
