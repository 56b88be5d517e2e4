#include "common/text/python_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/random.h"
#include "common/base/status.h"
#include "tests/unit/common/text/python_oracle.h"

namespace assay {
namespace {

std::string Problem(std::string_view format) {
  const absl::StatusOr<std::string> text = PythonFormat(format, {{"name", "x"}, {"other", "{y}"}});
  return text.ok() ? "ok: " + *text : std::string(MessageOf(text.status()));
}

TEST(PythonFormatTest, FillsNamesIn) {
  EXPECT_EQ(Problem("a {name} {{{name}}} {{name}} }}{{ {other}"), "ok: a x {x} {name} }{ {y}");
  EXPECT_EQ(Problem(""), "ok: ");
}

TEST(PythonFormatTest, SaysWhatIsWrongWhere) {
  EXPECT_EQ(Problem("ab}"), "byte 2: a \"}\" by itself, expected \"}}\"");
  EXPECT_EQ(Problem("ab{"), "byte 2: a \"{\" that is not closed, expected \"{name}\" or \"{{\"");
  EXPECT_EQ(Problem("{na{me}}"),
            "byte 0: a \"{\" that is not closed, expected \"{name}\" or \"{{\"");
  EXPECT_EQ(Problem("中{none}"), "byte 3: \"{none}\" is not one of its arguments");
  EXPECT_EQ(Problem("{name!r}"),
            "byte 0: \"{name!r}\" is more than a name, which is not supported");
  EXPECT_EQ(Problem("{}"), "byte 0: \"{}\" is not one of its arguments");
}

TEST(PythonFormatTest, AsPythonDoes) {
  const std::optional<std::string> python = FindPython();
  if (!python) GTEST_SKIP() << "no Python 3.11 with Unicode 14 to compare with";
  static const std::vector<std::string> kPieces = {
      "{",  "}",   "{{", "}}",      "{name}", "{other}", "name", "{ name}",
      "{}", "{0}", "中", "\"x\": ", "{none}", "\n",      "]",    "'"};
  const std::string arguments =
      " " + HexOf("name") + " " + HexOf("中{x}") + " " + HexOf("other") + " " + HexOf("}{");
  Random random(21);
  std::vector<std::string> questions;
  std::vector<std::string> mine;
  int filled = 0;
  for (int i = 0; i < 8000; ++i) {
    std::string format;
    for (std::uint64_t n = 1 + random.Below(8); n > 0; --n) {
      format += kPieces[random.Below(kPieces.size())];
    }
    const auto text = PythonFormat(format, {{"name", "中{x}"}, {"other", "}{"}});
    questions.push_back("format " + HexOf(format) + arguments);
    mine.push_back(text.ok() ? "ok " + HexOf(*text) : "error");
    filled += text.ok() ? 1 : 0;
  }
  EXPECT_GT(filled, 1000);
  EXPECT_EQ(mine, AskPython(*python, questions));
}

}  // namespace
}  // namespace assay
