#include "common/text/text_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>

#include "common/text/outline.h"
#include "common/text/segments.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

std::string Found(const std::string& text, const std::string& quote) {
  const TextMap map(text);
  const std::optional<TextRange> place = map.Find(quote);
  return place ? text.substr(place->begin, place->end - place->begin) : "(none)";
}

TEST(TextMap, FindsAQuoteWhateverBecameOfItsForm) {
  const std::string text =
      "She said:\n\n“The   *old* mill — built in 1907 — isn’t ours.”  Then she left.";
  EXPECT_EQ(Found(text, "The old mill - built in 1907 - isn't ours."),
            "The   *old* mill — built in 1907 — isn’t ours.");
  EXPECT_EQ(Found(text, "\"the old mill\""), "(none)") << "case counts";
  EXPECT_EQ(Found(text, "“The old mill ... isn’t ours.”"),
            "The   *old* mill — built in 1907 — isn’t ours.");
  EXPECT_EQ(Found("価格は１２３円です。", "123円"), "１２３円");
  EXPECT_EQ(Found("cafe\u0301 noir", "café noir"), "cafe\u0301 noir");
  EXPECT_EQ(Found("the ﬁrst step", "first step"), "ﬁrst step");
  EXPECT_EQ(Found("zero\u200bwidth", "zerowidth"), "zero\u200bwidth");
}

TEST(TextMap, FindsNothingThatIsNotThere) {
  const std::string text = "Alpha beta gamma. " + std::string(3000, 'x') + " Delta epsilon zeta.";
  EXPECT_EQ(Found(text, "Alpha delta"), "(none)");
  EXPECT_EQ(Found(text, "Alpha beta ... Delta epsilon"), "(none)") << "too far apart";
  EXPECT_EQ(Found(text, "..."), "(none)");
  EXPECT_EQ(Found(text, ""), "(none)");
  EXPECT_EQ(Found(text, "be"), "(none)") << "two letters prove nothing";
}

TEST(TextMap, LooksWithinAPartWhenAsked) {
  const std::string text = "The same words. In between. The same words.";
  const TextMap map(text);
  EXPECT_EQ(map.Find("The same words.")->begin, 0u);
  EXPECT_EQ(map.Find("The same words.", TextRange{16, text.size()})->begin, 28u);
  EXPECT_FALSE(map.Find("In between.", TextRange{28, text.size()}).has_value());
  EXPECT_EQ(map.FindAll("The same words.", 9).size(), 2u);
}

// Characters of every awkward kind, and bytes that are none.
std::string RandomText(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {
      "a",  "B",       "7",      " ",  "  ",           "\n",     "\t",
      "é",  "e\u0301", "ﬁ",      "１", "漢",           "字",     "。",
      "—",  "’",       "“",      "…",  "\u00ad",       "\u200b", "*",
      "_",  "😀",       "\u0327", "Å",  "\u1100\u1161", "\xff",   "\xe6\xbc",
      "가", "\u3000"};
  std::string text;
  for (int i = std::uniform_int_distribution<>(0, 60)(random); i > 0; --i) {
    text += kPieces[std::uniform_int_distribution<std::size_t>(0, kPieces.size() - 1)(random)];
  }
  return text;
}

TEST(TextMap, EveryRangeMapsIntoTheTextAndOrderIsKept) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = RandomText(random);
    const TextMap map(text);
    const std::size_t size = map.normalized().size();
    EXPECT_TRUE(IsValidUtf8(map.normalized()));
    std::size_t last = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const TextRange one = map.ToOriginal(i, i + 1);
      ASSERT_LE(one.begin, one.end);
      ASSERT_LE(one.end, text.size());
      ASSERT_GE(one.begin, last) << "places go forward";
      last = one.begin;
    }
  }
}

