#include "coordinator/store/redis_scripts.h"

#include <string_view>

namespace assay {

extern const std::string_view kAdoptScriptText;
extern const std::string_view kCreateScriptText;
extern const std::string_view kGrantScriptText;
extern const std::string_view kCommitScriptText;
extern const std::string_view kFailScriptText;
extern const std::string_view kRequeueScriptText;
extern const std::string_view kUnblockScriptText;
extern const std::string_view kCancelScriptText;
extern const std::string_view kSealCheckScriptText;
extern const std::string_view kReadScriptText;
extern const std::string_view kElectScriptText;
extern const std::string_view kRenewScriptText;
extern const std::string_view kResignScriptText;

std::vector<const RedisScript*> RedisScripts::All() const {
  return {&adopt,  &create,     &grant, &commit, &fail,  &requeue, &unblock,
          &cancel, &seal_check, &read,  &elect,  &renew, &resign};
}

const RedisScripts& RedisScripts::BuiltIn() {
  static const RedisScripts scripts = {
      {"adopt", std::string(kAdoptScriptText)},
      {"create", std::string(kCreateScriptText)},
      {"grant", std::string(kGrantScriptText)},
      {"commit", std::string(kCommitScriptText)},
      {"fail", std::string(kFailScriptText)},
      {"requeue", std::string(kRequeueScriptText)},
      {"unblock", std::string(kUnblockScriptText)},
      {"cancel", std::string(kCancelScriptText)},
      {"seal_check", std::string(kSealCheckScriptText)},
      {"read", std::string(kReadScriptText)},
      {"elect", std::string(kElectScriptText)},
      {"renew", std::string(kRenewScriptText)},
      {"resign", std::string(kResignScriptText)},
  };
  return scripts;
}

}  // namespace assay
