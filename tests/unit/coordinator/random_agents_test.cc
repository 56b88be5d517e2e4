// Agents that fail, die, stall, repeat and reorder at random, under many seeds: every invariant
// holds at every step, every run is sealed once agents behave, and the results are the same every
// time.
#include "common/base/log.h"
#include "coordinator/core/fold.h"
#include "coordinator/core/run_plan.h"
#include "tests/unit/coordinator/test_run.h"

namespace assay {
namespace {

constexpr int kLimit = 3;

class RandomAgents {
 public:
  explicit RandomAgents(std::uint64_t seed)
      : random_(seed), record_(TestRun({.samples = 6, .models = 2, .max_in_flight = kLimit})) {
    record_.mutable_spec()->mutable_retry()->set_infra_attempts(200);
    CoordinatorOptions options;
    options.max_deaths = 1000;
    process_ = std::make_unique<TestProcess>(options, seed);
    EXPECT_TRUE(process_->AddRun(record_).ok());
    for (int i = 0; i < 3; ++i) Spawn(i);
  }

  void Run() {
    for (int step = 0; step < 400 && !process_->Sealed(); ++step) {
      Step(true);
      CheckInvariants();
    }
    for (int step = 0; step < 4000 && !process_->Sealed(); ++step) {
      Step(false);
      CheckInvariants();
    }
    ASSERT_TRUE(process_->Sealed()) << "no liveness";
  }

  std::string Results() {
    std::map<std::string, v1::Envelope> envelopes;
    const RunPlan plan = RunPlan::Make(record_, NeedsCallsInTests).value();
    EXPECT_TRUE(RecoverRun(plan, process_->blobs, [&](UnitIndex unit, const v1::Envelope& e) {
                  envelopes[plan.IdOf(unit)] = e;
                }).ok());
    return CanonicalResults(FoldRun(record_, NeedsCallsInTests, envelopes).value().results);
  }
  const FakeBlobStore& blobs() const { return process_->blobs; }

 private:
  void Spawn(int i) {
    agents_.erase(i);
    agents_.emplace(
        i, HandAgent(*process_, "a" + std::to_string(i), 1 + static_cast<int>(random_.Below(8)),
                     "i" + std::to_string(++incarnations_)));
  }

  void Step(bool faults) {
    const int i = static_cast<int>(random_.Below(3));
    HandAgent& agent = agents_.at(i);
    switch (random_.Below(faults ? 12 : 4)) {
      case 0:
      case 1:
        agent.Sync(absl::Seconds(1));
        break;
      case 2:
        for (const v1::Assignment& start : agent.Running()) {
          if (random_.Below(2) == 0) TryFinish(agent, start);
        }
        agent.Sync(absl::Seconds(1));
        break;
      case 3:
        process_->executor.Advance(absl::Seconds(static_cast<std::int64_t>(random_.Below(10))));
        break;
      case 4:
        Spawn(i);  // its process died
        break;
      case 5:
        process_->executor.Advance(absl::Seconds(static_cast<std::int64_t>(random_.Below(60))));
        break;
      case 6:
      case 7:
      case 8:
        FailOne(agent);
        break;
      case 9:
        agent.Sync();
        old_.push_back(agent.Request());  // delivered later, or twice
        if (old_.size() > 4) old_.erase(old_.begin());
        break;
      case 10:
        if (!old_.empty()) (void)process_->Sync(old_[random_.Below(old_.size())]);
        break;
      default:
        // The text is stored and the report never comes.
        for (const v1::Assignment& start : agent.Running()) {
          const auto inputs = process_->Fetch(start);
          if (inputs.ok()) (void)process_->Put(ResultFor(*inputs, start.attempt()));
          agent.running.erase(start.attempt());
          break;
        }
    }
  }

  void TryFinish(HandAgent& agent, const v1::Assignment& start) {
    const auto inputs = process_->Fetch(start);
    if (!inputs.ok()) {
      EXPECT_TRUE(absl::IsAborted(inputs.status())) << inputs.status();
      agent.running.erase(start.attempt());
      return;
    }
    agent.FinishWith(start, ResultFor(*inputs, start.attempt()));
  }

  void FailOne(HandAgent& agent) {
    static constexpr v1::ErrorClass kClasses[] = {v1::ERROR_CLASS_INFRA, v1::ERROR_CLASS_THROTTLE,
                                                  v1::ERROR_CLASS_PREEMPTED};
    const auto starts = agent.Running();
    if (starts.empty()) return;
    agent.Fail(starts[random_.Below(starts.size())], kClasses[random_.Below(3)],
               static_cast<std::int64_t>(random_.Below(3)) * 1000);
  }

  void CheckInvariants() {
    const RunProgress p = process_->Progress();
    for (const UnitCounts* c : {&p.generations, &p.rule_scorings, &p.judged_scorings}) {
      ASSERT_EQ(c->total, c->open() + c->ended());
      ASSERT_EQ(c->total, 12);
    }
    std::int64_t on_generator = 0;
    for (const EndpointProgress& endpoint : p.endpoints) {
      ASSERT_LE(endpoint.leased, endpoint.max_in_flight);
      ASSERT_EQ(endpoint.max_in_flight, kLimit);
      if (endpoint.endpoint == "gen") on_generator = endpoint.leased;
    }
    ASSERT_LE(on_generator, kLimit);
    // Ended units never open again.
    ASSERT_GE(p.generations.ended(), ended_);
    ended_ = p.generations.ended();
    std::int64_t outcomes = 0;
    for (const auto& [outcome, count] : p.generation_outcomes) outcomes += count;
    ASSERT_EQ(outcomes, p.generations.ended());
    // At most one commit record a unit.
    std::set<std::string> committed;
    for (const BlobInfo& info : process_->blobs.List("run/run-1/commit/")) {
      ASSERT_TRUE(committed.insert(info.key.substr(0, info.key.rfind('/'))).second);
    }
  }

  Random random_;
  v1::RunRecord record_;
  std::unique_ptr<TestProcess> process_;
  std::map<int, HandAgent> agents_;
  std::vector<v1::SyncRequest> old_;
  int incarnations_ = 0;
  std::int64_t ended_ = 0;
};

TEST(RandomAgents, InvariantsHoldAndResultsAgreeUnderEverySeed) {
  SetLogLevel(LogLevel::kError);
  std::string expected;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    RandomAgents agents(seed);
    agents.Run();
    ASSERT_FALSE(testing::Test::HasFatalFailure()) << "seed " << seed;
    const std::string results = agents.Results();
    if (expected.empty()) expected = results;
    ASSERT_EQ(results, expected) << "seed " << seed;
  }
}

TEST(RandomAgents, TheSameSeedGivesTheSameLog) {
  SetLogLevel(LogLevel::kError);
  for (std::uint64_t seed : {3u, 17u}) {
    RandomAgents one(seed), two(seed);
    one.Run();
    two.Run();
    ASSERT_EQ(one.blobs().log.size(), two.blobs().log.size());
    for (std::size_t i = 0; i < one.blobs().log.size(); ++i) {
      ASSERT_EQ(one.blobs().log[i].key, two.blobs().log[i].key);
      ASSERT_EQ(one.blobs().log[i].value, two.blobs().log[i].value);
    }
  }
}

}  // namespace
}  // namespace assay
