// repr as Python 3.11 gives it: every code point, seeded texts, numbers and JSON values against the
// interpreter, and the published cases.
#include "common/text/python_repr.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <iostream>

#include "common/base/random.h"
#include "common/text/python_json.h"
#include "common/text/utf8.h"
#include "tests/unit/common/text/python_oracle.h"

namespace assay {
namespace {

TEST(PythonReprTest, GoldenCases) {
  const std::string path =
      std::string(ASSAY_SOURCE_DIR) + "/../shared/data/writingbench/golden_python_repr.jsonl";
  std::ifstream in(path);
  if (!in) GTEST_SKIP() << "no copy of the published cases at " << path;
  int cases = 0;
  for (std::string line; std::getline(in, line); ++cases) {
    const absl::StatusOr<PythonValue> row = PythonJsonLoads(line);
    ASSERT_TRUE(row.ok()) << row.status();
    EXPECT_EQ(PythonRepr(row->dict.at("text").text), row->dict.at("repr").text) << line;
  }
  EXPECT_EQ(cases, 20);
  std::cout << "repr: " << cases << " published cases\n";
}

TEST(PythonReprTest, BytesThatAreNoTextAreReplaced) {
  EXPECT_EQ(PythonRepr("a\xff\"'"), "'a\ufffd\"\\''");
  EXPECT_EQ(PythonRepr("\xed\xa0"), "'\ufffd\ufffd'");
}

TEST(PythonReprTest, DictsKeepTheirOrder) {
  const absl::StatusOr<PythonValue> value =
      PythonJsonLoads("{\"b\":[1,-0,2.50,true,null,{}],\"a\":\"it's\",\"b\":[],\"c\":1e22}");
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ(PythonRepr(*value), "{'b': [], 'a': \"it's\", 'c': 1e+22}");
}

TEST(PythonReprTest, PairsKeepDuplicates) {
  const absl::StatusOr<PythonValue> value =
      PythonJsonPairs("{\"b\":{\"x\":1,\"x\":2},\"a\":[{}],\"b\":null}");
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ(PythonRepr(*value), "[('b', [('x', 1), ('x', 2)]), ('a', [[]]), ('b', None)]");
}

TEST(PythonReprTest, PairsOneByOneAreThoseOfTheList) {
  std::string seen;
  const auto take = [&seen](std::string_view key, const PythonValue& value) {
    seen += std::string(key) + "=" + PythonRepr(value) + ";";
  };
  EXPECT_TRUE(
      ForEachPythonJsonPair(" {\"b\": \"x\\n\", \"b\": {\"y\": 1}, \"c\": \"z\"} ", take).ok());
  EXPECT_EQ(seen, "b='x\\n';b=[('y', 1)];c='z';");
  EXPECT_FALSE(ForEachPythonJsonPair("[]", take).ok());
  EXPECT_FALSE(ForEachPythonJsonPair("{} x", take).ok());
  EXPECT_FALSE(ForEachPythonJsonPair("{\"a\": 1,}", take).ok());
}

class PythonReprDifferentialTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::optional<std::string> found = FindPython();
    if (!found) GTEST_SKIP() << "no Python 3.11 with Unicode 14 to compare with";
    python_ = *found;
  }
  std::string python_;
};

TEST_F(PythonReprDifferentialTest, EveryCodePoint) {
  std::vector<std::string> questions;
  std::vector<std::string> mine;
  for (char32_t block = 0; block < 0x110000; block += 64) {
    std::string text;
    for (char32_t code = block; code < block + 64; ++code) AppendUtf8(code, text);
    questions.push_back("repr " + HexOf(text));
    mine.push_back(HexOf(PythonRepr(text)));
  }
  EXPECT_EQ(mine, AskPython(python_, questions));
}

