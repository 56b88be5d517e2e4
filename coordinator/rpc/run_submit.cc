// The part of RunDesk that accepts runs.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <utility>

#include "common/base/digest.h"
#include "common/base/log.h"
#include "common/base/version.h"
#include "coordinator/core/recovery.h"
#include "coordinator/core/reopen.h"
#include "coordinator/rpc/run_desk.h"

namespace assay {
namespace {

constexpr std::size_t kRequestIdMax = 128;
constexpr std::size_t kRunIdMax = 64;
constexpr int kSecretBytes = 32;

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsRunId(std::string_view id) {
  if (id.empty() || id.size() > kRunIdMax || !IsLetterOrDigit(id.front())) return false;
  return std::all_of(id.begin(), id.end(),
                     [](char c) { return IsLetterOrDigit(c) || c == '.' || c == '_' || c == '-'; });
}

// The same bytes for the same record, whatever order its maps are in.
std::string BodySha256(const v1::RunRecord& record) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    record.SerializeToCodedStream(&out);
  }
  return Sha256Hex(bytes);
}

std::string RequestKey(const std::string& request_id) { return "request/" + Sha256Hex(request_id); }

}  // namespace

absl::Status RunDesk::CheckSubmitted(const SubmittedRun& submitted) const {
  const v1::RunRecord& record = submitted.record;
  if (submitted.request_id.empty() || submitted.request_id.size() > kRequestIdMax) {
    return InvalidArgument("request_id: expected 1 to 128 bytes");
  }
  if (!IsRunId(record.run_id())) {
    return InvalidArgument("run_id \"" + EscapeForTerminal(record.run_id()) +
                           "\": expected 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or "
                           "digit");
  }
  if (!record.run_secret().empty()) {
    return InvalidArgument("run_secret: the coordinator makes it");
  }
  if (submitted.rejudge != !record.source_run().empty()) {
    return InvalidArgument(submitted.rejudge ? "source_run: expected the run to score again"
                                             : "source_run: only Rejudge takes it");
  }
  return RunPlan::Make(record, seams_.needs_calls).status();
}

absl::StatusOr<std::string> RunDesk::FindRequest(const SubmittedRun& submitted,
                                                 const std::string& sha256) {
  const std::string key = RequestKey(submitted.request_id);
  const absl::StatusOr<std::string> bytes = seams_.blobs.Get(key);
  if (absl::IsNotFound(bytes.status())) return "";
  ASSAY_RETURN_IF_ERROR(bytes.status());
  v1::SubmitRecord known;
  if (!known.ParseFromString(*bytes)) return DataLoss(key + ": not a record of its kind");
  if (known.body_sha256() != sha256) {
    return AlreadyExists("request " + EscapeForTerminal(submitted.request_id) +
                         " was used for another run: " + known.run_id());
  }
  return known.run_id();
}

absl::Status RunDesk::Complete(SubmittedRun& submitted, std::vector<BlobRecord>& before) {
  v1::RunRecord& record = submitted.record;
  record.set_schema(std::max(1, record.schema()));
  std::string secret;
  while (secret.size() < kSecretBytes) secret += static_cast<char>(seams_.random.Next() >> 24);
  record.set_run_secret(secret);
  record.set_created_unix_ms(absl::ToUnixMillis(seams_.clock.WallNow()));
  record.set_binary_version(kBinaryVersion);
  if (!submitted.rejudge) return absl::OkStatus();
  const absl::StatusOr<v1::RunRecord> source = ReadRecord(record.source_run());
  if (!source.ok()) return Annotate(source.status(), "source_run");
  ASSAY_ASSIGN_OR_RETURN(const RunPlan source_plan, RunPlan::Make(*source, seams_.needs_calls));
  ASSAY_ASSIGN_OR_RETURN(const RecoveredRun recovered, RecoverRun(source_plan, seams_.blobs));
  ASSAY_ASSIGN_OR_RETURN(const RunPlan plan, RunPlan::Make(record, seams_.needs_calls));
  ASSAY_ASSIGN_OR_RETURN(TakenGenerations taken,
                         TakeGenerations(plan, source_plan, recovered, seams_.blobs));
  if (!taken.missing.empty()) {
    return FailedPrecondition("run " + source->run_id() + " lacks " +
                              std::to_string(taken.missing.size()) +
                              " of the generations, the first is " + taken.missing.front());
  }
  before = std::move(taken.envelopes);
  return absl::OkStatus();
}

