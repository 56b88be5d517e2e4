// All judges in a cluster: preparations, probes and a panel give what they give in one process, and
// are scored anew as what they are.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/integration/grpc/cluster_fixture.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

class ClusterJudgesTest : public ClusterTest {
 protected:
  // Samples that list neither constraints nor aspects, so that both are made once per prompt.
  std::string Spec() {
    const std::filesystem::path folder = scratch_.path() / "mine";
    WriteText(folder / "suite" / "suite.yaml", "name: mine\nversion: '1'\n");
    std::string samples;
    for (const char* id : {"ferry", "mill"}) {
      samples +=
          std::string("{\"id\":\"") + id + "\",\"prompt\":\"Write about 300 words on the " + id +
          ". You must include its history. You must name its owner.\",\"required_words\":300,"
          "\"references\":[{\"id\":\"d\",\"text\":\"The " +
          id + " was built in 1931 by Mara Voss.\"}]}\n";
    }
    WriteText(folder / "suite" / "samples.jsonl", samples);
    const std::string spec = (folder / "spec.yaml").string();
    WriteText(spec,
              "name: judges\nsuites: [{path: suite}]\nendpoints: [{base_url: '" +
                  simulator_->base_url() +
                  "'}]\nmodels: [{model: sim/strong}, {model: sim/short}]\n"
                  "judges: [{id: a, model: sim/judge}, {id: b, model: sim/judge, "
                  "sampling: {temperature: 0.5}}]\nseed: 7\nscorers:\n"
                  "  - {judge: a, coherence: {}}\n  - {judge: a, constraints: {}}\n"
                  "  - {judge: b, factual_coverage: {}}\n"
                  "  - {id: quality, panel: [a, b], combine: mean, rubric: {preset: general}}\n");
    return spec;
  }

  static void WriteText(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
};

TEST_F(ClusterJudgesTest, GiveTheResultsOfOneProcessAndAreJudgedAnew) {
  Serve(1);
  const auto coordinator = Coordinator();
  const auto worker = Agent("worker");
  const auto judge = Agent("judge");
  const std::string spec = Spec();
  ProcessEnd end = Run({"submit", spec, "--coordinator", address_, "--run-id", "cluster"});
  ASSERT_EQ(end.exit_code, 0) << end.err;
  end = Run({"watch", "cluster", "--coordinator", address_});
  EXPECT_EQ(end.exit_code, 0) << end.out << end.err;

  const std::string to = (scratch_.path() / "embedded").string();
  end = Run({"run", spec, "--run-id", "alone", "-o", to});
  EXPECT_EQ(end.exit_code, 0) << end.out << end.err;
  EXPECT_THAT(end.out, HasSubstr("quality@a"));
  EXPECT_THAT(end.out, HasSubstr("trusted"));
  const std::string alone = Canonical(to + "/alone");
  EXPECT_THAT(alone, HasSubstr("proposed_constraints"));
  EXPECT_THAT(alone, HasSubstr("\"scorer\":\"quality\""));
  EXPECT_TRUE(Exported("cluster") == alone);

  // The same scorers over the same texts: nothing is generated, and panel and probes are there
  // again.
  end = Run({"rejudge", to + "/alone", "--run-id", "again", "-o", to});
  EXPECT_EQ(end.exit_code, 0) << end.out << end.err;
  EXPECT_THAT(end.out, HasSubstr("quality@b"));
  EXPECT_THAT(end.out, HasSubstr("constant"));
  EXPECT_EQ(Run({"fsck", to + "/again"}).exit_code, 0);
}

}  // namespace
}  // namespace assay
