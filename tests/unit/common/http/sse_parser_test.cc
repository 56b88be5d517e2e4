#include "common/http/sse_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// One event as "type|id|data".
std::string Shown(const SseEvent& event) {
  return std::string(event.type) + "|" + std::string(event.id) + "|" + std::string(event.data);
}

std::vector<std::string> Parse(std::vector<std::string_view> pieces) {
  SseParser parser;
  std::vector<std::string> events;
  for (std::string_view piece : pieces) {
    EXPECT_TRUE(parser
                    .Feed(piece,
                          [&](const SseEvent& event) {
                            events.push_back(Shown(event));
                            return true;
                          })
                    .ok());
  }
  return events;
}

TEST(SseParserTest, ReadsEventsWithEveryLineEnd) {
  EXPECT_THAT(Parse({"data: a\n\ndata: b\n\n"}), ElementsAre("||a", "||b"));
  EXPECT_THAT(Parse({"data: a\r\n\r\ndata: b\r\n\r\n"}), ElementsAre("||a", "||b"));
  EXPECT_THAT(Parse({"data: a\r\rdata: b\r\r"}), ElementsAre("||a", "||b"));
  EXPECT_THAT(Parse({"data: a\r\n\ndata: b\n\r\n\r\r"}), ElementsAre("||a", "||b"));
}

TEST(SseParserTest, RemovesOneSpaceAfterTheColonOnly) {
  EXPECT_THAT(Parse({"data:a\n\ndata:  b \n\ndata:\tc\n\n"}), ElementsAre("||a", "|| b ", "||\tc"));
}

TEST(SseParserTest, JoinsDataLinesWithLineFeeds) {
  EXPECT_THAT(Parse({"data: a\ndata\ndata:\ndata: b\n\n"}), ElementsAre("||a\n\n\nb"));
}

TEST(SseParserTest, ReportsEmptyDataButNotMissingData) {
  EXPECT_THAT(Parse({"data\n\n"}), ElementsAre("||"));
  EXPECT_THAT(Parse({"event: ping\nid: 7\n\ndata: x\n\n"}), ElementsAre("||x"));
}

TEST(SseParserTest, KeepsTypeAndIdForTheirOwnEventOnly) {
  EXPECT_THAT(Parse({"event: error\nid: 7\ndata: x\n\ndata: y\n\n"}),
              ElementsAre("error|7|x", "||y"));
}

TEST(SseParserTest, IgnoresCommentsAndUnknownFields) {
  EXPECT_THAT(Parse({": ping\n\n:\nretry: 10\nfoo: bar\nbar\ndata: x\n: in between\n\n"}),
              ElementsAre("||x"));
}

TEST(SseParserTest, RemovesAByteOrderMarkAtTheVeryBeginningOnly) {
  EXPECT_THAT(Parse({"\xEF\xBB\xBF"
                     "data: x\n\n"}),
              ElementsAre("||x"));
  EXPECT_THAT(Parse({"\xEF", "\xBB",
                     "\xBF"
                     "data: x\n\n"}),
              ElementsAre("||x"));
  EXPECT_THAT(Parse({"data: x\n\n\xEF\xBB\xBF"
                     "data: y\n\n"}),
              ElementsAre("||x"));
}

TEST(SseParserTest, NeverReportsAnEventWithoutItsBlankLine) {
  EXPECT_THAT(Parse({"data: [DONE]"}), IsEmpty());
  EXPECT_THAT(Parse({"data: [DONE]\n"}), IsEmpty());
  EXPECT_THAT(Parse({"data: [DONE]\r"}), IsEmpty());
  EXPECT_THAT(Parse({"data: [DONE]\r\n"}), IsEmpty());
}

// A stream that uses every rule, cut into pieces in every way.
constexpr std::string_view kStream =
    "\xEF\xBB\xBF: hello\r\n\r\ndata: {\"a\":\"\xE4\xBD\xA0\xF0\x9F\x98\x80\"}\n\n"
    "event: error\rid: 12\rdata: one\rdata:two\r\rretry: 5\ndata\n\n: ping\r\n"
    "data: \\ud83d\\ude00\r\n\r\ndata: [DONE]\n\n";

