// Leader election on a real server with short times; the steady clock is the test's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "common/base/log.h"
#include "coordinator/store/redis_connection.h"
#include "coordinator/store/redis_leader_election.h"
#include "tests/fakes/inbox_executor.h"
#include "tests/fakes/redis_server.h"

namespace assay {
namespace {

class Candidate : public LeadershipListener {
 public:
  Candidate(const std::string& address, const std::string& name, std::uint64_t seed,
            const RedisScripts& scripts = RedisScripts::BuiltIn()) {
    RedisConnectionOptions connection;
    connection.servers = {address};
    connection.scripts = scripts.All();
    connection.session.io_timeout = absl::Milliseconds(200);
    connection.last_backoff = absl::Milliseconds(20);
    connection_ = std::make_unique<RedisConnection>(executor, connection);
    RedisLeaderElectionOptions options;
    options.address = name;
    options.ttl = absl::Milliseconds(500);
    options.renew = absl::Milliseconds(150);
    options.demote_after = absl::Milliseconds(350);
    options.retry = absl::Milliseconds(50);
    options.scripts = &scripts;
    election = std::make_unique<RedisLeaderElection>(executor, executor.clock(), *connection_,
                                                     Random(seed), options);
    election->Start(this);
  }
  ~Candidate() override { connection_.reset(); }

  void OnElected(const LeaderToken& token) override { terms.push_back(token); }
  void OnDemoted(std::string_view why) override { demotions.emplace_back(why); }

  // With the clock following real time.
  bool Until(const std::function<bool()>& done) {
    return executor.RunInRealTime(done, std::chrono::seconds(10));
  }
  bool UntilElected(std::size_t terms_so_far = 1) {
    return Until([&] { return terms.size() >= terms_so_far; });
  }
  // Lets answers in, with the clock standing still.
  void Settle() {
    executor.Advance(absl::ZeroDuration());
    executor.RunUntil([] { return false; }, std::chrono::milliseconds(30));
  }
  bool leads() const { return election->token().has_value(); }

  InboxExecutor executor;
  std::vector<LeaderToken> terms;
  std::vector<std::string> demotions;
  std::unique_ptr<RedisLeaderElection> election;

 private:
  std::unique_ptr<RedisConnection> connection_;
};

class LeaderElectionTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
    SetLogLevel(LogLevel::kError);
    server_.emplace();
  }
  std::string Key() { return server_->Run({"GET", "assay1:{ctl}:leader"}).text; }

  std::optional<RedisServer> server_;
};

TEST_F(LeaderElectionTest, OneOfTwoLeadsAndTheOtherKnowsWhere) {
  Candidate a(server_->address(), "host-a:1", 1);
  ASSERT_TRUE(a.UntilElected());
  Candidate b(server_->address(), "host-b:1", 2);
  ASSERT_TRUE(b.Until([&] { return b.election->leader_address() == "host-a:1"; }));
  EXPECT_FALSE(b.leads());
  EXPECT_EQ(a.election->token(), a.terms[0]);
  EXPECT_EQ(a.terms[0].epoch, 1u);
  EXPECT_EQ(Key(), "1:" + a.terms[0].nonce + " host-a:1");
  EXPECT_EQ(a.terms[0].nonce.size(), 16u);
}

TEST_F(LeaderElectionTest, RenewalKeepsTheTerm) {
  Candidate a(server_->address(), "a", 1);
  ASSERT_TRUE(a.UntilElected());
  const absl::Duration start = a.executor.clock().SteadyNow();
  ASSERT_TRUE(
      a.Until([&] { return a.executor.clock().SteadyNow() > start + absl::Milliseconds(1500); }));
  EXPECT_TRUE(a.leads());
  EXPECT_EQ(a.terms.size(), 1u);
  EXPECT_TRUE(a.demotions.empty());
}

TEST_F(LeaderElectionTest, AfterACrashTheKeyExpiresAndAnotherTakesOver) {
  auto a = std::make_unique<Candidate>(server_->address(), "a", 1);
  ASSERT_TRUE(a->UntilElected());
  const LeaderToken first = a->terms[0];
  Candidate b(server_->address(), "b", 2);
  a.reset();
  ASSERT_TRUE(b.UntilElected());
  EXPECT_EQ(b.terms[0].epoch, first.epoch + 1);
  EXPECT_NE(b.terms[0].nonce, first.nonce);
}

TEST_F(LeaderElectionTest, ResigningHandsOverAtOnce) {
  Candidate a(server_->address(), "a", 1);
  ASSERT_TRUE(a.UntilElected());
  std::optional<absl::Status> resigned;
  a.election->Resign([&](absl::Status status) { resigned = status; });
  EXPECT_FALSE(a.leads());
  ASSERT_TRUE(a.executor.RunUntil([&] { return resigned.has_value(); }));
  EXPECT_TRUE(resigned->ok());
  EXPECT_EQ(Key(), "");
  EXPECT_THAT(a.demotions, testing::ElementsAre("resigned"));
  Candidate b(server_->address(), "b", 2);
  ASSERT_TRUE(b.UntilElected());
  a.Settle();
  EXPECT_EQ(a.terms.size(), 1u) << "it runs no more";
}

TEST_F(LeaderElectionTest, NobodyResignsForAnother) {
  Candidate a(server_->address(), "a", 1);
  ASSERT_TRUE(a.UntilElected());
  server_->Run({"SET", "assay1:{ctl}:leader", "1:other b", "PX", "60000"});
  std::optional<absl::Status> resigned;
  a.election->Resign([&](absl::Status status) { resigned = status; });
  ASSERT_TRUE(a.executor.RunUntil([&] { return resigned.has_value(); }));
  EXPECT_EQ(Key(), "1:other b") << "compared by nonce, not by epoch";
}

