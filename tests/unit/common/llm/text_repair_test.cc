#include "common/llm/text_repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace assay {
namespace {

TEST(RepairUtf8Test, LeavesValidTextAlone) {
  std::string text = "a\xC3\xA9\xE4\xBD\xA0\xF0\x9F\x98\x80 and plain";
  const std::string before = text;
  EXPECT_FALSE(RepairUtf8(text));
  EXPECT_EQ(text, before);
}

TEST(RepairUtf8Test, JoinsSurrogatePairsWithoutCallingItDamage) {
  std::string text = "x\xED\xA0\xBD\xED\xB8\x80y";
  EXPECT_FALSE(RepairUtf8(text));
  EXPECT_EQ(text, "x\xF0\x9F\x98\x80y");
}

TEST(RepairUtf8Test, ReplacesEachLoneSurrogateByOneCharacter) {
  std::string text = "\xED\xB8\x80|\xED\xA0\xBD|\xED\xA0\xBD\xED\xA0\xBD\xED\xB8\x80";
  EXPECT_TRUE(RepairUtf8(text));
  EXPECT_EQ(text, "\xEF\xBF\xBD|\xEF\xBF\xBD|\xEF\xBF\xBD\xF0\x9F\x98\x80");
}

TEST(RepairUtf8Test, ReplacesBrokenBytes) {
  std::string text =
      "a\xE4\xBD"
      "b\xFF";
  EXPECT_TRUE(RepairUtf8(text));
  EXPECT_EQ(text,
            "a\xEF\xBF\xBD\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
}

struct ThinkCase {
  std::string text;
  ThinkBlock block;
  std::string text_after;
  std::string reasoning_after;
};

TEST(TakeThinkBlockTest, TakesABlockAtTheBeginningOnly) {
  const ThinkCase cases[] = {
      {"plain", ThinkBlock::kNone, "plain", ""},
      {"  plain \n", ThinkBlock::kNone, "  plain \n", ""},
      {"<think>\nfirst\n</think>\n\nThe answer. ", ThinkBlock::kTaken, "The answer. ", "first"},
      {"\n<think>a</think>b", ThinkBlock::kTaken, "b", "a"},
      {"<think></think>\n\nb", ThinkBlock::kTaken, "b", ""},
      {"<think>a</think>", ThinkBlock::kTaken, "", "a"},
      {"<think>never closed", ThinkBlock::kUnclosed, "", "never closed"},
      {"first\n</think>\nanswer", ThinkBlock::kUnopened, "answer", "first"},
      {"Write <think>x</think> like this", ThinkBlock::kNone, "Write <think>x</think> like this",
       ""},
      {"<thinking>a</thinking>b", ThinkBlock::kNone, "<thinking>a</thinking>b", ""},
      {"<think>a</think>b</think>c", ThinkBlock::kTaken, "b</think>c", "a"},
  };
  for (const ThinkCase& c : cases) {
    std::string text = c.text;
    std::string reasoning;
    EXPECT_EQ(TakeThinkBlock(text, reasoning), c.block) << c.text;
    EXPECT_EQ(text, c.text_after) << c.text;
    EXPECT_EQ(reasoning, c.reasoning_after) << c.text;
  }
}

TEST(TakeThinkBlockTest, AddsToReasoningThatCameApart) {
  std::string text = "<think>b</think>c";
  std::string reasoning = "a";
  TakeThinkBlock(text, reasoning);
  EXPECT_EQ(reasoning, "a\nb");
}

TEST(EstimateTokensTest, CountsAsciiAndOtherScriptsApart) {
  EXPECT_EQ(EstimateTokens(""), 0);
  EXPECT_EQ(EstimateTokens("abcd"), 1);
  EXPECT_EQ(EstimateTokens("abcde"), 2);
  EXPECT_EQ(EstimateTokens("\xE4\xBD\xA0\xE5\xA5\xBD"), 2);
}

}  // namespace
}  // namespace assay
