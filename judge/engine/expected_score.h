// What a judge's distribution over the values of a score says, where the server gives log
// probabilities. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "assay/v1/unit.pb.h"
#include "judge/engine/answer_form.h"

namespace assay {

// E[score] = sum s p(s) / sum p(s) over the whole numbers within [least, most] among the rivals of
// the token at byte `offset` of the reply's text (claims-and-judges.md section 8: "distribution,
// not mode"). Empty when the tokens do not spell the text, or the value there is more than one
// token, or could be: a rival of one digit could begin a value in range, and none has two digits.
std::optional<double> ExpectedInteger(const v1::Reply& reply, std::size_t offset,
                                      std::int64_t least, std::int64_t most);

// The expected value of every kInteger field of the one answer in a reply; fields whose name does
// not stand in it exactly once keep their number.
void SetExpectedScores(const std::vector<AnswerField>& fields, const v1::Reply& reply,
                       Answer& answer);

// P(first) / (P(first) + P(second)) of a preference told by one token (AlpacaEval 2; reference
// claims-and-judges.md section 8). Empty when neither is among the rivals.
std::optional<double> Preference(const v1::TokenLogprob& token, std::string_view first,
                                 std::string_view second);

}  // namespace assay
