// EmbeddedRun with everything real: threads, segments, HTTP, against the simulator.
#include "cli/embedded/embedded_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/embedded/stored_run.h"
#include "coordinator/core/fold.h"
#include "simulator/simulator.h"
#include "tests/integration/resume/scratch_folder.h"
#include "tests/integration/resume/small_run.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

class EmbeddedRunTest : public ::testing::Test {
 protected:
  void Serve(double latency_ms = 0, std::vector<FaultRule> faults = {}) {
    SimulatorOptions options;
    options.latency_ms = latency_ms;
    options.faults = std::move(faults);
    auto started = Simulator::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    simulator_ = *std::move(started);
  }

  v1::RunRecord MakeRecord(int samples, const std::string& run_id = "run1") {
    v1::RunRecord record = SmallRun(samples, 1, run_id);
    record.mutable_spec()->mutable_endpoints(0)->set_base_url(simulator_->base_url());
    record.mutable_spec()->mutable_models(0)->set_model("sim/strong");
    record.mutable_spec()->mutable_judges(0)->set_model("sim/judge");
    return record;
  }

  std::string Dir(const std::string& name) const { return (scratch_.path() / name).string(); }

  EmbeddedRunOptions OptionsFor(const std::string& name) {
    EmbeddedRunOptions options;
    options.run_dir = Dir(name);
    options.progress_interval = absl::Milliseconds(20);
    options.drain_limit = absl::Seconds(5);
    return options;
  }

  EmbeddedResult RunToEnd(EmbeddedRunOptions options) {
    auto run = EmbeddedRun::Start(std::move(options));
    EXPECT_TRUE(run.ok()) << run.status();
    return run.ok() ? (*run)->Wait() : EmbeddedResult();
  }

  std::string Canonical(const std::string& name) {
    auto run = LoadRun(Dir(name));
    EXPECT_TRUE(run.ok()) << run.status();
    std::map<std::string, v1::Envelope> envelopes;
    for (const auto& [id, unit] : run->units) envelopes[id] = unit.envelope;
    auto folded = FoldRun(run->record, ScorerNeedsCalls, envelopes);
    EXPECT_TRUE(folded.ok()) << folded.status();
    return CanonicalResults(folded->results);
  }

  ScratchFolder scratch_;
  std::unique_ptr<Simulator> simulator_;
};

TEST_F(EmbeddedRunTest, RunsToTheSealAndCanBeReadBack) {
  Serve();
  const v1::RunRecord record = MakeRecord(6);
  ASSERT_TRUE(CreateRun(Dir("a"), record).ok());
  int ticks = 0;
  EmbeddedRunOptions options = OptionsFor("a");
  EmbeddedProgress last;
  options.progress = [&](const EmbeddedProgress& progress) {
    ++ticks;
    last = progress;
  };
  const EmbeddedResult result = RunToEnd(std::move(options));
  EXPECT_EQ(result.end, RunEnd::kSealed) << result.reason;
  EXPECT_GE(ticks, 1);
  EXPECT_EQ(last.state, "sealed");
  EXPECT_EQ(last.generations.succeeded, 6);
  EXPECT_EQ(last.judged.succeeded, 6);
  EXPECT_GT(last.generated_tokens, 0);

  auto stored = LoadRun(Dir("a"));
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(stored->record.run_id(), "run1");
  EXPECT_EQ(stored->units.size(), 18u);
  ASSERT_TRUE(stored->manifest.has_value());
  EXPECT_EQ(stored->manifest->entries_size(), 18);
  EXPECT_FALSE(stored->cancelled);
  for (const auto& [id, unit] : stored->units) {
    EXPECT_EQ(unit.commit.unit_id(), id);
    EXPECT_EQ(unit.envelope.unit_id(), id);
  }
}

