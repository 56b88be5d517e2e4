// LongEval's evaluator, played on ten texts with the replies that its own code got: every prompt in
// order, every score to the last digit, every exception; and 23 replies as it parses them.
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "common/text/python_repr.h"
#include "judge/benchmarks/longeval/longeval_scores.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

using Fate = LongEvalAnswer::Fate;

Json Golden() { return GoldenJson(GoldenFolder("longeval") / "golden/longeval_golden.json.gz"); }

// By LongEvalAsk. Texts of the evaluator in the order of its lines; a task is put into the prompt
// that follows it.
std::vector<std::string> Prompts() {
  const Json texts =
      GoldenJson(GoldenFolder("longeval") / "prompts/prompt_templates.json")["evaluator"];
  std::vector<std::string> prompts;
  std::string task;
  for (const Json& one : texts) {
    std::string text = one["text"];
    if (one["variable"] == "d_text") task = text;
    if (one["variable"] != "evaluate_prompt") continue;
    const std::size_t at = text.find("<<d_text>>");
    if (at != std::string::npos) text.replace(at, 10, task);
    prompts.push_back(text);
  }
  return prompts;
}

struct Play {
  LongEvalItem item;
  std::vector<std::string> written;
  std::vector<std::string_view> texts;
  std::vector<LongEvalAnswered> answered;
  std::size_t calls = 0;
  std::string problem;  // where it breaks
};

// Asks one question: the next call of the trace must be it. False where the program ends.
bool Ask(const Json& trace, const std::vector<std::string>& prompts, LongEvalQuestion question,
         Play& play) {
  EXPECT_LT(play.calls, trace["calls"].size());
  const Json& call = trace["calls"][play.calls++];
  const auto prompt = LongEvalPrompt(prompts[static_cast<std::size_t>(question.ask)], play.item,
                                     play.texts, question);
  EXPECT_TRUE(prompt.ok()) << prompt.status();
  EXPECT_EQ(*prompt, call["prompt"].get<std::string>());
  EXPECT_EQ(question.ask != LongEvalAsk::kExperiment, call["system"].get<bool>());
  const LongEvalAnswer answer =
      ReadOfficialLongEval(question.ask, call["reply"].get<std::string>());
  play.problem = answer.problem;
  play.answered.push_back({question, answer});
  return answer.fate != Fate::kBreaks;
}

// Until a question breaks.
Play PlayTrace(const Json& trace, const std::vector<std::string>& prompts) {
  Play play;
  const std::string data_set = trace["dataset"];
  play.item.data_set = data_set == "paper_hf" ? LongEvalDataSet::kPaper
                       : data_set == "blog"   ? LongEvalDataSet::kBlog
                                              : LongEvalDataSet::kWikipedia;
  play.item.sections = trace["sections"].get<std::vector<std::string>>();
  play.item.plan = trace["bullet_points"].get<std::vector<std::string>>();
  play.written = trace["result"].get<std::vector<std::string>>();
  play.texts.assign(play.written.begin(), play.written.end());
  const auto questions = LongEvalQuestions(play.item, play.texts);
  EXPECT_TRUE(questions.ok()) << questions.status();
  for (const LongEvalQuestion& question : *questions) {
    if (!Ask(trace, prompts, question, play)) return play;
    if (question.ask != LongEvalAsk::kExperiment) continue;
    const bool yes = play.answered.back().answer.score == 1;
    if (!Ask(trace, prompts, LongEvalFollowUp(question, yes), play)) return play;
  }
  return play;
}

void CheckScores(const LongEvalScores& scores, const Json& expected) {
  constexpr const char* kKeys[] = {
      "Related-Work Compare",        "Introduction Compare", "EA_score",       "ME_score",
      "Instruction_following-score", "Redundancy_score",     "total_len_score"};
  for (std::size_t i = 0; i < scores.size(); ++i) {
    EXPECT_EQ(scores[i].there, expected.contains(kKeys[i])) << kKeys[i];
    if (!scores[i].there) continue;
    EXPECT_EQ(scores[i].value.has_value(), expected[kKeys[i]].is_number()) << kKeys[i];
    if (scores[i].value.has_value()) {
      EXPECT_EQ(*scores[i].value, expected[kKeys[i]].get<double>()) << kKeys[i];
    }
  }
}

