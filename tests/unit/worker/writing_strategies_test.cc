#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/agentwrite_strategy.h"
#include "worker/cogwriter_strategy.h"
#include "worker/strategy_registry.h"

namespace assay {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

v1::UnitInputs MakeInputs(v1::Strategy strategy) {
  v1::UnitInputs inputs;
  inputs.mutable_unit()->set_kind(v1::UNIT_KIND_GENERATE);
  inputs.mutable_unit()->set_endpoint("e");
  inputs.mutable_sample()->set_id("s1");
  inputs.mutable_sample()->set_prompt("Write of rivers.");
  inputs.mutable_model()->set_model("m");
  inputs.mutable_model()->mutable_sampling()->set_max_tokens(32768);
  auto resolved = ResolveStrategy(std::move(strategy));
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  *inputs.mutable_model()->mutable_strategy() = *std::move(resolved);
  return inputs;
}

v1::Strategy AgentWrite() {
  v1::Strategy strategy;
  strategy.set_name("agentwrite");
  (*strategy.mutable_prompts())["plan"] = "PLAN $INST$";
  (*strategy.mutable_prompts())["write"] = "I $INST$ P $PLAN$ T $TEXT$ S $STEP$";
  return strategy;
}

v1::Strategy CogWriter() {
  v1::Strategy strategy;
  strategy.set_name("cogwriter-style");
  return strategy;
}

CallOutcome Says(const std::string& text, const std::string& finish = "stop") {
  CallOutcome outcome;
  outcome.reply.emplace();
  outcome.reply->set_text(text);
  outcome.reply->set_finish_reason(finish);
  return outcome;
}

// A machine and the trace of its prompts.
class Trace {
 public:
  explicit Trace(v1::Strategy strategy) : inputs_(MakeInputs(std::move(strategy))) {
    auto machine = MakeStrategy(inputs_);
    EXPECT_TRUE(machine.ok()) << machine.status();
    machine_ = *std::move(machine);
    Take({});
  }

  // Answers the calls that are open.
  void Take(const std::vector<CallOutcome>& outcomes) {
    auto step = machine_->Advance(outcomes);
    ASSERT_TRUE(step.ok()) << step.status();
    step_ = *std::move(step);
    for (const v1::Call& call : step_.calls) {
      labels.push_back(call.label());
      prompts.push_back(call.llm().messages(0).content());
      EXPECT_EQ(call.llm().sampling().max_tokens(), 4096);
    }
  }
  void Say(const std::string& text, const std::string& finish = "stop") {
    Take({Says(text, finish)});
  }

  const v1::Envelope& result() const { return step_.result.value(); }
  bool ended() const { return step_.result.has_value(); }
  std::size_t open() const { return step_.calls.size(); }

  std::vector<std::string> labels;
  std::vector<std::string> prompts;

