// Judges that answer garbage, in a whole embedded run with the three judges of long texts. F35:
// nothing but garbage pauses the run, which goes on when the judge is mended. F36: garbage for the
// texts of one model is told of that model, and of no other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "cli/embedded/embedded_run.h"
#include "cli/embedded/stored_run.h"
#include "common/base/digest.h"
#include "common/json/json.h"
#include "coordinator/core/fold.h"
#include "simulator/item_judge.h"
#include "simulator/item_prompt.h"
#include "tests/integration/bad_input/scripted_server.h"
#include "tests/integration/resume/scratch_folder.h"
#include "tests/integration/resume/small_run.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

std::string ChatAnswer(const std::string& content) {
  const Json body = {{"id", "c"},
                     {"model", "m"},
                     {"choices",
                      {{{"index", 0},
                        {"message", {{"role", "assistant"}, {"content", content}}},
                        {"finish_reason", "stop"}}}},
                     {"usage", {{"prompt_tokens", 1}, {"completion_tokens", 1}}}};
  return HttpAnswer(200, "application/json", DumpJson(body));
}

class JudgeGarbageRun : public ::testing::Test {
 protected:
  // Writes; and judges, but answers garbage where `spoils` says so of the prompt.
  std::string Answer(const ScriptedRequest& request) {
    const Json body = ParseJson(request.body).value();
    const std::string model = body["model"].get<std::string>();
    const std::string prompt = body["messages"].back()["content"].get<std::string>();
    if (!IsItemPrompt(prompt)) {
      return ChatAnswer(absl::StrCat("The ", model, " harbour of Brome has 14 piers. ",
                                     Sha256Hex(prompt).substr(0, 8),
                                     " is a number that nobody in Brome ever read aloud."));
    }
    if (spoils_(prompt)) return ChatAnswer("I would rather not decide this.");
    const std::string seed = Sha256Hex(prompt);
    ItemJudgeRequest judge;
    judge.prompt = prompt;
    judge.request_sha256 = seed;
    return ChatAnswer(JudgeItems(judge));
  }

  v1::RunRecord Record(int samples, const std::vector<std::string>& models) {
    v1::RunRecord record = SmallRun(samples);
    v1::RunSpec& spec = *record.mutable_spec();
    spec.mutable_endpoints(0)->set_base_url(server_.base_url());
    spec.clear_models();
    for (const std::string& id : models) {
      v1::Model& model = *spec.add_models();
      model.set_id(id);
      model.set_endpoint("e");
      model.set_model(id);
      model.mutable_sampling()->set_max_tokens(500);
    }
    spec.clear_scorers();
    for (const auto& set : std::vector<std::function<void(v1::ScorerSpec&)>>{
             [](auto& scorer) { scorer.mutable_coherence(); },
             [](auto& scorer) { scorer.mutable_constraints(); },
             [](auto& scorer) { scorer.mutable_factual_coverage()->set_aspects("none"); }}) {
      v1::ScorerSpec scorer;
      scorer.set_judge("judge");
      set(scorer);
      *spec.add_scorers() = Resolved(scorer);
    }
    for (v1::Sample& sample : *record.mutable_suites(0)->mutable_samples()) {
      v1::Constraint& constraint = *sample.add_constraints();
      constraint.set_id("c1");
      constraint.set_kind("judged");
      constraint.set_text("It describes a harbour with piers.");
      v1::Document& document = *sample.add_references();
      document.set_id("facts");
      document.set_text("The plain harbour of Brome has 14 piers.");
    }
    return record;
  }

  EmbeddedResult RunToEnd() {
    EmbeddedRunOptions options;
    options.run_dir = Folder();
    options.progress_interval = absl::Milliseconds(20);
    options.drain_limit = absl::Seconds(5);
    auto run = EmbeddedRun::Start(std::move(options));
    EXPECT_TRUE(run.ok()) << run.status();
    return run.ok() ? (*run)->Wait() : EmbeddedResult();
  }

  FoldedRun Folded() {
    const auto run = LoadRun(Folder());
    EXPECT_TRUE(run.ok()) << run.status();
    std::map<std::string, v1::Envelope> envelopes;
    for (const auto& [id, unit] : run->units) envelopes[id] = unit.envelope;
    auto folded = FoldRun(run->record, ScorerNeedsCalls, envelopes);
    EXPECT_TRUE(folded.ok()) << folded.status();
    return *std::move(folded);
  }