TEST_F(EmbeddedRunTest, AnEndedRunIsSealedAtOnceAndCallsNobody) {
  Serve();
  ASSERT_TRUE(CreateRun(Dir("a"), MakeRecord(3)).ok());
  ASSERT_EQ(RunToEnd(OptionsFor("a")).end, RunEnd::kSealed);
  const std::int64_t calls = simulator_->Counts().Total();
  EXPECT_EQ(RunToEnd(OptionsFor("a")).end, RunEnd::kSealed);
  EmbeddedRunOptions retry = OptionsFor("a");
  retry.retry_errors = true;  // nothing is lost, so nothing is opened
  EXPECT_EQ(RunToEnd(std::move(retry)).end, RunEnd::kSealed);
  EXPECT_EQ(simulator_->Counts().Total(), calls);
}

TEST_F(EmbeddedRunTest, RefusesWhatIsNotThereOrThereAlready) {
  Serve();
  EXPECT_TRUE(absl::IsNotFound(EmbeddedRun::Start(OptionsFor("none")).status()));
  EXPECT_TRUE(absl::IsNotFound(LoadRun(Dir("none")).status()));
  EXPECT_FALSE(std::filesystem::exists(Dir("none")));
  ASSERT_TRUE(CreateRun(Dir("a"), MakeRecord(1)).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(CreateRun(Dir("a"), MakeRecord(1, "run2"))));
}

TEST_F(EmbeddedRunTest, RefusesADirectoryInUse) {
  Serve(200);
  ASSERT_TRUE(CreateRun(Dir("a"), MakeRecord(4)).ok());
  auto first = EmbeddedRun::Start(OptionsFor("a"));
  ASSERT_TRUE(first.ok());
  auto second = EmbeddedRun::Start(OptionsFor("a"));
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status()));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("used by another assay process"));
  EXPECT_TRUE(LoadRun(Dir("a")).ok());  // reading is always allowed
}

TEST_F(EmbeddedRunTest, DrainKeepsWhatIsRunningAndAbortDoesNot) {
  Serve(40);
  ASSERT_TRUE(CreateRun(Dir("whole"), MakeRecord(6)).ok());
  ASSERT_EQ(RunToEnd(OptionsFor("whole")).end, RunEnd::kSealed);
  const std::int64_t calls = simulator_->Counts().Total();
  for (const bool abort : {false, true}) {
    const std::string name = abort ? "abort" : "drain";
    ASSERT_TRUE(CreateRun(Dir(name), MakeRecord(6)).ok());
    const std::int64_t mark = simulator_->Counts().Total();
    {
      auto run = EmbeddedRun::Start(OptionsFor(name));
      ASSERT_TRUE(run.ok());
      while (simulator_->Counts().Total() < mark + 3) ASSERT_FALSE((*run)->WaitFor({}).has_value());
      abort ? (*run)->Abort() : (*run)->RequestDrain();
      EXPECT_EQ((*run)->Wait().end, RunEnd::kDrained);
    }
    const std::int64_t gone = simulator_->Counts().client_gone;
    EXPECT_EQ(gone > 0, abort);
    EXPECT_FALSE(LoadRun(Dir(name))->manifest.has_value());
    EXPECT_EQ(RunToEnd(OptionsFor(name)).end, RunEnd::kSealed);
    EXPECT_EQ(Canonical(name), Canonical("whole"));
    EXPECT_EQ(simulator_->Counts().Total() - mark, calls + gone);
  }
}

TEST_F(EmbeddedRunTest, AnExhaustedQuotaPausesTheRunAndNothingIsLost) {
  FaultRule quota;
  quota.match.after = 3;
  quota.action.status = 429;
  quota.action.error_code = "insufficient_quota";
  Serve(0, {quota});
  ASSERT_TRUE(CreateRun(Dir("a"), MakeRecord(4)).ok());
  const EmbeddedResult result = RunToEnd(OptionsFor("a"));
  EXPECT_EQ(result.end, RunEnd::kPaused);
  EXPECT_THAT(result.reason, HasSubstr("quota"));
  simulator_->SetFaults({});
  EXPECT_EQ(RunToEnd(OptionsFor("a")).end, RunEnd::kSealed);
  ASSERT_TRUE(CreateRun(Dir("whole"), MakeRecord(4)).ok());
  RunToEnd(OptionsFor("whole"));
  EXPECT_EQ(Canonical("a"), Canonical("whole"));
}

