#include "simulator/profile_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/tokens.h"
#include "simulator/writing_task.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

const char kEnglish[] =
    "Write a 1,200-word report about urban water, covering pricing, leakage control and public "
    "trust. It must contain the phrase \"every drop counts\".";
const char kChinese[] = "请写一篇关于传统手工艺的3000字文章，文中必须出现“匠心”。";

TEST(ProfileText, IsAPureFunctionOfItsInputs) {
  for (const std::string& profile : ProfileNames()) {
    const ProfileRequest request{profile, kEnglish, 7, 0};
    const ProfileText once = WriteProfileText(request);
    const ProfileText again = WriteProfileText(request);
    EXPECT_EQ(once.text, again.text) << profile;
    EXPECT_EQ(once.reasoning, again.reasoning) << profile;
  }
  const std::string base = WriteProfileText({"sim/strong", kEnglish, 7, 0}).text;
  EXPECT_NE(base, WriteProfileText({"sim/strong", kEnglish, 8, 0}).text);
  EXPECT_NE(base, WriteProfileText({"sim/strong", std::string(kEnglish) + " ", 7, 0}).text);
}

TEST(ProfileText, StrongWritesTheRequiredLengthWithWhatWasAskedFor) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::string text = WriteProfileText({"sim/strong", kEnglish, seed, 0}).text;
    EXPECT_NEAR(static_cast<double>(CountUnits(text)), 1200, 40) << seed;
    EXPECT_THAT(text, HasSubstr("\"every drop counts\""));
    EXPECT_THAT(text, HasSubstr("leakage control"));
    EXPECT_THAT(text, HasSubstr("\n## "));
    EXPECT_TRUE(VerifyProfileText(text).ok()) << VerifyProfileText(text).status();
  }
  const std::string chinese = WriteProfileText({"sim/strong", kChinese, 1, 0}).text;
  EXPECT_NEAR(static_cast<double>(CountUnits(chinese)), 3000, 90);
  EXPECT_THAT(chinese, HasSubstr("“匠心”"));
  EXPECT_THAT(chinese, HasSubstr("传统手工艺"));
}

TEST(ProfileText, ShortStopsAtTwoThousandWordsAndRepeatLoops) {
  const std::string prompt = "Write an 8,000 words essay about bridges.";
  const std::string brief = WriteProfileText({"sim/short", prompt, 3, 0}).text;
  EXPECT_NEAR(static_cast<double>(CountUnits(brief)), 1975, 60);
  const std::string loop = WriteProfileText({"sim/repeat", prompt, 3, 0}).text;
  EXPECT_NEAR(static_cast<double>(CountUnits(loop)), 8000, 200);
  const std::size_t seal = loop.rfind("\n\n[Simulated");
  const std::size_t last = loop.rfind("\n\n", seal - 1) + 2;
  const std::string paragraph = loop.substr(last, seal - last);
  int copies = 0;
  for (std::size_t at = loop.find(paragraph); at != std::string::npos;
       at = loop.find(paragraph, at + 1)) {
    ++copies;
  }
  EXPECT_GT(copies, 10);
  const std::string strong = WriteProfileText({"sim/strong", prompt, 3, 0}).text;
  EXPECT_EQ(strong.find(strong.substr(strong.size() / 2, 300)), strong.size() / 2);
}

TEST(ProfileText, MaxTokensIsNeverExceededAndEndsByLength) {
  for (const std::int64_t tokens : {1, 12, 95, 96, 200, 1000}) {
    for (const std::string& profile : {std::string("sim/strong"), std::string("sim/reasoner")}) {
      for (const std::string& prompt : {std::string(kEnglish), std::string(kChinese)}) {
        const ProfileText written = WriteProfileText({profile, prompt, 1, tokens});
        EXPECT_LE(CountTokens(written.text) + CountTokens(written.reasoning), tokens)
            << profile << tokens;
        EXPECT_EQ(written.finish_reason, "length");
      }
    }
  }
  const ProfileText enough = WriteProfileText({"sim/strong", kEnglish, 1, 100000});
  EXPECT_EQ(enough.finish_reason, "stop");
  const ProfileText cut = WriteProfileText({"sim/truncate", kEnglish, 1, 100000});
  EXPECT_EQ(cut.finish_reason, "length");
  EXPECT_TRUE(VerifyProfileText(cut.text).ok());
}

