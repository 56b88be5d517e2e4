// CODE_FIXING: a Python file with style violations and syntax errors made clean (reference 3.3).
// Whether the code compiles and what flake8 finds come from outside. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "judge/benchmarks/longweave/templates.h"

namespace assay::longweave {

absl::StatusOr<std::string> CodePrompt(const Templates& templates, std::string_view code);

// The code of a response: of its first fenced block, else all of it; stripped, a part of
// `response`. Empty: the scores are 0 and nothing is asked.
std::string_view CodeOf(std::string_view response);

// What the tools say of the code.
struct CodeChecks {
  bool runnable = false;                   // compile() accepts it
  std::optional<std::int64_t> violations;  // of flake8; nullopt: it did not run
};

// All 0..1.
struct CodeScores {
  double runnable = 0;
  double style = 0;       // 1 / (1 + violations / 50); 0 where flake8 did not run
  double func_count = 0;  // how near the number of "def " is to the original's; to four digits
  double total = 0;       // harmonic mean; 0 where one of them is
};

// REQUIRES: `code` is not empty, and the judge has not called it irrelevant.
CodeScores ScoreCode(std::string_view original, std::string_view code, const CodeChecks& checks);

}  // namespace assay::longweave
