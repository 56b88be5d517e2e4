#include "common/agent/step_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "tests/fakes/fake_executor.h"
#include "tests/fakes/fake_work_client.h"
#include "tests/fakes/scripted_chat_client.h"
#include "tests/unit/common/agent/round_machine.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kUnit[] = "unit";

LlmResult EchoReply(const LlmCall& call, int) {
  return MakeReply("<" + Sha256Hex(call.body).substr(0, 8) + ">");
}

// One agent's worth of surroundings for one attempt after another.
struct Rig {
  explicit Rig(std::vector<int> rounds = {1, 3, 2}, ScriptedChatClient::Script script = EchoReply)
      : work(executor), chat(executor, std::move(script)), gate(executor, executor.clock()) {
    context.factory = [this, rounds](const v1::UnitInputs&) {
      return std::make_unique<RoundMachine>(rounds, &work.effects);
    };
    work.inputs[kUnit].mutable_unit()->set_id(kUnit);
    work.inputs[kUnit].mutable_unit()->set_run_id("run");
  }

  std::shared_ptr<StepRunner> Launch(const std::string& attempt = "1.aa", int max_in_flight = 16) {
    auto runner = std::make_shared<StepRunner>(
        context, MakeAssignment(kUnit, attempt, max_in_flight), [this](v1::FinishedAttempt result) {
          EXPECT_FALSE(finished.has_value()) << "reported twice";
          finished = std::move(result);
        });
    runner->Start();
    return runner;
  }

  // Runs an attempt to its end.
  v1::FinishedAttempt Run(const std::string& attempt = "1.aa", int max_in_flight = 16) {
    finished.reset();
    const auto runner = Launch(attempt, max_in_flight);
    return Finish();
  }

  v1::FinishedAttempt Finish() {
    EXPECT_TRUE(executor.RunUntil([&] { return finished.has_value(); }, absl::Hours(1)));
    return finished.value_or(v1::FinishedAttempt());
  }

  FakeExecutor executor;
  Random random{7};
  FakeWorkClient work;
  ScriptedChatClient chat;
  EndpointGate gate;
  RunnerContext context{.executor = executor,
                        .clock = executor.clock(),
                        .random = random,
                        .work = work,
                        .chat = chat,
                        .gate = gate,
                        .factory = nullptr,
                        .worker = "w/1"};
  std::optional<v1::FinishedAttempt> finished;
};

// What must not depend on how often the work was interrupted.
std::string Essence(v1::Envelope envelope) {
  envelope.clear_attempt();
  envelope.clear_timings();
  envelope.clear_finished_unix_ms();
  return envelope.DebugString();
}

TEST(StepRunnerTest, RunsRoundsAndCompletesTheEnvelope) {
  Rig rig;
  const v1::FinishedAttempt finished = rig.Run("4.abc");
  EXPECT_EQ(finished.attempt(), "4.abc");
  EXPECT_EQ(finished.unit_id(), kUnit);
  EXPECT_EQ(finished.outcome(), v1::OUTCOME_GENERATED);
  EXPECT_FALSE(finished.has_error());
  EXPECT_EQ(finished.usage().completion_tokens(), 30);
  ASSERT_EQ(rig.work.envelopes.size(), 1u);
  const v1::Envelope& envelope = rig.work.envelopes[0];
  EXPECT_EQ(finished.envelope_digest(), DigestOf(envelope.SerializeAsString()));
  EXPECT_EQ(envelope.unit_id(), kUnit);
  EXPECT_EQ(envelope.run_id(), "run");
  EXPECT_EQ(envelope.attempt(), "4.abc");
  EXPECT_EQ(envelope.worker(), "w/1");
  EXPECT_EQ(envelope.calls(), 6);
  EXPECT_EQ(envelope.usage().prompt_tokens(), 60);
  EXPECT_EQ(envelope.timings().total_ms(), 42);
  EXPECT_EQ(envelope.timings().first_token_ms(), 2);
  EXPECT_THAT(envelope.generation().model_returned(), ElementsAre("scripted"));
  EXPECT_EQ(envelope.provenance().endpoint(), "e");
  EXPECT_GT(envelope.finished_unix_ms(), 0);
  EXPECT_EQ(rig.chat.started(), 6);
}

