#include "cli/results/run_folder.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/blob/file_ops.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RunFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "assay_folder_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string folder_;
};

TEST(RunIdTest, SortsByTimeAndIsItsOwnFileName) {
  Random random(1);
  const absl::Time first = absl::FromUnixSeconds(1795570200);
  const std::string id = MakeRunId(first, &random);
  EXPECT_EQ(id.substr(0, 16), "20261125-013000-");
  EXPECT_EQ(id.size(), 20u);
  EXPECT_TRUE(CheckRunId(id).ok());
  EXPECT_LT(id, MakeRunId(first + absl::Seconds(1), &random));
  EXPECT_NE(MakeRunId(first, &random), MakeRunId(first, &random));
}

TEST(RunIdTest, RefusesWhatIsNoName) {
  for (const char* bad : {"", "../x", "a/b", ".hidden", "-flag", "a b", "a\n", "ü"}) {
    EXPECT_FALSE(CheckRunId(bad).ok()) << bad;
  }
  EXPECT_FALSE(CheckRunId(std::string(65, 'a')).ok());
}

TEST_F(RunFolderTest, FindsByIdAndByPathAndSaysWhatThereIs) {
  fs::create_directories(folder_ + "/runs/a/store");
  fs::create_directories(folder_ + "/runs/b/store");
  fs::create_directories(folder_ + "/runs/other");
  const std::string runs = folder_ + "/runs";
  EXPECT_EQ(*FindRunFolder({runs, "a"}), runs + "/a");
  EXPECT_EQ(*FindRunFolder({"elsewhere", runs + "/b"}), runs + "/b");
  EXPECT_EQ(RunIdOf(*FindRunFolder({"elsewhere", runs + "/b/"})), "b");
  EXPECT_THAT(RunFolders(runs), ElementsAre(runs + "/b", runs + "/a"));
  EXPECT_THAT(RunFolders(folder_ + "/none"), IsEmpty());
  EXPECT_THAT(MessageOf(FindRunFolder({runs, "c"}).status()),
              AllOf(HasSubstr("c in"), HasSubstr("b, a")));
  EXPECT_FALSE(FindRunFolder({runs, "../runs/none"}).ok());
  EXPECT_FALSE(FindRunFolder({runs, "other"}).ok());
}

TEST_F(RunFolderTest, WriteOnceLeavesAnEqualFileAloneAndMendsAnother) {
  const std::string path = folder_ + "/text.txt";
  ASSERT_TRUE(WriteOnce(path, "whole").ok());
  EXPECT_EQ(*ReadFile(path), "whole");
  const auto written = std::filesystem::last_write_time(path) - std::chrono::hours(1);
  std::filesystem::last_write_time(path, written);
  ASSERT_TRUE(WriteOnce(path, "whole").ok());
  EXPECT_EQ(std::filesystem::last_write_time(path), written);
  std::filesystem::resize_file(path, 3);
  ASSERT_TRUE(WriteOnce(path, "whole").ok());
  EXPECT_EQ(*ReadFile(path), "whole");
  EXPECT_FALSE(WriteOnce(folder_ + "/none/x.txt", "y").ok());
}

TEST_F(RunFolderTest, ReplaceFileLeavesNoTemporaryAndKeepsTheOldOneOnFailure) {
  const std::string path = folder_ + "/x.txt";
  ASSERT_TRUE(ReplaceFile(path, "one").ok());
  ASSERT_TRUE(ReplaceFile(path, "two").ok());
  std::ifstream in(path);
  std::stringstream content;
  content << in.rdbuf();
  EXPECT_EQ(content.str(), "two");
  EXPECT_FALSE(ReplaceFile(folder_ + "/none/x.txt", "y").ok());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST(SafeFileNamesTest, PlainWhereItCanBe) {
  const auto files = SafeFileNames({"Qwen/Qwen3-8B", "gpt-4.1", "通义"});
  EXPECT_EQ(files.at("Qwen/Qwen3-8B"), "Qwen_Qwen3-8B");
  EXPECT_EQ(files.at("gpt-4.1"), "gpt-4.1");
  EXPECT_EQ(files.at("通义"), "______");
}

TEST(SafeFileNamesTest, TwoNamesAreNeverOneFile) {
  const std::vector<std::string> names = {"a/b",
                                          "a_b",
                                          "A_b",
                                          "..",
                                          "...",
                                          ".",
                                          "../../etc",
                                          std::string(300, 'x'),
                                          std::string(301, 'x')};
  std::set<std::string> seen;
  for (const auto& [name, file] : SafeFileNames(names)) {
    EXPECT_TRUE(seen.insert(file).second) << name;
    EXPECT_LE(file.size(), 100u);
    EXPECT_NE(file[0], '.');
    EXPECT_EQ(file.find('/'), std::string::npos);
  }
  EXPECT_EQ(seen.size(), names.size());
}

}  // namespace
}  // namespace assay
