// The Lua scripts of coordinator/store/scripts, one a transition. Immutable values; a client learns
// their hashes by loading them.
#pragma once

#include <string>
#include <vector>

namespace assay {

struct RedisScript {
  std::string name;
  std::string text;
};

// A set of its own may be made by tests that change a script to see that it is missed.
struct RedisScripts {
  RedisScript adopt, create, grant, commit, fail, requeue, unblock, cancel, seal_check, read;
  RedisScript elect, renew, resign;

  std::vector<const RedisScript*> All() const;
  // The scripts as they were built in.
  static const RedisScripts& BuiltIn();
};

}  // namespace assay