TEST(LongEvalGoldenTest, Traces) {
  if (!HasGolden("longeval")) GTEST_SKIP();
  const std::vector<std::string> prompts = Prompts();
  ASSERT_EQ(prompts.size(), kLongEvalPrompts.size());
  const Json golden = Golden();
  ASSERT_EQ(golden["evaluate_response"].size(), 10u);
  int scored = 0;
  for (const Json& trace : golden["evaluate_response"]) {
    SCOPED_TRACE(trace["case"].get<std::string>());
    const Play play = PlayTrace(trace, prompts);
    if (trace.contains("exception")) {
      const std::string exception = trace["exception"];
      EXPECT_EQ(play.problem.substr(0, exception.size()), exception);
    } else {
      EXPECT_EQ(play.problem, "");
      EXPECT_EQ(play.calls, trace["calls"].size());
      CheckScores(LongEvalScoresOf(play.answered, LongEvalLength(play.item, play.texts)),
                  trace["scores"]);
      ++scored;
    }
  }
  EXPECT_EQ(scored, 7);
}

// What json.loads gave, as repr() shows it.
std::string Shown(const Json& value) {
  const auto parsed = PythonJsonLoads(DumpJson(value));
  return parsed.ok() ? PythonRepr(*parsed) : "";
}

TEST(LongEvalGoldenTest, Replies) {
  if (!HasGolden("longeval")) GTEST_SKIP();
  const Json golden = Golden();
  ASSERT_EQ(golden["load_response_json"].size(), 23u);
  for (const Json& vector : golden["load_response_json"]) {
    const auto value = ParseLongEvalReply(vector["reply"].get<std::string>());
    EXPECT_EQ(value.ok(), !vector.contains("exception")) << vector["reply"];
    if (value.ok()) {
      EXPECT_EQ(PythonRepr(*value), Shown(vector["value"])) << vector["reply"];
    }
  }
}

TEST(LongEvalJudgeTest, OfficialRulesOfEachQuestion) {
  const auto fate = [](LongEvalAsk ask, const std::string& reply) {
    const LongEvalAnswer answer = ReadOfficialLongEval(ask, reply);
    switch (answer.fate) {
      case Fate::kScore:
        return PythonRepr(answer.score);
      case Fate::kNull:
        return std::string("null");
      case Fate::kBreaks:
        return answer.problem.substr(0, answer.problem.find(':'));
    }
    return std::string();
  };
  struct Case {
    const char* reply;
    const char* related;
    const char* introduction;
    const char* redundancy;
    const char* instruction;
    const char* method;
  };
  for (const Case& one : {
           Case{"{\"score\": 7.5}", "7.5", "7.5", "7.5", "7.5", "7.5"},
           Case{"7", "TypeError", "TypeError", "7.0", "7.0", "TypeError"},
           Case{"0", "null", "TypeError", "UnboundLocalError", "0.0", "TypeError"},
           Case{"null", "null", "TypeError", "UnboundLocalError", "TypeError", "TypeError"},
           Case{"{}", "null", "KeyError", "UnboundLocalError", "KeyError", "KeyError"},
           Case{"no", "null", "TypeError", "JSONDecodeError", "JSONDecodeError", "JSONDecodeError"},
           Case{"{\"score\": null}", "null", "null", "null", "TypeError", "TypeError"},
           Case{"{\"score\": \"7\"}", "TypeError", "TypeError", "TypeError", "TypeError",
                "TypeError"},
           Case{"{\"score\": true}", "1.0", "1.0", "1.0", "1.0", "1.0"},
           Case{"\"7\"", "TypeError", "TypeError", "TypeError", "TypeError", "TypeError"},
       }) {
    SCOPED_TRACE(one.reply);
    EXPECT_EQ(fate(LongEvalAsk::kRelated, one.reply), one.related);
    EXPECT_EQ(fate(LongEvalAsk::kWhole, one.reply), one.related);
    EXPECT_EQ(fate(LongEvalAsk::kIntroduction, one.reply), one.introduction);
    EXPECT_EQ(fate(LongEvalAsk::kRedundancy, one.reply), one.redundancy);
    EXPECT_EQ(fate(LongEvalAsk::kInstruction, one.reply), one.instruction);
    EXPECT_EQ(fate(LongEvalAsk::kAnalysis, one.reply), one.instruction);
    EXPECT_EQ(fate(LongEvalAsk::kMethod, one.reply), one.method);
  }
  EXPECT_EQ(fate(LongEvalAsk::kExperiment, "No, not YES"), "1.0");
  EXPECT_EQ(fate(LongEvalAsk::kExperiment, ""), "0.0");
}

