// F13: SENTINEL FAILOVER under load, the worst case (reliability.md 1.5): the old master goes on
// taking writes that nobody will have. What was acknowledged is kept, since everything irrevocable
// waits for all replicas; the rest is adopted from the segments.
#include "coordinator/store/redis_sentinel.h"
#include "coordinator/store/redis_session.h"
#include "tests/rig/fault_run.h"

namespace assay {
namespace {

constexpr char kName[] = "assay-rig";

class PlannedFailover : public FaultRun {
 protected:
  void StartRedis() override {
    RedisServerOptions master;
    master.tcp = true;
    master.appendfsync = "always";
    master.more = {"--repl-diskless-sync-delay", "0"};
    servers_.push_back(std::make_unique<RedisServer>(master));
    RedisServerOptions replica = master;
    replica.more.insert(replica.more.end(),
                        {"--replicaof", "127.0.0.1", std::to_string(servers_[0]->port())});
    for (int i = 0; i < 2; ++i) servers_.push_back(std::make_unique<RedisServer>(replica));
    ASSERT_TRUE(WaitUntil([&] { return servers_[0]->Run({"WAIT", "2", "100"}).integer == 2; }));
    sentinels_ = std::make_unique<RedisSentinels>(kName, servers_[0]->port(), 500, 2);
    redis_at_ = {"--redis-master", kName, "--redis-wait-replicas", "2"};
    for (const std::string& address : sentinels_->addresses()) {
      redis_at_.insert(redis_at_.end(), {"--redis-sentinel", address});
    }
  }
  std::string Master() const {
    const auto named = AskSentinels(sentinels_->addresses(), kName, {});
    return named.ok() ? named->front() : "";
  }
  // Returns once sentinels name another master.
  void FailOver() {
    const std::string old = Master();
    const auto sentinel = RedisSession::Open(sentinels_->addresses()[0], {});
    ASSERT_TRUE(sentinel.ok()) << sentinel.status();
    // Refused while the sentinels have not agreed on the one before.
    ASSERT_TRUE(WaitUntil([&] { return (*sentinel)->Ask({"SENTINEL", "FAILOVER", kName}).ok(); }));
    ASSERT_TRUE(WaitUntil([&] { return !Master().empty() && Master() != old; }));
  }

  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::unique_ptr<RedisSentinels> sentinels_;
};

TEST_F(PlannedFailover, UnderLoad) {
  if (!RedisSentinels::Installed()) GTEST_SKIP() << RedisSentinels::kMissing;
  ASSERT_NO_FATAL_FAILURE(Begin(200, 60));
  StartAgents(2, 2);
  // Acknowledged before, acknowledged while it happens, and one that ended before.
  ASSERT_NO_FATAL_FAILURE(Submit("ended", SmallJob(60)));
  ASSERT_NO_FATAL_FAILURE(WaitForCalls(20, served_));
  ASSERT_NO_FATAL_FAILURE(FailOver());
  ASSERT_NO_FATAL_FAILURE(WaitForCalls(40, served_));
  ASSERT_NO_FATAL_FAILURE(FailOver());
  ExpectWhole("ended", served_, 4 * kSlots);
  const std::int64_t since = Served();
  ASSERT_NO_FATAL_FAILURE(Submit("after", job_));
  ExpectWhole("after", since, kSlots);
  const ProcessEnd status = Run({"status", "--coordinator", address_});
  EXPECT_THAT(status.out, ::testing::HasSubstr("ended"));
}

}  // namespace
}  // namespace assay
