#include "judge/constraints/code_checks.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <optional>
#include <span>
#include <vector>

#include "common/text/utf8.h"
#include "judge/constraints/text_facts.h"

namespace assay {
namespace {

v1::Constraint Kind(const std::string& kind, const std::string& params) {
  v1::Constraint constraint;
  constraint.set_id("c");
  constraint.set_kind(kind);
  EXPECT_TRUE(
      google::protobuf::util::JsonStringToMessage(params, constraint.mutable_params()).ok());
  return constraint;
}

CheckResult Check(const std::string& kind, const std::string& params, const std::string& text,
                  const std::string& language = "en") {
  const CheckedText checked(text, language);
  return CheckInCode(Kind(kind, params), checked);
}

struct Case {
  const char* kind;
  const char* params;
  const char* text;
  std::optional<double> satisfied;
};

void ExpectAll(std::span<const Case> cases) {
  for (const Case& c : cases) {
    const CheckResult result = Check(c.kind, c.params, c.text);
    EXPECT_EQ(result.satisfied, c.satisfied)
        << c.kind << " " << c.params << " on " << c.text << ": " << result.note;
    EXPECT_NE(result.note, "") << c.kind;
  }
}

constexpr char kDoc[] =
    "# Report\n\nFirst paragraph here. It has two sentences.\n\n## Summary\n\n- one\n- two\n1. "
    "three\n\n"
    "Second paragraph.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";

TEST(CodeChecks, EveryKind) {
  const Case cases[] = {
      {"words_min", R"({"count": 3})", "one two three", 1},
      {"words_min", R"({"count": 4})", "one two three", 0},
      {"words_max", R"({"count": 3})", "one two three", 1},
      {"words_max", R"({"count": 2})", "one two three", 0},
      {"words_min", R"({"count": 4})", "四个汉字", 1},
      {"words_min", R"({"count": 2, "counting": "split"})", "don't stop", 1},
      {"words_min", R"({"count": 3, "counting": "split"})", "don't stop", 0},
      {"words_max", R"({"count": 2, "counting": "words"})", "don't stop", 1},
      {"characters_min", R"({"count": 4})", "a b\nc d", 1},
      {"characters_max", R"({"count": 3})", "a b\nc d", 0},
      {"sentences_min", R"({"count": 2})", "One. Two.", 1},
      {"sentences_max", R"({"count": 1})", "One. Two.", 0},
      {"paragraphs_min", R"({"count": 2})", kDoc, 1},
      {"paragraphs_min", R"({"count": 3})", kDoc, 0},
      {"paragraphs_max", R"({"count": 2})", kDoc, 1},
      {"sections_min", R"({"count": 2})", kDoc, 1},
      {"sections_max", R"({"count": 1})", kDoc, 0},
      {"list_items_min", R"({"count": 3})", kDoc, 1},
      {"list_items_max", R"({"count": 2})", kDoc, 0},
      {"list_items_min", R"({"count": 2})", "1、甲\n（2）乙\n", 1},
      {"tables_min", R"({"count": 1})", kDoc, 1},
      {"tables_min", R"({"count": 1})", "| a | b |\nno rule", 0},
      {"headings", R"({"texts": ["Summary", "Report"]})", kDoc, 1},
      {"headings", R"({"texts": ["Summary", "Budget"]})", kDoc, 0.5},
      {"headings", R"({"texts": ["Summary"]})", "1. Summary:\n\nText.", 0},
      {"headings", R"({"texts": ["Summary"]})", "## 1. Summary:\n\nText.", 1},
      {"headings", R"({"texts": ["一、全年概况"]})", "一、全年概况\n\n今年。", 1},
      {"must_contain", R"({"texts": ["Callan Viaduct", "2011"]})", "The “Callan  Viaduct” of 2011",
       1},
      {"must_contain", R"({"texts": ["Callan Viaduct", "2012"]})", "The Callan Viaduct of 2011",
       0.5},
      {"must_contain", R"({"texts": ["Q:"], "count": 2})", "Q: a\nQ: b", 1},
      {"must_contain", R"({"texts": ["Q:"], "count": 3})", "Q: a\nQ: b", 0},
      {"must_not_contain", R"({"texts": ["shame"]})", "They were ashamed.", 1},
      {"must_not_contain", R"({"texts": ["shame"]})", "What a Shame!", 0},
      {"starts_with", R"({"text": "To the council"})", "**To the council,** hello", 1},
      {"starts_with", R"({"text": "To the council"})", "Hello. To the council", 0},
      {"ends_with", R"({"text": "on Saturday."})", "We will be there on Saturday.\n", 1},
      {"ends_with", R"({"text": "on Saturday."})", "on Saturday. Bye", 0},
      {"numbered", R"({"label": "Week {n}", "from": 1, "to": 2})", "Week 12 and week 2", 0.5},
      {"numbered", R"({"label": "第{n}周", "from": 1, "to": 2})", "第1周 第2周", 1},
      {"every_nth", R"({"label": "Floor {n}", "from": 1, "to": 4, "count": 2, "text": "garden"})",
       "Floor 1: x. Floor 2: a garden. Floor 3: garden. Floor 4: shop.", 0.5},
      {"position", R"({"text": "p-value", "part": "end", "share": 0.5})", "a b c d p-value", 1},
      {"position", R"({"text": "p-value", "part": "begin", "share": 0.2})", "a b c d p-value", 0},
      {"position", R"({"text": "x", "part": "middle", "share": 0.5})", "aaaa x aaaa", 1},
      {"order", R"({"texts": ["Alpha", "Beta"]})", "Alpha then Beta", 1},
      {"order", R"({"texts": ["Beta", "Alpha"]})", "Alpha then Beta", 0},
      {"order", R"({"texts": ["Alpha", "Gamma"]})", "Alpha then Beta", 0},
      {"regex", R"({"pattern": "\\b\\d{4}\\b", "count": 2})", "1999 and 2001", 1},
      {"regex", R"({"pattern": "\\b\\d{4}\\b", "count": 3})", "1999 and 2001", 0},
      {"regex_not", R"({"pattern": "(?i)foo"})", "a FOO", 0},
      {"regex_not", R"({"pattern": "foo"})", "bar", 1},
      {"json", R"({"texts": ["a", "b"]})", "```json\n{\"a\": 1}\n```", 0.5},
      {"json", R"({})", "not json", 0},
      {"tsv", R"({"texts": ["a", "b"]})", "a\tb\n1\t2\n", 1},
      {"tsv", R"({})", "a\tb\n1\t2\t3\n", 0},
      {"language", R"({"text": "en"})", "The cat and the dog of the house is here with this.", 1},
      {"language", R"({"text": "de"})", "The cat and the dog of the house is here with this.", 0},
      {"language", R"({"text": "zh"})", "今天天气很好，我们去公园。", 1},
      {"language", R"({"text": "ja"})", "今日は天気がとてもいいです。", 1},
  };
  ExpectAll(cases);
}

TEST(CodeChecks, WordsAndNumbersAreLookedForWhole) {
  ExpectAll(std::vector<Case>{
      {"must_not_contain", R"({"texts": ["10"]})", "In 2010 it rained.", 1},
      {"must_not_contain", R"({"texts": ["10"]})", "It took 10,000 steps and 10.5 hours.", 1},
      {"must_not_contain", R"({"texts": ["10"]})", "It took 10km.", 0},
      {"must_not_contain", R"({"texts": ["2025"]})", "On 10.11.2025.", 0},
      {"must_not_contain", R"({"texts": ["art"]})", "Die Fahrt über die artéria.", 1},
      {"must_not_contain", R"({"texts": ["art"], "whole_word": false})", "Die Partie.", 0},
      {"must_not_contain", R"({"texts": ["été"]})", "Été 2020.", 0},
      {"must_not_contain", R"({"texts": ["été"]})", "Il fut jetété.", 1},
      {"must_not_contain", R"({"texts": ["война"]})", "Война и мир", 0},
      {"must_not_contain", R"({"texts": ["Straße"]})", "STRASSE", 0},
      {"must_not_contain", R"({"texts": ["AWS"], "match_case": true})", "They had their aws.", 1},
      {"must_not_contain", R"({"texts": ["caf"]})", "cafe\xCC\x81", 1},
      {"must_contain", R"({"texts": ["10"]})", "In 2010 it rained.", 0},
      {"must_contain", R"({"texts": ["art"]})", "The artist.", 0},
      {"must_contain", R"({"texts": ["art"], "whole_word": false})", "The artist.", 1},
      {"must_contain", R"({"texts": ["WARNING"]})", "A warning.", 0},
      {"must_contain", R"({"texts": ["WARNING"], "match_case": false})", "A warning.", 1},
      {"order", R"({"texts": ["art", "end"]})", "The artist. The end of art.", 0},
      {"position", R"({"text": "art", "part": "end", "share": 0.3})", "The artist and his art", 1},
      {"starts_with", R"({"text": "The"})", "Theory is grey.", 0},
      {"starts_with", R"({"text": "The"})", "# The theory", 1},
      {"ends_with", R"({"text": "cat."})", "The bobcat.", 0},
      {"ends_with", R"({"text": "cat."})", "The cat.", 1},
  });
}

TEST(CodeChecks, ChineseHasNoEdgesBetweenWords) {
  ExpectAll(std::vector<Case>{
      {"must_contain", R"({"texts": ["夜市"]})", "老城的夜市还亮着灯。", 1},
      {"must_not_contain", R"({"texts": ["岁月静好"]})", "他说岁月静好而已。", 0},
      {"must_contain", R"({"texts": ["10"]})", "共10人，２０１０年。", 1},
      {"must_contain", R"({"texts": ["10"]})", "２０１０年。", 0},
      {"must_contain", R"({"texts": ["서울"]})", "서울에서 만났다.", 1},
      {"starts_with", R"({"text": "各位"})", "各位居民：", 1},
      {"numbered", R"({"label": "{n}月", "from": 1, "to": 2})", "11月和12月", 0},
      {"numbered", R"({"label": "{n}月", "from": 1, "to": 2})", "1月和12月", 0.5},
      {"numbered", R"({"label": "第{n}周", "from": 1, "to": 12})",
       "第一周 第二周 第3周 第四周 第五周 第六周 第七周 第八周 第九周 第十周 第十一周 第十二周", 1},
      {"numbered", R"({"label": "第{n}周", "from": 1, "to": 1})", "第十一周", 0},
      {"every_nth", R"({"label": "第{n}层", "from": 1, "to": 4, "count": 2, "text": "花园"})",
       "第1层：商店。第2层：花园。第3层：住宅。第4层：花园。", 1},
      {"headings", R"({"texts": ["概况", "主要工作", "经费"]})",
       "## 一、概况\n\n今年。\n\n## （二）主要工作\n\n很多。\n\n## 第三章 经费\n\n不多。", 1},
      {"language", R"({"text": "zh-CN"})", "今天天气很好，我们去公园。", 1},
      {"list_items_exact", R"({"count": 2})", "1、甲\n（2）乙\n```\n- 丙\n```\n* * *\n", 1},
      {"csv", R"({"texts": ["姓名", "年龄"]})", "姓名,年龄\n张三,30\n", 1},
      {"paragraphs_unique", "{}", "今天天气很好，我们去公园。\n\n今天天气很好，我们去公园。", 0},
      {"characters_range", R"({"min": 4, "max": 5, "counting": "with_spaces"})", "四个 字\n", 1},
  });
}

TEST(CodeChecks, LabelsAreWholeAndOpenParts) {
  ExpectAll(std::vector<Case>{
      {"numbered", R"({"label": "{n}. ", "from": 1, "to": 1})", "11. eleven", 0},
      {"numbered", R"({"label": "{n}. ", "from": 1, "to": 1})", "1.5 apples", 0},
      {"numbered", R"({"label": "{n}. ", "from": 1, "to": 1})", "1. one", 1},
      {"every_nth", R"({"label": "Floor {n}", "from": 1, "to": 2, "count": 2, "text": "TV"})",
       "Floor 1: x. Floor 2: a TV.", 1},
      {"every_nth", R"({"label": "Floor {n}", "from": 1, "to": 2, "count": 1, "text": "garden"})",
       "Plan: Floor 2 comes after Floor 1.\nFloor 1: garden.\nFloor 2: garden.", 1},
      {"every_nth", R"({"label": "Floor {n}", "from": 1, "to": 2, "count": 1, "text": "garden"})",
       "Floor 1: garden.\nFloor 2: below Floor 1, a shop.", 0.5},
      {"every_nth", R"({"label": "Floor {n}", "from": 1, "to": 2, "count": 1, "text": "garden"})",
       "- Floor 1\n- Floor 2\n\n## Floor 1\nA garden.\n\n## Floor 2\nA shop.", 0.5},
  });
}

TEST(CodeChecks, ANumberBeforeAHeadingIsNoPartOfIt) {
  ExpectAll(std::vector<Case>{
      {"headings", R"({"texts": ["1. Overview"]})", "## Overview\n\nText.", 1},
      {"headings", R"({"texts": ["Overview"]})", "## 1.2 Overview\n\nText.", 1},
      {"headings", R"({"texts": ["Overview"]})", "## 3 Overview\n\nText.", 1},
      {"headings", R"({"texts": ["Overview"]})", "## IV. Overview\n\nText.", 1},
      {"headings", R"({"texts": ["The Storm"]})", "## Chapter 4: The Storm\n\nText.", 1},
      {"headings", R"({"texts": ["Chapter 4"]})", "## Chapter 4\n\nText.", 1},
      {"headings", R"({"texts": ["Überblick"]})", "## ÜBERBLICK\n\nText.", 1},
      {"headings", R"({"texts": ["C"]})", "## C\n\nText.", 1},
      {"headings", R"({"texts": ["Mail"]})", "## E-Mail\n\nText.", 0},
      {"headings", R"({"texts": ["Review"]})", "## 2024 Review\n\nText.", 0},
      {"headings", R"({"texts": ["Setup"]})", "```\n# Setup\n```\n", 0},
      {"headings", R"({"texts": ["B", "A"], "in_order": true})", "## A\n\nx.\n\n## B\n\ny.", 0.5},
      {"headings", R"({"texts": ["A", "B"], "in_order": true})", "## A\n\nx.\n\n## B\n\ny.", 1},
      {"heading_depth_max", R"({"count": 2})", "# A\n\n## B\n\n**C**\n\nx.", 1},
      {"heading_depth_max", R"({"count": 2})", "# A\n\n### B\n\nx.", 0},
  });
}

TEST(CodeChecks, CodeBlocksAndThematicBreaksAreNoOutline) {
  ExpectAll(std::vector<Case>{
      {"list_items_min", R"({"count": 1})", "Text.\n\n* * *\n\nText.", 0},
      {"list_items_min", R"({"count": 1})", "Text.\n\n- - -\n\nText.", 0},
      {"list_items_min", R"({"count": 1})", "```\n- a\n```", 0},
      {"list_items_exact", R"({"count": 1})", "~~~~\n- a\n~~~\n- b\n~~~~\n- c", 1},
      {"list_items_exact", R"({"count": 1})", "```markdown\n- a\n```", 1},
      {"sections_max", R"({"count": 1})", "# A\n\n```sh\n# install\n```\n", 1},
      {"tables_max", R"({"count": 1})", "```\n| a |\n|---|\n```\n\n| a |\n|---|\n| b |", 1},
      {"paragraphs_exact", R"({"count": 2})", "One.\n\n---\n\nTwo.\n\n```\ncode\n```\n", 1},
  });
}

TEST(CodeChecks, ATableOfFieldsIsOneThroughout) {
  ExpectAll(std::vector<Case>{
      {"tsv", "{}", "Long prose here.\nno table\na\tb\nmore prose", 0},
      {"tsv", "{}", "a\tb\n\n1\t\n", 1},
      {"tsv", "{}", "a\tb", 0},
      {"tsv", R"({"texts": ["b", "a"]})", "a\tb\n1\t2\n", 0},
      {"csv", "{}", "```csv\na,b\n\"x, y\",\"two\nlines \"\"q\"\"\"\r\n```", 1},
      {"csv", "{}", "a,b\n1,2,3\n", 0},
      {"csv", "{}", "a,b\n\"1,2\n", 0},
      {"csv", "{}", "One line, with a comma.", 0},
      {"csv", "{}", "one\ntwo\n", 0},
  });
}

TEST(CodeChecks, WhatAProgramCannotTellIsUndecided) {
  ExpectAll(std::vector<Case>{
      {"language", R"({"text": "en"})", "12 34 56", std::nullopt},
      {"language", R"({"text": "en-GB"})", "The cat and the dog of the house is here.", 1},
      {"language", R"({"text": "sv"})", "Katten och hunden.", std::nullopt},
      {"language", R"({"text": "ru"})", "Дом у моря.", std::nullopt},
      {"language", R"({"text": "en"})", "Дом у моря.", 0},
      {"language", R"({"text": "ru"})", "Він прокинувся рано й побачив, що її човен у гавані.", 0},
      {"language", R"({"text": "uk"})", "Він прокинувся рано й побачив, що її човен у гавані.", 1},
      {"language", R"({"text": "nl"})",
       "Det var en av de dagarna i höst som de vid havet minns, och det var stilla.", std::nullopt},
      {"regex", R"({"pattern": "("})", "a", std::nullopt},
  });
}

TEST(CodeChecks, CountsInEveryForm) {
  ExpectAll(std::vector<Case>{
      {"words_exact", R"({"count": 3})", "one two three", 1},
      {"words_exact", R"({"count": 2})", "one two three", 0},
      {"words_range", R"({"min": 3, "max": 4})", "one two three", 1},
      {"sentences_range", R"({"min": 3, "max": 4})", "One. Two.", 0},
      {"characters_max", R"({"count": 3, "counting": "with_spaces"})", "a b\n", 1},
      {"characters_max", R"({"count": 2, "counting": "with_spaces"})", "a b\n", 0},
      {"paragraphs_unique", "{}", "Here are five plain words.\n\nOther words.", 1},
      {"paragraphs_unique", "{}", "Here are five plain words.\n\nHere are five plain words.", 0},
      {"paragraphs_unique", "{}", "A refrain.\n\nText.\n\nA refrain.", 1},
  });
}

TEST(CodeChecks, NotesSayHowItWasCountedAndSpansWhere) {
  EXPECT_EQ(Check("words_min", R"({"count": 4})", "one two three").note, "3 of at least 4 words");
  const std::string text = "Alpha. A shame. Omega.";
  const CheckResult forbidden = Check("must_not_contain", R"({"texts": ["shame"]})", text);
  ASSERT_EQ(forbidden.spans.size(), 1u);
  EXPECT_EQ(text.substr(forbidden.spans[0].begin, 5), "shame");
  const CheckResult missing = Check("headings", R"({"texts": ["Summary", "Budget"]})", kDoc);
  EXPECT_EQ(missing.note, "1 of 2 headings are there; missing: Budget");
}

TEST(CodeChecks, NotesAreCutBetweenCharacters) {
  std::string text = "a";
  for (int i = 0; i < 100; ++i) text += "汉";
  for (const char* kind : {"starts_with", "ends_with"}) {
    for (int shift = 0; shift < 3; ++shift) {
      text += "b";
      EXPECT_TRUE(IsValidUtf8(Check(kind, R"({"text": "zzz"})", text).note)) << kind;
    }
  }
}

TEST(CodeChecks, AnEmptyTextBreaksNothing) {
  for (const char* kind : {"words_min", "headings", "must_contain", "starts_with", "ends_with",
                           "order", "position", "numbered", "regex", "json", "tsv", "csv"}) {
    const CheckResult result =
        Check(kind, R"({"count": 1, "texts": ["a"], "text": "a", "label": "{n}", "from": 1, "to": 1,
                        "pattern": "a", "part": "begin", "share": 0.5})",
              "");
    EXPECT_EQ(result.satisfied, 0) << kind;
  }
}

TEST(CodeChecks, HostileInputIsBounded) {
  const std::string text(200000, 'a');
  EXPECT_EQ(Check("regex", R"({"pattern": "(a+)+$", "count": 1})", text).satisfied, 1);
  EXPECT_EQ(Check("must_contain", R"({"texts": ["a"], "count": 100000, "whole_word": false})", text)
                .satisfied,
            1);
  // Every match has to look for a "b" up to the end: 200,000 times 200,000 bytes.
  const CheckResult looked = Check("regex_not", R"({"pattern": "a.*b|a"})", text);
  EXPECT_EQ(looked.satisfied, 0);
  EXPECT_EQ(looked.note, "at least 20 matches");
  const CheckResult many = Check("regex", R"({"pattern": "a.*b|a", "count": 100000})", text);
  EXPECT_EQ(many.satisfied, std::nullopt);
  EXPECT_THAT(many.note, testing::HasSubstr("takes too long"));
}

}  // namespace
}  // namespace assay