void RunDesk::Submit(SubmittedRun submitted, Callback<absl::StatusOr<v1::SubmitResponse>> done) {
  using Response = absl::StatusOr<v1::SubmitResponse>;
  const auto answer = [this, &done](Response response) {
    PostAnswer<Response>(seams_.executor, std::move(done), std::move(response));
  };
  if (leader() == nullptr) return answer(NotLeading());
  if (absl::Status status = CheckSubmitted(submitted); !status.ok()) return answer(status);
  if (submitting_.count(submitted.request_id) > 0) {
    return answer(Unavailable("this request is being stored; ask again"));
  }
  // What a leader of the past has stored since this one looked.
  if (absl::Status seen = seams_.refresh ? seams_.refresh() : absl::OkStatus(); !seen.ok()) {
    return answer(std::move(seen));
  }
  const std::string sha256 = BodySha256(submitted.record);
  const absl::StatusOr<std::string> known = FindRequest(submitted, sha256);
  if (!known.ok()) return answer(known.status());
  const std::string& run_id = submitted.record.run_id();
  if (cards_.count(run_id) > 0) {
    if (*known != run_id) return answer(AlreadyExists("there is a run " + run_id + " already"));
    v1::SubmitResponse response;
    response.set_run_id(run_id);
    response.set_existed(true);
    return answer(std::move(response));
  }
  const absl::StatusOr<v1::RunRecord> stored = ReadRecord(run_id);
  if (stored.ok()) {
    if (*known != run_id) return answer(AlreadyExists("there is a run " + run_id + " already"));
    submitting_.insert(submitted.request_id);
    return TakeUp(std::move(submitted.request_id), *stored, /*existed=*/true, std::move(done));
  }
  if (!absl::IsNotFound(stored.status())) return answer(stored.status());
  std::vector<BlobRecord> records;
  if (absl::Status status = Complete(submitted, records); !status.ok()) return answer(status);
  v1::SubmitRecord request;
  request.set_request_id(submitted.request_id);
  request.set_run_id(run_id);
  request.set_body_sha256(sha256);
  records.push_back({RequestKey(submitted.request_id), request.SerializeAsString()});
  // Last, since a run is there once its record is.
  records.push_back({RecordKey(run_id), submitted.record.SerializeAsString()});
  StoreSubmitted(std::move(submitted), std::move(records), std::move(done));
}

void RunDesk::StoreSubmitted(SubmittedRun submitted, std::vector<BlobRecord> records,
                             Callback<absl::StatusOr<v1::SubmitResponse>> done) {
  submitting_.insert(submitted.request_id);
  seams_.blobs.Put(std::move(records), [this, term = term_, submitted = std::move(submitted),
                                        done = std::move(done)](absl::Status stored) mutable {
    if (!OfThisTerm(term)) return std::move(done)(NotLeading());
    if (!stored.ok()) {
      submitting_.erase(submitted.request_id);
      return std::move(done)(std::move(stored));
    }
    TakeUp(std::move(submitted.request_id), submitted.record, /*existed=*/false, std::move(done));
  });
}

void RunDesk::TakeUp(std::string request_id, const v1::RunRecord& record, bool existed,
                     Callback<absl::StatusOr<v1::SubmitResponse>> done) {
  const std::string run_id = record.run_id();
  AddCard(record, IsSealed(run_id));
  coordinator_->AddRun(record,
                       [this, term = term_, run_id, existed, request_id = std::move(request_id),
                        done = std::move(done)](absl::Status added) mutable {
                         if (!OfThisTerm(term)) return std::move(done)(NotLeading());
                         submitting_.erase(request_id);
                         cards_[run_id].added = added.ok();
                         if (!added.ok()) {
                           cards_[run_id].failure = added;
                           return std::move(done)(std::move(added));
                         }
                         // Whoever leads next looks after this term has ended, and so sees what was
                         // stored before.
                         if (seams_.in_term && !seams_.in_term())
                           return std::move(done)(NotLeading());
                         v1::SubmitResponse response;
                         response.set_run_id(run_id);
                         response.set_existed(existed);
                         std::move(done)(std::move(response));
                       });
}

}  // namespace assay