TEST_F(LeaderElectionTest, ALostKeyEndsTheTermAndTheNextHasAHigherEpoch) {
  Candidate a(server_->address(), "a", 1);
  ASSERT_TRUE(a.UntilElected());
  server_->Run({"DEL", "assay1:{ctl}:leader"});
  ASSERT_TRUE(a.UntilElected(2));
  EXPECT_EQ(a.demotions.size(), 1u);
  EXPECT_EQ(a.terms[1].epoch, 2u);
}

TEST_F(LeaderElectionTest, AKeyTakenByAnotherEndsTheTerm) {
  Candidate a(server_->address(), "a", 1);
  ASSERT_TRUE(a.UntilElected());
  // The same epoch with another nonce, as after a failover that lost an increment.
  server_->Run({"SET", "assay1:{ctl}:leader", "1:other b", "PX", "60000"});
  ASSERT_TRUE(a.Until([&] { return !a.demotions.empty(); }));
  EXPECT_FALSE(a.leads());
  EXPECT_EQ(a.election->leader_address(), "b");
  EXPECT_EQ(Key(), "1:other b") << "another's key is not touched";
}

TEST_F(LeaderElectionTest, ARolledBackEpochIsRunAgainstUntilItIsExceeded) {
  Candidate a(server_->address(), "a", 1);
  ASSERT_TRUE(a.UntilElected());
  a.election->Surrender(57);
  EXPECT_FALSE(a.leads());
  ASSERT_TRUE(a.UntilElected(2));
  EXPECT_EQ(a.terms[1].epoch, 58u);
  EXPECT_EQ(server_->Run({"GET", "assay1:{ctl}:epoch"}).text, "58");
}

// The clock jumps past the end of the term before any task runs, as after a long stop.
TEST_F(LeaderElectionTest, ATermEndsOnTheSteadyClockEvenWithinAStalledTask) {
  Candidate a(server_->address(), "a", 1);
  ASSERT_TRUE(a.UntilElected());
  int milliseconds = 0;
  for (; a.leads() && milliseconds < 1000; ++milliseconds) {
    a.executor.clock().Advance(absl::Milliseconds(1));
  }
  EXPECT_LE(milliseconds, 350) << "counted from when the winning request was sent";
  EXPECT_FALSE(a.leads()) << "before OnDemoted could be delivered";
  EXPECT_TRUE(a.demotions.empty());
  a.executor.Advance(absl::ZeroDuration());
  a.Settle();
  EXPECT_EQ(a.demotions.size(), 1u);
}

TEST_F(LeaderElectionTest, ASilentServerEndsTheTermBeforeTheKeyExpires) {
  Candidate a(server_->address(), "a", 1);
  ASSERT_TRUE(a.UntilElected());
  server_->Freeze();
  const absl::Duration start = a.executor.clock().SteadyNow();
  ASSERT_TRUE(
      a.Until([&] { return a.executor.clock().SteadyNow() >= start + absl::Milliseconds(350); }));
  EXPECT_FALSE(a.leads());
  ASSERT_TRUE(a.Until([&] { return !a.demotions.empty(); }));
  server_->Thaw();
  ASSERT_TRUE(a.UntilElected(2));
  EXPECT_GT(a.terms[1].epoch, a.terms[0].epoch);
}

TEST_F(LeaderElectionTest, CalendarTimeDecidesNothing) {
  Candidate a(server_->address(), "a", 1);
  ASSERT_TRUE(a.UntilElected());
  a.executor.clock().JumpWall(absl::Hours(24 * 365));
  a.Settle();
  EXPECT_TRUE(a.leads());
}

// Without the comparison in renew, a deposed leader would keep another's key alive as its own.
TEST_F(LeaderElectionTest, MutantWithoutComparisonIsSeen) {
  RedisScripts scripts = RedisScripts::BuiltIn();
  std::string& text = scripts.renew.text;
  text.replace(text.find("holder ~= ARGV[1]"), 17, "not holder");
  Candidate a(server_->address(), "a", 1, scripts);
  ASSERT_TRUE(a.UntilElected());
  server_->Run({"SET", "assay1:{ctl}:leader", "1:other b", "PX", "60000"});
  const absl::Duration start = a.executor.clock().SteadyNow();
  a.Until([&] { return a.executor.clock().SteadyNow() > start + absl::Milliseconds(600); });
  EXPECT_TRUE(a.leads()) << "the mutant is not what it should be";
}

// Two candidates over terms of 500 ms, with the leader's key deleted over and over: at no moment do
// two of them think that they lead under one token.
TEST_F(LeaderElectionTest, TokensAreNeverShared) {
  Candidate a(server_->address(), "a", 1);
  Candidate b(server_->address(), "b", 2);
  for (int i = 0; i < 10; ++i) {
    const std::size_t before = a.terms.size() + b.terms.size();
    server_->Run({"DEL", "assay1:{ctl}:leader"});
    if (i % 3 == 0) server_->Run({"SET", "assay1:{ctl}:epoch", "1"});
    for (int k = 0; k < 400 && a.terms.size() + b.terms.size() == before; ++k) {
      a.executor.RunInRealTime([] { return false; }, std::chrono::milliseconds(5));
      b.executor.RunInRealTime([] { return false; }, std::chrono::milliseconds(5));
    }
    ASSERT_GT(a.terms.size() + b.terms.size(), before);
  }
  for (const LeaderToken& one : a.terms) {
    EXPECT_EQ(std::count(b.terms.begin(), b.terms.end(), one), 0);
    EXPECT_EQ(std::count(a.terms.begin(), a.terms.end(), one), 1);
  }
}

}  // namespace
}  // namespace assay
