#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "judge/rubric_presets.h"
#include "judge/scorer_registry.h"

namespace assay {
namespace {

using testing::HasSubstr;

std::string ErrorOf(const v1::ScorerSpec& spec) {
  return std::string(ResolveScorer(spec).status().message());
}

v1::ScorerSpec OwnRubric() {
  v1::ScorerSpec spec;
  spec.mutable_rubric()->set_prompt("Judge $RESPONSE$ as an answer to $INST$.");
  spec.mutable_rubric()->add_dimensions()->set_name("style");
  return spec;
}

TEST(ResolveScorerTest, FillsDefaults) {
  v1::ScorerSpec length;
  length.mutable_length();
  EXPECT_EQ(ResolveScorer(length)->id(), "length");
  EXPECT_EQ(ResolveScorer(length)->length().counting(), "longbench_write");
  v1::ScorerSpec repetition;
  repetition.set_id("loops");
  repetition.mutable_repetition();
  EXPECT_EQ(ResolveScorer(repetition)->id(), "loops");
  EXPECT_EQ(ResolveScorer(repetition)->repetition().ngram(), 20);
  EXPECT_FALSE(ScorerNeedsCalls(length));
  EXPECT_TRUE(ScorerNeedsCalls(OwnRubric()));
}

TEST(ResolveScorerTest, LongBenchWritePreset) {
  v1::ScorerSpec spec;
  spec.mutable_rubric()->set_preset("longbench-write");
  EXPECT_THAT(ErrorOf(spec), HasSubstr("rubric.prompt_file: preset longbench-write needs"));
  spec.mutable_rubric()->set_prompt_file("judge.txt");
  const v1::ScorerSpec resolved = *ResolveScorer(spec);
  EXPECT_THAT(MetricNames(resolved),
              testing::ElementsAre("Relevance", "Accuracy", "Coherence", "Clarity",
                                   "Breadth and Depth", "Reading Experience", "S_q"));
  const v1::RubricScorer& rubric = resolved.rubric();
  EXPECT_EQ(rubric.sampling().temperature(), 0.5);
  EXPECT_EQ(rubric.sampling().max_tokens(), 1024);
  EXPECT_FALSE(rubric.sampling().has_top_p());
  EXPECT_EQ(rubric.scale_min(), 1);
  EXPECT_EQ(rubric.scale_max(), 5);
  EXPECT_EQ(rubric.max_tries(), 5);
  EXPECT_EQ(rubric.instruction_placeholder(), "$INST$");
  EXPECT_EQ(rubric.response_placeholder(), "$RESPONSE$");
  EXPECT_FALSE(rubric.json_schema());
  EXPECT_TRUE(rubric.prompt().empty());
}

TEST(ResolveScorerTest, GeneralIsThePresetOfABareRubric) {
  v1::ScorerSpec spec;
  spec.mutable_rubric();
  const v1::ScorerSpec resolved = *ResolveScorer(spec);
  EXPECT_EQ(resolved.rubric().preset(), "general");
  EXPECT_TRUE(resolved.rubric().json_schema());
  EXPECT_EQ(resolved.rubric().dimensions_size(), 6);
  for (const v1::RubricDimension& dimension : resolved.rubric().dimensions()) {
    EXPECT_THAT(resolved.rubric().prompt(), HasSubstr("- " + dimension.name() + ": "));
    EXPECT_LT("analysis", dimension.name());
  }
}

TEST(ResolveScorerTest, ResolvingAgainChangesNothing) {
  v1::ScorerSpec general;
  general.mutable_rubric()->mutable_sampling()->add_stop("###");
  general.mutable_rubric()->mutable_sampling()->set_max_tokens(99);
  for (const v1::ScorerSpec& spec : {general, OwnRubric()}) {
    const v1::ScorerSpec once = *ResolveScorer(spec);
    const v1::ScorerSpec twice = *ResolveScorer(once);
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(once, twice));
  }
}

TEST(ResolveScorerTest, OwnFieldsOverrideThePreset) {
  v1::ScorerSpec spec;
  v1::RubricScorer& rubric = *spec.mutable_rubric();
  rubric.set_preset("general");
  rubric.add_dimensions()->set_name("rhythm");
  rubric.set_scale_min(0);
  rubric.set_scale_max(10);
  rubric.mutable_sampling()->set_temperature(0.7);
  const v1::RubricScorer resolved = ResolveScorer(spec)->rubric();
  EXPECT_EQ(resolved.dimensions_size(), 1);
  EXPECT_EQ(resolved.scale_min(), 0);
  EXPECT_EQ(resolved.scale_max(), 10);
  EXPECT_EQ(resolved.sampling().temperature(), 0.7);
  EXPECT_EQ(resolved.sampling().max_tokens(), 2048);
  EXPECT_THAT(resolved.prompt(), HasSubstr("one integer from 0 to 10 for each"));
  EXPECT_THAT(resolved.prompt(), HasSubstr("\"rhythm\": ..."));
}

TEST(ResolveScorerTest, ErrorsNameScorerAndField) {
  EXPECT_THAT(ErrorOf(v1::ScorerSpec()), HasSubstr("no type, expected one of length"));
  v1::ScorerSpec spec;
  spec.mutable_length()->set_counting("characters");
  EXPECT_EQ(ErrorOf(spec),
            "scorer \"length\": length.counting: \"characters\" is not known, use longbench_write");
  spec.mutable_repetition()->set_ngram(1);
  EXPECT_THAT(ErrorOf(spec), HasSubstr("repetition.ngram: 1 is not between 2 and 1000"));
  spec.mutable_rubric()->set_preset("hellobench");
  EXPECT_THAT(ErrorOf(spec), HasSubstr("use one of general, longbench-write"));
}

TEST(ResolveScorerTest, RefusesUnusableRubrics) {
  EXPECT_TRUE(ResolveScorer(OwnRubric()).ok());
  const auto error = [](auto change) {
    v1::ScorerSpec spec = OwnRubric();
    change(*spec.mutable_rubric());
    return ErrorOf(spec);
  };
  using Rubric = v1::RubricScorer;
  EXPECT_THAT(error([](Rubric& r) { r.clear_dimensions(); }),
              HasSubstr("rubric.dimensions: empty"));
  EXPECT_THAT(error([](Rubric& r) { r.add_dimensions()->set_name("style"); }),
              HasSubstr("rubric.dimensions[1].name: \"style\" stands there twice"));
  EXPECT_THAT(error([](Rubric& r) { r.add_dimensions()->set_name("nonce"); }),
              HasSubstr("reserved"));
  EXPECT_THAT(error([](Rubric& r) { r.add_dimensions()->set_name(" "); }), HasSubstr("1 to 100"));
  EXPECT_THAT(error([](Rubric& r) { r.set_scale_min(5), r.set_scale_max(5); }),
              HasSubstr("5 to 5"));
  EXPECT_THAT(error([](Rubric& r) { r.set_max_tries(21); }), HasSubstr("rubric.max_tries: 21"));
  EXPECT_THAT(error([](Rubric& r) { r.set_prompt("$INST$ only"); }), HasSubstr("\"$RESPONSE$\""));
  EXPECT_THAT(error([](Rubric& r) { r.set_prompt("only $RESPONSE$"); }), HasSubstr("\"$INST$\""));
  EXPECT_THAT(error([](Rubric& r) { r.set_instruction_placeholder("$RESPONSE$"); }),
              HasSubstr("same as"));
  EXPECT_THAT(error([](Rubric& r) { r.set_prompt("$INST$ $RESPONSE$ \xFF"); }),
              HasSubstr("not UTF-8 at byte 18"));
}

// reliability.md 5.1 case 18: a template that contains our own delimiters.
TEST(ResolveScorerTest, RefusesATemplateWithOurFence) {
  v1::ScorerSpec spec = OwnRubric();
  spec.mutable_rubric()->set_prompt("<<<assay-text 00>>> $INST$ $RESPONSE$");
  EXPECT_THAT(ErrorOf(spec), HasSubstr("contains ASSAY-TEXT"));
}

TEST(ResolveScorerTest, NoSchemaInOfficialMode) {
  v1::ScorerSpec spec = OwnRubric();
  spec.set_compat(v1::COMPAT_OFFICIAL);
  spec.mutable_rubric()->set_json_schema(true);
  EXPECT_THAT(ErrorOf(spec), HasSubstr("rubric.json_schema"));
}

}  // namespace
}  // namespace assay
