// The files that a run leaves behind.
#include "cli/results/run_results.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/digest.h"
#include "common/json/json.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kText[] = "Tea <script>alert(1)</script>\n\xe8\x8c\xb6";

class RunResultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "assay_results_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Read(const std::string& path) const {
    std::ifstream in(folder_ + "/" + path, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    return content.str();
  }

  // One text and one loss.
  RunResults Results() {
    envelope_.mutable_generation()->set_text(kText);
    RunResults results;
    results.run.record.set_run_id("r1");
    v1::SampleResult& good = results.folded.results.emplace_back();
    good.set_run_id("r1");
    good.set_suite("mine");
    good.set_sample_id("tea");
    good.set_model("m/1");
    good.set_outcome(v1::OUTCOME_GENERATED);
    good.set_text_file("texts/m_1/tea.r0.txt");
    good.set_text_digest(DigestOf(kText));
    v1::SampleResult& lost = results.folded.results.emplace_back();
    lost.set_suite("mine");
    lost.set_sample_id("coffee");
    lost.set_model("m/1");
    lost.set_outcome(v1::OUTCOME_FAILED);
    results.generations = {&envelope_, nullptr};
    results.folded.summary.set_run_id("r1");
    results.folded.summary.set_state("sealed");
    return results;
  }

  std::string folder_;
  v1::Envelope envelope_;
};

TEST_F(RunResultsTest, WritesEveryFileAndNoTemporary) {
  ASSERT_TRUE(WriteResultFiles(folder_, Results()).ok());
  EXPECT_EQ(Read("texts/m_1/tea.r0.txt"), kText);
  std::istringstream lines(Read("results.jsonl"));
  std::string first;
  std::string second;
  std::string third;
  ASSERT_TRUE(std::getline(lines, first) && std::getline(lines, second));
  EXPECT_FALSE(std::getline(lines, third));
  EXPECT_EQ(ParseJson(first)->at("text_file"), "texts/m_1/tea.r0.txt");
  EXPECT_EQ(ParseJson(second)->at("outcome"), "failed");
  EXPECT_EQ(ParseJson(second)->at("text_file"), "");
  EXPECT_EQ(ParseJson(Read("summary.json"))->at("state"), "sealed");
  EXPECT_THAT(Read("report.html"), Not(HasSubstr("<script>alert(1)")));
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    EXPECT_NE(entry.path().extension(), ".tmp");
  }
}

TEST_F(RunResultsTest, WritingAgainGivesTheSameBytes) {
  ASSERT_TRUE(WriteResultFiles(folder_, Results()).ok());
  const std::string before = Read("results.jsonl") + Read("summary.json") + Read("report.html");
  ASSERT_TRUE(WriteResultFiles(folder_, Results()).ok());
  EXPECT_EQ(Read("results.jsonl") + Read("summary.json") + Read("report.html"), before);
}

TEST_F(RunResultsTest, AFolderThatCannotBeWrittenIsInfrastructure) {
  const absl::Status status = WriteResultFiles("/proc/no/such/folder", Results());
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
}

TEST_F(RunResultsTest, WithoutARunThereAreNoResults) {
  EXPECT_TRUE(absl::IsNotFound(LoadResults(folder_).status())) << LoadResults(folder_).status();
}

}  // namespace
}  // namespace assay
