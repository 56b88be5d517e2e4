#include "coordinator/store/redis_scripts.h"

#include <map>
#include <string_view>

#include "common/base/check.h"
#include "common/base/failpoint.h"

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

namespace {

#ifdef ASSAY_FAILPOINTS
struct Mutant {
  RedisScript RedisScripts::*script;
  const char* guard;
  const char* without;
};

// Guards that ASSAY_MUTANT=name takes away, for tests of whole processes (docs/faults.md).
const std::map<std::string_view, Mutant>& Mutants() {
  static const auto& mutants = *new std::map<std::string_view, Mutant>{
      {"double_count",
       {&RedisScripts::commit, "if stored == ARGV[6] then return {'DUP'} end",
        "if stored == ARGV[6] then for i = 8 + 2 * tonumber(ARGV[7]), #ARGV, 2 do "
        "redis.call('HINCRBY', KEYS[4], ARGV[i], ARGV[i + 1]) end return {'DUP'} end"}},
      {"lost_requeue", {&RedisScripts::requeue, "cell = 'Q|' .. held", "cell = 'L|' .. held"}},
  };
  return mutants;
}

RedisScripts Mutated(RedisScripts scripts) {
  const auto mutant = Mutants().find(MutantName());
  if (mutant == Mutants().end()) return scripts;
  std::string& text = (scripts.*mutant->second.script).text;
  const std::size_t at = text.find(mutant->second.guard);
  ASSAY_CHECK(at != std::string::npos);
  text.replace(at, std::string_view(mutant->second.guard).size(), mutant->second.without);
  return scripts;
}
#else
RedisScripts Mutated(RedisScripts scripts) { return scripts; }
#endif

}  // namespace

std::vector<const RedisScript*> RedisScripts::All() const {
  return {&adopt,  &create,     &grant, &commit, &fail,  &requeue, &unblock,
          &cancel, &seal_check, &read,  &elect,  &renew, &resign};
}

const RedisScripts& RedisScripts::BuiltIn() {
  static const RedisScripts scripts = Mutated({
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
  });
  return scripts;
}

}  // namespace assay
