#include "judge/coherence/coherence_scoring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "judge/coherence/announced_sections.h"
#include "judge/coherence/subject_names.h"
#include "judge/coherence/text_measures.h"
#include "judge/scorer_registry.h"
#include "tests/unit/judge/engine/scripted_judge.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

using testing::HasSubstr;

v1::ScorerSpec Spec() {
  v1::ScorerSpec spec;
  spec.mutable_coherence();
  return *ResolveScorer(spec);
}

// Different words in every sentence, so that nothing repeats.
std::string Filler(int words, int seed) {
  std::string text;
  for (int i = 0; i < words; ++i) {
    absl::StrAppend(&text, "word", seed, "x", i, i % 12 == 11 ? ".\n\n" : " ");
  }
  return text;
}

Json Fact(const std::string& value, const std::string& quote) {
  return {{"subject", "Mara Voss"}, {"attribute", "age"}, {"value", value}, {"quote", quote}};
}

class CoherenceTest : public testing::Test {
 protected:
  CoherenceTest() : inputs_(ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {Spec()})) {}

  // A judge that rates 5, ends complete and clashes when asked; windows are told by `window`.
  ScriptedJudge Judge(std::function<Json(const std::string& prompt)> window = nullptr) {
    return ScriptedJudge([window](const AskedCall& call, const std::string&) -> Json {
      if (call.label == "coherence/ending") return {{"ending", "complete"}, {"quote", ""}};
      if (call.label == "coherence/conflicts") {
        return {{"clash", "contradiction"}, {"severity", 3}, {"note", "two ages"}};
      }
      if (call.label == "coherence/promises") return {{"promise", "broken"}};
      Json answer = {{"findings", Json::array()},
                     {"facts", Json::array()},
                     {"promises", Json::array()},
                     {"rating", 5}};
      if (window) answer.update(window(call.prompt));
      return answer;
    });
  }

  MachineRun Score(ScriptedJudge& judge) {
    const auto machine = MakeScorer(inputs_).value();
    return Drive(*machine, judge);
  }

  v1::UnitInputs inputs_;
};

TEST_F(CoherenceTest, ATextWithoutFlawsGetsAll) {
  inputs_.set_text(Filler(300, 1));
  ScriptedJudge judge = Judge();
  const MachineRun run = Score(judge);
  EXPECT_EQ(run.score("coherence"), 100);
  EXPECT_EQ(run.score("local"), 100);
  EXPECT_EQ(run.score("global"), 100);
  EXPECT_EQ(run.score("ending"), 100);
  EXPECT_EQ(run.calls.size(), 2u);
  ASSERT_EQ(run.verdict().series_size(), 1);
  EXPECT_EQ(run.verdict().series(0).points(0).value(), 100);
}

TEST_F(CoherenceTest, AContradictionFiveThousandWordsApartIsFoundThroughTheLedger) {
  const std::string first = "Mara Voss was thirty-four that spring.";
  const std::string second = "Mara Voss, now forty-one in the same spring, laughed.";
  inputs_.set_text(first + "\n\n" + Filler(5200, 2) + "\n\n" + second);
  ScriptedJudge judge = Judge([&](const std::string& prompt) -> Json {
    Json facts = Json::array();
    const std::string text = prompt.substr(prompt.find("ASSAY-TEXT writing"));
    if (text.find(first) != std::string::npos) facts.push_back(Fact("34", first));
    if (text.find(second) != std::string::npos) facts.push_back(Fact("41", second));
    return {{"facts", facts}};
  });
  const MachineRun run = Score(judge);
  EXPECT_EQ(run.steps, 3) << "two rounds of calls";
  ASSERT_EQ(run.verdict().findings_size(), 1);
  const v1::Finding& finding = run.verdict().findings(0);
  EXPECT_EQ(finding.kind(), "contradiction");
  EXPECT_EQ(finding.severity(), 3);
  ASSERT_EQ(finding.spans_size(), 2);
  EXPECT_EQ(inputs_.text().substr(0, first.size()), first);
  EXPECT_EQ(finding.spans(0).begin_byte(), 0);
  EXPECT_EQ(finding.spans(1).end_byte(), static_cast<std::int64_t>(inputs_.text().size()));
  EXPECT_LT(run.score("global"), 100);
  EXPECT_EQ(run.score("local"), 100);
  const auto& points = run.verdict().series(0).points();
  ASSERT_GT(points.size(), 2);
  EXPECT_LT(points[0].value(), 100) << "where the first of the two stands";
  EXPECT_EQ(points[1].value(), 100);
  EXPECT_LT(points[points.size() - 1].value(), 100);
}

