// The forms of the coherence judge's answers, and how findings are told. Pure, thread-safe.
#pragma once

#include <string>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "judge/coherence/coherence_scores.h"
#include "judge/engine/answer_form.h"
#include "judge/engine/ask_items.h"

namespace assay {

std::vector<AnswerField> WindowForm();          // findings, facts, promises, rating
std::vector<AnswerField> EndingForm();          // ending, quote, note
std::vector<AnswerField> ConflictForm();        // clash, severity, note
const std::vector<std::string>& ClashLabels();  // of ConflictForm, the mildest first
std::vector<AnswerField> PromiseForm();         // promise, note

// Null: none.
const Answer* FirstAnswer(const ItemResult& result);
std::string TextField(const Answer& answer, const std::string& name);  // "" where it is absent
int SeverityOf(const Answer& answer);

void TellFindings(const std::vector<CoherenceFinding>& findings, v1::Verdict& verdict);

// The series "coherence": one point a rated window.
void TellSeries(const std::vector<RatedWindow>& windows,
                const std::vector<CoherenceFinding>& findings, std::size_t text_size,
                v1::Verdict& verdict);

}  // namespace assay
