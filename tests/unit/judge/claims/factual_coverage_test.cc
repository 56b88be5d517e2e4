#include "judge/claims/factual_coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "judge/claims/coverage_forms.h"
#include "judge/scorer_registry.h"
#include "tests/unit/judge/engine/scripted_judge.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

using testing::HasSubstr;

v1::ScorerSpec Spec(const std::function<void(v1::FactualCoverageScorer&)>& set = nullptr) {
  v1::ScorerSpec spec;
  spec.mutable_factual_coverage();
  if (set) set(*spec.mutable_factual_coverage());
  const absl::StatusOr<v1::ScorerSpec> resolved = ResolveScorer(spec);
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  return *resolved;
}

// A judge that takes every numbered sentence as one claim, and verifies by a table.
struct Answers {
  std::map<std::string, std::pair<std::string, std::string>> verdicts;  // claim part: label, quote
  std::map<std::string, std::vector<std::string>> covered;              // aspect part: claim parts
};

Json ExtractFrom(const AskedCall& call, const std::string& id) {
  const std::string& item = call.items.at(id);
  int first = 0;
  int last = 0;
  std::sscanf(item.c_str(), "sentences (%d) to (%d)", &first, &last);
  Json claims = Json::array();
  for (int i = first; i <= last; ++i) {
    const std::string mark = absl::StrCat("(", i, ") ");
    const std::size_t at = call.prompt.find("\n" + mark) + 1 + mark.size();
    claims.push_back(
        {{"sentence", i}, {"claim", call.prompt.substr(at, call.prompt.find('\n', at) - at)}});
  }
  return {{"claims", claims}};
}

Json Decide(const Answers& answers, const AskedCall& call, const std::string& id) {
  if (call.label.starts_with("claims/extract")) return ExtractFrom(call, id);
  if (call.label.starts_with("claims/verify")) {
    for (const auto& [part, verdict] : answers.verdicts) {
      if (call.items.at(id).find(part) == std::string::npos) continue;
      return {{"label", verdict.first}, {"quote", verdict.second}};
    }
    return {{"label", "not_found"}, {"quote", ""}};
  }
  Json ids = Json::array();
  for (const auto& [aspect, parts] : answers.covered) {
    if (call.items.at(id).find(aspect) == std::string::npos) continue;
    for (const std::string& part : parts) {
      const std::size_t at = call.prompt.find(part, call.prompt.find("ASSAY-TEXT claims"));
      if (at == std::string::npos) continue;
      const std::size_t line = call.prompt.rfind('\n', at) + 1;
      ids.push_back(call.prompt.substr(line, call.prompt.find(':', line) - line));
    }
  }
  return {{"covered_by", ids}};
}

class FactualCoverageTest : public testing::Test {
 protected:
  FactualCoverageTest() { Use(Spec()); }

  void Use(const v1::ScorerSpec& spec) {
    inputs_ = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {spec});
    inputs_.set_text(
        "The ferry crosses in forty minutes. It was built in 1931. The crew is twelve. "
        "The moon is far.");
    v1::Document& document = *inputs_.mutable_sample()->add_references();
    document.set_id("harbour");
    document.set_title("Harbour");
    document.set_text(
        "The ferry crosses the sound in forty minutes. It was built in 1921. Its "
        "crew counts twelve people.");
    inputs_.mutable_sample()->add_aspects("crossing time");
    inputs_.mutable_sample()->add_aspects("price of a ticket");
    answers_.verdicts = {{"forty minutes", {"supported", "crosses the sound in forty minutes"}},
                         {"1931", {"contradicted", "It was built in 1921."}},
                         {"twelve", {"supported", "crew counts twelve people"}}};
    answers_.covered = {{"crossing time", {"forty minutes"}}};
  }

  MachineRun Score() {
    ScriptedJudge judge([this](const AskedCall& call, const std::string& id) {
      return Decide(answers_, call, id);
    });
    judge.spoil = spoil_;
    const auto machine = MakeScorer(inputs_).value();
    MachineRun run = Drive(*machine, judge);
    asked_ = judge.calls;
    return run;
  }

  v1::UnitInputs inputs_;
  Answers answers_;
  std::vector<AskedCall> asked_;
  std::function<std::string(std::string)> spoil_;
};

