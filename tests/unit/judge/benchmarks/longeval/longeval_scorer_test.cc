// The scorer through the registry: the golden traces by its calls, and both modes on a text of our
// own.
#include "judge/benchmarks/longeval/longeval_scorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "judge/benchmarks/longeval/longeval_scores.h"
#include "judge/scorer_registry.h"
#include "tests/unit/judge/claims/golden_data.h"
#include "tests/unit/judge/engine/scripted_judge.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Prompts = std::map<std::string, std::string>;

v1::UnitInputs Inputs(v1::Compat compat, const Prompts& prompts, const std::string& data_set,
                      const Json& sections, const Json& plan, const Json& written) {
  v1::ScorerSpec spec;
  spec.set_compat(compat);
  spec.mutable_benchmark()->set_name("longeval");
  for (const auto& [name, text] : prompts) {
    (*spec.mutable_benchmark()->mutable_prompts())[name] = text;
  }
  const auto resolved = ResolveScorer(spec);
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {*resolved});
  std::string text;
  for (std::size_t i = 0; i < written.size(); ++i) {
    text += (i == 0 ? "" : std::string(kLongEvalBoundary)) + written[i].get<std::string>();
  }
  inputs.set_text(text);
  inputs.mutable_sample()->set_id("paper-000");
  auto& data = *inputs.mutable_sample()->mutable_scorer_data();
  data["data_set"] = data_set;
  data["sections"] = DumpJson(sections);
  data["plan"] = DumpJson(plan);
  return inputs;
}

MachineRun Judge(const v1::UnitInputs& inputs,
                 const std::function<std::string(const v1::Call&)>& reply) {
  auto machine = MakeScorer(inputs);
  EXPECT_TRUE(machine.ok()) << machine.status();
  return Drive(**machine, [&](const v1::Call& call) {
    return CallOutcome{TextReply(reply(call)), std::nullopt};
  });
}

Prompts GoldenPrompts() {
  const Json texts =
      GoldenJson(GoldenFolder("longeval") / "prompts/prompt_templates.json")["evaluator"];
  Prompts prompts;
  std::string task;
  std::size_t next = 0;
  for (const Json& one : texts) {
    std::string text = one["text"];
    if (one["variable"] == "system_prompt") prompts["system"] = text;
    if (one["variable"] == "d_text") task = text;
    if (one["variable"] != "evaluate_prompt") continue;
    const std::size_t at = text.find("<<d_text>>");
    if (at != std::string::npos) text.replace(at, 10, task);
    prompts[std::string(kLongEvalPrompts[next++])] = text;
  }
  return prompts;
}

TEST(LongEvalScorerTest, GoldenTraces) {
  if (!HasGolden("longeval")) GTEST_SKIP();
  const Prompts prompts = GoldenPrompts();
  const Json golden = GoldenJson(GoldenFolder("longeval") / "golden/longeval_golden.json.gz");
  int traces = 0;
  for (const Json& trace : golden["evaluate_response"]) {
    SCOPED_TRACE(trace["case"].get<std::string>());
    std::map<std::string, std::string> replies;
    for (const Json& call : trace["calls"]) replies[call["prompt"]] = call["reply"];
    const std::string data_set =
        trace["dataset"] == "paper_hf" ? std::string("paper") : trace["dataset"].get<std::string>();
    const v1::UnitInputs inputs = Inputs(v1::COMPAT_OFFICIAL, prompts, data_set, trace["sections"],
                                         trace["bullet_points"], trace["result"]);
    const MachineRun run = Judge(inputs, [&](const v1::Call& call) {
      const auto& messages = call.llm().messages();
      EXPECT_EQ(messages.size(), call.label().starts_with("experiment") ? 1 : 2);
      const auto found = replies.find(messages[messages.size() - 1].content());
      if (found != replies.end()) return found->second;
      EXPECT_TRUE(trace.contains("exception")) << call.label();
      return std::string("{\"score\": 5}");  // behind the end of the official program
    });
    if (trace.contains("exception")) {
      EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_UNJUDGED);
      EXPECT_THAT(run.verdict().reason(), HasSubstr(trace["exception"].get<std::string>()));
      ++traces;
      continue;
    }
    EXPECT_EQ(run.calls.size(), trace["calls"].size());
    EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_SCORED);
    constexpr const char* kKeys[] = {
        "Related-Work Compare",        "Introduction Compare", "EA_score",       "ME_score",
        "Instruction_following-score", "Redundancy_score",     "total_len_score"};
    for (std::size_t i = 0; i < kLongEvalScores.size(); ++i) {
      const std::string name(kLongEvalScores[i]);
      const Json expected = trace["scores"].value(kKeys[i], Json());
      EXPECT_EQ(run.has_score(name), expected.is_number()) << name;
      if (expected.is_number()) {
        EXPECT_EQ(run.score(name), expected.get<double>()) << name;
      }
    }
    ++traces;
  }
  EXPECT_EQ(traces, 10);
}