 private:
  v1::UnitInputs inputs_;
  std::unique_ptr<StepMachine> machine_;
  Step step_;
};

TEST(AgentWriteTest, PlansThenWritesLineByLineWithAllThatWasWritten) {
  Trace trace(AgentWrite());
  EXPECT_THAT(trace.prompts, ElementsAre("PLAN Write of rivers."));
  trace.Say("\n one \n\ntwo\nthree\n");
  EXPECT_EQ(trace.prompts.back(), "I Write of rivers. P one \ntwo\nthree T  S one");
  trace.Say("First. ");
  EXPECT_EQ(trace.prompts.back(), "I Write of rivers. P one \ntwo\nthree T First. S two");
  trace.Say("Second.", "length");
  EXPECT_EQ(trace.prompts.back(),
            "I Write of rivers. P one \ntwo\nthree T First. \n\nSecond. S three");
  trace.Say("Third.");
  ASSERT_TRUE(trace.ended());
  EXPECT_THAT(trace.labels, ElementsAre("plan", "write", "write", "write"));
  EXPECT_EQ(trace.result().outcome(), v1::OUTCOME_GENERATED);
  EXPECT_EQ(trace.result().generation().text(), "First. \n\nSecond.\n\nThird.");
  EXPECT_TRUE(trace.result().generation().truncated());
  EXPECT_THAT(trace.result().generation().flags(), ElementsAre("section_2_cut"));
}

TEST(AgentWriteTest, StepsAreTheLinesAsThePublishedProgramCutsThem) {
  EXPECT_THAT(AgentWriteSteps("  a\n\nb\nc\n\n"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(AgentWriteSteps("a\n\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(AgentWriteSteps("a\n\n\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(AgentWriteSteps("one line"), ElementsAre("one line"));
}

TEST(AgentWriteTest, APlanOfTooManyLinesFails) {
  std::string plan;
  for (int i = 0; i < 51; ++i) plan += "step\n";
  Trace trace(AgentWrite());
  trace.Say(plan);
  ASSERT_TRUE(trace.ended());
  EXPECT_EQ(trace.result().outcome(), v1::OUTCOME_FAILED);
  EXPECT_THAT(trace.result().error().message(), HasSubstr("51 lines"));
}

TEST(AgentWriteTest, ASectionThatDoesNotComeEndsTheUnitWithoutAText) {
  const auto after = [](const CallOutcome& outcome) {
    Trace trace(AgentWrite());
    trace.Say("one\ntwo");
    trace.Say("First.");
    trace.Take({outcome});
    return trace.result();
  };
  v1::Envelope end = after(Says(" \n"));
  EXPECT_EQ(end.outcome(), v1::OUTCOME_EMPTY);
  EXPECT_EQ(end.generation().text(), "");
  EXPECT_THAT(end.generation().flags(), Contains("section_2_empty"));
  EXPECT_EQ(after(Says("part", "content_filter")).outcome(), v1::OUTCOME_REFUSED);
  CallOutcome lost;
  lost.error.emplace();
  lost.error->set_error_class(v1::ERROR_CLASS_REQUEST);
  end = after(lost);
  EXPECT_EQ(end.outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(end.error().error_class(), v1::ERROR_CLASS_REQUEST);
}

TEST(AgentWriteTest, NeedsItsPrompts) {
  v1::Strategy strategy;
  strategy.set_name("agentwrite");
  EXPECT_THAT(std::string(ResolveStrategy(strategy).status().message()),
              HasSubstr("prompt_files.plan: is missing"));
  strategy = AgentWrite();
  (*strategy.mutable_prompts())["write"] = "$INST$ $PLAN$ $TEXT$";
  EXPECT_THAT(std::string(ResolveStrategy(strategy).status().message()),
              HasSubstr("prompts.write: has no $STEP$"));
  strategy = AgentWrite();
  (*strategy.mutable_params()->mutable_fields())["max_steps"].set_number_value(0);
  EXPECT_THAT(std::string(ResolveStrategy(strategy).status().message()),
              HasSubstr("params.max_steps: expected a whole number from 1 to 1000"));
  (*strategy.mutable_params()->mutable_fields())["steps"].set_number_value(3);
  EXPECT_THAT(std::string(ResolveStrategy(strategy).status().message()),
              HasSubstr("expected max_steps, max_tokens"));
}

TEST(SectionPlanTest, IsTakenAsItStandsOrNotAtAll) {
  const auto plan = ParseSectionPlan("Here:\n1. The source, named | 300 words\n 2) Mouth|80\n");
  ASSERT_TRUE(plan.has_value());
  ASSERT_EQ(plan->size(), 2u);
  EXPECT_EQ((*plan)[0].task, "The source, named");
  EXPECT_EQ((*plan)[0].words, 300);
  EXPECT_EQ((*plan)[1].task, "Mouth");
  EXPECT_EQ((*plan)[1].words, 80);
  for (const char* bad : {"", "no plan", "1. no length", "1. a | many", "1. | 30",
                          "1. a | 30\n2. b", "1. a | 0", "1. a | 99999999999"}) {
    EXPECT_FALSE(ParseSectionPlan(bad).has_value()) << bad;
  }
}

TEST(CogWriterTest, PlansReviewsWritesAtOnceAndReviewsEachSection) {
  Trace trace(CogWriter());
  EXPECT_THAT(trace.prompts.back(), HasSubstr("Write of rivers."));
  trace.Say("1. Source | 4 words\n2. Mouth | 4 words");
  trace.Say("1. Spring | 4 words\n2. Delta | 4 words");  // the review mends the plan
  ASSERT_EQ(trace.open(), 2u);
  EXPECT_THAT(trace.prompts.back(), HasSubstr("2. Delta | 4 words"));
  EXPECT_THAT(trace.prompts.back(), HasSubstr("Write section 2 and no other: Delta"));
  EXPECT_THAT(trace.prompts.back(), Not(HasSubstr("$")));
  trace.Take({Says("It springs up here."), Says("Mud $TASK$")});
  ASSERT_EQ(trace.open(), 2u);
  EXPECT_THAT(trace.prompts.back(), HasSubstr("2 words, 4 were planned: too short"));
  EXPECT_THAT(trace.prompts.back(), HasSubstr("Mud $TASK$"));  // what was written stays
  trace.Take({Says("ACCEPT"), Says("It ends in mud.")});
  ASSERT_TRUE(trace.ended());
  EXPECT_THAT(trace.labels,
              ElementsAre("plan", "review_plan", "write", "write", "review", "review"));
  EXPECT_EQ(trace.result().generation().text(), "It springs up here.\n\nIt ends in mud.");
  EXPECT_FALSE(trace.result().generation().truncated());
}

TEST(CogWriterTest, AnUnusablePlanIsAskedForOnceMore) {
  Trace trace(CogWriter());
  trace.Say("I would rather not number it.");
  EXPECT_EQ(trace.open(), 1u);
  trace.Say("Still not.");
  ASSERT_TRUE(trace.ended());
  EXPECT_EQ(trace.result().outcome(), v1::OUTCOME_FAILED);
  EXPECT_THAT(trace.labels, ElementsAre("plan", "plan"));
}

TEST(CogWriterTest, ALostReviewKeepsWhatWasWritten) {
  Trace trace(CogWriter());
  trace.Say("1. Source | 4 words");
  trace.Say("");
  trace.Say("It springs up here.");
  CallOutcome lost;
  lost.error.emplace();
  lost.error->set_error_class(v1::ERROR_CLASS_REQUEST);
  trace.Take({lost});
  ASSERT_TRUE(trace.ended());
  EXPECT_EQ(trace.result().outcome(), v1::OUTCOME_GENERATED);
  EXPECT_EQ(trace.result().generation().text(), "It springs up here.");
  EXPECT_THAT(trace.result().generation().flags(), ElementsAre("plan_review_empty", "review_lost"));
}

}  // namespace
}  // namespace assay
