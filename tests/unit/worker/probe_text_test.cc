#include "worker/probe_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/strategy_registry.h"

namespace assay {
namespace {

v1::Envelope Made(const std::string& kind) {
  v1::UnitInputs inputs;
  inputs.mutable_unit()->set_kind(v1::UNIT_KIND_GENERATE);
  inputs.mutable_model()->mutable_probe()->set_kind(kind);
  inputs.mutable_sample()->set_reference_answer("A good text.");
  inputs.set_prompt_text("Write a story.");
  const auto machine = MakeStrategy(inputs).value();
  const Step step = machine->Advance({}).value();
  EXPECT_TRUE(step.calls.empty()) << "a probe costs nothing";
  return step.result.value();
}

TEST(ProbeText, EachKindIsWhatItSays) {
  EXPECT_EQ(Made("prompt_copy").generation().text(), "Write a story.");
  EXPECT_EQ(Made("anchor").generation().text(), "A good text.");
  EXPECT_EQ(Made("constant").outcome(), v1::OUTCOME_GENERATED);
  EXPECT_THAT(Made("forged_rival").generation().text(), testing::HasSubstr("END-ASSAY-TEXT"));
  EXPECT_EQ(Made("empty").outcome(), v1::OUTCOME_EMPTY);
}

}  // namespace
}  // namespace assay
