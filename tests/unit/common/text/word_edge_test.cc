#include "common/text/word_edge.h"

#include <gtest/gtest.h>

#include <map>

#include "common/text/language.h"
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

TEST(Language, TagsAreOfAClosedSet) {
  EXPECT_EQ(GuessableLanguage("zh-Hant-TW"), "zh");
  EXPECT_EQ(GuessableLanguage("EN_us"), "en");
  EXPECT_EQ(GuessableLanguage("sr-Cyrl-RS"), "sr");
  EXPECT_EQ(GuessableLanguage("de-Latn"), "de");
  for (const char* other : {"", "English", "sv", "zho", "-zh", "sr-Latn", "ru_latn"}) {
    EXPECT_EQ(GuessableLanguage(other), std::nullopt) << other;
  }
  EXPECT_EQ(GuessLanguage("the the der der").language, "") << "even";
}

TEST(Language, CyrillicOnesAreToldByTheirLetters) {
  const std::map<std::string, std::string> texts = {
      {"ru",
       "Вчера вечером мы вышли к реке, и старый рыбак рассказал, как эта вода когда-то "
       "поднялась выше крыш и унесла лодки, а мосты ещё долго стояли пустыми."},
      {"uk",
       "Учора ввечері ми вийшли до річки, і старий рибалка розповів, як колись ця вода "
       "піднялася вище за дахи."},
      {"be",
       "Учора ўвечары мы выйшлі да ракі, і стары рыбак расказаў, як калісьці гэтая вада "
       "паднялася вышэй за дахі."},
      {"bg",
       "Снощи излязохме при реката и старият рибар разказа как някога водата се вдигнала "
       "по-високо от покривите и отнесла къщата му. Сега той живее сам на хълма, където вятърът е "
       "силен, и всяка сутрин гледа дали "
       "пътят към селото е сух, преди да тръгне към пазара с двете си кошници."},
      {"sr",
       "Синоћ смо изашли до реке, и стари рибар је причао како се вода некада дигла изнад "
       "кровова, а њега је нашла лађа."},
      {"mk",
       "Синоќа излеговме кај реката, и стариот рибар раскажа како водата некогаш се кренала "
       "над куќите."}};
  for (const auto& [language, text] : texts) {
    EXPECT_EQ(GuessLanguage(text).language, language);
    EXPECT_EQ(GuessLanguage(text + " " + text + " " + text + " ЁЇ").language, language)
        << "a name of another language";
  }
  // Kazakh has letters of its own; few words, and two languages at once, do not tell.
  const std::string kazakh =
      "Кеше кешке өзенге шықтық, ал қарт балықшы судың бір кезде үйлердің төбесінен асқанын айтты.";
  for (const std::string& text :
       {kazakh, std::string("Привет, мир"), texts.at("ru") + texts.at("uk"),
        std::string("Стари рибар је причао како се вода дигла изнад кровова.")}) {
    const LanguageGuess guess = GuessLanguage(text);
    EXPECT_EQ(guess.language, "") << text;
    EXPECT_EQ(guess.one_of, (std::vector<std::string>{"be", "bg", "mk", "ru", "sr", "uk"}));
  }
  const LanguageGuess latin = GuessLanguage(
      "Sinoć je stari ribar pričao, ali nije bio sam, kao što su svi mislili, i sve je palo na "
      "brod iz luke.");
  EXPECT_EQ(latin.language, "");
  EXPECT_EQ(latin.one_of, std::vector<std::string>{"sr"});
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
