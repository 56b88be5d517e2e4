// What the specs of all benchmark scorers share. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/spec.pb.h"
#include "assay/v1/suite.pb.h"
#include "common/base/status.h"

namespace assay {

// What a benchmark's scorer takes; everything else in its spec is an error.
struct BenchmarkTerms {
  std::vector<std::string> options;           // keys of BenchmarkScorer.options
  std::vector<std::string> prompts;           // prompts that it cannot do without, by name
  std::vector<std::string> optional_prompts;  // texts of the same kind that it can
  v1::Sampling sampling;                      // decoding of its judge; the spec's own fields win
  int max_tries = 0;                          // 0: it asks no judge
};

// Fills sampling and max_tries in and checks the rest. A prompt that is named in prompt_files is
// taken to be read later; MakePrompts refuses it if it was not. InvalidArgument:
// "<field>: <problem>".
absl::Status ResolveBenchmark(const BenchmarkTerms& terms, v1::BenchmarkScorer& scorer);

// Of a resolved scorer. InvalidArgument when the text of prompt `name` was not filled in.
absl::StatusOr<std::string_view> BenchmarkPrompt(const v1::BenchmarkScorer& scorer,
                                                 const std::string& name);

// A text of Sample.scorer_data. InvalidArgument names the sample and what to do when it is missing.
absl::StatusOr<std::string_view> ScorerData(const v1::Sample& sample, const std::string& name);

}  // namespace assay
