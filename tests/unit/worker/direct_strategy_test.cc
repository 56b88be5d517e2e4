#include "worker/direct_strategy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/strategy_registry.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::UnitInputs MakeInputs() {
  v1::UnitInputs inputs;
  inputs.mutable_unit()->set_kind(v1::UNIT_KIND_GENERATE);
  inputs.mutable_unit()->set_endpoint("e");
  inputs.mutable_unit()->set_repeat(2);
  inputs.mutable_sample()->set_id("s1");
  inputs.mutable_sample()->set_prompt("Write 500 words.");
  inputs.mutable_model()->set_model("org/model");
  inputs.mutable_model()->mutable_sampling()->set_max_tokens(700);
  return inputs;
}

v1::Call FirstCall(const v1::UnitInputs& inputs) {
  auto machine = MakeStrategy(inputs);
  EXPECT_TRUE(machine.ok()) << machine.status();
  auto step = (*machine)->Advance({});
  EXPECT_TRUE(step.ok());
  EXPECT_EQ(step->calls.size(), 1u);
  EXPECT_FALSE(step->result.has_value());
  return step->calls.at(0);
}

v1::Envelope ResultOf(const CallOutcome& outcome, const v1::UnitInputs& inputs = MakeInputs()) {
  DirectStrategy machine(inputs);
  EXPECT_TRUE(machine.Advance({}).ok());
  auto step = machine.Advance(std::span(&outcome, 1));
  EXPECT_TRUE(step.ok()) << step.status();
  EXPECT_TRUE(step->calls.empty());
  return step->result.value();
}

v1::Envelope ResultOfReply(const std::string& text, const std::string& finish,
                           const std::string& refusal = "") {
  CallOutcome outcome;
  outcome.reply.emplace();
  outcome.reply->set_text(text);
  outcome.reply->set_finish_reason(finish);
  outcome.reply->set_refusal(refusal);
  return ResultOf(outcome);
}

v1::Envelope ResultOfError(v1::ErrorClass error_class) {
  CallOutcome outcome;
  outcome.error.emplace();
  outcome.error->set_error_class(error_class);
  outcome.error->set_message("m");
  return ResultOf(outcome);
}

TEST(DirectStrategyTest, PromptBecomesOneUserMessage) {
  const v1::Call call = FirstCall(MakeInputs());
  EXPECT_EQ(call.endpoint(), "e");
  EXPECT_EQ(call.label(), "generate");
  EXPECT_EQ(call.draw().repeat(), 2);
  EXPECT_EQ(call.draw().try_(), 0);
  EXPECT_EQ(call.llm().model(), "org/model");
  EXPECT_EQ(call.llm().sampling().max_tokens(), 700);
  ASSERT_EQ(call.llm().messages_size(), 1);
  EXPECT_EQ(call.llm().messages(0).role(), "user");
  EXPECT_EQ(call.llm().messages(0).content(), "Write 500 words.");
}

TEST(DirectStrategyTest, SystemPromptOfTheModelUnlessTheSampleHasOne) {
  v1::UnitInputs inputs = MakeInputs();
  inputs.mutable_model()->set_system_prompt("Be brief.");
  v1::Call call = FirstCall(inputs);
  ASSERT_EQ(call.llm().messages_size(), 2);
  EXPECT_EQ(call.llm().messages(0).role(), "system");
  EXPECT_EQ(call.llm().messages(0).content(), "Be brief.");

  inputs.mutable_sample()->clear_prompt();
  v1::Message& own = *inputs.mutable_sample()->add_messages();
  own.set_role("system");
  own.set_content("Be long.");
  inputs.mutable_sample()->add_messages()->set_role("user");
  call = FirstCall(inputs);
  ASSERT_EQ(call.llm().messages_size(), 2);
  EXPECT_EQ(call.llm().messages(0).content(), "Be long.");
}

TEST(DirectStrategyTest, CompletionKeepsItsPrefixInTheAnswer) {
  v1::UnitInputs inputs = MakeInputs();
  inputs.mutable_sample()->clear_prompt();
  inputs.mutable_sample()->mutable_completion()->set_prompt("Once");
  inputs.mutable_sample()->mutable_completion()->set_assistant_prefix(" upon");
  const v1::Call call = FirstCall(inputs);
  EXPECT_EQ(call.llm().messages_size(), 0);
  EXPECT_EQ(call.llm().completion().prompt(), "Once");
  EXPECT_EQ(call.llm().completion().assistant_prefix(), " upon");
  CallOutcome outcome;
  outcome.reply.emplace();
  outcome.reply->set_text(" a time");
  outcome.reply->set_finish_reason("stop");
  EXPECT_EQ(ResultOf(outcome, inputs).generation().text(), " upon a time");
  outcome.reply->set_text("  ");
  EXPECT_EQ(ResultOf(outcome, inputs).outcome(), v1::OUTCOME_EMPTY);
}