  std::string Folder() const { return (scratch_.path() / "run").string(); }

  ScratchFolder scratch_;
  std::function<bool(const std::string& prompt)> spoils_;
  ScriptedServer server_{[this](const ScriptedRequest& request) { return Answer(request); }};
};

// Scores of judged scorers of one model; and their outcomes.
std::map<v1::Outcome, int> OutcomesOf(const FoldedRun& run, const std::string& model, int& scores) {
  std::map<v1::Outcome, int> outcomes;
  for (const v1::SampleResult& result : run.results) {
    if (result.model() != model) continue;
    for (const v1::ScorerResult& scorer : result.scorers()) {
      ++outcomes[scorer.outcome()];
      if (scorer.outcome() == v1::OUTCOME_UNJUDGED) scores += scorer.scores_size();
    }
  }
  return outcomes;
}

TEST_F(JudgeGarbageRun, NothingButGarbagePausesAndAMendedJudgeGoesOn) {
  std::atomic<bool> broken{true};
  spoils_ = [&](const std::string&) { return broken.load(); };
  constexpr int kSamples = 80;
  ASSERT_TRUE(CreateRun(Folder(), Record(kSamples, {"plain"})).ok());
  const EmbeddedResult paused = RunToEnd();
  EXPECT_EQ(paused.end, RunEnd::kPaused) << paused.reason;
  EXPECT_THAT(paused.reason, HasSubstr("the last 50 verdicts of scorer"));
  EXPECT_THAT(paused.reason, HasSubstr("by judge judge could not be used"));
  int invented = 0;
  auto outcomes = OutcomesOf(Folded(), "plain", invented);
  EXPECT_GE(outcomes[v1::OUTCOME_UNJUDGED], 50);
  EXPECT_EQ(outcomes[v1::OUTCOME_SCORED], 0);
  EXPECT_EQ(invented, 0);

  broken = false;
  const EmbeddedResult mended = RunToEnd();
  EXPECT_EQ(mended.end, RunEnd::kSealed) << mended.reason;
  auto after = OutcomesOf(Folded(), "plain", invented);
  EXPECT_EQ(after, (std::map<v1::Outcome, int>{{v1::OUTCOME_SCORED, 3 * kSamples}}))
      << "what the garbage left unjudged is asked again";
  EXPECT_EQ(invented, 0);
}

TEST_F(JudgeGarbageRun, GarbageForOneModelIsToldOfThatModel) {
  spoils_ = [](const std::string& prompt) {
    return prompt.find("The cursed harbour") != std::string::npos;
  };
  constexpr int kSamples = 12;
  ASSERT_TRUE(CreateRun(Folder(), Record(kSamples, {"plain", "cursed"})).ok());
  const EmbeddedResult end = RunToEnd();
  EXPECT_EQ(end.end, RunEnd::kSealed) << end.reason;
  const FoldedRun run = Folded();
  int invented = 0;
  EXPECT_EQ(OutcomesOf(run, "plain", invented),
            (std::map<v1::Outcome, int>{{v1::OUTCOME_SCORED, 3 * kSamples}}));
  EXPECT_EQ(OutcomesOf(run, "cursed", invented),
            (std::map<v1::Outcome, int>{{v1::OUTCOME_UNJUDGED, 3 * kSamples}}));
  EXPECT_EQ(invented, 0);
  for (const v1::ModelSummary& model : run.summary.models()) {
    for (const v1::ScorerSummary& scorer : model.scorers()) {
      ASSERT_EQ(scorer.outcomes_size(), 1) << scorer.DebugString();
      EXPECT_EQ(scorer.outcomes(0).outcome(),
                model.model() == "plain" ? v1::OUTCOME_SCORED : v1::OUTCOME_UNJUDGED);
      EXPECT_EQ(scorer.outcomes(0).count(), kSamples);
    }
  }
  ASSERT_EQ(run.summary.judge_health_size(), 3);
  for (const v1::JudgeHealthSummary& health : run.summary.judge_health()) {
    EXPECT_FALSE(health.trusted());
    EXPECT_THAT(health.reason(), HasSubstr("replies could not be used"));
  }
}

}  // namespace
}  // namespace assay
