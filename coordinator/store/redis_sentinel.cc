#include "coordinator/store/redis_sentinel.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"

namespace assay {
namespace {

absl::StatusOr<std::string> AskSentinel(const std::string& sentinel, const std::string& master_name,
                                        const RedisSessionOptions& options) {
  ASSAY_ASSIGN_OR_RETURN(const std::unique_ptr<RedisSession> session,
                         RedisSession::Open(sentinel, options));
  ASSAY_ASSIGN_OR_RETURN(const RedisReply reply,
                         session->Ask({"SENTINEL", "get-master-addr-by-name", master_name}));
  if (reply.kind != RedisReply::Kind::kArray || reply.elements.size() != 2) {
    return Unavailable(sentinel + " knows no master '" + EscapeForTerminal(master_name) + "'");
  }
  const std::string& host = reply.elements[0].text;
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + reply.elements[1].text;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> AskSentinels(const std::vector<std::string>& sentinels,
                                                      const std::string& master_name,
                                                      const RedisSessionOptions& options) {
  RedisSessionOptions without_password = options;
  without_password.password.clear();
  std::vector<std::pair<std::string, int>> votes;
  absl::Status last = Unavailable("no sentinel is configured");
  for (const std::string& sentinel : sentinels) {
    absl::StatusOr<std::string> master = AskSentinel(sentinel, master_name, without_password);
    if (!master.ok()) {
      last = master.status();
      continue;
    }
    const auto found = std::find_if(votes.begin(), votes.end(),
                                    [&](const auto& vote) { return vote.first == *master; });
    if (found == votes.end()) {
      votes.emplace_back(*std::move(master), 1);
    } else {
      ++found->second;
    }
  }
  if (votes.empty()) return Annotate(last, "no sentinel names a master");
  std::stable_sort(votes.begin(), votes.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> addresses;
  for (auto& [address, count] : votes) addresses.push_back(std::move(address));
  return addresses;
}

}  // namespace assay
