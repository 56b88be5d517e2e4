// LongEval's prompts, out of the user's copy of its scripts, which are not run. Not thread-safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "suites/source_files.h"

namespace assay {

// What a section is written by.
enum class LongEvalWriting {
  kPaperIntroduction,
  kPaperRelated,
  kPaperQuestion,
  kPaperWithResults,
  kPaperSection,
  kPaperFirst,
  kBlogIntroduction,
  kBlogSection,
  kBlogFirst,
  kWikipediaIntroduction,
  kWikipediaSection,
  kWikipediaFirst,
};
inline constexpr std::size_t kLongEvalWritings = 12;

struct LongEvalPrompts {
  std::map<std::string, std::string> judge;  // "system" and kLongEvalPrompts, by name
  std::vector<std::string> writing;          // by LongEvalWriting
};

// Values stand in them as <<name>>. Reads evaluator.py and inference.py, or else
// prompts/prompt_templates.json. InvalidArgument: another number of prompts than the published
// version has.
absl::StatusOr<LongEvalPrompts> ReadLongEvalPrompts(const SourceFolder& source);

}  // namespace assay
