// A Redis that lost everything, and the segments it is made of again: with the verb, and by the
// leader itself; to the same digits.
#include <fstream>
#include <set>

#include "tests/fakes/redis_server.h"
#include "tests/integration/grpc/cluster_fixture.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RebuildTest : public ClusterTest {
 protected:
  void SetUp() override {
    if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
    redis_ = std::make_unique<RedisServer>();
    blobs_ = (scratch_.path() / "blobs").string();
  }

  // A coordinator and agents, started anew.
  void StartCluster() {
    coordinator_ = Candidate(redis_->address(), "one");
    address_ = coordinator_->FirstLine();
    agents_.push_back(Agent("worker"));
    agents_.push_back(Agent("judge"));
  }
  void StopCluster() {
    agents_.clear();
    coordinator_->Kill();
    // The key of a leader that was killed stays until its time is over.
    ASSERT_TRUE(WaitUntil([&] {
      return redis_->Run({"EXISTS", "assay1:{ctl}:leader"}).integer == 0;
    }));
  }

  ProcessEnd Verb(const std::string& verb, const std::string& run_id) {
    return Run({verb, run_id, "--blob-dir", blobs_, "--redis", redis_->address()});
  }

  static std::string ScoresIn(const ProcessEnd& status) {
    const std::size_t at = status.out.find("Scores:");
    return at == std::string::npos ? "none in: " + status.out : status.out.substr(at);
  }

  // Everything about shards but who owns them: key, field, value. Of units that are open only that
  // they are.
  std::multiset<std::string> Dump() const {
    std::multiset<std::string> dump;
    for (const RedisReply& key : redis_->Run({"KEYS", "assay1:*"}).elements) {
      if (key.text.find("{ctl}") != std::string::npos) continue;
      if (key.text.ends_with(":shards")) {
        for (const RedisReply& member : redis_->Run({"SMEMBERS", key.text}).elements) {
          dump.insert(key.text + " " + member.text);
        }
        continue;
      }
      const RedisReply all = redis_->Run({"HGETALL", key.text});
      for (std::size_t i = 0; i + 1 < all.elements.size(); i += 2) {
        const std::string& field = all.elements[i].text;
        std::string value = all.elements[i + 1].text;
        if (field == "leader") continue;
        if (value.starts_with("Q|") || value.starts_with("L|")) value = "open";
        dump.insert(key.text + " " + field + " " + value);
      }
    }
    return dump;
  }

  std::unique_ptr<RedisServer> redis_;
  std::string blobs_;
  std::unique_ptr<RoleProcess> coordinator_;
  std::vector<std::unique_ptr<RoleProcess>> agents_;
};

TEST_F(RebuildTest, ASealedRunComesBackToTheSameDigits) {
  Serve(0);
  StartCluster();
  ASSERT_EQ(Submit("job").exit_code, 0);
  ASSERT_EQ(Run({"watch", "job", "--coordinator", address_}).exit_code, 0);
  const ProcessEnd scores = Run({"status", "job", "--scores", "--coordinator", address_});
  ASSERT_THAT(scores.out, HasSubstr("scorings     8/8"));
  EXPECT_EQ(Verb("fsck", "job").exit_code, 0) << "beside a coordinator that leads";
  const std::string before = Exported("job");

  // While somebody leads nobody else writes.
  ProcessEnd rebuilt = Verb("rebuild", "job");
  EXPECT_EQ(rebuilt.exit_code, 2) << rebuilt.out << rebuilt.err;
  EXPECT_THAT(rebuilt.err, AllOf(HasSubstr("a coordinator leads at"), HasSubstr(address_)));

  StopCluster();
  const std::multiset<std::string> dump = Dump();
  redis_->Run({"FLUSHALL"});
  const ProcessEnd lost = Verb("fsck", "job");
  EXPECT_EQ(lost.exit_code, 1) << lost.out << lost.err;
  EXPECT_THAT(lost.out, HasSubstr("shard 0 is not in Redis"));
  rebuilt = Verb("rebuild", "job");
  EXPECT_EQ(rebuilt.exit_code, 0) << rebuilt.out << rebuilt.err;
  EXPECT_THAT(rebuilt.out, HasSubstr("job (sealed): 1 shards, 12 units, 0 open, 12 done"));
  EXPECT_EQ(Dump(), dump);
  EXPECT_EQ(Verb("fsck", "job").exit_code, 0);
  EXPECT_EQ(Verb("rebuild", "job").exit_code, 0) << "repeated";
  EXPECT_EQ(Dump(), dump);

  StartCluster();
  const ProcessEnd again = Run({"status", "job", "--scores", "--coordinator", address_});
  EXPECT_EQ(ScoresIn(again), ScoresIn(scores)) << again.err;
  std::filesystem::remove_all(scratch_.path() / "laptop");
  EXPECT_EQ(Exported("job"), before);
}