TEST(LongEvalJudgeTest, StrictRules) {
  const auto problem = [](LongEvalAsk ask, const std::string& reply) {
    return ReadStrictLongEval(ask, reply).problem;
  };
  EXPECT_EQ(ReadStrictLongEval(LongEvalAsk::kWhole, "It is ```json\n{\"score\": 8.5}\n```").score,
            8.5);
  EXPECT_EQ(problem(LongEvalAsk::kInstruction, "{\"score\": 0}"), "");
  EXPECT_EQ(problem(LongEvalAsk::kMethod, "{\"score\": 0}"),
            "\"score\" must be a number from 1 to 10");
  EXPECT_EQ(problem(LongEvalAsk::kMethod, "{\"score\": 11}"),
            "\"score\" must be a number from 1 to 10");
  EXPECT_EQ(problem(LongEvalAsk::kMethod, "{\"score\": \"8\"}"),
            "\"score\" must be a number from 1 to 10");
  EXPECT_EQ(problem(LongEvalAsk::kMethod, "8"), "no JSON object in the reply");
  EXPECT_EQ(problem(LongEvalAsk::kMethod, "{\"score\": 8} {\"score\": 9}"),
            "more than one JSON object");
  EXPECT_EQ(ReadStrictLongEval(LongEvalAsk::kExperiment, "**Yes**, it has").score, 1);
  EXPECT_EQ(ReadStrictLongEval(LongEvalAsk::kExperiment, "No.").score, 0);
  EXPECT_EQ(problem(LongEvalAsk::kExperiment, "yesterday"), "neither yes nor no: \"yesterday\"");
}

TEST(LongEvalJudgeTest, WhatDoesNotFitIsSaid) {
  LongEvalItem item{LongEvalDataSet::kPaper, {"a", "b"}, {"p", "q"}};
  EXPECT_EQ(MessageOf(LongEvalQuestions(item, {"x"}).status()),
            "the text has 1 sections, its plan 2 and the original 2");
  item = {LongEvalDataSet::kPaper, {"a"}, {"p"}};
  EXPECT_EQ(MessageOf(LongEvalQuestions(item, {"x"}).status()),
            "a text of 1 sections has no introduction");
  item.data_set = LongEvalDataSet::kBlog;
  EXPECT_EQ(LongEvalQuestions(item, {"x"})->size(), 3u);
  EXPECT_EQ(MessageOf(LongEvalPrompt("<<z>>", item, {"x"}, {LongEvalAsk::kMethod, 0}).status()),
            "benchmark.prompts.method: <<z>> is not known");
  EXPECT_EQ(
      *LongEvalPrompt("<<c>>|<<s>>|<<h>>|<<raw_text>>", item, {"<<s>>"}, {LongEvalAsk::kMethod, 0}),
      "<<s>>|a|p|a");
}

TEST(LongEvalScoresTest, ARunTakesTheFirstTextsScores) {
  LongEvalScores first;
  for (LongEvalScore& score : first) score = {true, 4.0};
  first[0].value.reset();
  first[2].there = false;
  first[6].value = 1.0;
  LongEvalScores second = first;
  second[2] = {true, 9.0};
  second[3].there = false;
  second[4].value = 7.0;
  second[6].value = 0.5;
  const LongEvalFigures figures = LongEvalAggregate({first, second});
  EXPECT_EQ(figures.means[0].value, -1);
  EXPECT_FALSE(figures.means[2].there);
  EXPECT_EQ(figures.means[3].value, 4);
  EXPECT_EQ(figures.means[4].value, 5.5);
  EXPECT_EQ(figures.means[6].value, 0.75);
  EXPECT_EQ(figures.average, (-1 + 4 + 4 + 5.5 + 4 + 0.75) / 6);
}

}  // namespace
}  // namespace assay
