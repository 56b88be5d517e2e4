#include "common/text/utf8.h"

#include <gtest/gtest.h>

#include "common/text/normalize.h"
#include "common/text/python_json.h"
#include "common/text/python_text.h"

namespace assay {
namespace {

TEST(ValidateUtf8Test, NamesTheFirstBadSequence) {
  EXPECT_EQ(ValidateUtf8("plain, 中文 and 😀"), std::nullopt);
  EXPECT_EQ(ValidateUtf8("abc\xFF"), 3u);
  EXPECT_EQ(ValidateUtf8("\xC0\xAF"), 0u);        // overlong "/"
  EXPECT_EQ(ValidateUtf8("ab\xE0\x80\xAF"), 2u);  // overlong
  EXPECT_EQ(ValidateUtf8("\xED\xA0\x80"), 0u);    // surrogate
  EXPECT_EQ(ValidateUtf8("\xED\x9F\xBF"), std::nullopt);
  EXPECT_EQ(ValidateUtf8("\xF4\x90\x80\x80"), 0u);  // above U+10FFFF
  EXPECT_EQ(ValidateUtf8("\xF4\x8F\xBF\xBF"), std::nullopt);
  EXPECT_EQ(ValidateUtf8("0123456789 中\xE4\xB8"), 14u);
}

TEST(CutUtf8Test, PiecesPutTogetherAreTheText) {
  const std::string text = "aé中😀\xFF\x80z\xE4\xB8";
  for (std::size_t size = 4; size <= text.size() + 1; ++size) {
    std::string joined;
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::string_view piece = CutUtf8(rest, size);
      ASSERT_FALSE(piece.empty());
      ASSERT_LE(piece.size(), size);
      joined += piece;
      rest.remove_prefix(piece.size());
    }
    EXPECT_EQ(joined, text);
  }
}

TEST(CutUtf8Test, NeverInsideACharacter) {
  const std::string text = "x中文😀é";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    EXPECT_TRUE(IsValidUtf8(CutUtf8(text, size))) << size;
    EXPECT_GT(CutUtf8(text, size).size() + 4, size);
  }
}

TEST(Utf8Test, CodePointsThereAndBack) {
  const std::string text = "aé中😀";
  std::string back;
  for (const char32_t c : ToCodePoints(text)) AppendUtf8(c, back);
  EXPECT_EQ(back, text);
  EXPECT_EQ(CountCodePoints(text), 4u);
  EXPECT_EQ(ReplaceInvalidUtf8("a\xFFz\xE4"), "a\xEF\xBF\xBDz\xEF\xBF\xBD");
}

TEST(PythonTextTest, StripOfASet) {
  EXPECT_EQ(PythonStrip("json|```{}```", "json|```"), "{}");
  EXPECT_EQ(PythonStrip(" \u3000\u00a0x\x1c ", " x"), "\u3000\u00a0x\x1c");
  EXPECT_EQ(PythonStrip(" \u3000\u00a0x\x1c "), "x");
  EXPECT_EQ(PythonDigitValue(U'\u0667'), 7);
  EXPECT_FALSE(IsPythonWord(0x110000));
}

TEST(PythonTextTest, RoundsTheBinaryValue) {
  EXPECT_EQ(PythonRound(2.675, 2), 2.67);
  EXPECT_EQ(PythonRound(0.125, 2), 0.12);
  EXPECT_EQ(PythonRound(2.5, 0), 2.0);
}

TEST(PythonJsonTest, DepthIsBounded) {
  const auto nested = [](int depth) {
    const auto n = static_cast<std::size_t>(depth);
    return std::string(n, '[') + std::string(n, ']');
  };
  EXPECT_TRUE(PythonJsonLoads(nested(kMaxPythonJsonDepth)).ok());
  EXPECT_FALSE(PythonJsonLoads(nested(kMaxPythonJsonDepth + 1)).ok());
  EXPECT_FALSE(PythonJsonLoads(std::string(2000000, '[')).ok());
}

TEST(PythonJsonTest, ErrorsNameTheByte) {
  EXPECT_EQ(PythonJsonLoads("{\"a\": tru}").status().message(), "byte 6: expected a value");
  EXPECT_EQ(PythonJsonLoads("[1] x").status().message(), "byte 4: extra data");
}

TEST(PythonJsonTest, MembershipAsThePythonOperator) {
  const auto contains = [](std::string_view json, std::string_view key) {
    return PythonContains(*PythonJsonLoads(json), key);
  };
  EXPECT_EQ(contains("{\"k\": 1}", "k"), true);
  EXPECT_EQ(contains("[\"k\", 2]", "k"), true);
  EXPECT_EQ(contains("\"a key\"", "k"), true);
  EXPECT_EQ(contains("[[\"k\"]]", "k"), false);
  EXPECT_EQ(contains("7", "k"), std::nullopt);
  EXPECT_EQ(contains("null", "k"), std::nullopt);
}

TEST(PythonJsonTest, FloatOfAValue) {
  const auto number = [](std::string_view json) { return PythonFloat(*PythonJsonLoads(json)); };
  EXPECT_EQ(number("true"), 1.0);
  EXPECT_EQ(number("\" 4 \""), 4.0);
  EXPECT_EQ(number("-7"), -7.0);
  EXPECT_EQ(number("null"), std::nullopt);
  EXPECT_EQ(number("\"4/5\""), std::nullopt);
  EXPECT_EQ(number("[4]"), std::nullopt);
  EXPECT_EQ(number("1" + std::string(400, '0')), std::nullopt);  // OverflowError
}

TEST(NormalizeForMatchTest, WidthFormatCharactersAndEnds) {
  EXPECT_EQ(NormalizeForMatch(" Ｃｌａｒｉｔｙ "), "Clarity");
  EXPECT_EQ(NormalizeForMatch("Cla\u200brity\ufeff"), "Clarity");
  EXPECT_EQ(NormalizeForMatch("\u202eClarity"), "Clarity");
  EXPECT_NE(NormalizeForMatch("clarity"), "Clarity");
  EXPECT_EQ(NormalizeForMatch("a\xFF"), "a\xEF\xBF\xBD");
}

}  // namespace
}  // namespace assay
