#include "judge/benchmarks/hellobench/punkt_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "common/base/status.h"

namespace assay {
namespace {

std::string Tables(const std::string& abbreviation) {
  return "abbrev\t" + abbreviation + "\northo\tit\t112\n";
}

TEST(PunktModelsTest, TheSameTablesAreParsedOnce) {
  PunktModels models;
  const auto first = models.Of(Tables("dr"));
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string copy = Tables("dr");
  EXPECT_EQ(*models.Of(copy), *first);
  const auto other = models.Of(Tables("mr"));
  ASSERT_TRUE(other.ok());
  EXPECT_NE(*other, *first);
  EXPECT_TRUE((*first)->IsAbbreviation("dr"));
  EXPECT_FALSE((*other)->IsAbbreviation("dr"));
}

TEST(PunktModelsTest, TheOneNotUsedForLongestGoes) {
  PunktModels models;
  std::vector<std::shared_ptr<const PunktModel>> kept;
  for (std::size_t i = 0; i < PunktModels::kMost; ++i) {
    kept.push_back(*models.Of(Tables("a" + std::to_string(i))));
  }
  EXPECT_EQ(*models.Of(Tables("a0")), kept[0]);
  ASSERT_TRUE(models.Of(Tables("new")).ok());
  EXPECT_EQ(*models.Of(Tables("a0")), kept[0]);
  EXPECT_NE(*models.Of(Tables("a1")), kept[1]);
  EXPECT_TRUE(kept[1]->IsAbbreviation("a1"));  // whoever still holds it may go on
}

TEST(PunktModelsTest, TablesThatCannotBeReadAreNotKept) {
  PunktModels models;
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(std::string(MessageOf(models.Of("abbrev\tmr\nx\n").status())),
                testing::HasSubstr("line 2"));
  }
}

TEST(PunktModelsTest, ManyThreadsGetWhatTheyAskedFor) {
  PunktModels models;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&models, &wrong, t] {
      for (int i = 0; i < 500; ++i) {
        const std::string name = "a" + std::to_string((i + t) % 7);
        const auto model = models.Of(Tables(name));
        if (!model.ok() || !(*model)->IsAbbreviation(name)) ++wrong[static_cast<std::size_t>(t)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, testing::Each(0));
}

}  // namespace
}  // namespace assay
