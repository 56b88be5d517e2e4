#include "suites/panels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "suites/probes.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PanelsTest : public testing::Test {
 protected:
  PanelsTest() {
    for (const char* id : {"a", "b.1", "c"}) spec_.add_judges()->set_id(id);
    v1::ScorerSpec& scorer = *scorers_.Add();
    scorer.set_id("quality");
    scorer.mutable_rubric();
    for (const char* id : {"a", "b.1", "c"}) scorer.add_panel(id);
    scorers_.Add()->set_id("length");
  }

  std::string Error() { return std::string(ExpandPanels(spec_, &scorers_).message()); }

  v1::RunSpec spec_;
  google::protobuf::RepeatedPtrField<v1::ScorerSpec> scorers_;
};

TEST_F(PanelsTest, OneScorerAJudge) {
  ASSERT_TRUE(ExpandPanels(spec_, &scorers_).ok());
  std::vector<std::string> ids;
  for (const v1::ScorerSpec& scorer : scorers_) ids.push_back(scorer.id() + "/" + scorer.judge());
  EXPECT_THAT(ids, ElementsAre("quality@a/a", "quality@b_1/b.1", "quality@c/c", "length/"));
  EXPECT_EQ(scorers_[0].accepted().panel(), "quality");
  EXPECT_EQ(scorers_[0].combine(), "mean");
  EXPECT_EQ(scorers_[0].min_valid(), 2) << "more than half";
  EXPECT_TRUE(scorers_[0].panel().empty());
}

TEST_F(PanelsTest, SaysWhatIsWrong) {
  scorers_[0].add_panel("a");
  EXPECT_THAT(Error(), HasSubstr("judge 'a' stands there twice"));
  scorers_[0].set_panel(3, "d");
  EXPECT_THAT(Error(), HasSubstr("there is no judge 'd'"));
  scorers_[0].mutable_panel()->RemoveLast();
  scorers_[0].set_combine("max");
  EXPECT_THAT(Error(), HasSubstr("expected mean, median or majority, found 'max'"));
  scorers_[0].set_combine("median");
  scorers_[0].set_min_valid(4);
  EXPECT_THAT(Error(), HasSubstr("min_valid: 4 is not between 1 and the 3"));
}

class ProbesTest : public testing::Test {
 protected:
  ProbesTest() {
    record_.mutable_spec()->add_models()->set_id("m");
    v1::ScorerSpec& scorer = *record_.mutable_spec()->add_scorers();
    scorer.set_compat(v1::COMPAT_STRICT);
    for (const char* kind : {"constant", "anchor"})
      scorer.mutable_accepted()->add_probe_kinds(kind);
    record_.add_suites()->add_samples();
  }

  std::vector<std::string> Models() {
    SettleProbes(&record_);
    std::vector<std::string> ids;
    for (const v1::Model& model : record_.spec().models()) ids.push_back(model.id());
    return ids;
  }

  v1::RunRecord record_;
};

TEST_F(ProbesTest, StrictJudgesAreProbed) {
  EXPECT_THAT(Models(), ElementsAre("m", "probe-constant"));
  record_.mutable_suites(0)->mutable_samples(0)->set_reference_answer("A good text.");
  EXPECT_THAT(Models(), ElementsAre("m", "probe-anchor", "probe-constant")) << "and never twice";
  EXPECT_EQ(record_.spec().models(1).probe().samples(), 1);
}

TEST_F(ProbesTest, OfficialOnesOnlyWhenAskedFor) {
  record_.mutable_spec()->mutable_scorers(0)->set_compat(v1::COMPAT_OFFICIAL);
  EXPECT_THAT(Models(), ElementsAre("m"));
  record_.mutable_spec()->mutable_judge_health()->set_enabled(true);
  EXPECT_THAT(Models(), ElementsAre("m", "probe-constant"));
  record_.mutable_spec()->mutable_judge_health()->set_enabled(false);
  EXPECT_THAT(Models(), ElementsAre("m"));
}

TEST_F(ProbesTest, NoJudgeNoProbe) {
  record_.mutable_spec()->mutable_scorers(0)->clear_accepted();
  EXPECT_THAT(Models(), ElementsAre("m"));
}

}  // namespace
}  // namespace assay
