// Texts of many calls, crashed after every record that ever became durable, and resumed: no section
// is written twice, and the text is the one of the undisturbed run.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "tests/integration/resume/embedded_life.h"
#include "worker/strategy_registry.h"

namespace assay {
namespace {

constexpr int kSections = 20;

std::string Digest(const LlmCall& call) { return Sha256Hex(call.body).substr(0, 12); }

// What a model and a reviewer say; a pure function of the request's bytes.
LlmResult Answer(const LlmCall& call, int attempt) {
  if (call.body.find("judge-1") != std::string::npos) return SmallAnswer(call, attempt);
  const bool plan = call.body.find("PLAN-PROMPT") != std::string::npos ||
                    call.body.find("You plan a long text") != std::string::npos;
  if (plan) {
    std::string lines;
    for (int i = 1; i <= kSections; ++i) {
      lines += std::to_string(i) + ". part " + std::to_string(i) + " | 6 words\n";
    }
    return MakeReply(lines);
  }
  if (call.body.find("You check the plan") != std::string::npos) return MakeReply("ACCEPT");
  return MakeReply("Part " + Digest(call) + " of a long text.");
}

v1::RunRecord RunOf(const std::string& name) {
  v1::RunRecord record = SmallRun(2);
  v1::Strategy strategy;
  strategy.set_name(name);
  if (name == "agentwrite") {
    (*strategy.mutable_prompts())["plan"] = "PLAN-PROMPT $INST$";
    (*strategy.mutable_prompts())["write"] = "$INST$ / $PLAN$ / $TEXT$ / $STEP$";
  }
  auto resolved = ResolveStrategy(strategy);
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  *record.mutable_spec()->mutable_models(0)->mutable_strategy() = *std::move(resolved);
  return record;
}

class StrategyCrashTest : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Strategies, StrategyCrashTest,
                         testing::Values("agentwrite", "cogwriter-style"));

TEST_P(StrategyCrashTest, ResumesAfterEveryDurableRecordAndRepeatsNoCall) {
  const v1::RunRecord record = RunOf(GetParam());
  Life whole(record, 1, Answer);
  ASSERT_EQ(whole.RunToEnd().end, RunEnd::kSealed);
  const std::string expected = whole.Canonical();
  const std::size_t records = whole.blobs_.log.size();
  const std::size_t calls = Bodies(whole.chat_).size();
  ASSERT_EQ(JournaledCalls(whole.blobs_, records), calls);
  ASSERT_GT(calls, 2u * kSections);
  for (std::size_t prefix = 0; prefix <= records; ++prefix) {
    Life resumed(record, 100 + prefix, Answer);
    resumed.blobs_.CopyPrefix(whole.blobs_, prefix);
    ASSERT_EQ(resumed.RunToEnd().end, RunEnd::kSealed) << prefix;
    EXPECT_EQ(Bodies(resumed.chat_).size(), calls - JournaledCalls(whole.blobs_, prefix)) << prefix;
    EXPECT_EQ(resumed.Canonical(), expected) << prefix;
  }
}

}  // namespace
}  // namespace assay
