// Two coordinators over one Redis and one segment folder: the second takes over where the first
// was killed or stopped, and no call is made twice.
#include <set>

#include "tests/fakes/redis_server.h"
#include "tests/integration/grpc/cluster_fixture.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

class FailoverTest : public ClusterTest {
 protected:
  void SetUp() override {
    if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
    redis_ = std::make_unique<RedisServer>();
    Serve(250);
    first_ = Candidate(redis_->address(), "first");
    ASSERT_TRUE(WaitUntil([&] { return Leads(*first_); })) << first_->log();
    second_ = Candidate(redis_->address(), "second");
    address_ = first_->FirstLine() + "," + second_->FirstLine();
    for (int i = 0; i < 3; ++i) agents_.push_back(Agent("worker"));
    for (int i = 0; i < 2; ++i) agents_.push_back(Agent("judge"));
  }

  static bool Leads(const RoleProcess& coordinator) {
    return coordinator.log().find(" leading ") != std::string::npos;
  }

  // Submits, waits until calls are under way, and lets `interrupt` happen.
  void RunThrough(const std::function<void()>& interrupt) {
    ASSERT_EQ(Submit("job").exit_code, 0);
    ASSERT_TRUE(WaitUntil([&] { return simulator_->Counts().Total() >= 3; }));
    interrupt();
    const ProcessEnd end = Run({"watch", "job", "--coordinator", address_});
    EXPECT_EQ(end.exit_code, 0) << end.err << second_->log();
  }

  void ExpectNoCallMadeTwice() {
    std::multiset<std::string> bodies;
    for (const LedgerEntry& entry : simulator_->LedgerEntries()) bodies.insert(entry.body_sha256);
    for (const std::string& body : std::set<std::string>(bodies.begin(), bodies.end())) {
      EXPECT_EQ(bodies.count(body), 1u) << "a call was paid for twice";
    }
    EXPECT_EQ(bodies.size(), 8u) << "four texts, four judgements";
  }

  void ExpectWholeResults() {
    const std::string exported = Exported("job");
    ExpectNoCallMadeTwice();
    EXPECT_TRUE(exported == EmbeddedResults());
  }

  std::unique_ptr<RedisServer> redis_;
  std::unique_ptr<RoleProcess> first_;
  std::unique_ptr<RoleProcess> second_;
  std::vector<std::unique_ptr<RoleProcess>> agents_;
};

TEST_F(FailoverTest, AKilledLeaderIsReplacedAndNoGenerationIsInterrupted) {
  RunThrough([&] { first_->Kill(); });
  EXPECT_TRUE(Leads(*second_));
  ExpectWholeResults();
  const ProcessEnd status = Run({"status", "job", "--scores", "--coordinator", address_});
  EXPECT_THAT(status.out, HasSubstr("scorings     8/8"));
}

TEST_F(FailoverTest, AStoppedLeaderHandsOver) {
  RunThrough([&] { EXPECT_EQ(first_->Terminate().exit_code, 0) << first_->log(); });
  EXPECT_TRUE(Leads(*second_));
  ExpectWholeResults();
}

TEST_F(FailoverTest, LeadersComeAndGo) {
  const std::string listen = first_->FirstLine();
  RunThrough([&] {
    first_->Kill();
    ASSERT_TRUE(WaitUntil([&] { return Leads(*second_); })) << second_->log();
    first_ = Candidate(redis_->address(), "first", listen);
    second_->Kill();
    ASSERT_TRUE(WaitUntil([&] { return Leads(*first_); })) << first_->log();
  });
  ExpectWholeResults();
}

}  // namespace
}  // namespace assay
