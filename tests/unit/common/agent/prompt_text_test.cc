#include "common/agent/prompt_text.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

void AddMessage(v1::Sample& sample, const std::string& role, const std::string& content) {
  v1::Message& message = *sample.add_messages();
  message.set_role(role);
  message.set_content(content);
}

TEST(PromptTextTest, PromptAsItIs) {
  v1::Sample sample;
  sample.set_prompt("Write a story.\n");
  EXPECT_EQ(PromptText(sample), "Write a story.\n");
}

TEST(PromptTextTest, CompletionWithoutTheBeginningOfTheAnswer) {
  v1::Sample sample;
  sample.mutable_completion()->set_prompt("Once");
  sample.mutable_completion()->set_assistant_prefix(" upon");
  EXPECT_EQ(PromptText(sample), "Once");
}

TEST(PromptTextTest, Messages) {
  v1::Sample sample;
  AddMessage(sample, "user", "Plan a trip.");
  EXPECT_EQ(PromptText(sample), "Plan a trip.");
  AddMessage(sample, "assistant", "Where to?");
  AddMessage(sample, "user", "Lisbon.");
  EXPECT_EQ(PromptText(sample), "user:\nPlan a trip.\n\nassistant:\nWhere to?\n\nuser:\nLisbon.");
}

}  // namespace
}  // namespace assay
