// The request to a rubric judge. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "assay/v1/spec.pb.h"
#include "assay/v1/unit.pb.h"
#include "judge/engine/marks.h"

namespace assay {

// The marks of one strict call, 32 hex digits each: unguessable for whoever wrote the text, new for
// every draw, and the same when a unit is resumed.
struct StrictMarks {
  std::string fence;  // in the lines around the text
  std::string nonce;  // what the reply has to repeat
};

// As the benchmark does it: every instruction placeholder replaced, then every response
// placeholder, also those that came in with the instruction (reference
// longwriter-hellobench-writingbench.md 1.5).
std::string OfficialPrompt(const v1::RubricScorer& rubric, std::string_view instruction,
                           std::string_view response);

// HMAC-SHA-256 under the run's secret over the unit, the filled-in prompt and the draw.
StrictMarks MakeStrictMarks(const v1::UnitInputs& inputs, const v1::RubricScorer& rubric,
                            const v1::Draw& draw);

// Placeholders replaced in one pass, so that no placeholder in a value is replaced again. The
// response stands between the lines
//   <<<ASSAY-TEXT fence>>>
//   <<<END-ASSAY-TEXT fence>>>
// and after the template comes an explanation of them, which asks for the key "nonce" in the reply:
// it holds, once, the words `"nonce": "<32 hex digits>"`.
std::string StrictPrompt(const v1::RubricScorer& rubric, std::string_view instruction,
                         std::string_view response, const StrictMarks& marks);

// JSON schema of a strict reply: analysis, the dimensions as integers of the scale, nonce.
v1::ResponseFormat ReplySchema(const v1::RubricScorer& rubric);

}  // namespace assay
