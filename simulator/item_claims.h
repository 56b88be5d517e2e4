// The lexical judge's rules for claims, evidence and aspects. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/json/json.h"
#include "simulator/item_prompt.h"
#include "simulator/lexical_text.h"

namespace assay {

// True for prompts that ask for claims, labels of claims, aspects, or what covers them.
bool IsClaimPrompt(const ItemPrompt& prompt);

// extraction:   every sentence with a number or a name, with no "I", "you", "should" or question
//               mark, and that is no code, is a claim of its own
// verification: the evidence sentence that shares most words, half of the claim's at least;
// supported
//               when it has all numbers and names of the claim; contradicted when it has half of
//               the names and other numbers, or another name in place of one; else not_found
// aspects:      sentences of the task that ask for something
// alignment:    claims that share two words, or half of the words, of the aspect
Json AnswerClaimItem(const ItemPrompt& prompt, const std::string& item);

}  // namespace assay
