#include "common/text/nltk_tokenize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "absl/strings/str_join.h"
#include "common/base/random.h"
#include "common/text/nltk_chunks.h"
#include "common/text/nltk_words.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

std::filesystem::path Folder() { return GoldenFolder("hellobench"); }

PunktModel English() {
  const std::filesystem::path tables = Folder() / "punkt_english";
  auto model = PunktModel::Parse(PackPunktTables(
      ReadGolden(tables / "abbrev_types.txt"), ReadGolden(tables / "collocations.tsv"),
      ReadGolden(tables / "sent_starters.txt"), ReadGolden(tables / "ortho_context.tsv.gz")));
  EXPECT_TRUE(model.ok()) << model.status();
  return *std::move(model);
}

TEST(NltkTokenizeTest, EdgeCases) {
  if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
  const PunktModel model = English();
  int cases = 0;
  for (const Json& row : GoldenRows(Folder() / "golden_nltk/edge_cases.jsonl")) {
    const std::string text = row["text"];
    EXPECT_EQ(NltkSentences(model, text), row["sentences"].get<std::vector<std::string>>()) << text;
    EXPECT_EQ(NltkTokens(model, text), row["tokens"].get<std::vector<std::string>>()) << text;
    ++cases;
  }
  EXPECT_EQ(cases, 37);
}

// Responses by file and id.
std::map<std::string, std::map<std::string, std::string>> Responses(const std::vector<Json>& rows) {
  std::map<std::string, std::map<std::string, std::string>> responses;
  for (const Json& row : rows) responses[row["file"]][row["id"]];
  for (auto& [file, texts] : responses) {
    if (!std::filesystem::exists(Folder() / file)) {
      std::cout << "SKIPPED: " << file << " is not in this copy\n";
      continue;
    }
    for (const Json& row : GoldenRows(Folder() / file)) {
      const auto found = texts.find(row["id"]);
      if (found != texts.end() && found->second.empty()) found->second = row["response"];
    }
  }
  return responses;
}

TEST(NltkTokenizeTest, PublishedResponses) {
  if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
  const PunktModel model = English();
  const std::vector<Json> rows = GoldenRows(Folder() / "golden_nltk/responses.jsonl.gz");
  const auto responses = Responses(rows);
  int compared = 0;
  for (const Json& row : rows) {
    const std::string& text = responses.at(row["file"]).at(row["id"]);
    if (text.empty()) continue;
    ++compared;
    const std::vector<std::string> tokens = NltkTokens(model, text);
    EXPECT_EQ(tokens.size(), row["n"].get<std::size_t>()) << row["file"] << row["id"];
    EXPECT_EQ(absl::StrJoin(tokens, " "), row["joined"].get<std::string>()) << row["id"];
    EXPECT_EQ(CountNltkTokens(model, text), tokens.size());
  }
  std::cout << compared << " of " << rows.size() << " responses are here\n";
  EXPECT_GT(compared, 50);
}

// Tokens of the rules alone, over the whole sentence.
std::vector<std::u32string> ByTheRules(std::u32string_view sentence) {
  std::vector<std::u32string> tokens(1);
  for (const char32_t c : SpaceNltkWords(sentence)) {
    if (!IsPythonSpace(c)) {
      tokens.back() += c;
    } else if (!tokens.back().empty()) {
      tokens.emplace_back();
    }
  }
  if (tokens.back().empty()) tokens.pop_back();
  return tokens;
}

std::vector<std::u32string> AtSight(std::u32string_view sentence) {
  std::string utf8;
  for (const char32_t c : sentence) AppendUtf8(c, utf8);
  std::vector<std::u32string> tokens;
  ForEachNltkWord(utf8, [&](std::string_view token) { tokens.push_back(ToCodePoints(token)); });
  return tokens;
}

TEST(NltkWordsTest, TokensToldAtSightAreThoseOfTheRules) {
  const std::vector<std::u32string> parts = {
      U" ",          U" ",      U" ",      U"\n",     U"\u00a0", U"\x1c",   U"a",      U"Word",
      U"7",          U"\u0663", U"_",      U".",      U".",      U"..",     U",",      U":",
      U";",          U"?",      U"!",      U"%",      U"#",      U"*",      U"-",      U"--",
      U"/",          U"(",      U")",      U"[",      U"]",      U"{",      U"<",      U">",
      U"'",          U"'",      U"''",     U"\"",     U"`",      U"``",     U"'s",     U"n't",
      U"'ll",        U"'S",     U"cannot", U"CANNOT", U"wanna",  U"gonna",  U"gotta",  U"lemme",
      U"g\u0131mme", U"d'ye",   U"more'n", U"'tis",   U"'twas",  U"\u00ab", U"\u00bb", U"\u201c",
      U"\u201d",     U"\u2018", U"\u2019", U"\u201e", U"\u2014", U"\u4e2d", U"\u00e9", U"\u017f",
      U"\u0301",     U"x"};
  Random random(20261125);
  for (int i = 0; i < 200'000; ++i) {
    std::u32string sentence;
    for (std::uint64_t k = random.Below(14); k < 14; ++k)
      sentence += parts[random.Below(parts.size())];
    const std::vector<std::u32string> rules = ByTheRules(sentence);
    ASSERT_EQ(AtSight(sentence), rules) << i << ": " << testing::PrintToString(sentence);
  }
}

TEST(PunktModelTest, SaysWhichLineIsWrong) {
  const auto model = PunktModel::Parse("abbrev\tmr\northo\tthe\tx\n");
  EXPECT_THAT(std::string(model.status().message()), testing::HasSubstr("line 2"));
}

}  // namespace
}  // namespace assay
