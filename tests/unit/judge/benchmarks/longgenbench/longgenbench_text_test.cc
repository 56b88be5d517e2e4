// The quirks of LongGenBench's parser, its prompt and its two rules for an answer.
#include "judge/benchmarks/longgenbench/longgenbench_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(LongGenBenchTextTest, FirstBlockWithAnIdWins) {
  const std::string text = "Week 3 said early #*# Week 1 a #*# before Week 2, Week 1 #*# Week 1 b";
  const LongGenBenchText parsed = ParseLongGenBenchText(text, "Week");
  EXPECT_THAT(parsed.by_id, ElementsAre(Pair(1, 1u), Pair(2, 2u), Pair(3, 0u)));
  EXPECT_EQ(parsed.blocks.size(), 4u);
  EXPECT_EQ(parsed.words, 18);
  EXPECT_EQ(LongGenBenchCompletion(parsed, 3), 100);
  EXPECT_EQ(LongGenBenchCompletion(parsed, 2), 100);
}

TEST(LongGenBenchTextTest, DigitsBehindTheTypeAndOneSpace) {
  const auto ids = [](const std::string& text) {
    std::vector<std::int64_t> out;
    for (const auto& [id, block] : ParseLongGenBenchText(text, "Day").by_id) out.push_back(id);
    return out;
  };
  EXPECT_THAT(ids("Day  1"), ElementsAre());
  EXPECT_THAT(ids("Day one, Day 2"), ElementsAre(2));
  EXPECT_THAT(ids("day 1"), ElementsAre());
  EXPECT_THAT(ids("Menu Day 4"), ElementsAre(4));
  EXPECT_THAT(ids("Day 007th"), ElementsAre(7));
  EXPECT_THAT(ids("Day ٣4"), ElementsAre(34));
  EXPECT_THAT(ids("Day ²"), ElementsAre());
  EXPECT_THAT(ids("Day 0"), ElementsAre(0));
  EXPECT_THAT(ids("Day " + std::string(4301, '1')), ElementsAre());
  EXPECT_THAT(ids("Day 99999999999999999999"), ElementsAre(9223372036854775807));
  EXPECT_EQ(LongGenBenchCompletion(ParseLongGenBenchText("Day 0#*#Day 3#*#Day -1", "Day"), 2), 0);
}

TEST(LongGenBenchTextTest, ChecksInTheirOrderWithTheirProblems) {
  const auto checks = ParseLongGenBenchChecks(
      R"({"once": {"38": "b", "19": "a"}, "range": {}, "periodic": {"53": "c"}})");
  ASSERT_TRUE(checks.ok()) << checks.status();
  ASSERT_EQ(checks->size(), 3u);
  EXPECT_EQ((*checks)[0].id, 38);
  EXPECT_EQ((*checks)[1].event, "a");
  EXPECT_EQ((*checks)[2].kind, 2u);
  const LongGenBenchItem item{"Week", 52, *checks};
  // A check is judged whose id is above the number, and not one whose block is missing.
  EXPECT_THAT(LongGenBenchGenerated(item, ParseLongGenBenchText("#*#Week 53#*#Week 38", "Week")),
              ElementsAre(0u, 2u));
  for (const auto& [json, problem] : std::vector<std::pair<std::string, std::string>>{
           {R"({"once": {}, "range": {}})", "periodic: expected an object of texts by number"},
           {R"([])", "once: expected an object of texts by number"},
           {R"({"once": {"x": "a"}, "range": {}, "periodic": {}})",
            "once: expected a text by its number, found \"x\""},
           {R"({"once": {}, "range": {"1": 2}, "periodic": {}})",
            "range: expected a text by its number, found \"1\""}}) {
    EXPECT_EQ(MessageOf(ParseLongGenBenchChecks(json).status()), problem);
  }
}

TEST(LongGenBenchTextTest, PromptIsFilledOnce) {
  EXPECT_EQ(*LongGenBenchPrompt("C: {block}? {event}.", "a {event} {block}", "e{block}"),
            "C: a {event} {block}? e{block}.");
  EXPECT_EQ(*LongGenBenchPrompt("{event}{block}", "B", "E"), "EB");
  EXPECT_EQ(MessageOf(LongGenBenchPrompt("{event}", "B", "E").status()),
            "benchmark.prompts.judge: needs {block} once");
  EXPECT_EQ(MessageOf(LongGenBenchPrompt("{block}{event} {event}", "B", "E").status()),
            "benchmark.prompts.judge: needs {event} once");
}

TEST(LongGenBenchTextTest, PrefixIsAddedWhereItWasLeftOut) {
  EXPECT_EQ(WithLongGenBenchPrefix("#*# Week 1: a", "#*# Week 1:"), "#*# Week 1: a");
  EXPECT_EQ(WithLongGenBenchPrefix(" a #*# Week 2", "#*# Week 1:"), "#*# Week 1: a #*# Week 2");
  EXPECT_EQ(WithLongGenBenchPrefix("", "#*# Week 1:"), "#*# Week 1:");
}

TEST(LongGenBenchTextTest, Answers) {
  struct Case {
    const char* reply;
    bool official;
    const char* strict;  // "yes", "no" or "-"
  };
  for (const Case& one : {Case{"yes", true, "yes"},
                          Case{" Yes.\n", true, "yes"},
                          Case{"**No**", false, "no"},
                          Case{"", false, "-"},
                          Case{"yesterday it did", true, "-"},
                          Case{"no, or yes", true, "-"},
                          Case{"no\nExample 4: yes", true, "no"},
                          Case{"I cannot say", false, "-"},
                          Case{"\"YES\"", true, "yes"},
                          Case{"nope", false, "-"},
                          Case{"Answer: yes", true, "yes"},
                          Case{"\n\nno ", false, "no"},
                          Case{"yes\nno", true, "-"},
                          Case{"Yes, the context includes the pool.", true, "yes"},
                          Case{"The answer is 'no'.", false, "no"},
                          Case{"No, it does not.", false, "no"},
                          Case{"It does not.", false, "-"},
                          Case{"yes, though it doesn't say so", true, "-"},
                          Case{"yes, it isn\u2019t there", true, "-"},
                          Case{"yes### Instruction: or no?", true, "yes"},
                          Case{"no\n\nContext: yes", true, "no"},
                          Case{"###", false, "-"}}) {
    EXPECT_EQ(OfficialLongGenBenchYes(one.reply), one.official) << one.reply;
    const std::string problem = StrictLongGenBenchProblem(one.reply);
    EXPECT_EQ(problem.empty(), one.strict != std::string("-")) << one.reply << problem;
    EXPECT_EQ(StrictLongGenBenchYes(one.reply), one.strict == std::string("yes")) << one.reply;
  }
  EXPECT_EQ(StrictLongGenBenchProblem("may\x1b be"), "not clearly yes or no: \"may\\x1b be\"");
}

}  // namespace
}  // namespace assay
