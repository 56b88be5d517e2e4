#include "common/text/python_case.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "common/text/utf8.h"
#include "tests/unit/common/text/python_oracle.h"

namespace assay {
namespace {

TEST(PythonLowerTest, FullMappings) {
  EXPECT_EQ(PythonLower("Straße ÄÖ 3D"), "straße äö 3d");
  EXPECT_EQ(PythonLower("İ"), "i̇");
  EXPECT_EQ(PythonLower("ΟΔΟΣ ΟΣΑ Σ"), "οδος οσα σ");
  EXPECT_EQ(PythonLower("A\xff"
                        "B"),
            "a\xff"
            "b");
}

// Every code point by itself, and sigmas among letters, marks and points.
TEST(PythonLowerTest, LowersWhatPythonLowers) {
  const std::optional<std::string> python = FindPython();
  if (!python.has_value()) GTEST_SKIP() << "no Python 3.11";
  std::vector<std::string> texts;
  std::string line;
  for (char32_t c = 1; c < 0x110000; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    AppendUtf8(c, line);
    line += ' ';
    if (c % 512 == 511) texts.push_back(std::exchange(line, {}));
  }
  Random random(3);
  const std::vector<std::string> pieces = {"Σ", "Α",      "β",      ".", "'",
                                           " ", "\u0345", "\u0301", "1", ":"};
  for (int i = 0; i < 4000; ++i) {
    std::string text;
    for (std::uint64_t k = random.Below(9); k > 0; --k) text += pieces[random.Below(pieces.size())];
    texts.push_back(text + "Σ" + pieces[random.Below(pieces.size())]);
  }
  std::vector<std::string> questions;
  for (const std::string& text : texts) questions.push_back("lower " + HexOf(text));
  const std::vector<std::string> answers = AskPython(*python, questions);
  ASSERT_EQ(answers.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(HexOf(PythonLower(texts[i])), answers[i]) << texts[i];
  }
}

TEST(PythonCaseTest, WhatOnlyAsciiChanges) {
  EXPECT_TRUE(LowersInAsciiOnly(""));
  EXPECT_TRUE(LowersInAsciiOnly("ABC, \u4e2d\u6587 \u20ac \u00e9 \u2019 \xff"));
  EXPECT_FALSE(LowersInAsciiOnly("a long ASCII beginning, then \u00c9"));
  EXPECT_FALSE(LowersInAsciiOnly("\u0130"));
  EXPECT_FALSE(LowersInAsciiOnly("\u03a3"));
  EXPECT_EQ(PythonLower("ABC \u20ac\xff"), "abc \u20ac\xff");
}

}  // namespace
}  // namespace assay
