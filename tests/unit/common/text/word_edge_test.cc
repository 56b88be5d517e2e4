#include "common/text/word_edge.h"

#include <gtest/gtest.h>

#include "common/text/pattern.h"
#include "common/text/text_map.h"

namespace assay {
namespace {

// "|" marks the place.
bool Edge(const std::string& marked) {
  const std::size_t at = marked.find('|');
  return IsWordEdge(marked.substr(0, at) + marked.substr(at + 1), at);
}

TEST(WordEdge, LettersDigitsAndNumbersBelongTogether) {
  for (const char* edge :
       {"|a", "a|", "a| b", "a|.", "10|km", "a|1", "10|.", "10|, 20", "10|.11.2025", "1|,2,3",
        "字|字", "10|年", "第|1", "서울|에서", "กา|แฟ", "カ|フェ", "字|a", "（|a", "|"}) {
    EXPECT_TRUE(Edge(edge)) << edge;
  }
  for (const char* none : {"a|b", "art|éria", "Ö|l", "во|йна", "10|11", "10|.5", "10.|5", "10|,000",
                           "1,0|00", "1|.234,5", "e|\u0301", "e\u0301|t", "١|٢"}) {
    EXPECT_FALSE(Edge(none)) << none;
  }
}

TEST(WordEdge, AFoldedMapFindsWhateverTheCase) {
  const TextMap folded("ÉTÉ, Straße, ΟΔΟΣ, ＡＢＣ", LetterCase::kFolded);
  for (const char* word : {"été", "STRASSE", "οδος", "abc"}) {
    EXPECT_EQ(folded.FindAll(word, 9, TextMap::Edges::kWords).size(), 1u) << word;
  }
  EXPECT_TRUE(TextMap("ÉTÉ").FindAll("été", 9).empty());
  EXPECT_EQ(TextMap("aa aaa aa").FindAll("aa", 9).size(), 3u);
  EXPECT_EQ(TextMap("aa aaa aa").FindAll("aa", 9, TextMap::Edges::kWords).size(), 2u);
}

TEST(Pattern, SaysWhenItGaveUp) {
  const Pattern looks_ahead = *Pattern::Compile("a.*b|a");
  const std::string text(100000, 'a');
  EXPECT_TRUE(looks_ahead.FindAll(text, 100000).gave_up);
  EXPECT_FALSE(looks_ahead.FindAll(text, 20).gave_up);
  const PatternMatches all = looks_ahead.FindAll("aa\na", 9);
  EXPECT_EQ(all.places.size(), 3u);
  EXPECT_FALSE(all.gave_up);
}

}  // namespace
}  // namespace assay
