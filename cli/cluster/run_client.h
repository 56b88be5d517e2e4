// A user's side of RunService: blocking calls that look for the leader and are patient while there
// is none. Main thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "assay/v1/run_record.pb.h"
#include "assay/v1/run_service.pb.h"
#include "cli/cluster/cluster_verbs.h"
#include "common/base/status.h"
#include "common/rpc/leader_channels.h"

namespace assay {

class RunClient {
 public:
  // `patience`: how long a call goes on looking for a coordinator that leads.
  static absl::StatusOr<std::unique_ptr<RunClient>> Make(
      std::vector<std::string> addresses, absl::Duration patience = absl::Seconds(20));

  // Statuses are those of RunService; kUnavailable: nobody leads, with the addresses.
  absl::StatusOr<v1::SubmitResponse> Submit(const std::string& request_id,
                                            const v1::RunRecord& record);
  absl::StatusOr<v1::RunStatus> Get(const std::string& run_id, bool scores);
  absl::StatusOr<v1::ListRunsResponse> List();
  absl::StatusOr<v1::RunStatus> Do(ControlCommand command, const std::string& run_id);

  // Calls `show` with every status until one says that the run has ended, or `show` is false.
  // Connections that break are made again.
  absl::Status Watch(const std::string& run_id,
                     const std::function<bool(const v1::RunStatus&)>& show);

  // Calls `take` with every record of a run, checked, the run record last; stops at its first
  // error. Begins anew when the connection breaks before the first one. kDataLoss: damage on the
  // way.
  using RecordSink = std::function<absl::Status(std::string key, std::string value)>;
  absl::Status Results(const std::string& run_id, bool record_only, const RecordSink& take);

 private:
  RunClient(std::unique_ptr<LeaderChannels> channels, absl::Duration patience)
      : channels_(std::move(channels)), patience_(patience) {}

  struct Try;
  // Repeats `call` while it answers kUnavailable and patience lasts.
  absl::Status Patiently(const std::function<absl::Status(Try&)>& call);

  std::unique_ptr<LeaderChannels> channels_;
  const absl::Duration patience_;
};

// The run has come to an end: "sealed" or "failed".
bool HasEnded(const v1::RunStatus& status);

}  // namespace assay
