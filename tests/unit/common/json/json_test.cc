#include "common/json/json.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/status.h"
#include "common/json/token_cursor.h"

namespace assay {
namespace {

std::string Problem(std::string_view text, const JsonLimits& limits = {}) {
  const absl::StatusOr<Json> parsed = ParseJson(text, limits);
  return parsed.ok() ? "accepted" : std::string(MessageOf(parsed.status()));
}

TEST(ParseJsonTest, KeepsValuesAndSortsKeys) {
  const absl::StatusOr<Json> parsed =
      ParseJson(R"({"b": [1, -2, 2.5, true, null], "a": {"x": "\u00e9\ud83d\ude00"}})");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(DumpJson(*parsed), "{\"a\":{\"x\":\"\u00e9\U0001F600\"},\"b\":[1,-2,2.5,true,null]}");
}

TEST(ParseJsonTest, OrderedKeepsTheOrderOfKeys) {
  const absl::StatusOr<OrderedJson> parsed = ParseOrderedJson(R"({"b":{"z":1,"y":[{}]},"a":2})");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(DumpJson(*parsed), R"({"b":{"z":1,"y":[{}]},"a":2})");
}

TEST(ParseJsonTest, NamesThePlaceOfADuplicateKey) {
  EXPECT_EQ(Problem("{\"a\": 1,\n \"b\": {\"a\": 2},\n \"a\": 3}"),
            "line 3, column 2 (byte 26): duplicate key \"a\"");
  EXPECT_EQ(Problem(R"([{"a":1},{"a":2}])"), "accepted");
  EXPECT_EQ(Problem(R"({"a":1,"a":2})", {.reject_duplicate_keys = false}), "accepted");
}

TEST(ParseJsonTest, DuplicateKeysAreComparedAfterUnescaping) {
  EXPECT_EQ(Problem(R"({"a":1,"\u0061":2})"), "line 1, column 8 (byte 7): duplicate key \"a\"");
}

TEST(ParseJsonTest, RefusesWhatIsNotJson) {
  for (const char* text :
       {"",         "  ",          "{",         "[1,]", "{\"a\":1,}", "// c\n1",      "{'a':1}",
        "NaN",      "Infinity",    "01",        "1.",   "+1",         "1 2",          "{} {}",
        "\"a\nb\"", "\"\\ud83d\"", "\"\\x41\"", "tru",  "\"\xff\"",   "\"\xc0\xaf\"", "1e999",
        "[1",       "\"abc",       "{\"a\"}",   "{1:2}"}) {
    EXPECT_NE(Problem(text), "accepted") << text;
    EXPECT_EQ(Problem(text).substr(0, 5), "line ") << text;
  }
}

TEST(ParseJsonTest, SaysWhereAndWhat) {
  EXPECT_EQ(Problem("{\"a\": 1,\n \"b\": }"),
            "line 2, column 7 (byte 15): not valid JSON: unexpected '}'; expected '[', '{', or a "
            "literal");
  EXPECT_EQ(Problem("{\"a\": \"\x01\"}"),
            "line 1, column 8 (byte 7): not valid JSON: invalid string: control character U+0001 "
            "(SOH) must be escaped to \\u0001");
  EXPECT_EQ(Problem("{\"a\": NaN}"), "line 1, column 7 (byte 6): not valid JSON: invalid literal");
  EXPECT_EQ(Problem("1e999"),
            "line 1, column 5 (byte 4): not valid JSON: number overflow parsing '1e999'");
}

TEST(ParseJsonTest, RefusesAByteOrderMark) {
  EXPECT_EQ(Problem("\xEF\xBB\xBF{}"), "line 1, column 1 (byte 0): a byte order mark is not JSON");
}

TEST(ParseJsonTest, DepthIsCapped) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(Problem(nested(64)), "accepted");
  EXPECT_EQ(Problem(nested(65)), "line 1, column 65 (byte 64): nested deeper than 64 levels");
  EXPECT_EQ(Problem(std::string(10'000'000, '[')),
            "line 1, column 65 (byte 64): nested deeper than 64 levels");
}

TEST(ParseJsonTest, SizeIsCapped) {
  const absl::StatusOr<Json> parsed = ParseJson("[1,2,3]", {.max_bytes = 6});
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(ParseJson("[1,2,3]", {.max_bytes = 7}).ok());
}

TEST(ParseJsonTest, ArraysOfObjectsKeepTheirContentWhileTheyGrow) {
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) {
    text += (i > 0 ? "," : "") + ("{\"n\":[" + std::to_string(i) + ",{\"m\":\"x\"}]}");
  }
  text += "]";
  const absl::StatusOr<Json> parsed = ParseJson(text);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(DumpJson(*parsed), text);
}

TEST(DumpJsonTest, NeverThrowsOnInvalidUtf8) {
  EXPECT_EQ(DumpJson(Json("a\xff")), "\"a\xEF\xBF\xBD\"");
}

TEST(JsonTokenCursorTest, StepsOverTokensAndEscapedQuotes) {
  JsonTokenCursor cursor("{ \"a\\\"b\" : [1.5,\n  true] }");
  EXPECT_EQ(cursor.Next().column, 1);   // {
  EXPECT_EQ(cursor.Next().column, 3);   // key
  EXPECT_EQ(cursor.Next().column, 12);  // [
  EXPECT_EQ(cursor.Next().column, 13);  // 1.5
  const TextPosition truth = cursor.Next();
  EXPECT_EQ(truth.line, 2);
  EXPECT_EQ(truth.column, 3);
  EXPECT_EQ(cursor.Next().column, 7);  // ]
}

}  // namespace
}  // namespace assay
