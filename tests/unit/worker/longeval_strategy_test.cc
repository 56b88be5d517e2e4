#include "worker/longeval_strategy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "worker/strategy_registry.h"

namespace assay {
namespace {

using ::testing::ElementsAre;

constexpr char kSteps[] = R"([
  {"prompt": ["Title: <<T>>. Write the abstract."]},
  {"prompt": ["Context: ", ". Go on."], "ask": "Results?", "yes": ["With results: ", "!"]},
  {"prompt": ["Context: ", ". End."], "ask": "Results?", "yes": ["With results: ", "!"]}])";

v1::UnitInputs Inputs(const std::string& steps) {
  v1::UnitInputs inputs;
  inputs.mutable_unit()->set_kind(v1::UNIT_KIND_GENERATE);
  inputs.mutable_unit()->set_endpoint("e");
  inputs.mutable_sample()->set_id("paper-000");
  inputs.mutable_sample()->set_prompt("Title");
  if (!steps.empty()) (*inputs.mutable_sample()->mutable_scorer_data())["steps"] = steps;
  inputs.mutable_model()->set_model("m");
  v1::Strategy strategy;
  strategy.set_name("longeval");
  *inputs.mutable_model()->mutable_strategy() = *ResolveStrategy(strategy);
  return inputs;
}

CallOutcome Says(const std::string& text, const std::string& finish = "stop") {
  CallOutcome outcome;
  outcome.reply.emplace();
  outcome.reply->set_text(text);
  outcome.reply->set_finish_reason(finish);
  return outcome;
}

struct Written {
  std::vector<std::string> labels;
  std::vector<std::string> prompts;
  v1::Envelope envelope;
};

Written Write(const v1::UnitInputs& inputs, const std::vector<CallOutcome>& replies) {
  Written written;
  const auto machine = MakeStrategy(inputs);
  EXPECT_TRUE(machine.ok()) << machine.status();
  std::vector<CallOutcome> outcomes;
  for (std::size_t next = 0;; ++next) {
    const auto step = (*machine)->Advance(outcomes);
    EXPECT_TRUE(step.ok()) << step.status();
    if (step->result) {
      written.envelope = *step->result;
      return written;
    }
    EXPECT_EQ(step->calls.size(), 1u);
    EXPECT_EQ(step->calls[0].llm().sampling().max_tokens(), 4154);
    written.labels.push_back(step->calls[0].label());
    written.prompts.push_back(step->calls[0].llm().messages(0).content());
    outcomes.assign(1, replies.at(next));
  }
}

TEST(LongEvalStrategyTest, EachSectionSeesThoseBeforeAsPythonPrintsThem) {
  const Written written = Write(Inputs(kSteps), {Says("It's\nshort"), Says("No, yes"), Says("two"),
                                                 Says("Yes."), Says("three")});
  EXPECT_THAT(written.labels,
              ElementsAre("section_1", "question_2", "section_2", "question_3", "section_3"));
  EXPECT_THAT(written.prompts, ElementsAre("Title: <<T>>. Write the abstract.", "Results?",
                                           "Context: [\"It's\\nshort\"]. Go on.", "Results?",
                                           "With results: [\"It's\\nshort\", 'two']!"));
  EXPECT_EQ(written.envelope.outcome(), v1::OUTCOME_GENERATED);
  EXPECT_EQ(written.envelope.generation().text(), "It's\nshort\n\f\ntwo\n\f\nthree");
  EXPECT_FALSE(written.envelope.generation().truncated());
}

TEST(LongEvalStrategyTest, ACutSectionIsNotedAndABlankOneEndsIt) {
  const Written cut = Write(Inputs(R"([{"prompt": ["a"]}, {"prompt": ["b ", ""]}])"),
                            {Says("one", "length"), Says("two")});
  EXPECT_TRUE(cut.envelope.generation().truncated());
  EXPECT_THAT(cut.envelope.generation().flags(), testing::Contains("section_1_cut"));
  const Written blank =
      Write(Inputs(R"([{"prompt": ["a"]}, {"prompt": ["b ", ""]}])"), {Says("one"), Says(" ")});
  EXPECT_EQ(blank.envelope.outcome(), v1::OUTCOME_EMPTY);
  EXPECT_EQ(blank.envelope.generation().text(), "");
}

TEST(LongEvalStrategyTest, SamplesOfOtherSuitesAreRefused) {
  for (const char* steps : {"", "[]", "7", "nothing"}) {
    const v1::UnitInputs inputs = Inputs(steps);
    const auto machine = MakeStrategy(inputs);
    EXPECT_EQ(
        MessageOf((*machine)->Advance({}).status()),
        "sample \"paper-000\": strategy longeval needs scorer_data.steps, which the suites of "
        "`assay import longeval` have")
        << steps;
  }
  const v1::UnitInputs inputs = Inputs(R"([{"prompt": ["a"]}, {"ask": "b", "prompt": ["c"]}])");
  const auto machine = MakeStrategy(inputs);
  EXPECT_EQ(MessageOf((*machine)->Advance({}).status()), "scorer_data.steps: 1 has no prompt");
}

}  // namespace
}  // namespace assay