TEST_F(RebuildTest, TheLeaderRestoresWhatRedisLostUnderIt) {
  Serve(0);
  StartCluster();
  ASSERT_EQ(Submit("job").exit_code, 0);
  ASSERT_EQ(Run({"watch", "job", "--coordinator", address_}).exit_code, 0);
  const ProcessEnd scores = Run({"status", "job", "--scores", "--coordinator", address_});
  const std::multiset<std::string> dump = Dump();
  redis_->Run({"FLUSHALL"});
  // It finds its key gone, is elected again, and takes the run up when it is asked for it. Until
  // the new term begins it may still answer from the old one.
  ProcessEnd again;
  EXPECT_TRUE(WaitUntil([&] {
    again = Run({"status", "job", "--scores", "--coordinator", address_});
    return ScoresIn(again) == ScoresIn(scores) && Dump() == dump;
  })) << again.out
      << again.err << coordinator_->log();
  const ProcessEnd list = Run({"status", "--coordinator", address_});
  EXPECT_THAT(list.out, HasSubstr("job"));
  EXPECT_EQ(Verb("fsck", "job").exit_code, 0);
}

TEST_F(RebuildTest, AnOpenRunComesBackAndGoesOn) {
  Serve(700);
  StartCluster();
  ASSERT_EQ(Submit("job").exit_code, 0);
  ASSERT_TRUE(WaitUntil([&] {
    const std::string out = Run({"status", "job", "--coordinator", address_}).out;
    return out.find("generations") != std::string::npos &&
           out.find("generations  0/4") == std::string::npos;
  }));
  StopCluster();
  // Takes up what was left half done, so that both dumps are of a store at rest.
  ASSERT_EQ(Verb("rebuild", "job").exit_code, 0);
  const std::multiset<std::string> dump = Dump();
  redis_->Run({"FLUSHALL"});
  const ProcessEnd rebuilt = Verb("rebuild", "job");
  EXPECT_EQ(rebuilt.exit_code, 0) << rebuilt.out << rebuilt.err;
  EXPECT_THAT(rebuilt.out, HasSubstr("job (open): 1 shards, 12 units"));
  EXPECT_EQ(Dump(), dump);
  EXPECT_EQ(Verb("fsck", "job").exit_code, 0);
  StartCluster();
  EXPECT_EQ(Run({"watch", "job", "--coordinator", address_}).exit_code, 0);
  EXPECT_EQ(Verb("fsck", "job").exit_code, 0);
  EXPECT_TRUE(Exported("job") == EmbeddedResults());
}

TEST_F(RebuildTest, FsckSeesWhatDiffersFromTheSegments) {
  Serve(0);
  StartCluster();
  ASSERT_EQ(Submit("job").exit_code, 0);
  ASSERT_EQ(Run({"watch", "job", "--coordinator", address_}).exit_code, 0);
  StopCluster();
  std::string sums;
  for (const RedisReply& key : redis_->Run({"KEYS", "assay1:{job.0}:a"}).elements) sums = key.text;
  const std::string metric = redis_->Run({"HKEYS", sums}).elements.at(0).text;
  redis_->Run({"HINCRBY", sums, metric, "1"});
  ProcessEnd fsck = Verb("fsck", "job");
  EXPECT_EQ(fsck.exit_code, 1);
  EXPECT_THAT(fsck.out,
              AllOf(HasSubstr("shard 0: " + metric + " differs by -1"), HasSubstr("1 problems")));
  redis_->Run({"HINCRBY", sums, metric, "-1"});
  std::string units;
  for (const RedisReply& key : redis_->Run({"KEYS", "assay1:{job.0}:u:g.*"}).elements) {
    units = key.text;
  }
  std::string unit = redis_->Run({"HGET", units, "1"}).text;
  ASSERT_EQ(unit[0], 'D') << unit;
  unit[0] = 'Q';
  redis_->Run({"HSET", units, "1", unit});
  fsck = Verb("fsck", "job");
  EXPECT_EQ(fsck.exit_code, 1);
  EXPECT_THAT(fsck.out, HasSubstr("has ended by the segments, and is open in Redis"));
}

TEST_F(RebuildTest, RefusesWhatItCannotRestore) {
  Serve(0);
  StartCluster();
  ASSERT_EQ(Submit("job").exit_code, 0);
  ASSERT_EQ(Run({"watch", "job", "--coordinator", address_}).exit_code, 0);
  StopCluster();
  redis_->Run({"FLUSHALL"});
  ProcessEnd refused = Verb("rebuild", "jab");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("no run jab in the segments; there are 1: job"));
  refused = Run({"rebuild", "job", "--blob-dir", blobs_ + "/no", "--redis", redis_->address()});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("no folder of segments"));
  refused = Run({"rebuild", "job", "--blob-dir", blobs_, "--redis", "127.0.0.1:1"});
  EXPECT_EQ(refused.exit_code, 3) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("127.0.0.1:1"));

  // A byte in the middle of the segment.
  for (const auto& entry : std::filesystem::directory_iterator(blobs_)) {
    if (!entry.path().filename().string().starts_with("seg-")) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(entry.path()) / 2));
    file.put('\x5a').put('\x5a').put('\x5a');
  }
  refused = Verb("rebuild", "job");
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.err, HasSubstr("the segments are damaged"));
  EXPECT_THAT(redis_->Run({"KEYS", "*"}).elements,
              Not(::testing::Contains(::testing::Field(&RedisReply::text, HasSubstr("job")))));
}

}  // namespace
}  // namespace assay
