#include "suites/prompt_files.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "common/base/status.h"
#include "common/config/config_errors.h"
#include "common/config/regular_file.h"
#include "common/config/run_spec_checks.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

// The tables of a tokeniser are among the prompts of a benchmark.
constexpr std::size_t kMaxPromptBytes = std::size_t{2} << 20;

absl::StatusOr<std::string> ReadPrompt(const std::string& folder, bool beneath,
                                       const std::string& file) {
  std::string path = file;
  if (beneath) {
    ASSAY_ASSIGN_OR_RETURN(path, ResolveBeneath(folder, file));
  } else if (std::filesystem::path(file).is_relative() && !folder.empty()) {
    path = (std::filesystem::path(folder) / file).string();
  }
  absl::StatusOr<std::string> prompt = ReadRegularFile(path, kMaxPromptBytes);
  ASSAY_RETURN_IF_ERROR(prompt.status());
  if (const std::optional<std::size_t> invalid = ValidateUtf8(*prompt)) {
    return InvalidArgument(path + ": not valid UTF-8 (byte " + std::to_string(*invalid) + ")");
  }
  if (prompt->find('\0') != std::string::npos) return InvalidArgument(path + ": a NUL byte");
  if (prompt->find_first_not_of(" \t\r\n") == std::string::npos) {
    return InvalidArgument(path + ": is blank");
  }
  return prompt;
}

// Of a message with prompt_files and prompts.
template <typename Owner>
absl::Status ReadPrompts(const std::string& folder, bool beneath, Owner& owner) {
  for (const auto& [name, file] : owner.prompt_files()) {
    absl::StatusOr<std::string> prompt = ReadPrompt(folder, beneath, file);
    if (!prompt.ok()) return Annotate(prompt.status(), "prompt_files." + name);
    (*owner.mutable_prompts())[name] = *std::move(prompt);
  }
  owner.clear_prompt_files();
  return absl::OkStatus();
}

}  // namespace

absl::Status ResolvePromptFiles(const std::string& folder, bool beneath,
                                google::protobuf::RepeatedPtrField<v1::ScorerSpec>* scorers) {
  for (v1::ScorerSpec& scorer : *scorers) {
    const std::string id = scorer.id().empty() ? DefaultScorerId(scorer) : scorer.id();
    if (scorer.has_benchmark()) {
      const absl::Status read = ReadPrompts(folder, beneath, *scorer.mutable_benchmark());
      if (!read.ok()) return Annotate(read, "scorer " + id + ": benchmark");
    }
    if (scorer.has_factual_coverage()) {
      const absl::Status read = ReadPrompts(folder, beneath, *scorer.mutable_factual_coverage());
      if (!read.ok()) return Annotate(read, "scorer " + id + ": factual_coverage");
    }
    if (!scorer.has_rubric() || scorer.rubric().prompt_file().empty()) continue;
    v1::RubricScorer& rubric = *scorer.mutable_rubric();
    absl::StatusOr<std::string> prompt = ReadPrompt(folder, beneath, rubric.prompt_file());
    if (!prompt.ok()) {
      return Annotate(prompt.status(), "scorer " + id + ": rubric.prompt_file");
    }
    rubric.set_prompt(*std::move(prompt));
    rubric.clear_prompt_file();
  }
  return absl::OkStatus();
}

absl::Status ResolveStrategyPrompts(const std::string& folder, bool beneath,
                                    v1::Strategy* strategy) {
  return ReadPrompts(folder, beneath, *strategy);
}

}  // namespace assay
