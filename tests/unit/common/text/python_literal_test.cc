#include "common/text/python_literal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/random.h"
#include "common/base/status.h"
#include "tests/unit/common/text/python_oracle.h"

namespace assay {
namespace {

std::string Value(std::string_view source, std::string_view name = "a") {
  const absl::StatusOr<std::string> text = PythonStringConstant(source, name);
  return text.ok() ? *text : "error: " + std::string(MessageOf(text.status()));
}

TEST(PythonLiteralTest, ReadsPlainTexts) {
  EXPECT_EQ(Value("a = 'x'"), "x");
  EXPECT_EQ(Value("a=\"\"\"\nx \"y\" \\\nz\\n\\x41\\u4e2d\\101\\q\n\"\"\" # note\n"),
            "\nx \"y\" z\nA中A\\q\n");
  EXPECT_EQ(Value("a: str = (\n  'x'  # one\n  r'\\n' \"z\"\n)\n"), "x\\nz");
  EXPECT_EQ(Value("a = 'x' + \\\n  ('y' + u'z')"), "xyz");
  EXPECT_EQ(Value("a = \"\"\"\nx\n\"\"\".strip()\n"), "x");
  EXPECT_EQ(Value("a = '-' + (' x ' ' y ').strip() + ' '.strip()\n"), "-x  y");
  EXPECT_EQ(Value("a = 'x'\r\nb = '''1\r\n2\r3'''\r\n", "b"), "1\n2\n3");
  EXPECT_EQ(Value("\xEF\xBB\xBF"
                  "a = 'x'"),
            "x");
}

TEST(PythonLiteralTest, TheLastAssignmentOfTheTopLevelCounts) {
  EXPECT_EQ(Value("a = 'x'; a = 'y'\nif a: a = 'z'; a = 'w'\ndef f():\n  a = 'v'\n"), "y");
  EXPECT_EQ(Value("'''\na = 'no'\n'''\n# a = 'no'\nf(a\n='no')\na = 'yes'\na == 'no'\n"), "yes");
}

TEST(PythonLiteralTest, SaysWhatIsWrongWhere) {
  EXPECT_EQ(Value("b = 'x'"), "error: no assignment to a");
  const std::string more = " is more than a plain text in quotes";
  EXPECT_EQ(Value("\na = 'x'.lower()"), "error: line 2: a" + more);
  EXPECT_EQ(Value("a = 'x'\na += 'y'"), "error: line 2: a" + more);
  EXPECT_EQ(Value("a = f'x'"), "error: line 1: a" + more);
  EXPECT_EQ(Value("a = b'x'"), "error: line 1: a" + more);
  EXPECT_EQ(Value("a = 'x',"), "error: line 1: a" + more);
  EXPECT_EQ(Value("a = '\\N{DASH}'"), "error: line 1: a" + more);
  EXPECT_EQ(Value("a = " + std::string(5000, '(') + "'x'" + std::string(5000, ')')),
            "error: line 1: a" + more);
  EXPECT_EQ(Value("\n\na = '''x"), "error: line 3: a string that is never closed");
  EXPECT_EQ(Value("a = 'x\n'"), "error: line 1: a string that is never closed");
  EXPECT_EQ(Value("\na = ('x'\nb = 'y'"), "error: line 2: a bracket that is never closed");
}

// What stands in the code is made of these, so that most of it is Python.
std::string RandomExpression(Random& random, int depth) {
  static const std::vector<std::string> kAtoms = {"'x'",
                                                  "\"it's\"",
                                                  "'''l1\nl2'''",
                                                  "\"\"\"q \" \"\" q\"\"\"",
                                                  "r'\\n\\'\\\\'",
                                                  "R\"\"\"\\\"\"\"\"",
                                                  "u'u'",
                                                  "'\\x41\\u4e2d\\U0001F600\\7\\0778\\400'",
                                                  "'\\\n'",
                                                  "'\\q\\'\\\"\\a\\b\\f\\v\\r\\t'",
                                                  "''",
                                                  "\"\"",
                                                  "'# no'",
                                                  "'中'",
                                                  "'\\\\'",
                                                  "b'b'",
                                                  "f'{1}'",
                                                  "1",
                                                  "name",
                                                  "None",
                                                  "rb'\\x'",
                                                  "'(' ",
                                                  "'\\ud83d'"};
  switch (depth <= 0 ? 0 : random.Below(9)) {
    case 0:
    case 1:
    case 2:
      return kAtoms[random.Below(random.Below(4) == 0 ? kAtoms.size() : 15)];
    case 3:
      return RandomExpression(random, depth - 1) + " " + RandomExpression(random, depth - 1);
    case 4:
      return RandomExpression(random, depth - 1) + "+" + RandomExpression(random, depth - 1);
    case 5:
      return "(" + RandomExpression(random, depth - 1) + ")";
    case 6:
      return "(  # ' comment \"\n\n" + RandomExpression(random, depth - 1) + "\n  " +
             RandomExpression(random, depth - 1) + "\n)";
    case 7:
      return RandomExpression(random, depth - 1) + "\\\n  " + RandomExpression(random, depth - 1);
    default: {
      static const std::vector<std::string> kRests = {".strip()",       ".strip()", ".strip('x')",
                                                      ".lower()",       "[0]",      ",",
                                                      " if x else 'y'", " % 1",     " # end"};
      return RandomExpression(random, depth - 1) + kRests[random.Below(kRests.size())];
    }
  }
}

std::string RandomStatement(Random& random, const std::string& indent) {
  static const std::vector<std::string> kHeads = {
      "a = ",  "b=",         "a: str = ", "a: d['=', 1] = ", "a += ",
      "a == ", "a = b = ",   "a.b = ",    "a, b = ",         "a[0] = ",
      "",      "return_ = ", "if_ = ",    "print(a=",        "a: "};
  const std::size_t head = random.Below(random.Below(2) == 0 ? 4 : kHeads.size());
  const std::string end = kHeads[head] == "print(a=" ? ")" : "";
  return indent + kHeads[head] + RandomExpression(random, 3) + end;
}

std::string RandomSource(Random& random) {
  std::string source;
  for (std::uint64_t n = 1 + random.Below(5); n > 0; --n) {
    switch (random.Below(9)) {
      case 0:
        source += "def f(a='x'):\n" + RandomStatement(random, "    ") + "\n";
        break;
      case 1:
        source += "if a == 'x': " + RandomStatement(random, "") + "; a = 'z'\n";
        break;
      case 2:
        source += RandomStatement(random, "") + "; " + RandomStatement(random, "") + "\n";
        break;
      case 3:
        source += "# a = 'x' \"\n\n";
        break;
      case 4:
        source += "if a:\n  pass\nelse:\n" + RandomStatement(random, "  ") + "\n";
        break;
      default:
        source += RandomStatement(random, "") + "\n";
    }
  }
  return source;
}

TEST(PythonLiteralTest, AsPythonDoes) {
  const std::optional<std::string> python = FindPython();
  if (!python) GTEST_SKIP() << "no Python 3.11 with Unicode 14 to compare with";
  Random random(22);
  std::vector<std::string> sources;
  std::vector<std::string> questions;
  for (int i = 0; i < 8000; ++i) {
    sources.push_back(RandomSource(random));
    questions.push_back("assignments " + HexOf(sources.back()));
  }
  const std::vector<std::string> answers = AskPython(*python, questions);
  ASSERT_EQ(answers.size(), sources.size());
  int compared = 0;
  int texts = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto found = PythonAssignments(sources[i]);
    if (answers[i] == "error") continue;  // not Python, so nothing that could be run
    ASSERT_TRUE(found.ok()) << found.status() << "\n" << sources[i];
    std::string mine = "ok";
    for (const PythonAssignment& assignment : *found) {
      mine += "," + HexOf(assignment.name) + ":" + std::to_string(assignment.line) + ":" +
              (assignment.top_level ? "1" : "0") +
              (assignment.text ? "=" + HexOf(*assignment.text) : "-");
      texts += assignment.text ? 1 : 0;
    }
    ASSERT_EQ(mine, answers[i]) << sources[i];
    ++compared;
  }
  EXPECT_GT(compared, 2000);
  EXPECT_GT(texts, 2000);
}

TEST(PythonLiteralTest, EndsOnAnyBytes) {
  static constexpr std::string_view kBytes = "ab='\"\\\n#()+:; ru\xE4";
  Random random(23);
  for (int i = 0; i < 20000; ++i) {
    std::string source;
    for (std::uint64_t n = random.Below(24); n > 0; --n) {
      source.push_back(kBytes[random.Below(kBytes.size())]);
    }
    const auto found = PythonAssignments(source);
    if (!found.ok()) {
      EXPECT_THAT(MessageOf(found.status()), testing::HasSubstr("that is never closed")) << source;
    }
  }
}

}  // namespace
}  // namespace assay
