#include "coordinator/core/recent_texts.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

std::shared_ptr<const GeneratedText> TextOf(std::size_t bytes) {
  auto text = std::make_shared<GeneratedText>();
  text->text.assign(bytes, 'x');
  return text;
}

TEST(RecentTexts, TheOldestGoUntilAllFit) {
  RecentTexts recent(100);
  recent.Add("a", TextOf(40));
  recent.Add("b", TextOf(40));
  recent.Add("c", TextOf(50));
  EXPECT_EQ(recent.Find("a"), nullptr);
  ASSERT_NE(recent.Find("b"), nullptr);
  EXPECT_EQ(recent.Find("c")->text.size(), 50u);
  EXPECT_EQ(recent.bytes(), 90u);
  recent.Add("d", TextOf(100));
  EXPECT_EQ(recent.Find("b"), nullptr);
  EXPECT_EQ(recent.Find("c"), nullptr);
  EXPECT_EQ(recent.bytes(), 100u);
}

TEST(RecentTexts, TooLargeOrKnownChangesNothing) {
  RecentTexts recent(100);
  recent.Add("a", TextOf(60));
  recent.Add("large", TextOf(101));
  recent.Add("a", TextOf(30));
  EXPECT_EQ(recent.Find("large"), nullptr);
  EXPECT_EQ(recent.Find("a")->text.size(), 60u);
  EXPECT_EQ(recent.bytes(), 60u);
}

}  // namespace
}  // namespace assay
