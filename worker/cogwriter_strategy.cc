#include "worker/cogwriter_strategy.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/agent/prompt_text.h"
#include "common/text/python_text.h"
#include "common/text/words.h"

namespace assay {
namespace {

constexpr int kMaxWords = 100'000;

// "12." or "12)" at the beginning of a line; what follows. nullopt: no number there.
std::optional<std::string_view> AfterNumber(std::string_view line) {
  std::size_t digits = 0;
  while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9') ++digits;
  if (digits == 0 || digits == line.size()) return std::nullopt;
  if (line[digits] != '.' && line[digits] != ')') return std::nullopt;
  return line.substr(digits + 1);
}

std::optional<PlannedSection> ParseSection(std::string_view rest) {
  const std::size_t bar = rest.rfind('|');
  if (bar == std::string_view::npos) return std::nullopt;
  PlannedSection section;
  section.task = std::string(PythonStrip(rest.substr(0, bar)));
  std::string_view length = PythonStrip(rest.substr(bar + 1));
  const std::size_t digits = std::min(length.find_first_not_of("0123456789"), length.size());
  const bool number = absl::SimpleAtoi(std::string(length.substr(0, digits)), &section.words);
  if (!number || section.words < 1 || section.words > kMaxWords || section.task.empty()) {
    return std::nullopt;
  }
  return section;
}

bool Accepts(std::string_view reply) {
  std::string_view word = PythonStrip(reply);
  return word == "ACCEPT" || word == "ACCEPT.";
}

}  // namespace

std::optional<std::vector<PlannedSection>> ParseSectionPlan(std::string_view reply) {
  std::vector<PlannedSection> sections;
  while (!reply.empty()) {
    const std::size_t end = std::min(reply.find('\n'), reply.size());
    const std::optional<std::string_view> rest = AfterNumber(PythonStrip(reply.substr(0, end)));
    reply.remove_prefix(std::min(end + 1, reply.size()));
    if (!rest.has_value()) continue;
    std::optional<PlannedSection> section = ParseSection(*rest);
    if (!section.has_value()) return std::nullopt;
    sections.push_back(*std::move(section));
  }
  if (sections.empty()) return std::nullopt;
  return sections;
}

CogWriterStrategy::CogWriterStrategy(const v1::UnitInputs& inputs)
    : inputs_(inputs),
      strategy_(inputs.model().strategy()),
      instruction_(PromptText(inputs.sample())),
      max_tokens_(StrategyNumber(strategy_, "max_tokens")),
      writing_(inputs) {}

std::string CogWriterStrategy::Fill(
    const std::string& prompt,
    std::vector<std::pair<std::string_view, std::string_view>> values) const {
  values.emplace_back("$TASK$", instruction_);
  return FillPlaceholders(strategy_.prompts().at(prompt), values);
}

absl::StatusOr<Step> CogWriterStrategy::Advance(std::span<const CallOutcome> outcomes) {
  switch (phase_) {
    case Phase::kStart:
      return AskPlan();
    case Phase::kPlan:
      if (!writing_.Take(outcomes, "plan")) return writing_.End();
      return TakePlan(*outcomes[0].reply);
    case Phase::kReviewPlan:
      return TakePlanReview(outcomes);
    case Phase::kWrite:
      if (!writing_.Take(outcomes, "section")) return writing_.End();
      return TakeSections(outcomes);
    case Phase::kReview:
      return TakeReviews(outcomes);
  }
  return Internal("a phase that does not exist");
}

Step CogWriterStrategy::AskPlan() {
  phase_ = Phase::kPlan;
  Step step;
  step.calls.push_back(writing_.Ask("plan", Fill("plan", {}), max_tokens_, plan_try_));
  return step;
}

Step CogWriterStrategy::TakePlan(const v1::Reply& reply) {
  const auto sections = ParseSectionPlan(reply.text());
  if (!sections.has_value()) {
    if (++plan_try_ < 2) return AskPlan();
    return writing_.Fail("the plan has no lines of the form \"1. what to say | 300 words\"");
  }
  const int most = StrategyNumber(strategy_, "max_steps");
  if (sections->size() > static_cast<std::size_t>(most)) {
    return writing_.Fail(absl::StrCat("the plan has ", sections->size(),
                                      " sections; at most max_steps = ", most, " are written"));
  }
  plan_ = std::string(PythonStrip(reply.text()));
  sections_ = *sections;
  return AskPlanReview();
}

Step CogWriterStrategy::AskPlanReview() {
  phase_ = Phase::kReviewPlan;
  Step step;
  step.calls.push_back(
      writing_.Ask("review_plan", Fill("review_plan", {{"$PLAN$", plan_}}), max_tokens_));
  return step;
}

// A review that is neither ACCEPT nor a plan leaves the plan as it is.
Step CogWriterStrategy::TakePlanReview(std::span<const CallOutcome> outcomes) {
  if (!writing_.TakeOptional(outcomes, "plan_review")[0]) return AskSections();
  const v1::Reply& reply = *outcomes[0].reply;
  const auto better = ParseSectionPlan(reply.text());
  const auto most = static_cast<std::size_t>(StrategyNumber(strategy_, "max_steps"));
  if (!Accepts(reply.text()) && better.has_value() && better->size() <= most) {
    plan_ = std::string(PythonStrip(reply.text()));
    sections_ = *better;
  }
  return AskSections();
}

Step CogWriterStrategy::AskSections() {
  phase_ = Phase::kWrite;
  Step step;
  for (std::size_t i = 0; i < sections_.size(); ++i) {
    const std::string number = absl::StrCat(i + 1);
    const std::string words = absl::StrCat(sections_[i].words);
    step.calls.push_back(writing_.Ask("write",
                                      Fill("write", {{"$PLAN$", plan_},
                                                     {"$NUMBER$", number},
                                                     {"$SECTION$", sections_[i].task},
                                                     {"$WORDS$", words}}),
                                      max_tokens_));
  }
  return step;
}

Step CogWriterStrategy::TakeSections(std::span<const CallOutcome> outcomes) {
  written_.clear();
  for (const CallOutcome& outcome : outcomes) written_.push_back(*outcome.reply);
  return AskReviews();
}

Step CogWriterStrategy::AskReviews() {
  if (review_ >= StrategyNumber(strategy_, "reviews")) return Finish();
  phase_ = Phase::kReview;
  Step step;
  for (std::size_t i = 0; i < sections_.size(); ++i) {
    const std::int64_t words = CountLongBenchWords(written_[i].text());
    const std::int64_t asked = sections_[i].words;
    const bool off = words * 5 < asked * 4 || words * 4 > asked * 5;
    const std::string length = absl::StrCat(words, " words, ", asked, " were planned",
                                            !off            ? ""
                                            : words < asked ? ": too short"
                                                            : ": too long");
    const std::string number = absl::StrCat(i + 1);
    step.calls.push_back(writing_.Ask("review",
                                      Fill("review", {{"$PLAN$", plan_},
                                                      {"$NUMBER$", number},
                                                      {"$SECTION$", sections_[i].task},
                                                      {"$LENGTH$", length},
                                                      {"$TEXT$", written_[i].text()}}),
                                      max_tokens_, review_));
  }
  return step;
}

Step CogWriterStrategy::TakeReviews(std::span<const CallOutcome> outcomes) {
  bool changed = false;
  const std::vector<bool> usable = writing_.TakeOptional(outcomes, "review");
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!usable[i] || Accepts(outcomes[i].reply->text())) continue;
    written_[i] = *outcomes[i].reply;
    changed = true;
  }
  ++review_;
  return changed ? AskReviews() : Finish();
}

Step CogWriterStrategy::Finish() {
  std::string text;
  for (std::size_t i = 0; i < written_.size(); ++i) {
    writing_.NoteCut(written_[i], absl::StrCat("section_", i + 1));
    absl::StrAppend(&text, text.empty() ? "" : "\n\n",
                    std::string(PythonStrip(written_[i].text())));
  }
  return writing_.Finish(std::move(text));
}

}  // namespace assay
