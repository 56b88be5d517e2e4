#include "common/text/python_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/digest.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "tests/unit/common/text/python_oracle.h"

namespace assay {
namespace {

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return lines;
    begin = end + 1;
  }
}

absl::StatusOr<std::vector<CsvRow>> Rows(std::string_view text) {
  return PythonCsvRows(LinesOf(text), '\t');
}

std::string ShapeOf(std::string_view text) {
  const auto rows = Rows(text);
  if (!rows.ok()) return "error";
  std::string shape;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    if (i > 0) shape += ";";
    for (std::size_t k = 0; k < (*rows)[i].size(); ++k) {
      shape += (k > 0 ? ",=" : "=") + HexOf((*rows)[i][k]);
    }
  }
  return shape + ".";
}

TEST(PythonCsvTest, CellsRowsAndQuotes) {
  EXPECT_EQ(*Rows("a\tb\n\nc"), (std::vector<CsvRow>{{"a", "b"}, {}, {"c"}}));
  EXPECT_EQ(*Rows("\"a\tb\"\t\"say \"\"x\"\"\""), (std::vector<CsvRow>{{"a\tb", "say \"x\""}}));
  EXPECT_EQ(*Rows("\"a\"b\tc\"d\""), (std::vector<CsvRow>{{"ab", "c\"d\""}}));
  EXPECT_EQ(*Rows("a\t\n\t"), (std::vector<CsvRow>{{"a", ""}, {"", ""}}));
}

TEST(PythonCsvTest, AnOpenQuoteTakesInTheLinesThatFollow) {
  EXPECT_EQ(*Rows("a\t\"b\nc\td\ne"), (std::vector<CsvRow>{{"a", "bc\tde"}}));
  const std::vector<std::string_view> with_ends = {"a\t\"b\n", "c\"\td\r\n", "e"};
  EXPECT_EQ(*PythonCsvRows(with_ends, '\t'), (std::vector<CsvRow>{{"a", "b\nc", "d"}, {"e"}}));
  EXPECT_EQ(*Rows("\""), (std::vector<CsvRow>{{""}}));
}

TEST(PythonCsvTest, ErrorsArePythons) {
  EXPECT_EQ(MessageOf(Rows("a\nb\rc").status()), "line 2: text behind a line end");
  EXPECT_EQ(*Rows("a\r"), (std::vector<CsvRow>{{"a"}}));
  std::string cell;
  for (int i = 0; i < 131072; ++i) cell += "é";
  EXPECT_EQ((*Rows(cell))[0][0], cell);
  EXPECT_EQ(MessageOf(Rows("x\n" + cell + "!").status()),
            "line 2: a cell of more than 131072 characters");
}

TEST(PythonCsvTest, AgreesWithTheInterpreter) {
  const std::optional<std::string> python = FindPython();
  if (!python) GTEST_SKIP() << "no Python 3.11 with Unicode 14 to compare with";
  const std::vector<std::string> pieces = {"\t", "\n", "\"", "\"\"", "\r",
                                           " ",  ",",  "a",  "é",    "12"};
  Random random(20260101);
  std::vector<std::string> texts;
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    const std::size_t count = random.Below(14);
    for (std::size_t k = 0; k < count; ++k) text += pieces[random.Below(pieces.size())];
    texts.push_back(text);
  }
  std::vector<std::string> questions;
  for (const std::string& text : texts) questions.push_back("csv " + HexOf(text));
  const std::vector<std::string> answers = AskPython(*python, questions);
  ASSERT_EQ(answers.size(), texts.size());
  int errors = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    ASSERT_EQ(ShapeOf(texts[i]), answers[i]) << testing::PrintToString(texts[i]);
    if (answers[i] == "error") ++errors;
  }
  EXPECT_GT(errors, 100);
}

}  // namespace
}  // namespace assay
