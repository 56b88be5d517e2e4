#include "judge/claims/stage_questions.h"

#include "absl/strings/str_cat.h"
#include "common/text/python_text.h"
#include "judge/claims/published_prompts.h"
#include "judge/engine/verdict.h"

namespace assay {

std::string TextOf(std::string_view text, TextRange range) {
  return std::string(PythonStrip(text.substr(range.begin, range.end - range.begin)));
}

StageQuestions::StageQuestions(const v1::UnitInputs& inputs, const std::string& stage,
                               Readable readable, AskBudget& budget)
    : inputs_(inputs),
      stage_(stage),
      strict_(EffectiveCompat(inputs.scorers(0)) != v1::COMPAT_OFFICIAL),
      readable_(std::move(readable)),
      asks_(
          inputs,
          {PublishedSampling(inputs.scorers(0), stage),
           strict_ ? ClaimsSpec(inputs).asking().max_tries() : 1, !strict_},
          [this](std::size_t index, const v1::Reply& reply) { return ProblemOf(index, reply); },
          budget) {}

std::size_t StageQuestions::Add(const Fields& fields) {
  JudgeQuestion question;
  question.messages = PublishedMessages(ClaimsSpec(inputs_), stage_, fields);
  const auto [known, added] = known_.emplace(question.messages.back().content(), known_.size());
  if (added) {
    question.label = absl::StrCat("claims/", stage_, "/", known_.size());
    asks_.Add({std::move(question)});
  }
  return known->second;
}

std::optional<v1::Error> StageQuestions::failure() const {
  const std::optional<v1::Error>& error = asks_.error();
  const bool final =
      error && error->error_class() == v1::ERROR_CLASS_REQUEST && !error->context_exceeded();
  return final ? error : std::nullopt;
}

std::string StageQuestions::ProblemOf(std::size_t index, const v1::Reply& reply) const {
  if (PythonStrip(reply.text()).empty()) {
    return reply.refusal().empty() ? "the reply is empty" : "the judge refused";
  }
  if (strict_ && reply.finish_reason() == "length") return "the reply is cut at its token cap";
  return readable_(index, reply.text()) ? "" : "the reply is not of the published form";
}

}  // namespace assay