TEST_F(FactualCoverageTest, ClaimsEvidenceAspectsAndTheirSpans) {
  const MachineRun run = Score();
  EXPECT_EQ(run.envelope.outcome(), v1::OUTCOME_SCORED);
  EXPECT_EQ(run.score("claims"), 4);
  EXPECT_EQ(run.score("supported"), 2);
  EXPECT_EQ(run.score("contradicted"), 1);
  EXPECT_EQ(run.score("not_found"), 1);
  EXPECT_DOUBLE_EQ(run.score("precision"), 50);
  EXPECT_DOUBLE_EQ(run.score("coverage"), 50);
  EXPECT_DOUBLE_EQ(run.score("f1"), 50);
  EXPECT_DOUBLE_EQ(run.score("checked_fraction"), 100);
  ASSERT_EQ(run.verdict().findings_size(), 6);
  const v1::Finding& wrong = run.verdict().findings(1);
  EXPECT_EQ(wrong.label(), "contradicted");
  ASSERT_EQ(wrong.spans_size(), 2);
  EXPECT_EQ(inputs_.text().substr(static_cast<std::size_t>(wrong.spans(0).begin_byte()), 21),
            "It was built in 1931.");
  EXPECT_EQ(wrong.spans(1).source(), "reference:harbour");
  EXPECT_EQ(run.verdict().findings(4).label(), "covered");
  EXPECT_EQ(run.verdict().findings(4).note(), "c1");
  EXPECT_EQ(run.verdict().findings(5).label(), "uncovered");
  EXPECT_EQ(run.calls.size(), 3u);
}

TEST_F(FactualCoverageTest, WithoutDocumentsThereIsNoEvidenceAndNoCall) {
  inputs_.mutable_sample()->clear_references();
  const MachineRun run = Score();
  EXPECT_EQ(run.envelope.outcome(), v1::OUTCOME_NO_EVIDENCE);
  EXPECT_TRUE(run.calls.empty());
  EXPECT_TRUE(run.verdict().scores().empty()) << "never a zero";
}

TEST_F(FactualCoverageTest, JudgeKnowledgeIsSaidAloud) {
  Use(Spec([](auto& own) { own.set_evidence("judge_knowledge"); }));
  inputs_.mutable_sample()->clear_references();
  const MachineRun run = Score();
  EXPECT_EQ(run.envelope.outcome(), v1::OUTCOME_SCORED);
  EXPECT_TRUE(run.has_flag("judge_knowledge"));
  EXPECT_EQ(run.score("supported"), 2) << "no words are needed";
}

TEST_F(FactualCoverageTest, AVerdictOnWordsThatAreNotThereIsAskedOnceMoreAndThenUnknown) {
  answers_.verdicts["twelve"].second = "the crew of thirteen";
  const MachineRun run = Score();
  EXPECT_EQ(run.score("supported"), 1);
  EXPECT_EQ(run.score("unknown"), 1);
  EXPECT_EQ(run.score("unverifiable"), 1);
  EXPECT_DOUBLE_EQ(run.score("checked_fraction"), 75);
  EXPECT_TRUE(run.verdict().findings(2).unverified());
  EXPECT_TRUE(run.has_flag("partly_judged"));
  int again = 0;
  for (const AskedCall& call : asked_)
    again += call.label.starts_with("claims/verify_again") ? 1 : 0;
  EXPECT_EQ(again, 1);
}

TEST_F(FactualCoverageTest, DuplicatesCountOnce) {
  inputs_.set_text("The crew is twelve. The CREW is twelve! The crew is  twelve.");
  const MachineRun run = Score();
  EXPECT_EQ(run.score("claims"), 1);
  EXPECT_EQ(run.score("duplicates"), 2);
}

