#include "judge/benchmarks/engine/benchmark_spec.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/log.h"

namespace assay {
namespace {

constexpr int kMaxTries = 100;

bool Holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

absl::Status CheckKeys(const google::protobuf::Map<std::string, std::string>& given,
                       const std::vector<std::string>& known, const std::string& field) {
  for (const auto& [name, value] : given) {
    if (Holds(known, name)) continue;
    const std::string expected = known.empty() ? "none" : "one of " + absl::StrJoin(known, ", ");
    return InvalidArgument(absl::StrCat(field, ": \"", EscapeForTerminal(name),
                                        "\" is not known, expected ", expected));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ResolveBenchmark(const BenchmarkTerms& terms, v1::BenchmarkScorer& scorer) {
  ASSAY_RETURN_IF_ERROR(CheckKeys(scorer.options(), terms.options, "benchmark.options"));
  std::vector<std::string> known = terms.prompts;
  known.insert(known.end(), terms.optional_prompts.begin(), terms.optional_prompts.end());
  ASSAY_RETURN_IF_ERROR(CheckKeys(scorer.prompts(), known, "benchmark.prompts"));
  ASSAY_RETURN_IF_ERROR(CheckKeys(scorer.prompt_files(), known, "benchmark.prompt_files"));
  for (const std::string& name : terms.prompts) {
    if (scorer.prompts().contains(name) || scorer.prompt_files().contains(name)) continue;
    return InvalidArgument(
        absl::StrCat("benchmark.prompt_files: ", name,
                     " is missing: the benchmark's own prompt, which `assay import ", scorer.name(),
                     "` puts beside the suite (name a file, or use the imported suite's scorers)"));
  }
  if (terms.max_tries == 0) {
    if (scorer.has_sampling() || scorer.max_tries() != 0) {
      return InvalidArgument("benchmark.sampling, max_tries: this scorer asks no judge");
    }
    return absl::OkStatus();
  }
  v1::Sampling sampling = terms.sampling;
  if (scorer.sampling().stop_size() > 0) sampling.clear_stop();
  sampling.MergeFrom(scorer.sampling());
  *scorer.mutable_sampling() = sampling;
  if (scorer.max_tries() == 0) scorer.set_max_tries(terms.max_tries);
  if (scorer.max_tries() < 1 || scorer.max_tries() > kMaxTries) {
    return InvalidArgument(absl::StrCat("benchmark.max_tries: ", scorer.max_tries(),
                                        " is not between 1 and ", kMaxTries));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string_view> BenchmarkPrompt(const v1::BenchmarkScorer& scorer,
                                                 const std::string& name) {
  const auto found = scorer.prompts().find(name);
  if (found == scorer.prompts().end()) {
    return InvalidArgument(absl::StrCat("benchmark.prompts: the text of ", name, " is missing"));
  }
  return std::string_view(found->second);
}

absl::StatusOr<std::string_view> ScorerData(const v1::Sample& sample, const std::string& name) {
  const auto found = sample.scorer_data().find(name);
  if (found == sample.scorer_data().end()) {
    return InvalidArgument(absl::StrCat("sample \"", EscapeForTerminal(sample.id()),
                                        "\": scorer_data.", name,
                                        " is missing; import the benchmark again"));
  }
  return std::string_view(found->second);
}

}  // namespace assay
