#include "cli/terminal/display_width.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(DisplayWidthTest, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth(""), 0);
  EXPECT_EQ(DisplayWidth("sim/strong"), 10);
  EXPECT_EQ(DisplayWidth("通义千问"), 8);
  EXPECT_EQ(DisplayWidth("ＧＰＴ"), 6);
  EXPECT_EQ(DisplayWidth("한국어"), 6);
  EXPECT_EQ(DisplayWidth("café"), 4);
  EXPECT_EQ(DisplayWidth("cafe\u0301"), 4);
  EXPECT_EQ(DisplayWidth("🚀"), 2);
  EXPECT_EQ(DisplayWidth("±…"), 2);
}

TEST(DisplayWidthTest, AnInvalidByteIsOneColumn) { EXPECT_EQ(DisplayWidth("a\xff\xe4z"), 4); }

TEST(FitToWidthTest, NeverCutsThroughACharacterAndNeverGetsWider) {
  EXPECT_EQ(FitToWidth("short", 5), "short");
  EXPECT_EQ(FitToWidth("shorter", 5), "shor…");
  EXPECT_EQ(FitToWidth("通义千问", 5), "通义…");
  EXPECT_EQ(FitToWidth("通义千问", 4), "通…");
  for (int columns = 0; columns < 9; ++columns) {
    EXPECT_LE(DisplayWidth(FitToWidth("通义千问", columns)), columns);
  }
}

TEST(PadTest, PadsByColumns) {
  EXPECT_EQ(PadRight("通义", 6), "通义  ");
  EXPECT_EQ(PadLeft("通义", 6), "  通义");
  EXPECT_EQ(PadLeft("wider", 3), "wider");
}

}  // namespace
}  // namespace assay
