// Calls that run programs, made and journaled as others are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/agent/step_runner.h"
#include "tests/fakes/fake_executor.h"
#include "tests/fakes/fake_program_runner.h"
#include "tests/fakes/fake_work_client.h"
#include "tests/fakes/scripted_chat_client.h"
#include "tests/unit/common/agent/round_machine.h"

namespace assay {
namespace {

constexpr char kUnit[] = "unit";

v1::Call ProgramCall(const std::string& document) {
  v1::Call call;
  call.set_label("program");
  call.mutable_program()->set_image("p");
  call.mutable_program()->set_stdin(document);
  return call;
}

// Two programs at once, then a third that depends on their replies.
class ProgramMachine : public StepMachine {
 public:
  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override {
    for (const CallOutcome& outcome : outcomes) {
      text_ += outcome.reply ? outcome.reply->text() : "(" + outcome.error->message() + ")";
    }
    Step step;
    if (++steps_ == 1) {
      step.calls = {ProgramCall("a"), ProgramCall("b")};
    } else if (steps_ == 2) {
      step.calls = {ProgramCall("after " + text_)};
    } else {
      step.result.emplace().set_outcome(v1::OUTCOME_SCORED);
      step.result->mutable_generation()->set_text(text_);
    }
    return step;
  }

 private:
  int steps_ = 0;
  std::string text_;
};

ProgramResult Echo(const v1::RunProgram& program, int) {
  return MakeProgramReply("<" + program.stdin() + ">");
}

struct Rig {
  explicit Rig(FakeProgramRunner::Script script = Echo)
      : work(executor),
        chat(executor, [](const LlmCall&, int) -> LlmResult { return v1::Error(); }),
        gate(executor, executor.clock()),
        programs(executor, std::move(script)) {
    work.inputs[kUnit].mutable_unit()->set_id(kUnit);
  }

  std::shared_ptr<StepRunner> Launch(const std::string& attempt = "1.aa") {
    v1::Assignment assignment = MakeAssignment(kUnit, attempt);
    assignment.mutable_unit()->set_kind(v1::UNIT_KIND_SCORE_PROGRAMS);
    assignment.mutable_unit()->clear_endpoint();
    assignment.clear_endpoint();  // such a unit has none
    finished.reset();
    auto runner = std::make_shared<StepRunner>(
        context, assignment, [this](v1::FinishedAttempt result) { finished = std::move(result); });
    runner->Start();
    return runner;
  }

  v1::FinishedAttempt Run(const std::string& attempt = "1.aa") {
    const auto runner = Launch(attempt);
    EXPECT_TRUE(executor.RunUntil([&] { return finished.has_value(); }, absl::Hours(1)));
    return finished.value_or(v1::FinishedAttempt());
  }

  FakeExecutor executor;
  Random random{7};
  FakeWorkClient work;
  ScriptedChatClient chat;
  EndpointGate gate;
  FakeProgramRunner programs;
  RunnerContext context{
      .executor = executor,
      .clock = executor.clock(),
      .random = random,
      .work = work,
      .chat = chat,
      .gate = gate,
      .factory = [](const v1::UnitInputs&) { return std::make_unique<ProgramMachine>(); },
      .programs = &programs,
      .worker = "j/1"};
  std::optional<v1::FinishedAttempt> finished;
};

TEST(ProgramCallsTest, AreMadeTogetherAndJournaledBeforeTheNextStep) {
  Rig rig;
  EXPECT_EQ(rig.Run().outcome(), v1::OUTCOME_SCORED);
  ASSERT_EQ(rig.programs.started.size(), 3u);
  EXPECT_EQ(rig.programs.started[2].stdin(), "after <a><b>");
  ASSERT_EQ(rig.work.envelopes.size(), 1u);
  EXPECT_EQ(rig.work.envelopes[0].generation().text(), "<a><b><after <a><b>>");
  EXPECT_EQ(rig.work.envelopes[0].calls(), 3);
  EXPECT_EQ(rig.chat.started(), 0);
}

TEST(ProgramCallsTest, AnAttemptThatFollowsRunsNothingAgain) {
  Rig rig;
  rig.Run("1.aa");
  EXPECT_EQ(rig.programs.started.size(), 3u);
  EXPECT_EQ(rig.Run("2.bb").outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(rig.programs.started.size(), 3u);
  EXPECT_EQ(rig.work.envelopes[0].generation().text(), rig.work.envelopes[1].generation().text());
}

TEST(ProgramCallsTest, ASandboxThatFailsEndsTheAttemptAsInfrastructure) {
  Rig rig([](const v1::RunProgram& program, int nth) -> ProgramResult {
    if (nth != 1) return Echo(program, nth);
    v1::Error error;
    error.set_error_class(v1::ERROR_CLASS_INFRA);
    error.set_message("no memory");
    return error;
  });
  const v1::FinishedAttempt failed = rig.Run("1.aa");
  EXPECT_EQ(failed.error().error_class(), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(rig.Run("2.bb").outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(rig.programs.started.size(), 4u);  // a is not run again
}

TEST(ProgramCallsTest, ARefusedCallGoesToTheMachine) {
  Rig rig([](const v1::RunProgram&, int) -> ProgramResult {
    v1::Error error;
    error.set_error_class(v1::ERROR_CLASS_REQUEST);
    error.set_message("no");
    return error;
  });
  EXPECT_EQ(rig.Run().outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(rig.work.envelopes[0].generation().text(), "(no)(no)(no)");
}

TEST(ProgramCallsTest, StopKillsWhatRuns) {
  Rig rig;
  rig.programs.delay = absl::Seconds(100);
  const auto runner = rig.Launch();
  rig.executor.Advance(absl::Seconds(1));
  EXPECT_EQ(rig.programs.started.size(), 2u);
  EXPECT_FALSE(runner->waiting());
  runner->Stop(v1::ERROR_CLASS_PREEMPTED, "drain");
  rig.executor.Advance(absl::Seconds(1));
  ASSERT_TRUE(rig.finished.has_value());
  EXPECT_EQ(rig.finished->error().error_class(), v1::ERROR_CLASS_PREEMPTED);
  EXPECT_EQ(rig.programs.cancelled, 2);
}

TEST(ProgramCallsTest, AHeldAttemptStartsNone) {
  Rig rig;
  const auto runner = rig.Launch();
  runner->Hold(true);
  rig.executor.Advance(absl::Seconds(1));
  EXPECT_EQ(rig.programs.started.size(), 0u);
  EXPECT_TRUE(runner->stuck());
  runner->Hold(false);
  EXPECT_TRUE(rig.executor.RunUntil([&] { return rig.finished.has_value(); }, absl::Hours(1)));
  EXPECT_EQ(rig.programs.started.size(), 3u);
}

TEST(ProgramCallsTest, AnAgentWithoutASandboxSaysSo) {
  Rig rig;
  rig.context.programs = nullptr;
  const v1::FinishedAttempt finished = rig.Run();
  EXPECT_EQ(finished.error().error_class(), v1::ERROR_CLASS_INTERNAL);
  EXPECT_EQ(finished.error().message(), "a call runs a program, and this agent has no sandbox");
}

}  // namespace
}  // namespace assay
