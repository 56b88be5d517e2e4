#include "common/retrieval/passage_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

std::unique_ptr<PassageIndex> Index(std::vector<SourceDocument> documents,
                                    PassageOptions options = {}) {
  return std::move(PassageIndex::Build(std::move(documents), options)).value();
}

std::string Words(int n, const std::string& word) {
  std::string text;
  for (int i = 0; i < n; ++i) text += word + std::to_string(i) + (i % 10 == 9 ? ". " : " ");
  return text;
}

TEST(PassageIndex, FindsTheDocumentThatAClaimIsAbout) {
  const auto index = Index({{"a", "Ferry", "The ferry crosses the sound in forty minutes."},
                            {"b", "Bridge", "The bridge was opened in 1931 by the mayor."}});
  const auto found = index->Search("When was the bridge opened?", 3);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].document, 1);
  EXPECT_GT(found[0].score, 0);
  EXPECT_EQ(index->TextOf(found[0]), "The bridge was opened in 1931 by the mayor.");
  EXPECT_TRUE(index->Search("zebra", 3).empty());
}

TEST(PassageIndex, FindsChineseWordsAndTitles) {
  const auto index = Index(
      {{"a", "社区年报", "去年居民中心举办了四十二场活动。"}, {"b", "渡轮", "渡轮每天往返三次。"}});
  EXPECT_EQ(index->Search("居民中心的活动", 1).at(0).document, 0);
  EXPECT_EQ(index->Search("渡轮", 1).at(0).document, 1);
  EXPECT_EQ(index->Search("年报", 1).at(0).document, 0) << "by the title";
}

TEST(PassageIndex, CutsLongDocumentsIntoOverlappingPassages) {
  PassageOptions options;
  options.words = 64;
  options.overlap_words = 16;
  const std::string text = Words(500, "word");
  const auto index = Index({{"a", "", text}}, options);
  ASSERT_GT(index->passages().size(), 7u);
  std::size_t end = 0;
  for (std::size_t i = 0; i < index->passages().size(); ++i) {
    const TextRange& range = index->passages()[i].range;
    EXPECT_TRUE(i == 0 || range.begin < end) << "neighbours share words";
    EXPECT_GT(range.end, end);
    end = range.end;
  }
  EXPECT_EQ(index->passages().front().range.begin, 0u);
  EXPECT_EQ(end, text.size()) << "nothing is left out";
  EXPECT_EQ(index->TextOf(index->Search("word499", 1).at(0)).find("word499") != std::string::npos,
            true);
}

TEST(PassageIndex, NoQueryIsAnError) {
  const auto index = Index({{"a", "", "Plain words \"in quotes\" here."}});
  for (const std::string& query :
       {std::string(), std::string("\"\"\" ' -- ; DROP TABLE p"), std::string("NEAR( AND OR NOT *"),
        std::string("\0nul\0", 5), std::string("\xff\xfe broken"), std::string(1 << 20, 'x'),
        Words(20000, "many")}) {
    index->Search(query, 3);
  }
  EXPECT_EQ(index->Search("quotes\" OR \"x", 3).size(), 1u);
}

TEST(PassageIndex, OptionsOutOfRangeAreRefused) {
  EXPECT_FALSE(PassageIndex::Build({}, {.words = 8}).ok());
  EXPECT_FALSE(PassageIndex::Build({}, {.words = 64, .overlap_words = 64}).ok());
  EXPECT_TRUE(PassageIndex::Build({}, {}).value()->Search("x", 1).empty());
}

}  // namespace
}  // namespace assay