Prompts OwnPrompts() {
  Prompts prompts = {{"system", "Give a score."}};
  for (const std::string_view name : kLongEvalPrompts) {
    prompts[std::string(name)] = std::string(name) + " of <<c>>, <<s>>, <<h>>";
  }
  return prompts;
}

v1::UnitInputs OwnInputs(v1::Compat compat, const Json& written) {
  return Inputs(compat, OwnPrompts(), "blog", {"Start a b c", "Our tests", "Related work"},
                {"p1", "p2", "p3"}, written);
}

const Json& Written() {
  static const Json* const kWritten = new Json({"One two", "Three four", "Five six seven"});
  return *kWritten;
}

TEST(LongEvalScorerTest, StrictAsksAgainAndThenWhatAnAnswerLeadsTo) {
  int first = 0;
  const auto reply = [&](const v1::Call& call) -> std::string {
    if (call.label() == "redundancy:1" && first++ == 0) return "nine";
    if (call.label() == "experiment:2") return "Yes.";
    if (call.label() == "experiment:3") return "No";
    return call.label() == "analysis:2" ? "{\"score\": 3}" : "{\"score\": 9}";
  };
  const MachineRun run = Judge(OwnInputs(v1::COMPAT_STRICT, Written()), reply);
  std::vector<std::string> labels;
  for (const v1::Call& call : run.calls) labels.push_back(call.label());
  EXPECT_THAT(labels, ElementsAre("related:3", "introduction:1", "redundancy:1", "instruction:1",
                                  "instruction:2", "experiment:2", "instruction:3", "experiment:3",
                                  "redundancy:1", "analysis:2", "method:3"));
  EXPECT_EQ(run.calls[8].draw().try_(), 1);
  EXPECT_EQ(run.calls[9].draw().try_(), 0);
  EXPECT_EQ(run.calls[9].llm().messages(1).content(), "analysis of Three four, Our tests, p2");
  EXPECT_EQ(run.calls[9].llm().sampling().max_tokens(), 9048);
  EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(run.score("EA"), 3);
  EXPECT_EQ(run.score("ME"), 9);
  EXPECT_EQ(run.score("instruction"), 9);
  EXPECT_EQ(run.score("related_work"), 9);
  EXPECT_EQ(run.score("length"), (0.5 + 1 + 1) / 3);
  EXPECT_EQ(run.verdict().judge_stats().items(), 10);
  std::vector<std::string> findings;
  for (const v1::Finding& finding : run.verdict().findings()) {
    findings.push_back(finding.id() + " " + finding.label());
  }
  EXPECT_THAT(findings,
              ElementsAre("related:3 9", "introduction:1 9", "redundancy:1 9", "instruction:1 9",
                          "instruction:2 9", "experiment:2 yes", "analysis:2 3", "instruction:3 9",
                          "experiment:3 no", "method:3 9"));
}

