// WritingBench's prompts and parse rules: the published cases to the byte, and our own.
#include "judge/benchmarks/writingbench/writingbench_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/text/python_repr.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

using Fate = WritingBenchReply::Fate;

std::string Official(std::string_view reply) {
  switch (ParseOfficialWritingBench(reply).fate) {
    case Fate::kAccepted:
      return "accept";
    case Fate::kBreaks:
      return "crash:TypeError";
    default:
      return "reject";
  }
}

std::string Strict(std::string_view reply) {
  const WritingBenchReply parsed = ParseStrictWritingBench(reply);
  if (parsed.fate != Fate::kAccepted) return parsed.problem;
  return std::to_string(static_cast<int>(parsed.score)) + " " + parsed.reason;
}

TEST(WritingBenchGoldenTest, ParseCases) {
  if (!HasGolden("writingbench")) GTEST_SKIP();
  const std::vector<Json> rows = GoldenRows(GoldenFolder("writingbench") / "golden_parse.jsonl");
  for (const Json& row : rows) {
    const auto output = row["output"].get<std::string>();
    EXPECT_EQ(Official(output), row["result"].get<std::string>()) << row.dump();
  }
  EXPECT_EQ(rows.size(), 32u);
  std::cout << "parse: " << rows.size() << " published cases\n";
}

TEST(WritingBenchGoldenTest, PromptHashes) {
  if (!HasGolden("writingbench")) GTEST_SKIP();
  const std::filesystem::path folder = GoldenFolder("writingbench");
  const std::string prompt = ReadGolden(folder / "prompts/evaluate_prompt.txt");
  std::map<std::int64_t, PythonValue> queries;
  const std::string rows =
      ReadGolden(folder / "benchmark_query/requirement/length/length_subset.jsonl.gz");
  for (std::size_t at = 0; at < rows.size();) {
    const std::size_t end = std::min(rows.find('\n', at), rows.size());
    const auto row = PythonJsonLoads(std::string_view(rows).substr(at, end - at));
    ASSERT_TRUE(row.ok()) << row.status();
    queries[static_cast<std::int64_t>(row->dict.at("index").number)] = *row;
    at = end + 1;
  }
  int prompts = 0;
  int reprs = 0;
  for (const Json& golden : GoldenRows(folder / "golden_prompts.jsonl.gz")) {
    const PythonValue& query = queries.at(golden["index"].get<std::int64_t>());
    const PythonValue& criterion =
        query.dict.at("checklist").list.at(golden["criterion"].get<std::size_t>());
    EXPECT_EQ(criterion.dict.at("name").text, golden["name"].get<std::string>());
    const std::string shown = PythonRepr(criterion);
    if (golden.contains("criteria_repr")) {
      EXPECT_EQ(shown, golden["criteria_repr"].get<std::string>());
    }
    reprs += Sha256Hex(shown) == golden["criteria_repr_sha256"].get<std::string>() ? 1 : 0;
    const auto text =
        WritingBenchPrompt(prompt, query.dict.at("query").text, "RESPONSE", criterion);
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_EQ(text->size(), golden["prompt_bytes"].get<std::size_t>());
    prompts += Sha256Hex(*text) == golden["prompt_sha256"].get<std::string>() ? 1 : 0;
  }
  EXPECT_EQ(prompts, 1110);
  EXPECT_EQ(reprs, 1110);
  std::cout << "prompts: " << prompts << " of 1110 hashes equal, criteria: " << reprs << "\n";
}

TEST(WritingBenchPromptTest, BothVersionsFillTheSameFields) {
  if (!HasGolden("writingbench")) GTEST_SKIP();
  const auto criterion = PythonJsonLoads("{\"name\": \"a{b}\", \"1-2\": \"it's\"}");
  ASSERT_TRUE(criterion.ok());
  for (const char* name : {"evaluate_prompt.txt", "evaluate_prompt.v1-2025-03.txt"}) {
    const std::string prompt = ReadGolden(GoldenFolder("writingbench") / "prompts" / name);
    const auto text = WritingBenchPrompt(prompt, "the {query}", "the response", *criterion);
    ASSERT_TRUE(text.ok()) << text.status();
    const std::string shown = "```{'name': 'a{b}', '1-2': \"it's\"}```";
    const std::size_t once = text->find(shown);
    EXPECT_NE(once, std::string::npos);
    EXPECT_NE(text->find(shown, once + 1), std::string::npos);
    EXPECT_THAT(*text, testing::HasSubstr("** Query **\n```the {query}```"));
    EXPECT_THAT(*text, testing::HasSubstr("** Response **\n```the response```"));
    EXPECT_THAT(*text, testing::HasSubstr("{\n    \"score\": an integer"));
  }
}