// Every reply is durable before the machine sees it, and the envelope comes last.
TEST(StepRunnerTest, JournalsBeforeTheNextStep) {
  Rig rig({1, 2});
  rig.work.journal_delay = absl::Milliseconds(40);
  rig.Run();
  EXPECT_THAT(rig.work.effects, ElementsAre("fetch unit", "journal r0c0", "step 1", "journal r1c0",
                                            "journal r1c1", "step 2", "envelope unit"));
}

#ifdef ASSAY_FAILPOINTS
// True when the machine saw a reply that was not durable.
bool SomeStepBeforeItsJournal(const std::vector<std::string>& effects) {
  int journaled = 0;
  for (const std::string& effect : effects) {
    if (effect.starts_with("journal")) ++journaled;
    if (effect == "step 1" && journaled < 1) return true;
    if (effect == "step 2" && journaled < 3) return true;
  }
  return false;
}

// The mutant breaks what the test above and the one of prefixes rest on.
TEST(StepRunnerTest, MutantThatJournalsAfterTheStepIsCaught) {
  Rig rig({1, 2});
  rig.context.journal_after_step = true;
  rig.work.journal_delay = absl::Milliseconds(40);
  rig.Run();
  EXPECT_TRUE(SomeStepBeforeItsJournal(rig.work.effects));
  Rig right({1, 2});
  right.work.journal_delay = absl::Milliseconds(40);
  right.Run();
  EXPECT_FALSE(SomeStepBeforeItsJournal(right.work.effects));
}

// What a kill right after the second step leaves: the first call must be in the journal.
TEST(StepRunnerTest, MutantRepeatsAFinishedCall) {
  for (const bool mutant : {false, true}) {
    Rig rig({1, 1});
    rig.context.journal_after_step = mutant;
    rig.work.journal_delay = absl::Milliseconds(40);
    const auto runner = rig.Launch();
    ASSERT_TRUE(rig.executor.RunUntil([&] { return rig.chat.started() == 2; }, absl::Seconds(1)));
    Rig after({1, 1});
    after.work.journals = rig.work.journals;
    after.Run("2.bb");
    EXPECT_EQ(after.chat.started(), mutant ? 2 : 1);
  }
}
#endif

TEST(StepRunnerTest, ResumeFromEveryPrefixRepeatsNoJournaledCall) {
  Rig whole;
  whole.Run();
  const std::vector<v1::JournalRecord> journal = whole.work.journals[kUnit];
  ASSERT_EQ(journal.size(), 6u);
  const std::string expected = Essence(whole.work.envelopes.at(0));
  for (std::size_t prefix = 0; prefix <= journal.size(); ++prefix) {
    Rig rig;
    rig.work.journals[kUnit].assign(journal.begin(), journal.begin() + static_cast<long>(prefix));
    const v1::FinishedAttempt finished = rig.Run("2.bb");
    EXPECT_EQ(rig.chat.started(), static_cast<int>(journal.size() - prefix)) << prefix;
    EXPECT_EQ(finished.usage().completion_tokens(), 5 * static_cast<int>(journal.size() - prefix));
    ASSERT_EQ(rig.work.envelopes.size(), 1u);
    EXPECT_EQ(Essence(rig.work.envelopes[0]), expected) << prefix;
    // The journal as a whole is the same set of calls, each once.
    std::set<std::string> hashes;
    for (const v1::JournalRecord& record : rig.work.journals[kUnit]) {
      EXPECT_TRUE(hashes.insert(record.call_hash()).second);
    }
    EXPECT_EQ(hashes.size(), journal.size());
  }
}