TEST_F(PythonReprDifferentialTest, RandomTexts) {
  static const std::vector<std::string> kPieces = {
      "'",    "\"",     "\\",           "\n",           "\r",    "\t",
      " ",    "\x7f",   "\x1b",         "\u00a0",       "中",    "😀",
      "word", "\u2028", "\xed\xa0\xbd", "\xed\xb8\x80", "\u0301"};
  Random random(11);
  std::vector<std::string> questions;
  std::vector<std::string> mine;
  for (int i = 0; i < 4000; ++i) {
    std::string text;
    for (std::uint64_t n = random.Below(8); n > 0; --n) {
      text += kPieces[random.Below(kPieces.size())];
    }
    questions.push_back("repr " + HexOf(text));
    mine.push_back(HexOf(PythonRepr(text)));
  }
  EXPECT_EQ(mine, AskPython(python_, questions));
}

TEST_F(PythonReprDifferentialTest, Floats) {
  Random random(12);
  std::vector<double> values = {0.0,  -0.0, 1e16, 1e15,   123456789012345678.0,
                                1e-4, 1e-5, 0.1,  1.0 / 3};
  for (int exponent = -1074; exponent < 1024; ++exponent) {
    const double power = std::ldexp(1.0, exponent);
    values.insert(values.end(), {power, std::nextafter(power, 0), std::nextafter(power, 1e308)});
  }
  for (int exponent = -320; exponent < 309; ++exponent) {
    values.push_back(std::pow(10, exponent));
    values.push_back(-1234.5 * std::pow(10, exponent));
  }
  for (int i = 0; i < 4000; ++i) {
    const std::uint64_t bits = random.Next();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    values.push_back(value);
    values.push_back(static_cast<double>(random.Below(100000)) / 100);
  }
  std::vector<std::string> questions;
  std::vector<std::string> mine;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    questions.push_back("reprfloat " + HexOf(value));
    mine.push_back(PythonRepr(value));
  }
  EXPECT_EQ(mine, AskPython(python_, questions));
  EXPECT_EQ(PythonRepr(std::nan("")), "nan");
}

std::string RandomJson(Random& random, int depth) {
  static const std::vector<std::string> kScalars = {"null",
                                                    "true",
                                                    "false",
                                                    "NaN",
                                                    "-Infinity",
                                                    "0",
                                                    "-0",
                                                    "12",
                                                    "1.50",
                                                    "1e5",
                                                    "1e999",
                                                    "\"\"",
                                                    "123456789012345678901234567890",
                                                    "\"it's\"",
                                                    "\"\\ud83d\"",
                                                    "\"\\ud83d\\ude00 \\\" '\""};
  static const std::vector<std::string> kKeys = {"\"z\"", "\"a\"", "\"1-2\"", "\"\\n\"", "\"'\""};
  const std::uint64_t choice = depth <= 0 ? 0 : random.Below(4);
  if (choice < 2) return kScalars[random.Below(kScalars.size())];
  std::string out;
  for (std::uint64_t n = random.Below(5); n > 0; --n) {
    if (!out.empty()) out += ",";
    if (choice == 2) out += kKeys[random.Below(kKeys.size())] + ":";
    out += RandomJson(random, depth - 1);
  }
  return choice == 2 ? "{" + out + "}" : "[" + out + "]";
}

TEST_F(PythonReprDifferentialTest, JsonValues) {
  Random random(13);
  std::vector<std::string> questions;
  std::vector<std::string> mine;
  for (int i = 0; i < 4000; ++i) {
    const std::string json = RandomJson(random, 4);
    const absl::StatusOr<PythonValue> value = PythonJsonLoads(json);
    ASSERT_TRUE(value.ok()) << value.status() << json;
    questions.push_back("reprjson " + HexOf(json));
    mine.push_back(HexOf(PythonRepr(*value)));
    questions.push_back("reprpairs " + HexOf(json));
    mine.push_back(HexOf(PythonRepr(*PythonJsonPairs(json))));
  }
  EXPECT_EQ(mine, AskPython(python_, questions));
}

}  // namespace
}  // namespace assay
