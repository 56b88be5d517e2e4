#include "cli/cluster/node_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/cluster/cluster_addresses.h"
#include "cli/cluster/redis_location.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class NodeConfigTest : public ::testing::Test {
 protected:
  NodeConfigTest() {
    std::string name = (std::filesystem::temp_directory_path() / "assay-config-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~NodeConfigTest() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& text) {
    const std::string path = folder_ + "/node.yaml";
    std::ofstream(path) << text;
    return path;
  }

  static std::string Problem(const ConfigSource& source) {
    const auto config = LoadCoordinatorConfig(source);
    EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(MessageOf(config.status()));
  }

  Random random_{1};
  std::string folder_;
};

TEST_F(NodeConfigTest, FlagsWinOverTheFileAndDefaultsFillTheRest) {
  const std::string file =
      File("listen: 127.0.0.1:9\nblob_dir: from-file\nlease_s: 10\nelection_ttl_s: 1\n");
  const auto config = LoadCoordinatorConfig({file, {{"blob_dir", "a: b # c"}, {"lease_s", "0.6"}}});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->listen(), "127.0.0.1:9");
  EXPECT_EQ(config->blob_dir(), "a: b # c") << "a flag is text, not YAML";
  EXPECT_DOUBLE_EQ(config->lease_s(), 0.6);
  EXPECT_DOUBLE_EQ(config->sync_hold_s(), 20);
  EXPECT_DOUBLE_EQ(config->election_renew_s(), 0.3);
  EXPECT_DOUBLE_EQ(config->election_demote_s(), 0.7);
  EXPECT_EQ(config->store(), "redis");
  EXPECT_EQ(config->writer(), "c_127.0.0.1_9");
}

TEST_F(NodeConfigTest, RedisMayBeFoundBySentinelsAndHaveReplicas) {
  const auto config =
      LoadCoordinatorConfig({File("blob_dir: x\nredis_sentinel: [\"a:26379\", \"b:26379\"]\n"),
                             {{"redis_wait_replicas", "2"}, {"redis_wait_timeout_s", "0.5"}}});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->redis_sentinel(), ElementsAre("a:26379", "b:26379"));
  EXPECT_EQ(config->redis_master(), "assay");
  EXPECT_EQ(config->redis_wait_replicas(), 2);
  EXPECT_THAT(DescribeRedis(LocationIn(*config)), "assay at sentinels a:26379, b:26379");
  EXPECT_EQ(ReplicaWaitOf(LocationIn(*config)).replicas, 2);
  EXPECT_EQ(ReplicaWaitOf(LocationIn(*config)).timeout, absl::Milliseconds(500));
  const FlagValue folder{"blob_dir", "x"};
  EXPECT_THAT(Problem({"", {folder, {"redis_wait_replicas", "-1"}}}),
              HasSubstr("redis_wait_replicas: expected 0 to 100"));
  EXPECT_THAT(Problem({"", {folder, {"redis_wait_timeout_s", "60"}}}),
              HasSubstr("redis_wait_timeout_s: expected more than 0 and at most 4"));
  EXPECT_THAT(Problem({"", {folder, {"redis_sentinel", ","}}}), HasSubstr("redis_sentinel"));
}

TEST_F(NodeConfigTest, ErrorsNameTheFileAndLineOrTheFlag) {
  EXPECT_THAT(Problem({File("blob_dir: x\nlesae_s: 3\n"), {}}),
              ::testing::AllOf(HasSubstr("node.yaml:2"), HasSubstr("lesae_s")));
  EXPECT_THAT(Problem({"", {{"blob_dir", "x"}, {"lease_s", "soon"}}}), HasSubstr("--lease-s"));
  EXPECT_THAT(Problem({"", {{"blob_dir", "x"}, {"lease_s", "-1"}}}), HasSubstr("lease_s"));
  EXPECT_THAT(Problem({"", {{"blob_dir", "x"}, {"store", "disk"}}}), HasSubstr("redis or memory"));
  EXPECT_THAT(Problem({"", {}}), HasSubstr("blob_dir"));
  EXPECT_THAT(Problem({"", {{"blob_dir", "x"}, {"election_renew_s", "8"}}}),
              HasSubstr("election_renew_s < election_demote_s"));
}

TEST_F(NodeConfigTest, AnAgentGetsANameAndItsListsAreReplacedByFlags) {
  const std::string file = File("coordinators: [a:1, b:2]\nkey_env: [X_API_KEY]\nslots: 3\n");
  auto config = LoadAgentConfig({file, {}}, "judge", random_);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->coordinators(), ElementsAre("a:1", "b:2"));
  EXPECT_EQ(config->slots(), 3);
  EXPECT_THAT(config->id(), ::testing::StartsWith("judge-"));
  config =
      LoadAgentConfig({file, {{"coordinators", "c:3"}, {"coordinators", "d:4"}}}, "judge", random_);
  ASSERT_TRUE(config.ok());
  EXPECT_THAT(config->coordinators(), ElementsAre("c:3", "d:4"));
  EXPECT_THAT(config->key_env(), ElementsAre("X_API_KEY"));
  EXPECT_FALSE(LoadAgentConfig({"", {{"slots", "-1"}}}, "judge", random_).ok());
  EXPECT_FALSE(LoadAgentConfig({"", {{"slots", "99999"}}}, "judge", random_).ok());
}

TEST(ClusterAddresses, ComeFromFlagsThenTheEnvironmentThenTheDefault) {
  const auto none = [](const std::string&) { return std::optional<std::string>(); };
  const auto set = [](const std::string&) { return std::optional<std::string>("a:1, b:2"); };
  EXPECT_THAT(CoordinatorAddresses({"x:1", "y:2,z:3"}, set), ElementsAre("x:1", "y:2", "z:3"));
  EXPECT_THAT(CoordinatorAddresses({}, set), ElementsAre("a:1", "b:2"));
  EXPECT_THAT(CoordinatorAddresses({}, none), ElementsAre("127.0.0.1:7400"));
}

}  // namespace
}  // namespace assay