// A batch of which any part was journaled, in any order.
TEST(StepRunnerTest, ResumeFromEverySubsetOfABatch) {
  Rig whole({3});
  whole.Run();
  const std::vector<v1::JournalRecord> journal = whole.work.journals[kUnit];
  for (unsigned subset = 0; subset < 8; ++subset) {
    Rig rig({3});
    int kept = 0;
    for (unsigned i = 3; i-- > 0;) {
      if ((subset >> i & 1) == 0) continue;
      rig.work.journals[kUnit].push_back(journal[i]);
      ++kept;
    }
    rig.Run("2.bb");
    EXPECT_EQ(rig.chat.started(), 3 - kept);
    EXPECT_EQ(Essence(rig.work.envelopes.at(0)), Essence(whole.work.envelopes.at(0)));
  }
}

TEST(StepRunnerTest, OfTwoRecordsOfACallTheFirstCounts) {
  Rig whole({1});
  whole.Run();
  v1::JournalRecord first = whole.work.journals[kUnit][0];
  v1::JournalRecord second = first;
  second.mutable_reply()->set_text("another draw of the same call");
  Rig rig({1});
  rig.work.journals[kUnit] = {first, second};
  rig.Run();
  EXPECT_EQ(rig.work.envelopes.at(0).generation().text(), first.reply().text());
}

TEST(StepRunnerTest, SiblingsOfAFailedCallAreJournaled) {
  Rig rig({4}, [](const LlmCall& call, int nth) -> LlmResult {
    if (nth == 1) return MakeCallError(v1::ERROR_CLASS_INFRA, "reset");
    return EchoReply(call, nth);
  });
  rig.chat.set_delay([](const LlmCall&, int nth) { return absl::Seconds(nth == 1 ? 1 : 5); });
  const v1::FinishedAttempt finished = rig.Run("1.aa", /*max_in_flight=*/3);
  EXPECT_EQ(finished.outcome(), v1::OUTCOME_UNSPECIFIED);
  EXPECT_EQ(finished.error().error_class(), v1::ERROR_CLASS_INFRA);
  EXPECT_EQ(finished.error().message(), "reset");
  // The two that were under way are kept, the fourth was never sent.
  EXPECT_EQ(rig.chat.started(), 3);
  EXPECT_EQ(rig.chat.cancelled, 0);
  EXPECT_EQ(rig.work.journals[kUnit].size(), 2u);
  EXPECT_EQ(finished.usage().completion_tokens(), 10);
  EXPECT_TRUE(rig.work.envelopes.empty());

  Rig again({4});
  again.work.journals = rig.work.journals;
  again.Run("2.bb");
  EXPECT_EQ(again.chat.started(), 2);
}

TEST(StepRunnerTest, ErrorsThatNoRetryMendsGoToTheMachineAndTheJournal) {
  for (const v1::ErrorClass error_class : {v1::ERROR_CLASS_REQUEST, v1::ERROR_CLASS_TOO_SLOW}) {
    Rig rig({2, 1}, [&](const LlmCall& call, int nth) -> LlmResult {
      if (nth == 0) return MakeCallError(error_class, "no");
      return EchoReply(call, nth);
    });
    EXPECT_EQ(rig.Run().outcome(), v1::OUTCOME_GENERATED);
    EXPECT_THAT(rig.work.envelopes.at(0).generation().text(), HasSubstr("(no)"));
    ASSERT_EQ(rig.work.journals[kUnit].size(), 3u);
    EXPECT_TRUE(rig.work.journals[kUnit][0].has_error());
    Rig again({2, 1});
    again.work.journals = rig.work.journals;
    again.Run("2.bb");
    EXPECT_EQ(again.chat.started(), 0);
    EXPECT_EQ(Essence(again.work.envelopes.at(0)), Essence(rig.work.envelopes.at(0)));
  }
}

