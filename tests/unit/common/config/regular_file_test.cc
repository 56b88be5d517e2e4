#include "common/config/regular_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "common/base/status.h"

namespace assay {
namespace {

class RegularFileTest : public testing::Test {
 protected:
  RegularFileTest() {
    std::string pattern = testing::TempDir() + "regular_file_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~RegularFileTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ + "/" + name) << content;
    return folder_ + "/" + name;
  }

  std::string folder_;
};

TEST_F(RegularFileTest, ReadsUpToTheCap) {
  const std::string path = Write("a", "12345");
  EXPECT_EQ(*ReadRegularFile(path, 5), "12345");
  EXPECT_EQ(ReadRegularFile(path, 4).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(RegularFileTest, RefusesEverythingElseWithoutBlocking) {
  const std::string fifo = folder_ + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(MessageOf(ReadRegularFile(fifo, 10).status()),
            fifo + ": is a FIFO, socket or device, not a file");
  EXPECT_EQ(MessageOf(ReadRegularFile(folder_, 10).status()),
            folder_ + ": is a folder, not a file");
  EXPECT_EQ(ReadRegularFile("/dev/zero", 10).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MessageOf(ReadRegularFile(folder_ + "/none", 10).status()),
            folder_ + "/none: no such file");
}

TEST_F(RegularFileTest, StaysBeneathItsRoot) {
  Write("a", "x");
  std::filesystem::create_directory(folder_ + "/sub");
  std::filesystem::create_symlink("../a", folder_ + "/sub/inside");
  std::filesystem::create_symlink("/etc/hostname", folder_ + "/outside");
  std::filesystem::create_symlink(folder_, folder_ + "/sub/loop");
  EXPECT_TRUE(ResolveBeneath(folder_, "sub/inside").ok());
  EXPECT_TRUE(ResolveBeneath(folder_, "sub/loop/a").ok());
  EXPECT_EQ(MessageOf(ResolveBeneath(folder_, "outside").status()),
            "'outside' leads out of its folder through a symbolic link");
  EXPECT_EQ(MessageOf(ResolveBeneath(folder_ + "/sub", "inside").status()),
            "'inside' leads out of its folder through a symbolic link");
  EXPECT_EQ(MessageOf(ResolveBeneath(folder_, "../a").status()), "'../a' leads out of its folder");
  EXPECT_EQ(MessageOf(ResolveBeneath(folder_, "/etc/hostname").status()),
            "'/etc/hostname' must be a relative path");
  EXPECT_EQ(ResolveBeneath(folder_, "none").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace assay
