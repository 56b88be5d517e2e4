// The prompts of the published claim pipelines, as a user's copy has them: what each preset asks
// for, stage by stage, and what is filled in. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/v1/spec.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/base/status.h"

namespace assay {

struct PublishedField {
  const char* name;
  const char* alias;  // another name that copies use; empty: none
  bool required;
};

struct PublishedStage {
  const char* name;  // key of FactualCoverageScorer.prompts: "claims", "verify", "align", "aspects"
  bool required;
  std::vector<PublishedField> fields;
  // Decoding of the published code, where the spec is official and says nothing itself.
  double temperature;
  int max_tokens;  // 0: none is published
};

// Of a preset; empty: it has no prompts that could be brought.
const std::vector<PublishedStage>& PublishedStagesOf(std::string_view preset);

// Whether the scorer asks with a user's copy, in the published forms. Of a resolved scorer.
bool AsksAsPublished(const v1::FactualCoverageScorer& scorer);

// Names of prompts and prompt_files, that the required ones are there, and, of texts that are
// there, that every required field is in them and no unknown one. InvalidArgument: "<field>:
// <problem>".
absl::Status CheckPublishedPrompts(const v1::FactualCoverageScorer& scorer);

// The messages of one call: "<stage>_system", where there is one, and the stage's prompt with its
// fields filled in. A copy has its fields as "{name}" (a format string of Python: other braces are
// doubled) or, where any stands so, as "[NAME]". REQUIRES: CheckPublishedPrompts is OK.
std::vector<v1::Message> PublishedMessages(
    const v1::FactualCoverageScorer& scorer, const std::string& stage,
    const std::vector<std::pair<std::string, std::string>>& values);

// Decoding of a stage's calls.
v1::Sampling PublishedSampling(const v1::ScorerSpec& scorer, const std::string& stage);

}  // namespace assay
