#include "judge/engine/token_estimate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

// Counts that are published: openai-cookbook How_to_count_tokens_with_tiktoken (cl100k_base and
// o200k_base), and OpenAI's help page on tokens.
TEST(BoundTokensTest, HoldsForPublishedCounts) {
  struct Case {
    std::string text;
    std::int64_t tokens;
  };
  for (const Case& c : {Case{"antidisestablishmentarianism", 6}, Case{"2 + 2 = 4", 7},
                        Case{"tiktoken is great!", 6},
                        Case{"\u304A\u8A95\u751F\u65E5\u304A\u3081\u3067\u3068\u3046", 9},
                        Case{"\u304A\u8A95\u751F\u65E5\u304A\u3081\u3067\u3068\u3046", 8},
                        Case{"You miss 100% of the shots you don't take", 11}}) {
    const TokenBounds bounds = BoundTokens(c.text);
    EXPECT_LE(bounds.least, c.tokens) << c.text;
    EXPECT_GE(bounds.most, c.tokens) << c.text;
  }
}

// Shapes where characters a token are few.
TEST(BoundTokensTest, CountsShortWordsCapitalsAndRareScriptsInFull) {
  EXPECT_GE(BoundTokens("a b c d e f g h").most, 8);
  EXPECT_GE(BoundTokens("ABCDEFGH").most, 8);
  EXPECT_GE(BoundTokens("7 7 7 7").most, 7);
  EXPECT_GE(BoundTokens("\u1200\u1228\u1240\u1250").most, 12) << "three bytes each";
  EXPECT_GE(BoundTokens("\U0001F600\U0001F680").most, 8);
  EXPECT_GE(BoundTokens("\xFF\xFE\xFD").most, 3);
  EXPECT_LE(BoundTokens(std::string(64, '=')).least, 1) << "one token in some";
  EXPECT_LE(BoundTokens("internationalization").least, 2);
}

TEST(BoundTokensTest, IsNotTwiceWhatProseTakes) {
  // 4.7 letters a word and 0.75 words a token are the usual figures of English.
  std::string prose;
  for (int i = 0; i < 300; ++i) prose += "which never ended under water, ";
  const std::int64_t likely = 300 * 6;
  EXPECT_GE(BoundTokens(prose).most, likely);
  EXPECT_LE(BoundTokens(prose).most, 2.2 * static_cast<double>(likely));
}

std::string RandomText(Random& random, std::size_t characters) {
  static const std::vector<std::string> kPieces = {
      "word", "Another", " ",  " ",      " ",      ". ",         "\n",     "\n\n",   "# Title\n",
      "42",   "-",       "\"", "\u4F60", "\u597D", "\u3002",     "\u00E9", "\u0416", "\u0645",
      "\t",   "x",       "Q",  "\u2014", "\u0E01", "\U0001F600", "|",      "}",      "\xFF"};
  std::string text;
  for (std::size_t i = 0; i < characters; ++i) text += kPieces[random.Below(kPieces.size())];
  return text;
}

TEST(BoundTokensTest, BoundsAreOrderedAndGrowWithTheText) {
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    const std::string text = RandomText(random, 60);
    TokenBounds before;
    for (std::size_t size = 0; size <= text.size(); ++size) {
      const TokenBounds bounds = BoundTokens(std::string_view(text).substr(0, size));
      ASSERT_LE(bounds.least, bounds.most);
      ASSERT_GE(bounds.most, before.most) << text.substr(0, size);
      ASSERT_LE(bounds.most, 2 * static_cast<std::int64_t>(size));
      before = bounds;
    }
  }
}

// A prompt put together of parts takes no more than its parts together, but for a blank and a digit
// that meet.
TEST(BoundTokensTest, PartsTogetherBoundTheWhole) {
  Random random(8);
  for (int round = 0; round < 500; ++round) {
    const std::string a = RandomText(random, 30);
    const std::string b = RandomText(random, 30);
    ASSERT_LE(BoundTokens(a + b).most, BoundTokens(a).most + BoundTokens(b).most + 1);
    ASSERT_GE(BoundTokens(a + b).most, BoundTokens(a).most);
  }
}

TEST(TokenCalibrationTest, BelievesGoodRatiosLateAndBadOnesAtOnce) {
  const std::string text(1000, 'x');
  const std::int64_t bound = BoundTokens(text).most;
  TokenCalibration calibration;
  for (int i = 0; i < 7; ++i) calibration.Observe(1000, 400);
  EXPECT_EQ(calibration.Tokens(text), bound);
  calibration.Observe(1000, 500);
  EXPECT_NEAR(static_cast<double>(calibration.Tokens(text)), 0.55 * static_cast<double>(bound), 2);
  calibration.Observe(0, 100);
  calibration.Observe(100, 0);
  EXPECT_LT(calibration.Tokens(text), bound);
  TokenCalibration worse;
  worse.Observe(1000, 1500);
  EXPECT_GE(worse.Tokens(text), bound * 3 / 2);
}

void ExpectTiled(const std::string& text, const std::vector<TextRange>& windows,
                 std::int64_t max_tokens) {
  std::size_t at = 0;
  for (const TextRange& window : windows) {
    ASSERT_EQ(window.begin, at);
    ASSERT_LT(window.begin, window.end);
    const std::string_view part = std::string_view(text).substr(at, window.end - at);
    if (CountCodePoints(part) > 1) {
      ASSERT_LE(BoundTokens(part).most, max_tokens);
    }
    if (IsValidUtf8(text)) {
      ASSERT_TRUE(IsValidUtf8(part));
    }
    at = window.end;
  }
  ASSERT_EQ(at, text.size());
}

TEST(WindowsOfTest, EveryByteIsInOneWindowThatFits) {
  Random random(9);
  for (int round = 0; round < 200; ++round) {
    const std::string text = ReplaceInvalidUtf8(RandomText(random, 1 + random.Below(400)));
    const auto most = static_cast<std::int64_t>(1 + random.Below(200));
    ExpectTiled(text, WindowsOf(text, "", most, {}), most);
  }
}

TEST(WindowsOfTest, CutsAtParagraphsThenSentencesThenAnywhere) {
  const std::string paragraph =
      "It rained on the harbour all night long. The boats stayed where they were.";
  std::string text;
  for (int i = 0; i < 20; ++i) text += paragraph + "\n\n";
  const std::int64_t room = BoundTokens(paragraph).most * 7 / 2;
  for (const TextRange& window : WindowsOf(text, "en", room, {})) {
    EXPECT_EQ(text.compare(window.begin, 9, "It rained"), 0);
  }
  const std::int64_t little = BoundTokens(paragraph).most * 2 / 3;
  for (const TextRange& window : WindowsOf(text, "en", little, {})) {
    EXPECT_TRUE(text[window.begin] == 'I' || text[window.begin] == 'T');
  }
  const std::string solid(5000, 'x');
  const std::vector<TextRange> windows = WindowsOf(solid, "en", 100, {});
  ExpectTiled(solid, windows, 100);
  EXPECT_LE(windows.size(), 30u);
  EXPECT_TRUE(WindowsOf("", "en", 100, {}).empty());
}

TEST(WindowsOfTest, ALongTextIsCutInLittleTime) {
  std::string text;
  for (int i = 0; i < 30000; ++i) text += i % 40 == 39 ? "end.\n\n" : "word ";
  const std::vector<TextRange> windows = WindowsOf(text, "en", 3000, {});
  ExpectTiled(text, windows, 3000);
  EXPECT_LE(windows.size(), 40u);
}

}  // namespace
}  // namespace assay