TEST(ProfileText, SealRefusesEveryCutEveryJoinAndEveryChange) {
  const std::string text =
      WriteProfileText({"sim/strong", "Write a 120-word note about rain.", 5, 0}).text;
  ASSERT_TRUE(VerifyProfileText(text).ok());
  EXPECT_EQ(VerifyProfileText(text)->profile, "sim/strong");
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(VerifyProfileText(std::string_view(text).substr(0, size)).ok()) << size;
    EXPECT_FALSE(VerifyProfileText(std::string_view(text).substr(size + 1)).ok()) << size;
    std::string changed = text;
    changed[size] = static_cast<char>(changed[size] ^ 1);
    // A change inside the names of profile and task is caught by VerifyProfileTextFor only.
    if (size < text.rfind("[Simulated")) {
      EXPECT_FALSE(VerifyProfileText(changed).ok()) << size;
    }
    EXPECT_FALSE(
        VerifyProfileTextFor({"sim/strong", "Write a 120-word note about rain.", 5, 0}, changed)
            .ok());
  }
  EXPECT_FALSE(VerifyProfileText(text + text).ok());
  EXPECT_FALSE(VerifyProfileText(text + " ").ok());
  EXPECT_FALSE(VerifyProfileText(text.substr(0, 50) + text).ok());
}

TEST(ProfileText, VerifyForSaysWhereTheTextDeparts) {
  const ProfileRequest request{"sim/short", kEnglish, 9, 500};
  const std::string text = WriteProfileText(request).text;
  EXPECT_TRUE(VerifyProfileTextFor(request, text).ok());
  const absl::Status cut = VerifyProfileTextFor(request, text.substr(0, 100));
  EXPECT_THAT(std::string(MessageOf(cut)), HasSubstr("differ from byte 100"));
}

TEST(ProfileText, TheOtherDefectsAreWhatTheirNamesSay) {
  EXPECT_EQ(WriteProfileText({"sim/empty", kEnglish, 0, 0}).text, "");
  const ProfileText refusal = WriteProfileText({"sim/refuse", kEnglish, 0, 0});
  EXPECT_EQ(refusal.text, "");
  EXPECT_THAT(refusal.refusal, HasSubstr("can't help"));
  const ProfileText reasoned = WriteProfileText({"sim/reasoner", kEnglish, 0, 0});
  EXPECT_FALSE(reasoned.reasoning.empty());
  EXPECT_TRUE(VerifyProfileText(reasoned.text).ok());
  const ProfileText tagged = WriteProfileText({"sim/reasoner-tags", kEnglish, 0, 0});
  ASSERT_TRUE(tagged.text.starts_with("<think>\n"));
  const std::size_t end = tagged.text.find("</think>\n\n");
  ASSERT_NE(end, std::string::npos);
  EXPECT_TRUE(VerifyProfileText(std::string_view(tagged.text).substr(end + 10)).ok());
}

TEST(Tokens, PrefixNeverSplitsACharacterAndCountsAgree) {
  const std::string text = "abc 字字 défg 🙂🙂 and more";
  for (std::int64_t tokens = 0; tokens < 12; ++tokens) {
    const std::string prefix = text.substr(0, PrefixOfTokens(text, tokens));
    EXPECT_LE(CountTokens(prefix), tokens);
    if (prefix.size() < text.size()) {
      EXPECT_NE(static_cast<unsigned char>(text[prefix.size()]) & 0xC0, 0x80);
    }
  }
}

TEST(WritingTask, FindsTheLengthAskedFor) {
  const std::vector<std::pair<std::string, std::int64_t>> cases = {
      {"a 500-word essay", 500},
      {"a story of 8,000 words", 8000},
      {"about 2000 words, please", 2000},
      {"800 to 1000 words", 1000},
      {"10k words", 10000},
      {"no more than 100 Words", 100},
      {"write 3000字的文章", 3000},
      {"写一篇三千字的小说", 3000},
      {"写2万字", 20000},
      {"不少于5000个字", 5000},
      {"约800汉字", 800},
      {"use simple words in 3 sections", 0},
      {"one word", 0},
      {"", 0}};
  for (const auto& [prompt, units] : cases) EXPECT_EQ(RequiredUnits(prompt), units) << prompt;
}

TEST(WritingTask, ReadsLanguageAspectsAndQuotes) {
  const WritingTask task = ReadWritingTask(
      "Write a travel plan about Lisbon.\n- old town\n- food markets: all of them\n1. budget\n"
      "Mention \"tram 28\" and “pastel”.");
  EXPECT_FALSE(task.chinese);
  EXPECT_EQ(task.subject, "Lisbon");
  EXPECT_THAT(task.aspects, ::testing::ElementsAre("old town", "food markets", "budget"));
  EXPECT_THAT(task.musts, ::testing::ElementsAre("tram 28", "pastel"));
  EXPECT_EQ(task.units, kDefaultUnits);
  EXPECT_TRUE(ReadWritingTask(kChinese).chinese);
}

}  // namespace
}  // namespace assay
