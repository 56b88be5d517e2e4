// WorkClient over gRPC, for agents in processes of their own. Finds the coordinator that leads.
// Every call has a deadline. What the connection does (deadline, reset, cancel) is kUnavailable,
// which agents wait for and repeat; a coordinator that names another leader is followed at once.
//
// Made and destroyed on the main thread; methods on the agent's executor, where completions run.
// The destructor cancels what is open and waits for gRPC to be done with it; completions that have
// not run by then never do.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "absl/time/time.h"
#include "common/agent/work_client.h"
#include "common/rpc/leader_channels.h"

namespace assay {

class OutgoingCalls;  // common/rpc/outgoing_calls.h

struct GrpcWorkOptions {
  absl::Duration sync_deadline = absl::Seconds(29);  // the longest hold (20 s + 20 %) and 5 s
  absl::Duration call_deadline = absl::Seconds(30);  // of every other call
};

class GrpcWorkClient : public WorkClient {
 public:
  // Both outlive the client.
  GrpcWorkClient(Executor& executor, LeaderChannels& channels, GrpcWorkOptions options = {});
  ~GrpcWorkClient() override;

  void Sync(v1::SyncRequest request, Callback<absl::StatusOr<v1::SyncResponse>> done) override;

  // Over 256 MiB: kResourceExhausted.
  void FetchInputs(v1::FetchInputsRequest request,
                   Callback<absl::StatusOr<v1::UnitInputs>> done) override;

  // In several requests, one after the other, where the records are too many for one; a record that
  // does not fit into a message goes in chunks. kResourceExhausted: over 128 MiB.
  void AppendJournal(v1::AppendJournalRequest request, Callback<absl::Status> done) override;

  // In chunks of 64 KiB. A repeated upload of an attempt goes on where the last one broke off, as
  // far as the coordinator still has it.
  void PutEnvelope(v1::Envelope envelope, Callback<absl::StatusOr<std::string>> done) override;

 private:
  void AppendNext(std::shared_ptr<v1::AppendJournalRequest> all, int from,
                  Callback<absl::Status> done);
  void Upload(std::shared_ptr<const std::string> bytes, const std::string& attempt,
              const std::string& unit_id, std::int64_t offset,
              Callback<absl::StatusOr<std::string>> done);

  const GrpcWorkOptions options_;
  std::shared_ptr<OutgoingCalls> calls_;
  std::set<std::string> broken_;  // attempts whose upload broke off
};

}  // namespace assay
