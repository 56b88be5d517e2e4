#include "coordinator/store/redis_settings.h"

#include "common/base/log.h"

namespace assay {
namespace {

struct Required {
  const char* name;
  const char* value;
  const char* otherwise;
};

constexpr Required kRequired[] = {
    {"appendonly", "yes", "a restart of the server loses everything that it was told"},
    {"appendfsync", "always", "a crash of its machine loses writes that were answered"},
    {"maxmemory-policy", "noeviction", "a server that is full throws units away"},
};

}  // namespace

std::vector<std::vector<std::string>> RedisSettingsQuestions() {
  std::vector<std::vector<std::string>> questions;
  for (const Required& setting : kRequired) questions.push_back({"CONFIG", "GET", setting.name});
  return questions;
}

std::vector<std::string> RedisSettingsProblems(const std::vector<RedisReply>& replies) {
  std::vector<std::string> problems;
  for (std::size_t i = 0; i < std::size(kRequired); ++i) {
    const Required& setting = kRequired[i];
    const std::string expected = std::string("expected ") + setting.value;
    const RedisReply reply = i < replies.size() ? replies[i] : RedisReply{};
    if (reply.kind != RedisReply::Kind::kArray || reply.elements.size() < 2) {
      const std::string why = reply.kind == RedisReply::Kind::kError
                                  ? " (" + EscapeForTerminal(reply.text, 80) + ")"
                                  : "";
      problems.push_back(std::string(setting.name) + " cannot be asked for" + why + "; " +
                         expected + ": check it by hand");
      continue;
    }
    const std::string& value = reply.elements[1].text;
    if (value == setting.value) continue;
    problems.push_back(std::string(setting.name) + " is " + EscapeForTerminal(value, 80) + ", " +
                       expected + ": " + setting.otherwise);
  }
  return problems;
}

}  // namespace assay
