#include "common/base/log.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(EscapeForTerminalTest, KeepsPlainAndForeignText) {
  EXPECT_EQ(EscapeForTerminal("plain ~ text"), "plain ~ text");
  EXPECT_EQ(EscapeForTerminal("h\xC3\xA9llo \xE4\xB8\xAD\xE6\x96\x87 \xF0\x9F\x98\x80"),
            "h\xC3\xA9llo \xE4\xB8\xAD\xE6\x96\x87 \xF0\x9F\x98\x80");
  EXPECT_EQ(EscapeForTerminal("\xC2\xA0"), "\xC2\xA0") << "the first character after C1";
}

TEST(EscapeForTerminalTest, ShowsEveryControlByte) {
  for (int c = 0; c < 0x20; ++c) {
    const std::string escaped = EscapeForTerminal(std::string(1, static_cast<char>(c)));
    EXPECT_EQ(escaped.size(), 4u) << c;
    EXPECT_EQ(escaped.substr(0, 2), "\\x") << c;
  }
  EXPECT_EQ(EscapeForTerminal("\x1b[31mred\x07\x7f"), "\\x1b[31mred\\x07\\x7f");
  for (int c = 0x80; c < 0xA0; ++c) {  // C1 controls in UTF-8
    const std::string text = {'\xC2', static_cast<char>(c)};
    EXPECT_EQ(EscapeForTerminal(text).substr(0, 4), "\\xc2") << c;
  }
}

std::string Utf8Of(unsigned code_point) {
  return {static_cast<char>(0xE0 | (code_point >> 12)),
          static_cast<char>(0x80 | ((code_point >> 6) & 0x3F)),
          static_cast<char>(0x80 | (code_point & 0x3F))};
}

TEST(EscapeForTerminalTest, ShowsBidirectionalAndInvisibleControls) {
  for (unsigned c = 0x2000; c <= 0x2070; ++c) {
    const bool control = (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
                         (c >= 0x2060 && c <= 0x206F);
    EXPECT_EQ(EscapeForTerminal(Utf8Of(c)) != Utf8Of(c), control) << std::hex << c;
  }
}

TEST(EscapeForTerminalTest, ShowsInvalidUtf8) {
  EXPECT_EQ(EscapeForTerminal("\xff"), "\\xff");
  EXPECT_EQ(EscapeForTerminal("\xC0\xAF"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(EscapeForTerminal("\xE4\xB8"), "\\xe4\\xb8") << "cut off";
  EXPECT_EQ(EscapeForTerminal("\xE4\xB8x"), "\\xe4\\xb8x");
  EXPECT_EQ(EscapeForTerminal("\xE0\x80\xAF"), "\\xe0\\x80\\xaf") << "overlong";
  EXPECT_EQ(EscapeForTerminal("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "surrogate";
  EXPECT_EQ(EscapeForTerminal("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
  EXPECT_EQ(EscapeForTerminal("\xD8\x9C\xEF\xBB\xBF\xF3\xA0\x81\x81"),
            "\\xd8\\x9c\\xef\\xbb\\xbf\\xf3\\xa0\\x81\\x81")
      << "Arabic letter mark, byte order mark, tag character";
  EXPECT_EQ(EscapeForTerminal("\xF5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
}

TEST(EscapeForTerminalTest, CutsLongText) {
  EXPECT_EQ(EscapeForTerminal("abcdef", 3), "abc...");
  EXPECT_EQ(EscapeForTerminal("abc", 3), "abc");
  const std::string cut = EscapeForTerminal(std::string(1000, '\n'));
  EXPECT_LE(cut.size(), 80u + 3 + 3);
  EXPECT_EQ(cut.substr(cut.size() - 3), "...");
  EXPECT_EQ(EscapeForTerminal("\xE4\xB8\xAD\xE6\x96\x87", 3), "\xE4\xB8\xAD...")
      << "never inside a character";
}

}  // namespace
}  // namespace assay