TEST_F(CoherenceTest, QuotesThatAreNotInTheTextCountForNothing) {
  inputs_.set_text("The sea was calm. " + Filler(300, 3));
  ScriptedJudge judge = Judge([](const std::string&) -> Json {
    return {{"findings", Json::array({{{"kind", "contradiction"},
                                       {"quote_a", "The sea was calm."},
                                       {"quote_b", "The sea was wild."},
                                       {"severity", 3}}})}};
  });
  const MachineRun run = Score(judge);
  EXPECT_EQ(run.score("global"), 100);
  EXPECT_EQ(run.score("unverified_findings"), 1);
  ASSERT_EQ(run.verdict().findings_size(), 1);
  EXPECT_TRUE(run.verdict().findings(0).unverified());
}

TEST_F(CoherenceTest, RepeatedParagraphsNeedNoJudge) {
  const std::string paragraph =
      "The old lighthouse stood on the rock and nobody climbed it any more.";
  inputs_.set_text(paragraph + "\n\n" + Filler(480, 4) + "\n\n" + paragraph);
  ScriptedJudge judge = Judge();
  const MachineRun run = Score(judge);
  ASSERT_EQ(run.verdict().findings_size(), 1);
  EXPECT_EQ(run.verdict().findings(0).kind(), "repetition");
  const double words = static_cast<double>(MeasureText(inputs_.text(), "").words);
  EXPECT_DOUBLE_EQ(run.score("global"), 100 * std::exp2(-4 / (words / 1000) / 2));
}

TEST_F(CoherenceTest, BrokenPromisesAndMissingEndings) {
  inputs_.set_text("Three reasons will follow. " + Filler(600, 5) + " and then he");
  ScriptedJudge judge([](const AskedCall& call, const std::string&) -> Json {
    if (call.label == "coherence/ending") return {{"ending", "missing"}};
    if (call.label == "coherence/promises") {
      EXPECT_THAT(call.prompt, HasSubstr("Three reasons will follow."));
      return {{"promise", "broken"}};
    }
    return {{"findings", Json::array()},
            {"facts", Json::array()},
            {"rating", 4},
            {"promises",
             Json::array({{{"what", "three reasons"}, {"quote", "Three reasons will follow."}}})}};
  });
  const MachineRun run = Score(judge);
  EXPECT_EQ(run.score("ending"), 0);
  EXPECT_EQ(run.score("local"), 75);
  std::vector<std::string> kinds;
  for (const v1::Finding& finding : run.verdict().findings()) kinds.push_back(finding.kind());
  EXPECT_THAT(kinds, testing::ElementsAre("unfinished_ending", "broken_promise"));
  EXPECT_DOUBLE_EQ(run.score("coherence"), 0.4 * run.score("local") + 0.4 * run.score("global") +
                                               0.2 * run.score("ending"));
}

constexpr char kToldFirst[] =
    "The harbour master kept ledgers of every vessel, wrote the draught and tonnage beside its "
    "captain, and fined smugglers who hid tobacco beneath sacks of barley.";
constexpr char kToldAgain[] =
    "In his ledgers the master of the harbour noted each vessel with captain, tonnage and draught; "
    "whoever smuggled tobacco under barley sacks was fined by him.";

