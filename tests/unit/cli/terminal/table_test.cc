#include "cli/terminal/table.h"

#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "cli/terminal/display_width.h"

namespace assay {
namespace {

Table Figures() {
  Table table({"model", "length.score", "rubric.total"});
  table.AddRow({"通义千问", "92.31 ±1.20 (12/12)", "4.10 (11/12)"});
  table.AddRow({"b", "8.00 (12/12)", "- (0/12)"});
  return table;
}

TEST(TableTest, AlignsWhereItFits) {
  EXPECT_EQ(Figures().Render(80),
            "model            length.score  rubric.total\n"
            "通义千问  92.31 ±1.20 (12/12)  4.10 (11/12)\n"
            "b                8.00 (12/12)      - (0/12)\n");
}

TEST(TableTest, TurnsOverWhenColumnsDoNotFit) {
  Table table({"model", "s1", "s2", "s3", "s4", "s5"});
  table.AddRow({"m", "1.00", "2.00", "3.00", "4.00", "5.00"});
  EXPECT_EQ(table.Render(12),
            "model     m\n"
            "s1     1.00\n"
            "s2     2.00\n"
            "s3     3.00\n"
            "s4     4.00\n"
            "s5     5.00\n");
}

TEST(TableTest, OneBlockARowWhenNothingElseFits) {
  EXPECT_EQ(Figures().Render(36),
            "通义千问\n"
            "  length.score  92.31 ±1.20 (12/12)\n"
            "  rubric.total  4.10 (11/12)\n"
            "b\n"
            "  length.score  8.00 (12/12)\n"
            "  rubric.total  - (0/12)\n");
}

TEST(TableTest, NoLineIsWiderThanAskedFor) {
  for (int columns = 36; columns < 100; ++columns) {
    for (const auto line : absl::StrSplit(Figures().Render(columns), '\n')) {
      EXPECT_LE(DisplayWidth(std::string(line)), columns);
    }
  }
}

TEST(TableTest, CutsLongRowNames) {
  Table table({"model", "x"});
  table.AddRow({std::string(200, 'm'), "1"});
  EXPECT_EQ(table.Render(80).find(std::string(41, 'm')), std::string::npos);
}

TEST(TableTest, WithoutRowsThereIsNothing) { EXPECT_EQ(Table({"model", "x"}).Render(80), ""); }

}  // namespace
}  // namespace assay
