// Questions of one stage of a published claim pipeline, in the words of the user's copy. Owned by a
// stage; not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/text/words.h"
#include "judge/engine/ask_questions.h"

namespace assay {

inline const v1::FactualCoverageScorer& ClaimsSpec(const v1::UnitInputs& inputs) {
  return inputs.scorers(0).factual_coverage();
}

// A range of a text, without white space around it.
std::string TextOf(std::string_view text, TextRange range);

// The same question is asked once, however often it comes up. A blank reply is used nowhere, and
// one that was cut at its token cap only in official mode.
class StageQuestions {
 public:
  using Readable = std::function<bool(std::size_t question, const std::string& reply)>;
  using Fields = std::vector<std::pair<std::string, std::string>>;

  // `stage` of published_prompts.h. `readable`: whether a reply is of the published form.
  StageQuestions(const v1::UnitInputs& inputs, const std::string& stage, Readable readable,
                 AskBudget& budget);
  StageQuestions(const StageQuestions&) = delete;
  StageQuestions& operator=(const StageQuestions&) = delete;

  std::size_t Add(const Fields& fields);  // its index

  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) { return asks_.Next(outcomes); }
  // What was refused for good; not a question that is too long or takes too long.
  std::optional<v1::Error> failure() const;
  const JudgeAnswer& answer(std::size_t index) const { return asks_.answers()[index]; }
  bool strict() const { return strict_; }

 private:
  std::string ProblemOf(std::size_t index, const v1::Reply& reply) const;

  const v1::UnitInputs& inputs_;
  const std::string stage_;
  const bool strict_;
  const Readable readable_;
  std::map<std::string, std::size_t> known_;
  AskQuestions asks_;
};

}  // namespace assay
