#include "judge/constraints/code_checks.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

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
  double satisfied;
};

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
      {"position", R"({"text": "x", "part": "middle", "share": 0.5})", "aaaaxaaaa", 1},
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
  for (const Case& c : cases) {
    const CheckResult result = Check(c.kind, c.params, c.text);
    EXPECT_EQ(result.satisfied, c.satisfied)
        << c.kind << " " << c.params << " on " << c.text << ": " << result.note;
    EXPECT_NE(result.note, "") << c.kind;
  }
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
                           "order", "position", "numbered", "regex", "json", "tsv", "language"}) {
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
  EXPECT_EQ(Check("must_contain", R"({"texts": ["a"], "count": 100000})", text).satisfied, 1);
}

}  // namespace
}  // namespace assay
