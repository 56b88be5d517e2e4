#include "common/text/python_random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/random.h"
#include "tests/unit/common/text/python_oracle.h"

namespace assay {
namespace {

TEST(PythonRandomTest, TheFirstNumbersOfSeedZero) {
  PythonRandom random(std::uint64_t{0});
  EXPECT_EQ(random.Random(), 0.8444218515250481);
  EXPECT_EQ(random.Random(), 0.7579544029403025);
}

// Questions and our own answers, drawn at random but for the seeds' sizes.
TEST(PythonRandomTest, DrawsWhatPythonDraws) {
  const std::optional<std::string> python = FindPython();
  if (!python.has_value()) GTEST_SKIP() << "no Python 3.11";
  Random choose(7);
  std::vector<std::string> questions;
  std::vector<std::string> expected;
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t seed = choose.Next() >> choose.Below(60);
    PythonRandom random(seed);
    std::string question = absl::StrCat("drawn ", seed);
    std::vector<std::string> answers;
    for (int draw = 0; draw < 12; ++draw) {
      const std::uint64_t n = 1 + choose.Below(draw % 3 == 0 ? 4000 : 40);
      const std::uint64_t k = choose.Below(std::min<std::uint64_t>(n, 60) + 1);
      switch (choose.Below(5)) {
        case 0:
          absl::StrAppend(&question, " r");
          answers.push_back(HexOf(random.Random()));
          break;
        case 1: {
          const std::uint64_t bound = 1 + (choose.Next() >> choose.Below(64));
          absl::StrAppend(&question, " b", bound);
          answers.push_back(absl::StrCat(random.Below(bound)));
          break;
        }
        case 2:
          absl::StrAppend(&question, " c", n, ",", k);
          answers.push_back(absl::StrJoin(random.Choices(n, k), ","));
          break;
        case 3:
          absl::StrAppend(&question, " s", n, ",", k);
          answers.push_back(absl::StrJoin(random.Sample(n, k), ","));
          break;
        default: {
          std::vector<int> items;
          for (int item = 0; item < static_cast<int>(n); ++item) items.push_back(item);
          absl::StrAppend(&question, " h", n);
          random.Shuffle(items);
          answers.push_back(absl::StrJoin(items, ","));
        }
      }
    }
    questions.push_back(question);
    expected.push_back(absl::StrJoin(answers, ";"));
  }
  const std::vector<std::string> answers = AskPython(*python, questions);
  ASSERT_EQ(answers.size(), expected.size());
  for (std::size_t i = 0; i < answers.size(); ++i)
    EXPECT_EQ(answers[i], expected[i]) << questions[i];
}

}  // namespace
}  // namespace assay