TEST_F(EmbeddedRunTest, RetryErrorsMakesOnlyTheLostCallsAgain) {
  FaultRule refuse;
  refuse.match.model = "sim/strong";
  refuse.match.prompt = "number 2";
  refuse.action.status = 400;
  Serve(0, {refuse});
  ASSERT_TRUE(CreateRun(Dir("a"), MakeRecord(4)).ok());
  const EmbeddedResult result = RunToEnd(OptionsFor("a"));
  EXPECT_EQ(result.end, RunEnd::kSealed);
  EXPECT_EQ(result.progress.generations.lost, 1);
  simulator_->SetFaults({});
  const std::int64_t mark = simulator_->Counts().Total();
  EmbeddedRunOptions retry = OptionsFor("a");
  retry.retry_errors = true;
  const EmbeddedResult again = RunToEnd(std::move(retry));
  EXPECT_EQ(again.end, RunEnd::kSealed) << again.reason;
  EXPECT_EQ(again.revision, 1);
  EXPECT_EQ(again.progress.generations.lost, 0);
  EXPECT_EQ(simulator_->Counts().Total() - mark, 2);  // its generation and its judge
  auto stored = LoadRun(Dir("a"));
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(stored->revision, 1);
  EXPECT_TRUE(stored->manifest.has_value());
}

TEST_F(EmbeddedRunTest, RejudgeTakesTheGenerationsOver) {
  Serve();
  ASSERT_TRUE(CreateRun(Dir("source"), MakeRecord(5, "source")).ok());
  ASSERT_EQ(RunToEnd(OptionsFor("source")).end, RunEnd::kSealed);
  const std::vector<LedgerEntry> before = simulator_->LedgerEntries();

  v1::RunRecord record = MakeRecord(5, "again");
  record.mutable_spec()->mutable_scorers(2)->set_id("second");
  ASSERT_TRUE(CreateRejudgeRun(Dir("again"), record, Dir("source"), false).ok());
  const EmbeddedResult result = RunToEnd(OptionsFor("again"));
  EXPECT_EQ(result.end, RunEnd::kSealed) << result.reason;
  std::vector<LedgerEntry> entries = simulator_->LedgerEntries();
  entries.erase(entries.begin(), entries.begin() + static_cast<long>(before.size()));
  EXPECT_GE(entries.size(), 5u);
  for (const LedgerEntry& entry : entries) EXPECT_EQ(entry.model, "sim/judge");

  auto source = LoadRun(Dir("source"));
  auto again = LoadRun(Dir("again"));
  ASSERT_TRUE(source.ok() && again.ok());
  EXPECT_EQ(again->record.source_run(), "source");
  int reused = 0;
  for (const auto& [id, unit] : again->units) {
    if (!unit.envelope.has_generation()) continue;
    ++reused;
    EXPECT_EQ(unit.envelope.provenance().reused_from(), "source");
    EXPECT_FALSE(unit.envelope.generation().text().empty());
  }
  EXPECT_EQ(reused, 5);
}

TEST_F(EmbeddedRunTest, RejudgeSaysWhatTheSourceLacks) {
  Serve();
  ASSERT_TRUE(CreateRun(Dir("source"), MakeRecord(2, "source")).ok());
  const absl::Status status =
      CreateRejudgeRun(Dir("again"), MakeRecord(2, "again"), Dir("source"), false);
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("lacks 2"));
  EXPECT_FALSE(std::filesystem::exists(Dir("again")));
  EXPECT_TRUE(CreateRejudgeRun(Dir("again"), MakeRecord(2, "again"), Dir("source"), true).ok());
}

TEST_F(EmbeddedRunTest, ADestroyedRunGoesOnLater) {
  Serve(100);
  ASSERT_TRUE(CreateRun(Dir("a"), MakeRecord(4)).ok());
  for (int i = 0; i < 3; ++i) {
    auto run = EmbeddedRun::Start(OptionsFor("a"));
    ASSERT_TRUE(run.ok());
  }
  EXPECT_EQ(RunToEnd(OptionsFor("a")).end, RunEnd::kSealed);
}

}  // namespace
}  // namespace assay
