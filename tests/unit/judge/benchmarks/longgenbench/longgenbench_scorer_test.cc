// The scorer through the registry: what is asked, what becomes of replies under both modes, and
// what a verdict says.
#include "judge/benchmarks/longgenbench/longgenbench_scorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "judge/scorer_registry.h"
#include "tests/unit/judge/engine/scripted_judge.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

using testing::ElementsAre;

constexpr char kPrefix[] = "#*# Week 1:";
constexpr char kText[] = "#*# Week 1: we wake up #*# Week 2: a fair #*# Week 9: late";
constexpr char kChecks[] =
    R"({"once": {"2": "fair", "3": "trip"}, "range": {"9": "rest"}, "periodic": {"1": "run"}})";

v1::ScorerSpec Spec(v1::Compat compat) {
  v1::ScorerSpec spec;
  spec.set_compat(compat);
  spec.mutable_benchmark()->set_name("longgenbench");
  (*spec.mutable_benchmark()->mutable_prompts())["judge"] = "In: {block} Is there {event}?";
  auto resolved = ResolveScorer(spec);
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  return resolved.ok() ? *resolved : spec;
}

v1::UnitInputs Inputs(v1::Compat compat, const std::string& text = kText) {
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {Spec(compat)});
  inputs.set_text(text);
  auto& data = *inputs.mutable_sample()->mutable_scorer_data();
  inputs.mutable_sample()->set_id("short-000");
  data["type"] = "Week";
  data["number"] = "4";
  data["prefix"] = kPrefix;
  data["checks"] = kChecks;
  return inputs;
}

// Answers a question by its event, and by its try where there are several.
using Script = std::map<std::string, std::vector<std::string>>;

CallOutcome Answer(const Script& script, const v1::Call& call) {
  const std::string& prompt = call.llm().completion().prompt();
  for (const auto& [event, replies] : script) {
    if (prompt.find("Is there " + event + "?") == std::string::npos) continue;
    const auto at = std::min(replies.size() - 1, static_cast<std::size_t>(call.draw().try_()));
    return {TextReply(replies[at]), std::nullopt};
  }
  ADD_FAILURE() << prompt;
  return {TextReply(""), std::nullopt};
}

MachineRun Judge(const v1::UnitInputs& inputs, const Script& script) {
  auto machine = MakeScorer(inputs);
  EXPECT_TRUE(machine.ok()) << machine.status();
  return Drive(**machine, [&](const v1::Call& call) { return Answer(script, call); });
}

std::vector<std::string> Labels(const v1::Verdict& verdict) {
  std::vector<std::string> labels;
  for (const v1::Finding& finding : verdict.findings()) {
    labels.push_back(finding.id() + " " + finding.label());
  }
  return labels;
}

TEST(LongGenBenchScorerTest, AsksEachCheckThatHasABlock) {
  const MachineRun run = Judge(Inputs(v1::COMPAT_OFFICIAL),
                               {{"fair", {"Yes."}}, {"rest", {"no"}}, {"run", {"yesterday"}}});
  ASSERT_EQ(run.calls.size(), 3u);
  EXPECT_EQ(run.calls[0].llm().completion().prompt(), "In:  Week 2: a fair  Is there fair?");
  EXPECT_EQ(run.calls[1].llm().completion().prompt(), "In:  Week 9: late Is there rest?");
  EXPECT_EQ(run.calls[2].llm().completion().prompt(), "In:  Week 1: we wake up  Is there run?");
  const v1::Sampling& sampling = run.calls[0].llm().sampling();
  EXPECT_EQ(sampling.temperature(), 0.95);
  EXPECT_EQ(sampling.top_p(), 0.95);
  EXPECT_EQ(sampling.max_tokens(), 50);
  EXPECT_EQ(sampling.seed(), 42);
  EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(run.score("STIC-2"), 0.5);
  EXPECT_EQ(run.score("STIC-1"), 2.0 / 3.0);
  EXPECT_EQ(run.score("CR"), 50);
  EXPECT_EQ(run.score("words"), 15);
  EXPECT_EQ(run.score("blocks"), 4);
  EXPECT_EQ(run.score("required"), 4);
  EXPECT_EQ(run.score("generated"), 3);
  EXPECT_EQ(run.score("once.required"), 2);
  EXPECT_EQ(run.score("once.judged"), 1);
  EXPECT_EQ(run.score("once.yes"), 1);
  EXPECT_EQ(run.score("range.yes"), 0);
  EXPECT_THAT(Labels(run.verdict()),
              ElementsAre("once:2 yes", "once:3 not written", "range:9 no", "periodic:1 yes"));
  const v1::Span& span = run.verdict().findings(0).spans(0);
  EXPECT_EQ(
      std::string(kText).substr(static_cast<std::size_t>(span.begin_byte()),
                                static_cast<std::size_t>(span.end_byte() - span.begin_byte())),
      " Week 2: a fair ");
  std::vector<std::string> names;
  for (const v1::Score& score : run.verdict().scores()) names.push_back(score.name());
  EXPECT_EQ(names, MetricNames(Spec(v1::COMPAT_OFFICIAL)));
}

TEST(LongGenBenchScorerTest, OfficialTakesEveryReply) {
  const MachineRun run = Judge(Inputs(v1::COMPAT_OFFICIAL),
                               {{"fair", {""}}, {"rest", {"I cannot"}}, {"run", {"no... yes"}}});
  EXPECT_EQ(run.calls.size(), 3u);
  EXPECT_EQ(run.score("yes"), 1);
  EXPECT_EQ(run.score("judged"), 3);
}

