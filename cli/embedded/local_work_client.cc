#include "cli/embedded/local_work_client.h"

#include <utility>

namespace assay {

void LocalWorkClient::Sync(v1::SyncRequest request,
                           Callback<absl::StatusOr<v1::SyncResponse>> done) {
  coordinator_.OnSync(std::move(request), std::move(done));
}

void LocalWorkClient::FetchInputs(v1::FetchInputsRequest request,
                                  Callback<absl::StatusOr<v1::UnitInputs>> done) {
  coordinator_.OnFetchInputs(std::move(request), std::move(done));
}

void LocalWorkClient::AppendJournal(v1::AppendJournalRequest request, Callback<absl::Status> done) {
  coordinator_.OnAppendJournal(std::move(request), std::move(done));
}

void LocalWorkClient::PutEnvelope(v1::Envelope envelope,
                                  Callback<absl::StatusOr<std::string>> done) {
  coordinator_.OnPutEnvelope(std::move(envelope), std::move(done));
}

}  // namespace assay