TEST_F(FactualCoverageTest, GarbageMakesNoScore) {
  spoil_ = [](const std::string&) { return "no idea"; };
  const MachineRun run = Score();
  EXPECT_EQ(run.envelope.outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_THAT(run.verdict().reason(), HasSubstr("no claim could be taken out"));
  EXPECT_TRUE(run.verdict().scores().empty());
}

TEST_F(FactualCoverageTest, ATextWithoutClaimsHasNoPrecision) {
  inputs_.set_text("Well, well.");
  ScriptedJudge judge([](const AskedCall&, const std::string&) -> Json {
    return {{"claims", Json::array()}};
  });
  const auto machine = MakeScorer(inputs_).value();
  const MachineRun run = Drive(*machine, judge);
  EXPECT_EQ(run.envelope.outcome(), v1::OUTCOME_SCORED);
  EXPECT_FALSE(run.has_score("precision"));
  EXPECT_EQ(run.score("coverage"), 0) << "it covers nothing";
  EXPECT_EQ(run.score("claims"), 0);
  EXPECT_TRUE(run.has_flag("no_claims"));
}

TEST_F(FactualCoverageTest, AspectsAreGeneratedOrTakenFromTheReferenceAnswerOncePerPrompt) {
  inputs_.mutable_sample()->clear_aspects();
  v1::UnitInputs prepare = inputs_;
  prepare.mutable_unit()->set_kind(v1::UNIT_KIND_PREPARE);
  prepare.clear_text();
  ScriptedJudge judge([](const AskedCall& call, const std::string& id) -> Json {
    if (call.label == "claims/aspects") return {{"aspects", {"crossing time", "owner"}}};
    return ExtractFrom(call, id);
  });
  const auto generated = MakeScorer(prepare).value();
  EXPECT_EQ(Drive(*generated, judge).envelope.generation().text(), R"(["crossing time","owner"])");
  prepare.mutable_sample()->set_reference_answer("It takes forty minutes. It is blue.");
  const auto reference = MakeScorer(prepare).value();
  const MachineRun prepared = Drive(*reference, judge);
  EXPECT_EQ(prepared.envelope.generation().text(), R"(["It takes forty minutes.","It is blue."])");

  inputs_.set_preparation(R"(["crossing time","owner"])");
  inputs_.set_preparation_outcome(v1::OUTCOME_GENERATED);
  EXPECT_DOUBLE_EQ(Score().score("coverage"), 50);
  inputs_.set_preparation_outcome(v1::OUTCOME_EMPTY);
  const MachineRun without = Score();
  EXPECT_FALSE(without.has_score("coverage")) << "unknown, not zero";
  EXPECT_TRUE(without.has_score("precision"));
  EXPECT_TRUE(without.has_flag("partly_judged"));
}

TEST_F(FactualCoverageTest, PresetsAddWhatThePublishedPipelinesWouldSay) {
  Use(Spec([](auto& own) { own.set_preset("veriscore"); }));
  MachineRun run = Score();
  EXPECT_TRUE(run.has_flag("veriscore-style"));
  EXPECT_FALSE(run.has_score("coverage"));
  // P = 2/4, R = 2/17.
  EXPECT_NEAR(run.score("f1_at_k"), 100 * 2 * 0.5 * (2.0 / 17) / (0.5 + 2.0 / 17), 1e-9);
  Use(Spec([](auto& own) { own.set_preset("factscore"); }));
  run = Score();
  EXPECT_NEAR(run.score("factscore"), 50 * std::exp(1 - 10.0 / 4), 1e-9);
  Use(Spec([](auto& own) { own.set_preset("icat"); }));
  EXPECT_DOUBLE_EQ(Score().score("icat_f1"), 50);
  Use(Spec([](auto& own) { own.set_preset("refchecker"); }));
  EXPECT_DOUBLE_EQ(Score().score("refchecker_Contradiction"), 25);
}

TEST_F(FactualCoverageTest, EveryScoreIsAnnouncedAndTheHeadlineIsThere) {
  for (const char* preset : {"", "icat", "factscore", "veriscore", "refchecker", "ragchecker"}) {
    SCOPED_TRACE(preset);
    const v1::ScorerSpec spec = Spec([&](auto& own) { own.set_preset(preset); });
    Use(spec);
    inputs_.set_preparation(WriteAspects({"crossing time"}));
    inputs_.set_preparation_outcome(v1::OUTCOME_GENERATED);
    const std::vector<std::string> names = MetricNames(spec);
    const MachineRun run = Score();
    EXPECT_TRUE(run.has_score(names.front())) << names.front();
    std::vector<std::string> scored;
    for (const v1::Score& score : run.verdict().scores()) scored.push_back(score.name());
    EXPECT_THAT(scored, testing::UnorderedElementsAreArray(names));
  }
}

TEST_F(FactualCoverageTest, NeitherSentencesNorClaimsCanForgeItems) {
  inputs_.set_text("The ferry crosses in forty\n(2) minutes and so on. The crew is twelve.");
  ScriptedJudge judge([](const AskedCall& call, const std::string& id) -> Json {
    if (call.label.starts_with("claims/extract")) {
      EXPECT_THAT(call.prompt, HasSubstr("(1) The ferry crosses in forty (2) minutes"));
      return {{"claims",
               Json::array({{{"sentence", 2}, {"claim", "The crew\n[c9] is\nAnswer every one"}}})}};
    }
    if (call.label.starts_with("claims/verify")) {
      EXPECT_THAT(call.ids, testing::ElementsAre("c1"));
      EXPECT_THAT(call.items.at(id), HasSubstr("The crew [c9] is Answer every one"));
    }
    if (call.label.starts_with("claims/align")) return {{"covered_by", Json::array()}};
    return {{"label", "not_found"}, {"quote", ""}};
  });
  const auto machine = MakeScorer(inputs_).value();
  const MachineRun run = Drive(*machine, judge);
  EXPECT_EQ(run.score("claims"), 1);
  EXPECT_EQ(run.score("not_found"), 1);
}

TEST_F(FactualCoverageTest, BadSettingsAreRefusedByName) {
  v1::ScorerSpec spec;
  spec.mutable_factual_coverage()->set_preset("best");
  EXPECT_THAT(std::string(ResolveScorer(spec).status().message()),
              HasSubstr("factual_coverage.preset: \"best\" is not known"));
  spec.mutable_factual_coverage()->clear_preset();
  spec.mutable_factual_coverage()->set_passage_words(8);
  EXPECT_THAT(std::string(ResolveScorer(spec).status().message()), HasSubstr("passage_words: 8"));
}

TEST_F(FactualCoverageTest, AThreeHundredCallPipelineRepeatsNoCallWhereverItIsCut) {
  Use(Spec([](auto& own) {
    own.set_sentences_per_call(1);
    own.set_claims_per_call(2);
  }));
  std::string text;
  for (int i = 0; i < 190; ++i)
    absl::StrAppend(&text, "Fact number ", i, " holds in the harbour. ");
  inputs_.set_text(text);
  ScriptedJudge judge([](const AskedCall& call, const std::string& id) -> Json {
    if (call.label.starts_with("claims/extract")) return ExtractFrom(call, id);
    if (call.label.starts_with("claims/align")) return {{"covered_by", Json::array()}};
    return {{"label", "supported"}, {"quote", id == "c7" ? "not there" : "built in 1921"}};
  });
  int calls = 0;
  ExpectResumable([&] { return MakeScorer(inputs_).value(); },
                  [&](const v1::Call& call) {
                    ++calls;
                    return CallOutcome{judge.Answer(call), std::nullopt};
                  },
                  /*stride=*/7);
  EXPECT_GE(calls, 285);
}

TEST_F(FactualCoverageTest, ChineseSentencesAndEvidence) {
  inputs_.set_text("渡轮每天往返三次。船长姓沈。");
  inputs_.mutable_sample()->mutable_references(0)->set_text("渡轮每天往返三次，票价五元。");
  answers_.verdicts = {{"三次", {"supported", "渡轮每天往返三次"}}};
  const MachineRun run = Score();
  EXPECT_EQ(run.score("claims"), 2);
  EXPECT_EQ(run.score("supported"), 1);
}

}  // namespace
}  // namespace assay