TEST(DirectStrategyTest, TextIsGenerated) {
  CallOutcome outcome;
  outcome.reply.emplace();
  outcome.reply->set_text("a long text");
  outcome.reply->set_reasoning("thoughts");
  outcome.reply->set_finish_reason("stop");
  outcome.reply->add_flags("usage_missing");
  const v1::Envelope envelope = ResultOf(outcome);
  EXPECT_EQ(envelope.outcome(), v1::OUTCOME_GENERATED);
  EXPECT_EQ(envelope.generation().text(), "a long text");
  EXPECT_EQ(envelope.generation().reasoning(), "thoughts");
  EXPECT_EQ(envelope.generation().finish_reason(), "stop");
  EXPECT_FALSE(envelope.generation().truncated());
  EXPECT_THAT(envelope.generation().flags(), ElementsAre("usage_missing"));
  EXPECT_FALSE(envelope.has_error());
}

TEST(DirectStrategyTest, Outcomes) {
  EXPECT_TRUE(ResultOfReply("cut", "length").generation().truncated());
  EXPECT_EQ(ResultOfReply("cut", "length").outcome(), v1::OUTCOME_GENERATED);
  EXPECT_EQ(ResultOfReply("", "stop").outcome(), v1::OUTCOME_EMPTY);
  EXPECT_EQ(ResultOfReply(" \n\t", "stop").outcome(), v1::OUTCOME_EMPTY);
  const v1::Envelope all_reasoning = ResultOfReply("", "length");
  EXPECT_EQ(all_reasoning.outcome(), v1::OUTCOME_EMPTY);
  EXPECT_TRUE(all_reasoning.generation().truncated());
  EXPECT_EQ(ResultOfReply("", "stop", "I cannot.").outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(ResultOfReply("text", "stop", "note").outcome(), v1::OUTCOME_GENERATED);
  EXPECT_EQ(ResultOfReply("", "content_filter").outcome(), v1::OUTCOME_REFUSED);
  const v1::Envelope filtered = ResultOfReply("the beginning", "content_filter");
  EXPECT_EQ(filtered.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(filtered.generation().text(), "the beginning");
  EXPECT_EQ(ResultOfReply("text", "eos").outcome(), v1::OUTCOME_GENERATED);
}

TEST(DirectStrategyTest, FinalErrors) {
  EXPECT_EQ(ResultOfError(v1::ERROR_CLASS_TOO_SLOW).outcome(), v1::OUTCOME_TOO_SLOW);
  const v1::Envelope failed = ResultOfError(v1::ERROR_CLASS_REQUEST);
  EXPECT_EQ(failed.outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(failed.error().message(), "m");
  EXPECT_FALSE(failed.has_generation());
}

TEST(StrategyRegistryTest, RefusesWhatItCannotRun) {
  EXPECT_THAT(StrategyNames(), ElementsAre("agentwrite", "cogwriter-style", "direct", "longeval"));
  v1::UnitInputs inputs = MakeInputs();
  inputs.mutable_model()->mutable_strategy()->set_name("plan");
  EXPECT_THAT(std::string(MakeStrategy(inputs).status().message()), HasSubstr("\"plan\""));
  inputs.mutable_model()->mutable_strategy()->set_name("direct");
  EXPECT_TRUE(MakeStrategy(inputs).ok());
  (*inputs.mutable_model()->mutable_strategy()->mutable_params()->mutable_fields())["x"];
  EXPECT_TRUE(absl::IsInvalidArgument(MakeStrategy(inputs).status()));
  inputs = MakeInputs();
  inputs.mutable_sample()->clear_prompt();
  EXPECT_TRUE(absl::IsInvalidArgument(MakeStrategy(inputs).status()));
  inputs = MakeInputs();
  inputs.mutable_unit()->set_kind(v1::UNIT_KIND_SCORE_RULES);
  EXPECT_TRUE(absl::IsInvalidArgument(MakeStrategy(inputs).status()));
}

}  // namespace
}  // namespace assay