TEST(WritingBenchPromptTest, ATemplateOfSomethingElse) {
  EXPECT_EQ(MessageOf(WritingBenchPrompt("{answer}", "q", "r", PythonValue()).status()),
            "byte 0: \"{answer}\" is not one of its arguments");
}

TEST(WritingBenchAnswerTest, WhatFollowsTheFirstThought) {
  EXPECT_EQ(WritingBenchAnswer("hm</think>\n\nText</think>\n\nmore"), "Text</think>\n\nmore");
  EXPECT_EQ(WritingBenchAnswer("hm</think>\nText"), "hm</think>\nText");
  EXPECT_EQ(WritingBenchAnswer("Text"), "Text");
  EXPECT_EQ(WritingBenchAnswer("hm</think>\n\n"), "");
}

TEST(WritingBenchReplyTest, OfficialRules) {
  EXPECT_EQ(Official("[\"score\", \"reason\"]"), "crash:TypeError");
  EXPECT_EQ(Official("[\"score\"]"), "reject");
  EXPECT_EQ(Official("true"), "crash:TypeError");
  EXPECT_EQ(Official("{\"score\": {}, \"reason\": \"x\"}"), "reject");
  EXPECT_EQ(Official("{\"score\": false, \"reason\": \"x\"}"), "reject");
  EXPECT_EQ(Official("{\"score\": 1e1, \"reason\": \"\"}"), "accept");
  EXPECT_EQ(Official("{\"score\": 1e400, \"reason\": \"\"}"), "reject");
  const WritingBenchReply reply =
      ParseOfficialWritingBench("```json\n{\"score\": true, \"reason\": \"\\u4e2d\"}\n```");
  EXPECT_EQ(reply.score, 1);
  EXPECT_EQ(reply.reason, "中");
  EXPECT_EQ(ParseOfficialWritingBench("{\"score\": \"7\", \"reason\": \"x\"}").problem,
            "\"score\" is '7', expected 1 to 10");
}

TEST(WritingBenchReplyTest, StrictRules) {
  EXPECT_EQ(Strict("Here it is:\n```json\n{\"score\": 7, \"reason\": \"a {b}\"}\n```\n"),
            "7 a {b}");
  EXPECT_EQ(Strict("{\"score\": 10, \"reason\": \"x\", \"more\": 1}"), "10 x");
  EXPECT_EQ(Strict("{\"score\": 0, \"reason\": \"x\"}"), "\"score\" is 0, expected 1 to 10");
  EXPECT_EQ(Strict("{\"score\": -1, \"reason\": \"x\"}"), "\"score\" is -1, expected 1 to 10");
  EXPECT_EQ(Strict("{\"score\": 18446744073709551615, \"reason\": \"x\"}"),
            "\"score\" is 18446744073709551615, expected 1 to 10");
  EXPECT_EQ(Strict("{\"score\": 7.0, \"reason\": \"x\"}"), "\"score\" is 7.0, expected 1 to 10");
  EXPECT_EQ(Strict("{\"score\": true, \"reason\": \"x\"}"), "\"score\" is true, expected 1 to 10");
  EXPECT_EQ(Strict("{\"score\": 7, \"reason\": \" \\u3000\"}"), "\"reason\" is blank");
  EXPECT_EQ(Strict("{\"score\": 7, \"reason\": 1}"), "\"reason\" is not a text");
  EXPECT_EQ(Strict("{\"score\": 7}"), "no \"reason\"");
  EXPECT_EQ(Strict("{\"reason\": \"x\"}"), "no \"score\"");
  EXPECT_EQ(Strict("7"), "no JSON object in the reply");
  EXPECT_EQ(Strict("{\"score\": 7, \"reason\": \"x\"} {\"score\": 8, \"reason\": \"y\"}"),
            "more than one JSON object");
  EXPECT_THAT(Strict("{\"score\": 3, \"score\": 8, \"reason\": \"x\"}"),
              testing::HasSubstr("duplicate key"));
}

}  // namespace
}  // namespace assay
