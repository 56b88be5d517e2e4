// Workers and judges that are killed, frozen and cut off, and work that does harm to them.
#include "common/base/failpoint.h"
#include "tests/rig/fault_run.h"

namespace assay {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

int CountOf(const std::string& text, const std::string& word) {
  int count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

class AgentFaults : public FaultRun {
 protected:
  // Also what was cancelled.
  void ExpectEverySampleIn(const std::string& run_id) {
    const std::string canonical = Canonical(Exported(run_id));
    for (int i = 0; i < samples_; ++i) {
      EXPECT_THAT(canonical, HasSubstr("\"s" + std::to_string(i) + "\""));
    }
  }

  // One agent of that role, killed at a failpoint and replaced. Gives the calls made again.
  std::int64_t CrashAt(const std::string& agent, const std::string& point,
                       const std::string& mutant = "") {
    const std::int64_t since = simulator_->Counts().Total();
    const std::string run_id = agent + "-" + point + mutant;
    agents_[agent].reset();
    // A second report may go out when the next attempt has a call under way already.
    const std::string hit = point == "agent.finished_reported" ? "1" : "2";
    StartAgent(agent, {"ASSAY_FAILPOINT=" + point + ":crash:" + hit, "ASSAY_MUTANT=" + mutant});
    Submit(run_id, job_);
    EXPECT_TRUE(WaitUntil([&] { return !agents_[agent]->process().Running(); })) << point;
    StartAgent(agent);
    ExpectWhole(run_id, since, 1);
    return Paid(since).repeated;
  }
};

// F1, F2: one attempt at a time, so that at most one call is under way. What was journaled is not
// called again; the mutant, which journals too late, calls again.
TEST_F(AgentFaults, KilledAtEveryStep) {
  if (!kTestBuild) GTEST_SKIP() << kNotTestBuild;
  slots_ = 1;
  ASSERT_NO_FATAL_FAILURE(Begin(5, 2));
  StartAgents(1, 1);
  for (const std::string agent : {"worker1", "judge1"}) {
    for (const std::string& point : FailpointNames()) {
      if (!point.starts_with("agent.")) continue;
      SCOPED_TRACE(agent + " " + point);
      const std::int64_t repeated = CrashAt(agent, point);
      EXPECT_LE(repeated, point.starts_with("agent.call_") ? 1 : 0) << "it was journaled";
    }
  }
  EXPECT_EQ(CrashAt("worker1", "agent.step_taken", "journal_after_step"), 1)
      << "the check cannot fail";
}

// F6: others take over; what it offers when it wakes up is late.
TEST_F(AgentFaults, FrozenPastItsLease) {
  ASSERT_NO_FATAL_FAILURE(Begin(300, 16));
  StartAgents(2, 2);
  ASSERT_NO_FATAL_FAILURE(Submit("frozen", job_));
  ASSERT_NO_FATAL_FAILURE(WaitForCalls(6, served_));
  agents_["worker1"]->process().Signal(SIGSTOP);
  EXPECT_TRUE(WaitUntil([&] { return Paid(served_).repeated > 0; })) << "nobody took over";
  agents_["worker1"]->process().Signal(SIGCONT);
  ExpectWhole("frozen", served_, kSlots);
}

// F7: in one direction, in the other, in both.
TEST_F(AgentFaults, CutOffFromTheCoordinators) {
  ASSERT_NO_FATAL_FAILURE(Begin(400, 30));
  StartAgent("worker1", {}, Proxied(7));
  StartAgents(0, 2);
  StartAgent("worker2");
  ASSERT_NO_FATAL_FAILURE(Submit("cut", job_));
  ASSERT_NO_FATAL_FAILURE(WaitForCalls(6, served_));
  for (const auto& [requests, replies] : {std::pair{true, false}, {false, true}, {true, true}}) {
    const std::int64_t before = Paid(served_).repeated;
    const std::int64_t calls = simulator_->Counts().Total();
    for (const auto& proxy : proxies_) {
      proxy->DropRequests(requests);
      proxy->DropReplies(replies);
    }
    EXPECT_TRUE(WaitUntil([&] {
      return Paid(served_).repeated > before || simulator_->Counts().Total() > calls + 12;
    }));
    for (const auto& proxy : proxies_) {
      proxy->DropRequests(false);
      proxy->DropReplies(false);
    }
  }
  ExpectWhole("cut", served_, 3 * kSlots);
}

// F30, F31: every connection ends after some replies, the last of which is lost, so that what had
// its effect is asked again.
TEST_F(AgentFaults, RepliesAreLost) {
  ASSERT_NO_FATAL_FAILURE(Begin(100, 12));
  const std::string through = Proxied(30);
  for (const auto& proxy : proxies_) proxy->CutRepliesAfter(800);
  for (const char* name : {"worker1", "worker2", "judge1", "judge2"}) StartAgent(name, {}, through);
  ASSERT_NO_FATAL_FAILURE(Submit("lost", job_));
  ExpectWhole("lost", served_, kSlots);
  EXPECT_GT(proxies_[0]->cuts() + proxies_[1]->cuts(), 3);
}

// F33
TEST_F(AgentFaults, APromptThatKillsWorkersIsQuarantined) {
  slots_ = 1;
  ASSERT_NO_FATAL_FAILURE(Begin(5, 5));
  FaultRule poison;
  poison.name = "poison";
  poison.match.prompt = "lighthouse number 2.";
  poison.action.hang = true;
  simulator_->SetFaults({poison});
  StartAgent("judge1");
  StartAgent("worker1");
  ASSERT_NO_FATAL_FAILURE(Submit("poison", job_));
  const auto poisoned = [&] {
    int count = 0;
    for (const LedgerEntry& entry : simulator_->LedgerEntries()) count += entry.fault == "poison";
    return count;
  };
  // A worker that dies before it has shown that it runs the prompt is not counted against it.
  const auto ended = [&] {
    const Words status = {"status", "poison", "--coordinator", address_};
    return Run(status).out.find("sealed") != std::string::npos;
  };
  int deaths = 0;
  while (deaths < 8 && !ended()) {
    ASSERT_TRUE(WaitUntil([&] { return poisoned() > deaths || ended(); })) << deaths;
    if (poisoned() == deaths) break;
    ++deaths;
    agents_["worker" + std::to_string(deaths)]->Kill();
    StartAgent("worker" + std::to_string(deaths + 1));
  }
  EXPECT_GE(deaths, 3);
  EXPECT_LT(deaths, 8);
  const ProcessEnd end = Watch("poison");
  EXPECT_EQ(end.exit_code, 1) << end.err;
  EXPECT_EQ(poisoned(), deaths);
  const std::string canonical = Canonical(Exported("poison"));
  EXPECT_THAT(canonical, HasSubstr("quarantined"));
  EXPECT_THAT(canonical, Not(HasSubstr("infra_lost")));
}

// F35: no score is made up, and the run ends.
TEST_F(AgentFaults, AJudgeThatNeverGivesAVerdict) {
  ASSERT_NO_FATAL_FAILURE(Begin(5, 6, 1.0));
  EXPECT_THAT(reference_, HasSubstr("unjudged"));
  StartAgents(2, 2);
  ASSERT_NO_FATAL_FAILURE(Submit("garbage", job_));
  EXPECT_EQ(Watch("garbage").exit_code, 1);
  // Which kind of garbage it is goes by the nonce, and so differs between runs.
  const std::string canonical = Canonical(Exported("garbage"));
  EXPECT_EQ(CountOf(canonical, "unjudged"), CountOf(reference_, "unjudged"));
  EXPECT_EQ(CountOf(canonical, "\"scored\""), CountOf(reference_, "\"scored\""));
}

// F35: the run pauses; mended and resumed, it ends as if the judge had always been well.
TEST_F(AgentFaults, AMendedJudgeIsAskedAgain) {
  ASSERT_NO_FATAL_FAILURE(Begin(5, 60));
  FaultRule garbage;
  garbage.match.model = "sim/judge";
  garbage.action.body_set = true;
  garbage.action.body =
      "data: {\"id\": \"c\", \"model\": \"sim/judge\", \"choices\": [{\"index\": 0, \"delta\": "
      "{\"content\": \"I would rather not.\"}, \"finish_reason\": \"stop\"}]}\n\n"
      "data: [DONE]\n\n";
  simulator_->SetFaults({garbage});
  StartAgents(2, 2);
  ASSERT_NO_FATAL_FAILURE(Submit("mended", job_));
  const Words status = {"status", "mended", "--coordinator", address_};
  ASSERT_TRUE(WaitUntil([&] { return Run(status).out.find("paused") != std::string::npos; }))
      << Run(status).out;
  EXPECT_THAT(Run(status).out, HasSubstr("could not be used"));
  simulator_->SetFaults({});
  ASSERT_EQ(Run({"resume", "mended", "--coordinator", address_}).exit_code, 0);
  const ProcessEnd end = Watch("mended");
  EXPECT_EQ(end.exit_code, 0) << end.err << LogOf("first") << LogOf("second");
  EXPECT_TRUE(Canonical(Exported("mended")) == reference_);
}

// F50: at several moments; no call is made twice and every sample is in the results.
TEST_F(AgentFaults, CancelledWhileResultsArrive) {
  ASSERT_NO_FATAL_FAILURE(Begin(20, 16));
  StartAgents(2, 2);
  for (const int calls : {1, 9, 17, 25, 31}) {
    SCOPED_TRACE(calls);
    const std::int64_t since = Served();
    const std::string run_id = "cancel-" + std::to_string(calls);
    ASSERT_NO_FATAL_FAILURE(Submit(run_id, job_));
    ASSERT_NO_FATAL_FAILURE(WaitForCalls(calls, since));
    // 2: it was sealed before.
    const Words cancel = {"cancel", run_id, "--coordinator", address_};
    EXPECT_THAT(Run(cancel).exit_code, AnyOf(0, 2));
    EXPECT_THAT(Run(cancel).exit_code, AnyOf(0, 2));
    EXPECT_THAT(Watch(run_id).exit_code, AnyOf(0, 1));
    EXPECT_EQ(Paid(since).repeated, 0);
    ExpectEverySampleIn(run_id);
  }
}

// F50: every slot has a call that outlasts the cancel, so that a call after its acknowledgement can
// only come of a grant after it. A run that is not cancelled shows that slots were free for one.
TEST_F(AgentFaults, NoCallAfterACancelIsAcknowledged) {
  constexpr int kRounds = 4;
  ASSERT_NO_FATAL_FAILURE(Begin(2500, 16));
  StartAgents(2, 2);
  for (int round = 1; round <= kRounds; ++round) {
    SCOPED_TRACE(round);
    const std::int64_t since = Served();
    const std::string run_id = "cancel-" + std::to_string(round);
    ASSERT_NO_FATAL_FAILURE(Submit(run_id, job_));
    ASSERT_NO_FATAL_FAILURE(WaitForCalls(2 * kSlots, since));
    // In every second round the leader dies; the next one knows of the cancel.
    ASSERT_EQ(Run({"cancel", run_id, "--coordinator", address_}).exit_code, 0);
    const std::int64_t acknowledged = Served();
    EXPECT_EQ(acknowledged - since, 2 * kSlots) << "the calls did not outlast the cancel";
    if (round % 2 == 0) {
      ASSERT_NO_FATAL_FAILURE(ReplaceLeader());
    }
    EXPECT_THAT(Run({"cancel", run_id, "--coordinator", address_}).exit_code, AnyOf(0, 2));
    EXPECT_EQ(Watch(run_id).exit_code, 1);
    EXPECT_EQ(Served(), acknowledged);
    ExpectEverySampleIn(run_id);
  }
  FaultRule fast;
  fast.name = "fast";
  fast.action.latency_ms = 50;
  simulator_->SetFaults({fast});
  const std::int64_t since = Served();
  ASSERT_NO_FATAL_FAILURE(Submit("whole", job_));
  ExpectWhole("whole", since, 0);
}

}  // namespace
}  // namespace assay
