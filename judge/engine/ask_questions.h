// AskQuestions: puts questions in a published benchmark's own form to a judge, each in a call of
// its own, all at once, until its reply can be used or its tries are spent. What a usable reply is,
// is the owner's. (AskItems asks in Assay's form, many items a call.) Owned by a step machine,
// whose Advance it serves. Not thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "assay/v1/unit.pb.h"
#include "common/agent/step_machine.h"
#include "judge/engine/ask_items.h"

namespace assay {

struct JudgeQuestion {
  std::string label;                  // of its calls, e.g. "judge", "check"
  std::vector<v1::Message> messages;  // a chat; or
  std::string completion;             // a raw prompt
};

struct JudgeAnswer {
  bool usable = false;
  std::string text;     // of the last reply, usable or not; empty when none came
  std::string problem;  // why it is not usable
};

struct QuestionTerms {
  v1::Sampling sampling;  // decoding of the judge; the judge's own fields win
  int max_tries = 1;
  bool official = false;  // a question asked again has the same seed, as the published code does
};

class AskQuestions {
 public:
  // Why a reply to question `index` cannot be used; empty: it can.
  using Problem = std::function<std::string(std::size_t index, const v1::Reply& reply)>;

  // `inputs` and `budget` outlive it.
  AskQuestions(const v1::UnitInputs& inputs, QuestionTerms terms, Problem problem,
               AskBudget& budget);

  // Further questions. Their indices and answers come behind those of the ones before.
  void Add(std::vector<JudgeQuestion> questions);

  // The next calls; empty: every question has an answer, is out of tries, or was refused. First
  // with no outcomes, then with those of the calls before.
  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes);

  const std::vector<JudgeAnswer>& answers() const { return answers_; }
  // The last error of a call. A question with one is not asked again.
  const std::optional<v1::Error>& error() const { return error_; }

  // Null, or: told of every reply, with its problem.
  std::function<void(const v1::Draw&, const v1::Reply&, const std::string&)> on_reply;

 private:
  v1::Call CallOf(std::size_t index) const;
  bool Take(std::size_t index, const v1::Call& call, const CallOutcome& outcome);

  const v1::UnitInputs& inputs_;
  const QuestionTerms terms_;
  const Problem problem_;
  AskBudget& budget_;
  std::vector<JudgeQuestion> questions_;
  std::vector<JudgeAnswer> answers_;
  std::vector<std::size_t> open_;
  std::vector<v1::Call> sent_;
  int try_ = 0;
  int counted_ = 0;  // in the budget as unjudged
  std::optional<v1::Error> error_;
};

// "3 of 7 questions have no usable answer; the first: ..."; empty when all have one.
std::string DescribeUnanswered(const std::vector<JudgeAnswer>& answers);

}  // namespace assay
