#include "common/llm/json_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/random.h"
#include "common/json/json.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

bool Accepts(std::string_view text) {
  JsonReader reader(text);
  return reader.Skip() && reader.AtEnd();
}

TEST(JsonReaderTest, ReadsMembersElementsAndValues) {
  JsonReader reader(R"( {"a" : [1, -2.5e+3, "x"], "b\n": {"c": null}, "d": true} )");
  std::string_view key;
  std::string_view number;
  std::string text;
  ASSERT_TRUE(reader.EnterObject());
  ASSERT_TRUE(reader.NextMember(key));
  EXPECT_EQ(key, "a");
  ASSERT_TRUE(reader.EnterArray());
  ASSERT_TRUE(reader.NextElement());
  ASSERT_TRUE(reader.ReadNumber(number));
  EXPECT_EQ(number, "1");
  ASSERT_TRUE(reader.NextElement());
  ASSERT_TRUE(reader.ReadNumber(number));
  EXPECT_EQ(number, "-2.5e+3");
  ASSERT_TRUE(reader.NextElement());
  ASSERT_TRUE(reader.ReadString(text));
  EXPECT_EQ(text, "x");
  EXPECT_FALSE(reader.NextElement());
  ASSERT_TRUE(reader.NextMember(key));
  EXPECT_EQ(key, "b\n");
  std::string_view written;
  ASSERT_TRUE(reader.Skip(written));
  EXPECT_EQ(written, R"({"c": null})");
  ASSERT_TRUE(reader.NextMember(key));
  EXPECT_EQ(reader.Peek(), JsonKind::kTrue);
  EXPECT_TRUE(reader.Skip());
  EXPECT_FALSE(reader.NextMember(key));
  EXPECT_FALSE(reader.failed());
  EXPECT_TRUE(reader.AtEnd());
}

TEST(JsonReaderTest, DecodesEveryEscape) {
  JsonReader reader(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u4f60\u0000")");
  std::string text;
  ASSERT_TRUE(reader.ReadString(text));
  EXPECT_EQ(text, std::string("\"\\/\b\f\n\r\tA\xC3\xA9\xE4\xBD\xA0\0", 15));
}

TEST(JsonReaderTest, KeepsBothHalvesOfASurrogatePairForTheRepair) {
  JsonReader reader(R"("\uD83D\uDE00 \ud83d")");
  std::string text;
  ASSERT_TRUE(reader.ReadString(text));
  EXPECT_EQ(text, "\xED\xA0\xBD\xED\xB8\x80 \xED\xA0\xBD");
}

TEST(JsonReaderTest, RefusesWhatIsNotJson) {
  for (std::string_view text : {"",           " ",           "{",
                                "[",          "[1,]",        "{\"a\":1,}",
                                "{\"a\"}",    "{a:1}",       "{\"a\":1 \"b\":2}",
                                "[1 2]",      "NaN",         "Infinity",
                                "-",          "01",          "1.",
                                ".5",         "1e",          "+1",
                                "tru",        "nulls",       "\"a",
                                "\"\\x\"",    "\"\\u12g4\"", "\"\n\"",
                                "1 2",        "{} {}",       "[}",
                                "{]",         "'a'",         "// c\n1",
                                "{\"a\":NaN}"}) {
    EXPECT_FALSE(Accepts(text)) << text;
  }
}

TEST(JsonReaderTest, TellsATextThatEndedEarlyFromAWrongOne) {
  constexpr std::string_view kText = R"({"a":[1.5,"x\n\u00e9",null],"b":{"c":true}})";
  for (std::size_t cut = 0; cut < kText.size(); ++cut) {
    JsonReader reader(kText.substr(0, cut));
    EXPECT_FALSE(reader.Skip() && reader.AtEnd()) << cut;
    EXPECT_TRUE(reader.ended_early()) << cut;
  }
  JsonReader wrong(R"({"a":nope})");
  EXPECT_FALSE(wrong.Skip());
  EXPECT_FALSE(wrong.ended_early());
}

TEST(JsonReaderTest, BoundsTheDepth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(Accepts(nested(64)));
  EXPECT_FALSE(Accepts(nested(65)));
  EXPECT_FALSE(Accepts(std::string(1'000'000, '[')));
  std::string mixed;
  for (int i = 0; i < 32; ++i) mixed += "[{\"a\":";
  EXPECT_FALSE(Accepts(mixed));
}

// The same answer as nlohmann's parser on random damage, where that parser takes the bytes at all.
TEST(JsonReaderTest, AgreesWithAnotherParserOnMutatedTexts) {
  const std::string seed =
      R"({"id":"x","choices":[{"index":0,"delta":{"content":"a\u00e9\n"}},{}],"n":[-1.5e-3,0,true,false,null]})";
  constexpr std::string_view kBytes = "{}[]\",:\\u0123eE+-.tfn aA \n";
  Random random(20240601);
  int accepted = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text = seed;
    for (std::uint64_t edits = 1 + random.Below(3); edits > 0; --edits) {
      const std::size_t at = random.Below(text.size());
      switch (random.Below(3)) {
        case 0:
          text[at] = kBytes[random.Below(kBytes.size())];
          break;
        case 1:
          text.erase(at, 1);
          break;
        default:
          text.insert(at, 1, kBytes[random.Below(kBytes.size())]);
      }
    }
    const bool wanted = Json::accept(text);
    accepted += wanted ? 1 : 0;
    // Lone surrogates are refused there and repaired here.
    if (!wanted && text.find("\\u") != std::string::npos) continue;
    ASSERT_EQ(Accepts(text), wanted) << text;
  }
  EXPECT_GT(accepted, 10'000);
}

}  // namespace
}  // namespace assay