TEST(LongEvalScorerTest, CostIsEveryQuestionAboutATextLikeTheOriginal) {
  const v1::UnitInputs inputs = OwnInputs(v1::COMPAT_OFFICIAL, Written());
  const auto cost = ExpectedJudgeCost(inputs.scorers(0), inputs.sample(), 0);
  ASSERT_TRUE(cost.has_value());
  // 1 on related work, 2 on the text, 3 x 1 and 2 x 2 on sections, of which the first is the
  // introduction.
  EXPECT_EQ(cost->calls, 1 + 2 + 3 + 2 * 2);
  EXPECT_EQ(cost->output_tokens, 20 * cost->calls);
  EXPECT_FALSE(cost->shows_prompt);
  std::int64_t bytes = 0;
  const MachineRun run =
      Judge(OwnInputs(v1::COMPAT_OFFICIAL, {"Start a b c", "Our tests", "Related work"}),
            [&](const v1::Call& call) -> std::string {
              for (const v1::Message& message : call.llm().messages()) {
                bytes += static_cast<std::int64_t>(message.content().size());
              }
              const bool asks = call.label().starts_with("experiment");
              return asks ? "No" : "{\"score\": 9}";
            });
  EXPECT_EQ(static_cast<std::int64_t>(run.calls.size()), cost->calls);
  EXPECT_NEAR(static_cast<double>(cost->input_tokens), static_cast<double>(bytes) / 4, 10);
}

TEST(LongEvalScorerTest, StrictSaysWhatHasNoAnswer) {
  const MachineRun run = Judge(OwnInputs(v1::COMPAT_STRICT, Written()), [](const v1::Call& call) {
    return std::string(call.label() == "experiment:2" ? "perhaps" : "{\"score\": 9}");
  });
  EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_EQ(run.verdict().reason(),
            "2 of 8 questions have no usable answer; the first: neither yes nor no: \"perhaps\"");
  EXPECT_FALSE(run.has_score("instruction"));
  EXPECT_TRUE(run.has_score("length"));
}

TEST(LongEvalScorerTest, GoesOnWhereItStopped) {
  const v1::UnitInputs inputs = OwnInputs(v1::COMPAT_STRICT, Written());
  ExpectResumable([&] { return *MakeScorer(inputs); },
                  [](const v1::Call& call) {
                    const bool ask = call.label().starts_with("experiment");
                    const bool first = call.draw().try_() == 0 && call.label() == "method:2";
                    const char* reply = ask ? "no" : first ? "8" : "{\"score\": 8}";
                    return CallOutcome{TextReply(reply), std::nullopt};
                  });
}

TEST(LongEvalScorerTest, SaysWhatIsWrong) {
  const auto problem = [](const v1::UnitInputs& inputs) {
    auto machine = MakeScorer(inputs);
    if (!machine.ok()) return std::string(MessageOf(machine.status()));
    return std::string(MessageOf((*machine)->Advance({}).status()));
  };
  EXPECT_EQ(problem(OwnInputs(v1::COMPAT_STRICT, {"One text"})),
            "sample \"paper-000\": longeval scores texts of strategy longeval: the text has 1 "
            "sections, its plan 3 and the original 3");
  v1::UnitInputs inputs = OwnInputs(v1::COMPAT_STRICT, Written());
  (*inputs.mutable_sample()->mutable_scorer_data())["plan"] = "[1]";
  EXPECT_EQ(
      problem(inputs),
      "sample \"paper-000\": scorer_data.plan: expected a JSON list of texts; import it again");
  (*inputs.mutable_sample()->mutable_scorer_data())["data_set"] = "poem";
  EXPECT_EQ(problem(inputs),
            "sample \"paper-000\": scorer_data.data_set: expected paper, blog or wikipedia; import "
            "it again");
}

}  // namespace
}  // namespace assay