TEST(StepRunnerTest, EveryOtherClassEndsTheAttemptWithThatClass) {
  for (const v1::ErrorClass error_class :
       {v1::ERROR_CLASS_INFRA, v1::ERROR_CLASS_THROTTLE, v1::ERROR_CLASS_QUOTA,
        v1::ERROR_CLASS_AUTH, v1::ERROR_CLASS_CONFIG, v1::ERROR_CLASS_PROTOCOL,
        v1::ERROR_CLASS_UNKNOWN}) {
    Rig rig({1}, [&](const LlmCall&, int) -> LlmResult {
      v1::Error error = MakeCallError(error_class, "x");
      error.set_retry_after_ms(1500);
      return error;
    });
    const v1::FinishedAttempt finished = rig.Run();
    EXPECT_EQ(finished.error().error_class(), error_class);
    EXPECT_EQ(finished.error().retry_after_ms(), 1500);
    EXPECT_EQ(finished.error().endpoint(), "e");
    EXPECT_TRUE(rig.work.journals[kUnit].empty());
  }
}

TEST(StepRunnerTest, GateIsNeverExceeded) {
  Rig rig({20});
  rig.chat.set_delay([](const LlmCall&, int nth) { return absl::Milliseconds(10 + nth % 7); });
  rig.Run("1.aa", /*max_in_flight=*/3);
  EXPECT_EQ(rig.chat.most_in_flight, 3);
  EXPECT_EQ(rig.chat.started(), 20);
  EXPECT_EQ(rig.gate.in_flight("e"), 0);
  for (const v1::JournalRecord& record : rig.work.journals[kUnit]) {
    EXPECT_GE(record.reply().timings().queue_ms(), 0);
  }
  EXPECT_GT(rig.work.journals[kUnit].back().reply().timings().queue_ms(), 0);
}

TEST(StepRunnerTest, RepliesThatFinishDuringAnAppendShareTheNext) {
  Rig rig({5});
  rig.work.journal_delay = absl::Milliseconds(100);
  rig.chat.set_delay([](const LlmCall&, int nth) { return absl::Milliseconds(nth); });
  rig.Run();
  EXPECT_EQ(rig.work.journals[kUnit].size(), 5u);
  EXPECT_EQ(rig.work.appends, 2);
}

TEST(StepRunnerTest, CancelClosesCallsAndKeepsWhatIsThere) {
  Rig rig({3});
  rig.chat.set_delay([](const LlmCall&, int nth) { return absl::Seconds(nth == 0 ? 1 : 100); });
  const auto runner = rig.Launch();
  rig.executor.Advance(absl::Seconds(2));
  ASSERT_EQ(rig.chat.in_flight(), 2);
  runner->Stop(v1::ERROR_CLASS_CANCELLED, "the run was cancelled");
  const v1::FinishedAttempt finished = rig.Finish();
  EXPECT_EQ(finished.error().error_class(), v1::ERROR_CLASS_CANCELLED);
  EXPECT_EQ(finished.error().message(), "the run was cancelled");
  EXPECT_EQ(rig.chat.cancelled, 2);
  EXPECT_EQ(rig.chat.in_flight(), 0);
  EXPECT_EQ(rig.work.journals[kUnit].size(), 1u);
  EXPECT_EQ(rig.gate.in_flight("e"), 0);
}

TEST(StepRunnerTest, StopAtEveryMomentEndsExactlyOnceAndLosesNoJournaledCall) {
  for (int events = 0;; ++events) {
    Rig rig({1, 2});
    rig.work.journal_delay = absl::Milliseconds(1);
    rig.chat.set_delay([](const LlmCall&, int nth) { return absl::Milliseconds(3 * nth + 2); });
    const auto runner = rig.Launch();
    for (int i = 0; i < events; ++i) {
      if (!rig.executor.RunOne()) rig.executor.Advance(absl::Milliseconds(1));
    }
    const bool ended = rig.finished.has_value();
    runner->Stop(v1::ERROR_CLASS_PREEMPTED, "drain");
    const v1::FinishedAttempt finished = rig.Finish();
    rig.executor.Advance(absl::Minutes(1));  // nothing reports a second time
    EXPECT_EQ(rig.chat.in_flight(), 0);
    EXPECT_EQ(rig.gate.in_flight("e"), 0);
    if (finished.has_error()) {
      EXPECT_EQ(finished.error().error_class(), v1::ERROR_CLASS_PREEMPTED);
      EXPECT_TRUE(rig.work.envelopes.empty());
    } else {
      EXPECT_EQ(rig.work.envelopes.size(), 1u);
    }
    Rig again({1, 2});
    again.work.journals = rig.work.journals;
    again.Run("2.bb");
    EXPECT_EQ(again.chat.started() + static_cast<int>(rig.work.journals[kUnit].size()), 3);
    if (ended) break;
    ASSERT_LT(events, 200);
  }
}

