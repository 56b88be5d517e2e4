// An agent's view of the coordinator: the messages of WorkService, one method each. LocalWorkClient
// calls a Coordinator of the same process. All methods are to be called on the agent's executor,
// where the completions run too. Every method may be repeated without harm.
#pragma once

#include "assay/v1/envelope.pb.h"
#include "assay/v1/work_service.pb.h"
#include "common/base/executor.h"
#include "common/base/status.h"

namespace assay {

class WorkClient {
 public:
  virtual ~WorkClient() = default;

  // Reports state; answers when there is something to do or the long poll ends. kUnavailable: no
  // leader.
  virtual void Sync(v1::SyncRequest request, Callback<absl::StatusOr<v1::SyncResponse>> done) = 0;

  // kAborted: the attempt is not the one that holds the unit.
  virtual void FetchInputs(v1::FetchInputsRequest request,
                           Callback<absl::StatusOr<v1::UnitInputs>> done) = 0;

  // OK once the records are durable. The next step may be taken only then.
  virtual void AppendJournal(v1::AppendJournalRequest request, Callback<absl::Status> done) = 0;

  // Stores the envelope of an attempt; answers its digest once it is durable. Accepted from any
  // attempt that was ever granted, since the text is paid for.
  virtual void PutEnvelope(v1::Envelope envelope, Callback<absl::StatusOr<std::string>> done) = 0;
};

}  // namespace assay