TEST_F(CoherenceTest, WhatIsToldAgainFarAwayInOtherWordsIsFound) {
  inputs_.set_context_tokens(8192);
  inputs_.set_text(absl::StrCat(kToldFirst, "\n\n", Filler(6000, 11), "\n\n", kToldAgain));
  int asked = 0;
  ScriptedJudge judge([&](const AskedCall& call, const std::string& id) -> Json {
    if (call.label == "coherence/ending") return {{"ending", "complete"}, {"quote", ""}};
    if (call.label == "coherence/conflicts") {
      ++asked;
      EXPECT_THAT(call.items.at(id), HasSubstr(kToldFirst));
      EXPECT_THAT(call.items.at(id), HasSubstr(kToldAgain));
      return {{"clash", "repetition"}, {"severity", 2}, {"note", "the ledgers again"}};
    }
    return {{"findings", Json::array()},
            {"facts", Json::array()},
            {"promises", Json::array()},
            {"rating", 5}};
  });
  const MachineRun run = Score(judge);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(run.score("repeated_20gram_percent"), 0);
  ASSERT_EQ(run.verdict().findings_size(), 1);
  const v1::Finding& finding = run.verdict().findings(0);
  EXPECT_EQ(finding.kind(), "repetition");
  EXPECT_EQ(finding.severity(), 2);
  ASSERT_EQ(finding.spans_size(), 2);
  EXPECT_EQ(finding.spans(0).end_byte(), static_cast<std::int64_t>(std::string(kToldFirst).size()));
  EXPECT_EQ(finding.spans(1).end_byte(), static_cast<std::int64_t>(inputs_.text().size()));
  EXPECT_LT(run.score("global"), 100);
}

TEST(FarRepeats, OnlyWhatNoWindowShowsTogetherAndAFewOfEach) {
  const std::string first = std::string(kToldFirst) + "\n\n";
  const std::string text = first + Filler(2400, 12) + "\n\n" + kToldAgain + "\n\n" + kToldFirst;
  const std::size_t half = text.size() / 2;
  const std::vector<TextRange> windows = {{0, half}, {half, text.size()}};
  const std::vector<FarRepeat> repeats = FarRepeats(text, "en", windows, 1500, 2);
  ASSERT_EQ(repeats.size(), 1u) << "not the copy, which counting finds";
  EXPECT_EQ(repeats[0].first.begin, 0u);
  EXPECT_EQ(text.substr(repeats[0].second.begin, 20), std::string(kToldAgain).substr(0, 20));
  EXPECT_GT(repeats[0].likeness, 0.5);
  EXPECT_TRUE(FarRepeats(text, "en", {{0, text.size()}}, 1500, 2).empty());
  EXPECT_TRUE(FarRepeats(text, "en", windows, half, 2).empty()) << "shown with the window";
  EXPECT_TRUE(FarRepeats(Filler(6000, 13), "en", {{0, 9000}, {9000, 30000}}, 1500, 2).empty());
  // Chinese has no blanks between its words.
  const std::string zh_first =
      "港务长在账簿里登记每一艘船只的吃水和吨位，写上船长姓名，并处罚把烟草藏在大麦袋子下面的走私者"
      "。";
  const std::string zh_again =
      "账簿里，港务长记下各艘船只，连同船长姓名、吨位与吃水；走私者若把烟草藏进大麦袋子，便受他处罚"
      "。";
  const std::string zh = zh_first + "\n\n" + Filler(1200, 14) + "\n\n" + zh_again;
  const std::size_t cut = zh.size() - 2000;
  EXPECT_EQ(FarRepeats(zh, "zh", {{0, cut}, {cut, zh.size()}}, 1500, 2).size(), 1u);
}

TEST(FarRepeats, WorkGrowsAsTheText) {
  // Every paragraph is like every other: of a word only so many are looked at.
  std::string text;
  std::vector<TextRange> windows;
  for (int i = 0; i < 4000; ++i) {
    const std::size_t begin = text.size();
    absl::StrAppend(&text, kToldFirst, " Then came number ", i, " and Filler", i, ".\n\n");
    if (i % 100 == 0) windows.push_back({begin, begin});
    windows.back().end = text.size();
  }
  const std::vector<FarRepeat> repeats = FarRepeats(text, "en", windows, 1500, 2);
  EXPECT_LE(repeats.size(), 2 * windows.size());
}