TEST(StepRunnerTest, HoldSendsNothingNewAndLetsRunningCallsEnd) {
  Rig rig({1, 1, 1});
  rig.chat.set_delay([](const LlmCall&, int) { return absl::Seconds(1); });
  const auto runner = rig.Launch();
  rig.executor.Advance(absl::Milliseconds(1500));
  ASSERT_EQ(rig.chat.started(), 2);
  runner->Hold(true);
  rig.executor.Advance(absl::Minutes(10));
  EXPECT_EQ(rig.chat.started(), 2);
  EXPECT_EQ(rig.work.journals[kUnit].size(), 2u);
  EXPECT_FALSE(rig.finished.has_value());
  runner->Hold(false);
  EXPECT_EQ(rig.Finish().outcome(), v1::OUTCOME_GENERATED);
  EXPECT_EQ(rig.chat.started(), 3);
}

TEST(StepRunnerTest, UnavailableCoordinatorIsWaitedFor) {
  Rig rig({1});
  const absl::Status down = Unavailable("no leader");
  rig.work.fetch_errors = {down, down};
  rig.work.journal_errors = {down, down, down};
  rig.work.put_errors = {down};
  EXPECT_EQ(rig.Run().outcome(), v1::OUTCOME_GENERATED);
  EXPECT_EQ(rig.chat.started(), 1);
  EXPECT_EQ(rig.work.journals[kUnit].size(), 1u);
  EXPECT_EQ(rig.work.envelopes.size(), 1u);
}

TEST(StepRunnerTest, StaleAttemptStopsItsCalls) {
  Rig rig({2});
  rig.work.journal_errors = {Aborted("another attempt holds the unit")};
  rig.chat.set_delay([](const LlmCall&, int nth) { return absl::Seconds(nth == 0 ? 1 : 1000); });
  const v1::FinishedAttempt finished = rig.Run();
  EXPECT_EQ(finished.error().error_class(), v1::ERROR_CLASS_CANCELLED);
  EXPECT_EQ(rig.chat.cancelled, 1);

  Rig fetch({1});
  fetch.work.fetch_errors = {Aborted("stale")};
  EXPECT_EQ(fetch.Run().error().error_class(), v1::ERROR_CLASS_CANCELLED);
  EXPECT_EQ(fetch.chat.started(), 0);
}

TEST(StepRunnerTest, AFailingStoreIsInfrastructureAndABadResultIsADefect) {
  Rig journal({1});
  journal.work.journal_errors = {ResourceExhausted("no space left")};
  EXPECT_EQ(journal.Run().error().error_class(), v1::ERROR_CLASS_INFRA);
  Rig put({1});
  put.work.put_errors = {ResourceExhausted("no space left")};
  EXPECT_EQ(put.Run().error().error_class(), v1::ERROR_CLASS_INFRA);
  Rig bad({1});
  bad.work.put_errors = {InvalidArgument("a span outside its text")};
  const v1::FinishedAttempt finished = bad.Run();
  EXPECT_EQ(finished.error().error_class(), v1::ERROR_CLASS_INTERNAL);
  EXPECT_THAT(finished.error().message(), HasSubstr("span"));
}

class LambdaMachine : public StepMachine {
 public:
  explicit LambdaMachine(std::function<absl::StatusOr<Step>()> advance)
      : advance_(std::move(advance)) {}
  absl::StatusOr<Step> Advance(std::span<const CallOutcome>) override { return advance_(); }

 private:
  std::function<absl::StatusOr<Step>()> advance_;
};

