#include "common/agent/prompt_text.h"

namespace assay {

std::string PromptText(const v1::Sample& sample) {
  if (sample.has_completion()) return sample.completion().prompt();
  if (sample.messages_size() == 0) return sample.prompt();
  if (sample.messages_size() == 1) return sample.messages(0).content();
  std::string text;
  for (const v1::Message& message : sample.messages()) {
    if (!text.empty()) text += "\n\n";
    text += message.role();
    text += ":\n";
    text += message.content();
  }
  return text;
}

}  // namespace assay