const std::vector<std::string>& WantedEvents() {
  static const std::vector<std::string> wanted = {"||{\"a\":\"\xE4\xBD\xA0\xF0\x9F\x98\x80\"}",
                                                  "error|12|one\ntwo", "||", "||\\ud83d\\ude00",
                                                  "||[DONE]"};
  return wanted;
}

TEST(SseParserTest, GivesTheSameEventsHoweverTheBytesAreSplit) {
  ASSERT_EQ(Parse({kStream}), WantedEvents());
  for (std::size_t i = 0; i <= kStream.size(); ++i) {
    ASSERT_EQ(Parse({kStream.substr(0, i), kStream.substr(i)}), WantedEvents()) << i;
    for (std::size_t j = i; j <= kStream.size(); ++j) {
      ASSERT_EQ(Parse({kStream.substr(0, i), kStream.substr(i, j - i), kStream.substr(j)}),
                WantedEvents())
          << i << " " << j;
    }
  }
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < kStream.size(); ++i) bytes.push_back(kStream.substr(i, 1));
  EXPECT_EQ(Parse(bytes), WantedEvents());
}

TEST(SseParserTest, GivesAPrefixOfTheEventsHoweverTheBytesAreCut) {
  for (std::size_t i = 0; i < kStream.size(); ++i) {
    const std::vector<std::string> events = Parse({kStream.substr(0, i)});
    ASSERT_LE(events.size(), WantedEvents().size());
    for (std::size_t e = 0; e < events.size(); ++e) ASSERT_EQ(events[e], WantedEvents()[e]) << i;
  }
  EXPECT_EQ(Parse({kStream.substr(0, kStream.size() - 1)}).size(), WantedEvents().size() - 1);
}

TEST(SseParserTest, StopsWhenTheSinkSaysSo) {
  SseParser parser;
  int events = 0;
  EXPECT_TRUE(parser
                  .Feed("data: 1\n\ndata: 2\n\n",
                        [&](const SseEvent&) {
                          ++events;
                          return false;
                        })
                  .ok());
  EXPECT_EQ(events, 1);
}

bool Ignore(const SseEvent&) { return true; }

TEST(SseParserTest, BoundsLinesEventsAndComments) {
  {
    SseParser parser(100);
    EXPECT_TRUE(parser.Feed("data: " + std::string(94, 'x') + "\n\n", Ignore).ok());
    EXPECT_EQ(parser.buffered_bytes(), 0u);
    EXPECT_EQ(parser.Feed("data: " + std::string(95, 'x') + "\n\n", Ignore).code(),
              absl::StatusCode::kResourceExhausted);
  }
  {
    SseParser parser(100);
    EXPECT_TRUE(parser.Feed(std::string(60, 'x'), Ignore).ok());
    EXPECT_FALSE(parser.Feed(std::string(60, 'x'), Ignore).ok());
    EXPECT_LE(parser.buffered_bytes(), 100u);
  }
  {
    SseParser parser(100);
    absl::Status status;
    for (int i = 0; i < 100 && status.ok(); ++i) status = parser.Feed("data: 0123456789\n", Ignore);
    EXPECT_FALSE(status.ok());
    EXPECT_LE(parser.buffered_bytes(), 200u);
  }
  {
    SseParser parser(100);
    for (int i = 0; i < 10000; ++i) ASSERT_TRUE(parser.Feed(": ping\n\n", Ignore).ok());
    EXPECT_EQ(parser.buffered_bytes(), 0u);
  }
}

TEST(SseParserTest, ReadsAPieceOfOnlyCarriageReturnsInLinearTime) {
  SseParser parser;
  int events = 0;
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes += "data:\r\r";
  ASSERT_TRUE(parser.Feed(bytes, [&](const SseEvent&) { return ++events > 0; }).ok());
  EXPECT_EQ(events, 300'000);
}

}  // namespace
}  // namespace assay