v1::FinishedAttempt RunMachine(std::function<absl::StatusOr<Step>()> advance) {
  Rig rig;
  rig.context.factory = [&](const v1::UnitInputs&) {
    return std::make_unique<LambdaMachine>(advance);
  };
  const v1::FinishedAttempt finished = rig.Run();
  EXPECT_EQ(finished.error().error_class(), v1::ERROR_CLASS_INTERNAL);
  EXPECT_EQ(rig.chat.started(), 0);
  EXPECT_TRUE(rig.work.envelopes.empty());
  return finished;
}

v1::Call ChatCall(const std::string& prompt) {
  v1::Call call;
  call.mutable_llm()->set_model("m");
  call.mutable_llm()->add_messages()->set_role("user");
  call.mutable_llm()->mutable_messages(0)->set_content(prompt);
  return call;
}

TEST(StepRunnerTest, DefectsOfMachinesEndTheAttemptAsInternal) {
  EXPECT_THAT(RunMachine([] { return Internal("broken"); }).error().message(), HasSubstr("broken"));
  EXPECT_THAT(RunMachine([] { return Step(); }).error().message(), HasSubstr("neither"));
  EXPECT_THAT(RunMachine([] {
                Step step;
                step.result.emplace();
                return step;
              })
                  .error()
                  .message(),
              HasSubstr("without an outcome"));
  EXPECT_THAT(RunMachine([] {
                Step step;
                step.calls = {ChatCall("same"), ChatCall("same")};
                return step;
              })
                  .error()
                  .message(),
              HasSubstr("twice"));
  EXPECT_THAT(RunMachine([] {
                Step step;
                step.calls = {ChatCall("x")};
                step.calls[0].set_endpoint("elsewhere");
                return step;
              })
                  .error()
                  .message(),
              HasSubstr("elsewhere"));
  EXPECT_THAT(RunMachine([] {
                Step step;
                step.calls.emplace_back().mutable_program()->add_argv("true");
                return step;
              })
                  .error()
                  .message(),
              HasSubstr("sandbox"));
}

TEST(StepRunnerTest, TheSameRequestWithAnotherDrawIsACallOfItsOwn) {
  Rig rig;
  bool asked = false;
  rig.context.factory = [&](const v1::UnitInputs&) {
    return std::make_unique<LambdaMachine>([&]() -> absl::StatusOr<Step> {
      Step step;
      if (asked) {
        step.result.emplace().set_outcome(v1::OUTCOME_GENERATED);
      } else {
        step.calls = {ChatCall("same"), ChatCall("same")};
        step.calls[1].mutable_draw()->set_try_(1);
        asked = true;
      }
      return step;
    });
  };
  EXPECT_EQ(rig.Run().outcome(), v1::OUTCOME_GENERATED);
  EXPECT_EQ(rig.chat.started(), 2);
}

TEST(StepRunnerTest, AMachineThatCannotBeMadeIsInternal) {
  Rig rig;
  rig.context.factory = [](const v1::UnitInputs&) { return InvalidArgument("no such strategy"); };
  const v1::FinishedAttempt finished = rig.Run();
  EXPECT_EQ(finished.error().error_class(), v1::ERROR_CLASS_INTERNAL);
  EXPECT_THAT(finished.error().message(), HasSubstr("no such strategy"));
}

TEST(StepRunnerTest, ReportsProgressOfRunningCalls) {
  Rig rig({2});
  rig.chat.set_delay([](const LlmCall&, int) { return absl::Seconds(100); });
  const auto runner = rig.Launch();
  EXPECT_TRUE(runner->waiting());
  rig.executor.Advance(absl::Seconds(1));
  EXPECT_FALSE(runner->waiting());
  rig.chat.Progress({.text_bytes = 300, .chunks = 40});
  EXPECT_EQ(runner->Report().output_bytes(), 600);
  EXPECT_EQ(runner->generated_tokens(), 80);
  rig.executor.Advance(absl::Seconds(3));
  EXPECT_EQ(runner->Report().ms_since_progress(), 3000);
  rig.Finish();
  EXPECT_EQ(runner->generated_tokens(), 10);
}

}  // namespace
}  // namespace assay
