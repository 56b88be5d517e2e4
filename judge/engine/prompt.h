// Prompts of our own judges: templates kept as data (judge/prompts/*.txt), and the marks that keep
// evaluated text apart from instructions. Pure functions, thread-safe.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/unit.pb.h"
#include "common/base/status.h"

namespace assay {

// A template: constant instructions, then "{{name}}" fields, each at most once, in one pass (a
// field in a value is not replaced). Everything before the first field is the same in every call:
// the shared prefix.
struct PromptTemplate {
  std::string name;  // "claims/verify"
  std::string text;
  std::string digest;  // "sha256:<hex>" of text
};

// A built-in template. REQUIRES: there is one (a name in code; a test asks for all).
const PromptTemplate& BuiltinPrompt(std::string_view name);
// A user's own text under a built-in name. InvalidArgument: a field of the built-in one is missing,
// or one is there that is not filled.
absl::StatusOr<PromptTemplate> UserPrompt(std::string_view name, std::string text);

// Of prompts that a user's copy of a benchmark brought, by name: "sha256:<hex>" over all of them
// with their names; empty where there are none.
std::string PromptsDigest(const google::protobuf::Map<std::string, std::string>& prompts);

// The fields must be exactly those of the template.
std::string FillPrompt(const PromptTemplate& prompt,
                       const std::map<std::string, std::string>& fields);

// Material: a text that stands between
//   <<<ASSAY-TEXT name mark>>>  and  <<<END-ASSAY-TEXT name mark>>>
// where mark is 32 hex digits: HMAC of unit and name under the run's secret. The same in all calls
// of a unit, so that a long document is a shared prefix, and unguessable for whoever wrote the
// text. Lines in the text that look like these are made harmless.
std::string Material(const v1::UnitInputs& inputs, std::string_view name, std::string_view text);

// What a judge is shown of a task of any length: all of it, or its first kMaxTaskBytes and a line
// that says how much is left out. A task may carry whole documents, which would leave no room for
// the text.
inline constexpr std::size_t kMaxTaskBytes = 4000;
std::string TaskMaterial(const v1::UnitInputs& inputs);

// What the reply must repeat: HMAC of unit, purpose (call label and item ids) and draw.
std::string ReplyNonce(const v1::UnitInputs& inputs, std::string_view purpose,
                       const v1::Draw& draw);

// Passages that address a judge or imitate a template ("ignore previous instructions", control
// tokens, forged replies, "score: 5"): flagged in a verdict, never changing a score. Kinds, sorted,
// unique.
std::vector<std::string> InjectionPatterns(std::string_view text);

}  // namespace assay
