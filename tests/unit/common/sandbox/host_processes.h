// What of this machine's processes a test of the sandbox looks at. Linux only.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace assay {

// Of every process that is not a corpse: its parent.
inline std::map<pid_t, pid_t> ParentsOfAll() {
  std::map<pid_t, pid_t> parents;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (std::isdigit(static_cast<unsigned char>(name[0])) == 0) continue;
    std::ifstream file(entry.path() / "stat");
    std::string stat((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const std::size_t after_name = stat.rfind(')');
    if (after_name == std::string::npos) continue;
    std::istringstream fields(stat.substr(after_name + 1));
    char state = 0;
    pid_t parent = 0;
    fields >> state >> parent;
    if (state != 'Z') parents[static_cast<pid_t>(std::stol(name))] = parent;
  }
  return parents;
}

// All processes that descend from `ancestor`.
inline std::set<pid_t> DescendantsOf(pid_t ancestor) {
  const std::map<pid_t, pid_t> parents = ParentsOfAll();
  std::set<pid_t> found;
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& [pid, parent] : parents) {
      if (found.contains(pid) || (parent != ancestor && !found.contains(parent))) continue;
      grew = found.insert(pid).second;
    }
  }
  return found;
}

inline bool AnyAlive(const std::set<pid_t>& pids) {
  const std::map<pid_t, pid_t> parents = ParentsOfAll();
  for (const pid_t pid : pids) {
    if (parents.contains(pid)) return true;
  }
  return false;
}

}  // namespace assay
