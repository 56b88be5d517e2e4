// A whole cluster of real processes with one coordinator: the same results as an embedded run, and
// none lost when its parts go and come.
#include <gmock/gmock.h>

#include "tests/integration/grpc/cluster_fixture.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

TEST_F(ClusterTest, GivesTheResultsOfAnEmbeddedRun) {
  Serve(1);
  const auto coordinator = Coordinator();
  const auto worker1 = Agent("worker");
  const auto worker2 = Agent("worker");
  const auto judge = Agent("judge");

  ProcessEnd end = Submit("cluster");
  ASSERT_EQ(end.exit_code, 0) << end.err;
  EXPECT_EQ(end.out, "cluster\n");
  end = Submit("cluster");
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.err, HasSubstr("submitted before"));

  end = Run({"watch", "cluster", "--coordinator", address_});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.out, HasSubstr("sealed"));
  end = Run({"status", "cluster", "--scores", "--coordinator", address_});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.out, HasSubstr("generations  4/4"));
  EXPECT_THAT(end.out, HasSubstr("judged"));
  end = Run({"status", "--coordinator", address_});
  EXPECT_THAT(end.out, HasSubstr("cluster"));
  EXPECT_TRUE(Exported("cluster") == EmbeddedResults());

  const std::string laptop = (scratch_.path() / "laptop" / "cluster").string();
  EXPECT_EQ(Run({"results", "cluster", "--canonical", "--coordinator", address_}).out,
            Run({"results", laptop, "--canonical"}).out);

  end =
      Run({"rejudge", "cluster", "--coordinator", address_, "--judge", "openai/sim/judge",
           "--judge-base-url", simulator_->base_url(), "--scorer", "rubric", "--run-id", "again"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  end = Run({"watch", "again", "--coordinator", address_});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  const std::string reports = (scratch_.path() / "reports").string();
  end = Run({"report", "again", "--coordinator", address_, "-o", reports});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_TRUE(std::filesystem::exists(reports + "/again/report.html"));

  EXPECT_EQ(Run({"status", "no-such-run", "--coordinator", address_}).exit_code, 2);
  EXPECT_EQ(Run({"cancel", "cluster", "--coordinator", address_}).exit_code, 2) << "it is sealed";
  EXPECT_EQ(worker1->Terminate().exit_code, 0) << worker1->log();
  EXPECT_EQ(worker2->Terminate().exit_code, 0) << worker2->log();
  EXPECT_EQ(judge->Terminate().exit_code, 0) << judge->log();
  EXPECT_EQ(coordinator->Terminate().exit_code, 0) << coordinator->log();
}

TEST_F(ClusterTest, PauseResumeAndCancel) {
  Serve(1);
  const auto coordinator = Coordinator();
  ASSERT_EQ(Submit("paused").exit_code, 0);
  const auto control = [&](const std::string& verb) {
    return Run({verb, "paused", "--coordinator", address_});
  };
  EXPECT_THAT(control("pause").out, HasSubstr("paused"));
  EXPECT_THAT(control("pause").out, HasSubstr("paused"));
  EXPECT_THAT(Run({"status", "paused", "--coordinator", address_}).out, HasSubstr("operator"));
  EXPECT_THAT(control("resume").out, HasSubstr("running"));
  EXPECT_EQ(control("cancel").exit_code, 0);
  const ProcessEnd watched = Run({"watch", "paused", "--coordinator", address_});
  EXPECT_EQ(watched.exit_code, 1) << watched.err;
  EXPECT_THAT(Exported("paused"), HasSubstr("cancelled"));
}

TEST_F(ClusterTest, SurvivesTheDeathOfEveryRole) {
  Serve(150);
  auto coordinator = Coordinator();
  auto worker = Agent("worker");
  auto judge = Agent("judge");
  ASSERT_EQ(Submit("killed").exit_code, 0);
  ASSERT_TRUE(WaitUntil([&] { return simulator_->Counts().Total() >= 2; }));
  worker->Kill();
  worker = Agent("worker");
  const std::string address = address_;
  coordinator->Kill();
  coordinator = Coordinator(address);
  ASSERT_EQ(address_, address) << "agents know this address only";
  judge->Kill();
  judge = Agent("judge");
  const ProcessEnd end = Run({"watch", "killed", "--coordinator", address_});
  EXPECT_EQ(end.exit_code, 0) << end.err << coordinator->log();
  EXPECT_TRUE(Exported("killed") == EmbeddedResults());
}

}  // namespace
}  // namespace assay