TEST(TextMap, EveryWholePieceOfATextIsFoundInIt) {
  std::mt19937 random(11);
  int looked = 0;
  for (int round = 0; round < 2000; ++round) {
    const std::string text = RandomText(random) + "Some plain words here " + RandomText(random);
    const TextMap map(text);
    const std::string_view normal = map.normalized();
    std::size_t begin = std::uniform_int_distribution<std::size_t>(0, normal.size() - 1)(random);
    std::size_t end = std::uniform_int_distribution<std::size_t>(begin, normal.size())(random);
    while (begin > 0 && (normal[begin] & '\xC0') == '\x80') --begin;
    while (end < normal.size() && (normal[end] & '\xC0') == '\x80') ++end;
    const std::string quote(normal.substr(begin, end - begin));
    if (quote.find("Some plain") == std::string::npos) continue;
    ++looked;
    const std::optional<TextRange> place = map.Find(quote);
    ASSERT_TRUE(place.has_value()) << quote << "\nin\n" << text;
    EXPECT_NE(NormalizedForQuotes(text.substr(place->begin, place->end - place->begin)), "");
  }
  EXPECT_GT(looked, 100);
}

TEST(Segments, SentencesOfEnglish) {
  const std::string text =
      "# Title\n\nDr. Smith met J. K. Rowling at 3.30 p.m. in Leeds. They\ntalked.\n\n- One "
      "item.\n- Two. Parts.\n";
  std::vector<std::string> sentences;
  for (const TextRange& s : SentencesOf(text))
    sentences.push_back(text.substr(s.begin, s.end - s.begin));
  const std::vector<std::string> expected = {
      "# Title",       "Dr. Smith met J. K. Rowling at 3.30 p.m. in Leeds.",
      "They\ntalked.", "- One item.",
      "- Two.",        "Parts."};
  EXPECT_EQ(sentences, expected);
}

TEST(Segments, SentencesOfChinese) {
  const std::string text = "今天天气很好。我们去公园吧！好吗？";
  EXPECT_EQ(SentencesOf(text).size(), 3u);
  EXPECT_EQ(SegmentedForSearch("我喜欢机器学习", "zh").find("机器") != std::string::npos, true);
}

TEST(Segments, SentencesHoldEveryByteThatIsNotBlank) {
  std::mt19937 random(13);
  for (int round = 0; round < 2000; ++round) {
    const std::string text = RandomText(random);
    std::size_t at = 0;
    std::string outside;
    for (const TextRange& s : SentencesOf(text)) {
      ASSERT_LE(at, s.begin);
      ASSERT_LT(s.begin, s.end);
      outside += text.substr(at, s.begin - at);
      at = s.end;
    }
    outside += text.substr(at);
    EXPECT_EQ(NormalizedForQuotes(outside).find_first_not_of(' '), std::string::npos) << text;
  }
}

TEST(Outline, CodeIsNoneOfIt) {
  const auto titles = [](const std::string& text) {
    std::vector<std::string> titles;
    for (const Heading& heading : HeadingsOf(text)) {
      titles.push_back(text.substr(heading.title.begin, heading.title.end - heading.title.begin));
    }
    return titles;
  };
  using testing::ElementsAre;
  EXPECT_THAT(titles("# A\n```\n# b\n~~~\n# c\n```\n# D\n"), ElementsAre("A", "D"));
  EXPECT_THAT(titles("# A\n```\n# b\n"), ElementsAre("A")) << "open to the end";
  const std::string wrapped = "```markdown\n# A\n```py\n# b\n```\n# C\n```\n# D\n";
  EXPECT_THAT(titles(wrapped), ElementsAre("A", "C", "D"));
  EXPECT_EQ(WithoutCode(WithoutCode(wrapped)), WithoutCode(wrapped));
  EXPECT_EQ(WithoutCode(wrapped).size(), wrapped.size());
}

TEST(Segments, ParagraphsAndHeadings) {
  const std::string text = "## One ##\nText\nmore\n\n**Bold line**\nrest\n";
  ASSERT_EQ(ParagraphsOf(text).size(), 4u);
  const std::vector<Heading> headings = HeadingsOf(text);
  ASSERT_EQ(headings.size(), 2u);
  EXPECT_EQ(text.substr(headings[0].title.begin, headings[0].title.end - headings[0].title.begin),
            "One");
  EXPECT_EQ(headings[0].depth, 2);
  EXPECT_EQ(text.substr(headings[1].title.begin, headings[1].title.end - headings[1].title.begin),
            "Bold line");
}

}  // namespace
}  // namespace assay