TEST_F(CoherenceTest, AnnouncedSectionsAreLookedUpAmongTheHeadings) {
  const std::string contents =
      "# A report\n\n## Contents\n\n1. [Costs](#costs)\n   - of timber\n2. The wide river .... 4\n"
      "3. Outlook\n\n";
  const std::string body =
      "## 1. Costs: a table\n\nSection 2 has the river, as The Wide River "
      "tells. Section 7 gives the names.\n\n" +
      Filler(600, 8) + "\n\n## 2. The wide river\n\n" + Filler(60, 9) +
      "\n\n```sh\n# Outlook\n```\n";
  inputs_.set_text(contents + body);
  ScriptedJudge judge = Judge([](const std::string& prompt) -> Json {
    if (prompt.find("Part 1 of") == std::string::npos) return Json::object();
    const auto promise = [](const char* quote) { return Json{{"what", "x"}, {"quote", quote}}; };
    return {{"promises", Json::array({promise("Section 2 has the river, as The Wide River tells."),
                                      promise("Section 7 gives the names.")})}};
  });
  const MachineRun run = Score(judge);
  for (const v1::Call& call : run.calls) EXPECT_NE(call.label(), "coherence/promises");
  EXPECT_DOUBLE_EQ(run.score("announced_sections"), 60);
  ASSERT_EQ(run.verdict().findings_size(), 2);
  const auto words = [&](const v1::Finding& finding) {
    const v1::Span& span = finding.spans(0);
    return inputs_.text().substr(static_cast<std::size_t>(span.begin_byte()),
                                 static_cast<std::size_t>(span.end_byte() - span.begin_byte()));
  };
  EXPECT_EQ(run.verdict().findings(0).kind(), "broken_promise");
  EXPECT_EQ(words(run.verdict().findings(0)), "3. Outlook");
  EXPECT_EQ(words(run.verdict().findings(1)), "Section 7 gives the names.");
  EXPECT_EQ(run.verdict().scorer_version(), "coherence/2");
}

TEST(AnnouncedSections, AreDecidedOnlyWhereTheHeadingsTell) {
  const auto found = [](const std::string& announcement, const std::string& rest) {
    const std::string text = announcement + "\n\n" + rest;
    return FindAnnounced(text, {0, announcement.size()}, HeadingsOf(text));
  };
  const std::string chapters = "# Chapter 1: Start\n\na\n\n# Chapter Two\n\nb\n";
  EXPECT_EQ(found("As chapter two will show.", chapters), SectionFound::kThere);
  EXPECT_EQ(found("As chapter 3 will show.", chapters), SectionFound::kMissing);
  EXPECT_EQ(found("As section 3 will show.", chapters), SectionFound::kUnknown) << "no sections";
  EXPECT_EQ(found("As chapter 3 will show.", "# Chapter 1\n"), SectionFound::kUnknown) << "one";
  EXPECT_EQ(found("By chapter 11 of the code.", chapters), SectionFound::kUnknown);
  EXPECT_EQ(found("Three reasons follow.", chapters), SectionFound::kUnknown);
  EXPECT_EQ(found("We come to what it costs.", "## Costs\n"), SectionFound::kUnknown) << "one word";
  EXPECT_EQ(found("第三章会说明。", "# 第一章 开始\n\n# 第二章 中间\n"), SectionFound::kMissing);
  EXPECT_EQ(found("第二章会说明。", "# 第一章 开始\n\n# 第二章 中间\n"), SectionFound::kThere);
  EXPECT_TRUE(ContentsOf("## Contents\n\n- glass\n- water\n\n## Use\n\nDrink.\n").empty())
      << "contents of something else";
  EXPECT_TRUE(ContentsOf("## Contents\n\nOnly words.\n\n## Use\n").empty());
  const std::vector<ContentsEntry> chinese =
      ContentsOf("目录\n一、起源\n二、发展\n\n# 一、起源\n\n文。\n");
  ASSERT_EQ(chinese.size(), 2u);
  EXPECT_TRUE(chinese[0].there);
  EXPECT_FALSE(chinese[1].there);
}

