#include <gtest/gtest.h>

#include <set>
#include <string>

#include "suites/suite_loader.h"

namespace assay {
namespace {

LoadedSuite Starter() {
  v1::SuiteRef ref;
  ref.set_name("starter");
  const absl::StatusOr<LoadedSuite> loaded = FindSuite(ref, SuiteLocations{});
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return loaded.ok() ? *loaded : LoadedSuite{};
}

TEST(StarterSuiteTest, LoadsWithoutWarnings) {
  const LoadedSuite starter = Starter();
  EXPECT_GE(starter.suite.samples_size(), 14);
  EXPECT_TRUE(starter.warnings.empty()) << starter.warnings.front();
  EXPECT_EQ(starter.suite.manifest().scorers_size(), 6);
}

TEST(StarterSuiteTest, CoversLengthsLanguagesAndKinds) {
  const LoadedSuite starter = Starter();
  int chinese = 0;
  int with_references = 0;
  std::set<std::string> categories;
  std::set<std::string> kinds;
  int shortest = 1'000'000;
  int longest = 0;
  for (const v1::Sample& sample : starter.suite.samples()) {
    chinese += sample.language() == "zh" ? 1 : 0;
    with_references += sample.references_size() > 0 ? 1 : 0;
    categories.insert(sample.category());
    for (const v1::Constraint& constraint : sample.constraints()) kinds.insert(constraint.kind());
    shortest = std::min(shortest, sample.required_words());
    longest = std::max(longest, sample.required_words());
  }
  EXPECT_GE(chinese, 4);
  EXPECT_GE(with_references, 8);
  EXPECT_GE(categories.size(), 12u);
  EXPECT_GE(kinds.size(), 12u);
  EXPECT_LE(shortest, 500);
  EXPECT_GE(longest, 8000);
}

TEST(StarterSuiteTest, EverySampleIsComplete) {
  const LoadedSuite starter = Starter();
  for (const v1::Sample& sample : starter.suite.samples()) {
    SCOPED_TRACE(sample.id());
    EXPECT_NE(sample.prompt().find(std::to_string(sample.required_words())), std::string::npos);
    EXPECT_GE(sample.aspects_size(), 4);
    EXPECT_LE(sample.aspects_size(), 8);
    std::set<std::string> kinds;
    for (const v1::Constraint& constraint : sample.constraints()) {
      EXPECT_FALSE(constraint.id().empty());
      EXPECT_FALSE(constraint.text().empty());
      kinds.insert(constraint.kind());
      if (constraint.kind() == "words_min") {
        EXPECT_LE(constraint.params().fields().at("count").number_value(), sample.required_words());
      }
      if (constraint.kind() == "words_max") {
        EXPECT_GE(constraint.params().fields().at("count").number_value(), sample.required_words());
      }
    }
    EXPECT_GE(kinds.size(), 4u);
    for (const v1::Document& document : sample.references()) {
      EXPECT_NE(sample.prompt().find(document.text()), std::string::npos);
    }
  }
}

TEST(StarterSuiteTest, ASmallLimitHoldsBothLanguages) {
  LoadedSuite starter = Starter();
  ASSERT_TRUE(ApplyLimit("4", &starter.suite).ok());
  std::set<std::string> languages;
  for (const v1::Sample& sample : starter.suite.samples()) languages.insert(sample.language());
  EXPECT_EQ(languages, (std::set<std::string>{"en", "zh"}));
}

}  // namespace
}  // namespace assay
