#include "common/llm/api_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <ostream>
#include <string>
#include <type_traits>

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(Printable<std::string>);
static_assert(!Printable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);

v1::Endpoint FromVariable(const std::string& name) {
  v1::Endpoint endpoint;
  endpoint.set_id("e");
  endpoint.set_api_key_env(name);
  return endpoint;
}

TEST(ApiKeysTest, ReadsAVariableOnceAndTrimsIt) {
  int reads = 0;
  ApiKeys keys([&](const std::string& name) -> std::optional<std::string> {
    ++reads;
    EXPECT_EQ(name, "MY_KEY");
    return " sk-abc\r\n";
  });
  EXPECT_EQ(keys.KeyOf(FromVariable("MY_KEY"))->Reveal(), "sk-abc");
  EXPECT_EQ(keys.KeyOf(FromVariable("MY_KEY"))->Reveal(), "sk-abc");
  EXPECT_EQ(reads, 1);
  EXPECT_TRUE(keys.KeyOf(v1::Endpoint())->empty());
}

TEST(ApiKeysTest, SaysWhatIsMissingWithoutShowingValues) {
  ApiKeys keys([](const std::string& name) -> std::optional<std::string> {
    if (name == "EMPTY") return "  ";
    if (name == "TWO_WORDS") return "hunter2 hunter3";
    return std::nullopt;
  });
  const auto message = [&](const v1::Endpoint& endpoint) {
    const absl::StatusOr<Secret> key = keys.KeyOf(endpoint);
    EXPECT_EQ(key.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(key.status().message());
  };
  EXPECT_EQ(message(FromVariable("UNSET")), "api_key_env UNSET is not set");
  EXPECT_EQ(message(FromVariable("EMPTY")), "api_key_env EMPTY is empty");
  EXPECT_THAT(message(FromVariable("TWO_WORDS")), Not(HasSubstr("hunter")));
  v1::Endpoint both = FromVariable("UNSET");
  both.set_api_key_file("/nowhere");
  EXPECT_THAT(message(both), HasSubstr("both"));
  v1::Endpoint file;
  file.set_api_key_file("/nowhere/at/all");
  EXPECT_EQ(message(file), "api_key_file \"/nowhere/at/all\" cannot be read");
}

TEST(ApiKeysTest, ReadsAFile) {
  const std::string path = testing::TempDir() + "/assay_api_key_test";
  std::ofstream(path) << "sk-from-file\n";
  ApiKeys keys([](const std::string&) { return std::nullopt; });
  v1::Endpoint endpoint;
  endpoint.set_api_key_file(path);
  EXPECT_EQ(keys.KeyOf(endpoint)->Reveal(), "sk-from-file");
  std::ofstream(path) << std::string(20'000, 'x');
  EXPECT_EQ(keys.KeyOf(endpoint)->Reveal(), "sk-from-file");
  ApiKeys fresh([](const std::string&) { return std::nullopt; });
  EXPECT_THAT(std::string(fresh.KeyOf(endpoint).status().message()), HasSubstr("16 KiB"));
  endpoint.set_api_key_file(testing::TempDir());
  EXPECT_FALSE(fresh.KeyOf(endpoint).ok());
}

}  // namespace
}  // namespace assay
