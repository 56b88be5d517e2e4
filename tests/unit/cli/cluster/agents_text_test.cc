// Agents as `assay status` shows them, and what an inference server says of its models.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/cluster/server_ready.h"
#include "cli/cluster/status_text.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(AgentsText, RoleSlotsAndWhatIsServed) {
  v1::ListRunsResponse list;
  EXPECT_EQ(RenderAgents(list, 120), "No agents.\n");
  v1::AgentStatus& worker = *list.add_agents();
  worker.set_agent("w1\x1b[31m");
  worker.add_kinds(v1::UNIT_KIND_GENERATE);
  worker.set_slots(16);
  worker.set_in_flight(3);
  worker.set_server("http://127.0.0.1:8000/v1");
  worker.add_models("big-model");
  worker.set_state("running");
  worker.set_seen_ms_ago(2600);
  v1::AgentStatus& judge = *list.add_agents();
  judge.set_agent("j1");
  judge.add_kinds(v1::UNIT_KIND_SCORE_RULES);
  judge.add_kinds(v1::UNIT_KIND_SCORE_JUDGED);
  judge.set_state("draining");
  list.set_agents_total(5);
  const std::string text = RenderAgents(list, 160);
  EXPECT_THAT(text, AllOf(HasSubstr("worker"), HasSubstr("3/16"), HasSubstr("3 s ago"),
                          HasSubstr("big-model at http://127.0.0.1:8000/v1")));
  EXPECT_THAT(text,
              AllOf(HasSubstr("judge"), HasSubstr("draining"), HasSubstr("... and 3 more agents")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(ModelsIn, TakesIdsAndNothingElse) {
  EXPECT_THAT(ModelsIn(R"({"data":[{"id":"a"},{"id":"b/c"},{"no":1},{"id":7}]})"),
              ElementsAre("a", "b/c"));
  for (const char* other : {"", "ok", "[]", "{}", R"({"data":{}})", R"({"data":null})"}) {
    EXPECT_THAT(ModelsIn(other), IsEmpty()) << other;
  }
  EXPECT_THAT(ModelsIn(R"({"data":[{"id":")" + std::string(300, 'm') + R"("}]})"), IsEmpty());
  std::string many = R"({"data":[)";
  for (int i = 0; i < 100; ++i) many += (i > 0 ? "," : "") + std::string(R"({"id":"m"})");
  EXPECT_EQ(ModelsIn(many + "]}").size(), 32u);
}

}  // namespace
}  // namespace assay