TEST(LongGenBenchScorerTest, StrictAsksAgainAndWithAnotherSeed) {
  const MachineRun run = Judge(Inputs(v1::COMPAT_STRICT),
                               {{"fair", {"maybe", "yes"}}, {"rest", {"No."}}, {"run", {"yes"}}});
  ASSERT_EQ(run.calls.size(), 4u);
  EXPECT_EQ(run.calls[3].draw().try_(), 1);
  EXPECT_EQ(run.calls[3].llm().sampling().seed(), 43);
  EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(run.score("yes"), 2);
}

TEST(LongGenBenchScorerTest, StrictSaysWhatHasNoAnswer) {
  const MachineRun run =
      Judge(Inputs(v1::COMPAT_STRICT), {{"fair", {"maybe"}}, {"rest", {"no"}}, {"run", {"yes"}}});
  EXPECT_EQ(run.calls.size(), 5u);
  EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_EQ(run.verdict().reason(),
            "1 of 3 questions have no usable answer; the first: not clearly yes or no: \"maybe\"");
  EXPECT_FALSE(run.has_score("STIC-2"));
  EXPECT_EQ(run.score("CR"), 50);
  EXPECT_EQ(run.score("judged"), 2);
  EXPECT_EQ(run.verdict().findings(0).label(), "unjudged");
  EXPECT_EQ(run.verdict().findings(0).note(), "not clearly yes or no: \"maybe\"");
}

TEST(LongGenBenchScorerTest, AChatReplyGetsItsPrefix) {
  const std::string text = " we wake up #*# Week 2: a fair";
  const MachineRun run =
      Judge(Inputs(v1::COMPAT_OFFICIAL, text), {{"fair", {"yes"}}, {"run", {"no"}}});
  EXPECT_EQ(run.score("CR"), 50);
  EXPECT_THAT(Labels(run.verdict()), ElementsAre("once:2 yes", "once:3 not written",
                                                 "range:9 not written", "periodic:1 no"));
  const v1::Span& fair = run.verdict().findings(0).spans(0);
  EXPECT_EQ(text.substr(static_cast<std::size_t>(fair.begin_byte())), " Week 2: a fair");
  const v1::Span& first = run.verdict().findings(3).spans(0);
  EXPECT_EQ(first.begin_byte(), 0);
  EXPECT_EQ(first.end_byte(), 12);
}

TEST(LongGenBenchScorerTest, ATextWithoutBlocksAsksNothing) {
  const MachineRun run = Judge(Inputs(v1::COMPAT_STRICT, "#*# nothing"), {});
  EXPECT_EQ(run.calls.size(), 0u);
  EXPECT_EQ(run.verdict().outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(run.score("STIC-2"), 0);
  EXPECT_FALSE(run.has_score("STIC-1"));
}

TEST(LongGenBenchScorerTest, GoesOnWhereItStopped) {
  const v1::UnitInputs inputs = Inputs(v1::COMPAT_STRICT);
  const Script script = {{"fair", {"maybe", "yes"}}, {"rest", {"?", "?", "no"}}, {"run", {"yes"}}};
  ExpectResumable([&] { return *MakeScorer(inputs); },
                  [&](const v1::Call& call) { return Answer(script, call); });
}

TEST(LongGenBenchScorerTest, ReadsItsFindingsAgain) {
  const v1::UnitInputs inputs = Inputs(v1::COMPAT_STRICT);
  const MachineRun run = Judge(inputs, {{"fair", {"maybe"}}, {"rest", {"no"}}, {"run", {"yes"}}});
  const auto item = LongGenBenchItemOf(inputs.sample());
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_THAT(LongGenBenchAnswersOf(*item, run.verdict().findings()),
              ElementsAre(std::nullopt, std::nullopt, false, true));
}

TEST(LongGenBenchScorerTest, SaysWhatIsWrongWithASampleOrAPrompt) {
  const auto problem = [](const v1::UnitInputs& inputs) {
    auto machine = MakeScorer(inputs);
    if (!machine.ok()) return std::string(MessageOf(machine.status()));
    return std::string(MessageOf((*machine)->Advance({}).status()));
  };
  v1::UnitInputs inputs = Inputs(v1::COMPAT_STRICT);
  (*inputs.mutable_sample()->mutable_scorer_data())["number"] = "0";
  EXPECT_EQ(problem(inputs),
            "sample \"short-000\": scorer_data.number: expected a whole number from 1 to 1000000; "
            "import the benchmark again");
  inputs = Inputs(v1::COMPAT_STRICT);
  (*inputs.mutable_sample()->mutable_scorer_data())["checks"] = "{}";
  EXPECT_EQ(
      problem(inputs),
      "sample \"short-000\": scorer_data.checks: once: expected an object of texts by number");
  inputs = Inputs(v1::COMPAT_STRICT);
  inputs.mutable_sample()->mutable_scorer_data()->erase("type");
  EXPECT_EQ(problem(inputs),
            "sample \"short-000\": scorer_data.type is missing; import the benchmark again");
  inputs = Inputs(v1::COMPAT_STRICT);
  (*inputs.mutable_scorers(0)->mutable_benchmark()->mutable_prompts())["judge"] = "{block}";
  EXPECT_EQ(problem(inputs), "benchmark.prompts.judge: needs {event} once");
}

}  // namespace
}  // namespace assay