TEST_F(CoherenceTest, GarbageMakesNoScore) {
  inputs_.set_text(Filler(300, 6));
  ScriptedJudge judge = Judge();
  judge.spoil = [](const std::string&) { return "{\"answers\": ["; };
  const MachineRun run = Score(judge);
  EXPECT_EQ(run.envelope.outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_THAT(run.verdict().reason(), HasSubstr("does not end"));
}

TEST_F(CoherenceTest, ThirtyThousandWordsAreJudgedWholeThroughASmallWindow) {
  inputs_.set_context_tokens(8192);
  std::vector<std::size_t> calls;
  for (const int words : {10000, 20000, 30000}) {
    std::string text;
    for (int i = 0; i < words / 10; ++i) {
      absl::StrAppend(&text, "In year ", i, " they sailed north and found harbour number ", i * 7,
                      ". ", i % 8 == 7 ? "\n\n" : "");
    }
    inputs_.set_text(text);
    std::string seen;
    ScriptedJudge judge = Judge([&](const std::string& prompt) -> Json {
      const std::size_t open = prompt.rfind("<<<ASSAY-TEXT writing");
      const std::size_t begin = prompt.find('\n', open) + 1;
      seen += prompt.substr(begin, prompt.find("\n<<<END-ASSAY-TEXT writing", begin) - begin);
      Json facts = Json::array();
      for (int i = 0; i < 30; ++i) facts.push_back(Fact(std::to_string(i), "they sailed north"));
      return {{"facts", facts}};
    });
    const MachineRun run = Score(judge);
    EXPECT_EQ(seen, text) << "every byte is in one window, in order";
    for (const v1::Call& call : run.calls) {
      EXPECT_LE(BoundTokens(PromptOf(call)).most + call.llm().sampling().max_tokens(), 8192);
    }
    calls.push_back(run.calls.size());
  }
  EXPECT_EQ(calls[2], 31u) << "calls for 30,000 words";
  EXPECT_LE(calls[2], 3 * calls[0] + 3) << "grows no faster than the text";
}

// Everything is said again in another order, and every window states what others deny: the pairs
// that are asked are at their cap.
TEST_F(CoherenceTest, RepeatsAskNoMoreCallsThanClashesAlone) {
  inputs_.set_context_tokens(8192);
  std::string text;
  for (const bool again : {false, true}) {
    for (int i = 0; i < 300; ++i) {
      for (int k = 0; k < 50; ++k) {
        absl::StrAppend(&text, "w", i, "x", again ? 49 - k : k, k % 10 == 9 ? ". " : " ");
      }
      text += "\n\n";
    }
  }
  inputs_.set_text(text);
  ScriptedJudge judge = Judge([&](const std::string& prompt) -> Json {
    const std::size_t open = prompt.rfind("<<<ASSAY-TEXT writing");
    const std::string quote = prompt.substr(prompt.find('\n', open) + 1, 12);
    Json facts = Json::array();
    for (int i = 0; i < 30; ++i) facts.push_back(Fact(quote + std::to_string(i), quote));
    return {{"facts", facts}};
  });
  const MachineRun run = Score(judge);
  std::map<std::string, int> calls;
  int repeats = 0;
  for (const AskedCall& call : judge.calls) {
    ++calls[call.label.substr(0, call.label.rfind('/') + 1) == "coherence/window/" ? "window"
                                                                                   : call.label];
    if (call.label != "coherence/conflicts") continue;
    for (const auto& [id, item] : call.items) repeats += id[0] == 'r' ? 1 : 0;
  }
  EXPECT_EQ(run.score("unjudged_parts"), 0) << "figures before a part leave it its room";
  EXPECT_GT(repeats, 10);
  EXPECT_LE(calls["coherence/conflicts"], (4 * calls["window"] + 5) / 6);
}

TEST_F(CoherenceTest, ResumesFromEveryJournal) {
  inputs_.set_text(Filler(4000, 7));
  ScriptedJudge judge = Judge([](const std::string&) -> Json {
    return {{"facts", Json::array({Fact("1", "word7x1 word7x2"), Fact("2", "word7x100")})}};
  });
  ExpectResumable([&] { return MakeScorer(inputs_).value(); },
                  [&](const v1::Call& call) {
                    return CallOutcome{judge.Answer(call), std::nullopt};
                  });
}

TEST(StatementLedger, FindsWhatDiffersAndTellsNumbersFirst) {
  StatementLedger ledger;
  ledger.Add(LedgerFact{"The pier", "colour", "white", {10, 20}, 0});
  ledger.Add(LedgerFact{"Mara", "age", "34", {30, 40}, 0});
  ledger.Add(LedgerFact{"pier", "Colour", "White.", {50, 60}, 1});
  ledger.Add(LedgerFact{"pier", "colour", "grey", {70, 80}, 1});
  ledger.Add(LedgerFact{"Mara", "age", "41", {90, 99}, 2});
  ledger.Add(LedgerFact{"Mara", "age", "41", {190, 199}, 2});
  const std::vector<Clash> clashes = ledger.Clashes(10);
  ASSERT_EQ(clashes.size(), 2u);
  EXPECT_EQ(clashes[0].second.value, "41");
  EXPECT_EQ(clashes[1].second.value, "grey");
  EXPECT_EQ(ledger.Clashes(1).size(), 1u);
}

// Group numbers, from 0 in order of appearance.
std::vector<std::size_t> GroupsOf(const std::vector<std::string>& subjects) {
  std::vector<std::size_t> seen;
  std::vector<std::size_t> numbers;
  for (const std::size_t group : GroupSubjects(subjects)) {
    auto at = std::find(seen.begin(), seen.end(), group);
    if (at == seen.end()) at = seen.insert(seen.end(), group);
    numbers.push_back(static_cast<std::size_t>(at - seen.begin()));
  }
  return numbers;
}

TEST(SubjectNames, OneSubjectInOtherWords) {
  using testing::ElementsAre;
  EXPECT_THAT(GroupsOf({"The  Pier", "pier.", "ＰＩＥＲ", "piers"}), ElementsAre(0, 0, 0, 1));
  EXPECT_THAT(GroupsOf({"ÉMILE", "émile"}), ElementsAre(0, 0));
  EXPECT_THAT(GroupsOf({"Dr. Ada Byron", "Ada Byron", "Ada Augusta Byron", "Ada"}),
              ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(GroupsOf({"Mrs. Voss", "Mrs. Mara Voss", "Dr. Voss"}), ElementsAre(0, 0, 0));
  EXPECT_THAT(GroupsOf({"the Captain", "Captain", "Captain Brand", "Brand"}),
              ElementsAre(0, 0, 1, 1));
}

TEST(SubjectNames, OtherSubjectsInLikeWords) {
  using testing::ElementsAre;
  EXPECT_THAT(GroupsOf({"Mr. Voss", "Mrs. Voss"}), ElementsAre(0, 1));
  EXPECT_THAT(GroupsOf({"Voss", "Mr. Voss", "Mrs. Voss"}), ElementsAre(0, 1, 2));
  EXPECT_THAT(GroupsOf({"Lord Byron", "Ada Byron", "Byron"}), ElementsAre(0, 1, 2));
  EXPECT_THAT(GroupsOf({"Ada", "Ada Byron", "Ada Lovelace"}), ElementsAre(0, 1, 2));
  EXPECT_THAT(GroupsOf({"London", "London Bridge"}), ElementsAre(0, 1));
  EXPECT_THAT(GroupsOf({"York", "New York"}), ElementsAre(0, 1));
  EXPECT_THAT(GroupsOf({"World War", "World War II"}), ElementsAre(0, 1));
  EXPECT_THAT(GroupsOf({"Karl Voss", "Karl Voss Jr."}), ElementsAre(0, 1));
  EXPECT_THAT(GroupsOf({"Ada Byron", "Ada Byron's mother", "mother of Ada Byron"}),
              ElementsAre(0, 1, 2));
  EXPECT_THAT(GroupsOf({"bridge", "old bridge"}), ElementsAre(0, 1)) << "no names";
  EXPECT_THAT(GroupsOf({"Anna Reed", "Ann Reed", "A. Reed"}), ElementsAre(0, 1, 2));
  EXPECT_THAT(GroupsOf({"阿达", "阿达·拜伦"}), ElementsAre(0, 1));
}

TEST(StatementLedger, KnowsASubjectByALongerName) {
  StatementLedger ledger;
  ledger.Add(LedgerFact{"Dr. Ada Byron", "Birth  year", "1815", {10, 20}, 0});
  ledger.Add(LedgerFact{"ADA BYRON", "birth year", "1825", {30, 40}, 1});
  ledger.Add(LedgerFact{"Ada Byron's mother", "birth year", "1792", {50, 60}, 1});
  const std::vector<Clash> clashes = ledger.Clashes(10);
  ASSERT_EQ(clashes.size(), 1u);
  EXPECT_EQ(clashes[0].second.value, "1825");
}

TEST(StatementLedger, NumbersAreNumbers) {
  StatementLedger ledger;
  ledger.Add(LedgerFact{"town", "budget", "1.5 million", {10, 20}, 0});
  ledger.Add(LedgerFact{"town", "budget", "15 million", {30, 40}, 1});
  ledger.Add(LedgerFact{"town", "people", "1,500", {50, 60}, 0});
  ledger.Add(LedgerFact{"town", "people", "1500", {70, 80}, 1});
  const std::vector<Clash> clashes = ledger.Clashes(10);
  ASSERT_EQ(clashes.size(), 1u);
  EXPECT_EQ(clashes[0].second.value, "15 million");
}

TEST(CoherenceScores, Formulas) {
  EXPECT_EQ(SeverityWeight(1), 1);
  EXPECT_EQ(SeverityWeight(3), 4);
  const CoherenceFinding severe{"contradiction", 3, {{0, 1}}, "", false};
  const CoherenceFinding unverified{"contradiction", 3, {}, "", true};
  EXPECT_DOUBLE_EQ(GlobalCoherence({severe, unverified}, 2000), 100 * std::exp2(-1));
  EXPECT_DOUBLE_EQ(GlobalCoherence({severe}, 10), 100 * std::exp2(-4)) << "as 500 words";
  EXPECT_DOUBLE_EQ(LocalCoherence({{{0, 1}, 300, 5}, {{1, 2}, 100, 1}}), 75);
  EXPECT_DOUBLE_EQ(TotalCoherence(100, 50, 0), 60);
}

TEST(TextMeasures, CodeHasNoHeadings) {
  const std::string text = "# One\n\n```sh\n# One\n```\n\n~~~\n# 7. Seven\n~~~\n\n# Two\n";
  EXPECT_EQ(MeasureText(text, "en").outline_consistency, 100);
  EXPECT_EQ(OutlineOf(text, 1000), "One\nTwo\n");
}

TEST(TextMeasures, CohesionAndOutline) {
  const TextMeasures one = MeasureText(
      "# 1. Start\n\nThe harbour lights were bright tonight.\n\nBright harbour lights again.\n\n"
      "# 3. Skipped\n\nBananas grow elsewhere.\n\n# 3. Skipped\n",
      "en");
  EXPECT_EQ(one.bad_headings.size(), 2u);
  EXPECT_NEAR(one.outline_consistency, 100.0 / 3, 1e-9);
  EXPECT_GT(one.lexical_cohesion, 0);
  EXPECT_EQ(MeasureText("Only one.", "en").lexical_cohesion, -1);
  EXPECT_EQ(
      MeasureText(
          "## Chapter 1\n\na\n\n## Chapter 2\n\n### 1. x\n\n### 2. y\n\n## Chapter 3\n\n### 1. z\n",
          "en")
          .outline_consistency,
      100);
}

}  // namespace
}  // namespace assay
