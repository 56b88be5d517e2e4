// Reading a judge's answers: lenient in how they are wrapped, never in what they say. Pure,
// thread-safe.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "judge/engine/answer_form.h"

namespace assay {

struct AnswerDemand {
  std::vector<AnswerField> fields;
  std::vector<std::string> ids;  // that were asked
  std::string nonce;             // empty: none is demanded (prompts that are not ours)
  bool json_lines = false;       // several objects, one an answer, are what was asked for
  bool without_ids = false;      // one item, no nonce: the reply is its answer and carries no id
};

struct AnswerReply {
  std::map<std::string, Answer> answers;  // by id, those that are usable
  std::string problem;                    // why the reply as a whole cannot be used; empty: it can
  std::string first_bad;  // what was wrong with the first answer that is missing or unusable
  bool forged = false;    // the nonce is another one than this call's
};

// Replies longer than this are refused whole.
inline constexpr std::size_t kMaxReplyBytes = std::size_t{4} << 20;

// What is read: prose and code fences around one JSON object {"nonce", "answers": [...]}; the one
// answer itself beside the nonce when one item was asked; without a demand for a nonce also a bare
// array of answers, and JSON lines where they are declared. Keys and labels are compared after
// NormalizeForMatch, labels and ids also without case and without the quotes, asterisks and full
// stop around them where that means one of them only; true and false may stand without quotes.
// Refused whole: two JSON values of that form, a nonce that is missing, doubled or another, more
// than 16 answers beyond four for each item (a judge in a loop), and what does not end. An answer
// is missing when a field of it is absent, blank where it must not be (AnswerField::needed_for) or
// not of its form, when a list in it says one thing over and over, or when its id has two different
// answers.
AnswerReply ReadAnswers(const AnswerDemand& demand, std::string_view text);

}  // namespace assay
