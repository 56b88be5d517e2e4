#include "judge/engine/ask_questions.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/log.h"

namespace assay {

AskQuestions::AskQuestions(const v1::UnitInputs& inputs, QuestionTerms terms, Problem problem,
                           AskBudget& budget)
    : inputs_(inputs), terms_(std::move(terms)), problem_(std::move(problem)), budget_(budget) {}

void AskQuestions::Add(std::vector<JudgeQuestion> questions) {
  ASSAY_CHECK(sent_.empty());
  for (std::size_t i = 0; i < questions.size(); ++i) open_.push_back(answers_.size() + i);
  std::move(questions.begin(), questions.end(), std::back_inserter(questions_));
  answers_.resize(questions_.size());
  budget_.stats.set_items(budget_.stats.items() + static_cast<int>(questions.size()));
  try_ = 0;
}

std::vector<v1::Call> AskQuestions::Next(std::span<const CallOutcome> outcomes) {
  ASSAY_CHECK(outcomes.size() == sent_.size());
  std::vector<v1::Call> sent = std::exchange(sent_, {});
  if (!sent.empty()) {
    std::vector<std::size_t> again;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      if (!Take(open_[i], sent[i], outcomes[i])) again.push_back(open_[i]);
    }
    open_ = std::move(again);
    if (++try_ >= terms_.max_tries) open_.clear();
  }
  if (static_cast<std::size_t>(std::max(0, budget_.calls_left)) < open_.size()) {
    const auto most = static_cast<std::size_t>(std::max(0, budget_.calls_left));
    for (std::size_t i = most; i < open_.size(); ++i) {
      answers_[open_[i]].problem = "the verdict's call cap is reached";
    }
    open_.resize(most);
  }
  for (const std::size_t index : open_) sent_.push_back(CallOf(index));
  budget_.calls_left -= static_cast<int>(sent_.size());
  budget_.stats.set_calls(budget_.stats.calls() + static_cast<int>(sent_.size()));
  if (sent_.empty()) {
    const auto unusable = static_cast<int>(
        std::count_if(answers_.begin(), answers_.end(),
                      [](const JudgeAnswer& answer) { return !answer.usable; }));
    v1::JudgeStats& stats = budget_.stats;
    stats.set_unjudged_items(stats.unjudged_items() + unusable - std::exchange(counted_, unusable));
  }
  return sent_;
}

v1::Call AskQuestions::CallOf(std::size_t index) const {
  const JudgeQuestion& question = questions_[index];
  v1::Call call;
  call.set_label(question.label);
  call.set_endpoint(inputs_.unit().endpoint().empty() ? inputs_.judge().endpoint()
                                                      : inputs_.unit().endpoint());
  call.mutable_draw()->set_repeat(inputs_.unit().repeat());
  call.mutable_draw()->set_try_(try_);
  v1::LlmRequest& request = *call.mutable_llm();
  request.set_model(inputs_.judge().model());
  for (const v1::Message& message : question.messages) *request.add_messages() = message;
  if (!question.completion.empty()) {
    request.mutable_completion()->set_prompt(question.completion);
  }
  v1::Sampling sampling = terms_.sampling;
  if (inputs_.judge().sampling().stop_size() > 0) sampling.clear_stop();
  sampling.MergeFrom(inputs_.judge().sampling());
  // With the seed of its first try a judge would say the same again.
  if (sampling.has_seed() && !terms_.official) sampling.set_seed(sampling.seed() + try_);
  *request.mutable_sampling() = sampling;
  return call;
}

// False: it is to be asked again.
bool AskQuestions::Take(std::size_t index, const v1::Call& call, const CallOutcome& outcome) {
  JudgeAnswer& answer = answers_[index];
  if (!outcome.reply) {
    answer.problem = "the judge's endpoint: " + EscapeForTerminal(outcome.error->message(), 200);
    error_ = *outcome.error;
    return true;
  }
  const v1::Reply& reply = *outcome.reply;
  answer.text = reply.text();
  answer.problem = problem_(index, reply);
  answer.usable = answer.problem.empty();
  budget_.SawModel(reply);
  if (!answer.usable) {
    budget_.KeepUnusable(inputs_, call.label(), call.draw(), reply, answer.problem);
  }
  if (on_reply) on_reply(call.draw(), reply, answer.problem);
  return answer.usable;
}

std::string DescribeUnanswered(const std::vector<JudgeAnswer>& answers) {
  std::size_t missing = 0;
  const JudgeAnswer* first = nullptr;
  for (const JudgeAnswer& answer : answers) {
    if (answer.usable) continue;
    ++missing;
    if (first == nullptr) first = &answer;
  }
  if (first == nullptr) return "";
  return absl::StrCat(missing, " of ", answers.size(),
                      answers.size() == 1 ? " question has" : " questions have",
                      " no usable answer; the first: ", first->problem);
}

}  // namespace assay
