#include "common/rpc/grpc_work_client.h"

#include <utility>

#include "common/rpc/chunks.h"
#include "common/rpc/outgoing_calls.h"

namespace assay {
namespace {

constexpr std::size_t kInputsBytesMax = std::size_t{256} << 20;
// Below the cap of a message, with room for the request around the records.
constexpr std::size_t kJournalBytesMax = (std::size_t{4} << 20) - (std::size_t{64} << 10);
constexpr double kSlowestUploadBytesPerSecond = 1 << 20;
constexpr std::size_t kBrokenMax = 4096;

template <typename Request, typename Response>
class UnaryCall : public OutgoingCall {
 public:
  using Method = void (v1::WorkService::Stub::async::*)(grpc::ClientContext*, const Request*,
                                                        Response*,
                                                        std::function<void(grpc::Status)>);
  UnaryCall(Method method, Request request, Callback<absl::StatusOr<Response>> done)
      : method_(method), request_(std::move(request)), done_(std::move(done)) {}

 private:
  void Begin() override {
    response_.Clear();
    (stub()->async()->*method_)(context(), &request_, &response_,
                                [this](const grpc::Status& status) { Ended(status); });
  }
  void Deliver(absl::Status status) override {
    if (status.ok()) return std::move(done_)(std::move(response_));
    std::move(done_)(std::move(status));
  }

  const Method method_;
  const Request request_;
  Response response_;
  Callback<absl::StatusOr<Response>> done_;
};

// Spells the method's type out, since each is overloaded.
template <typename Request, typename Response>
std::shared_ptr<OutgoingCall> MakeUnary(typename UnaryCall<Request, Response>::Method method,
                                        Request request, Callback<absl::StatusOr<Response>> done) {
  return std::make_shared<UnaryCall<Request, Response>>(method, std::move(request),
                                                        std::move(done));
}

class InputsCall : public OutgoingCall {
 public:
  InputsCall(v1::FetchInputsRequest request, Callback<absl::StatusOr<v1::UnitInputs>> done)
      : request_(std::move(request)), done_(std::move(done)) {}

 private:
  class Reader : public grpc::ClientReadReactor<v1::FetchInputsChunk> {
   public:
    explicit Reader(InputsCall& call) : call_(call) {}
    void OnReadDone(bool ok) override {
      if (!ok) return;
      if (call_.bytes_.size() + chunk_.data().size() > kInputsBytesMax) {
        call_.too_large_ = true;
        call_.context()->TryCancel();
        return;
      }
      call_.bytes_ += chunk_.data();
      StartRead(&chunk_);
    }
    void OnDone(const grpc::Status& status) override { call_.Ended(status); }

    v1::FetchInputsChunk chunk_;

   private:
    InputsCall& call_;
  };

  void Begin() override {
    bytes_.clear();
    reader_ = std::make_unique<Reader>(*this);
    stub()->async()->FetchInputs(context(), &request_, reader_.get());
    reader_->StartRead(&reader_->chunk_);
    reader_->StartCall();
  }

  void Deliver(absl::Status status) override {
    if (too_large_) {
      status = ResourceExhausted("the inputs of the unit are over " +
                                 std::to_string(kInputsBytesMax) + " bytes");
    }
    v1::UnitInputs inputs;
    if (status.ok() && !inputs.ParseFromString(bytes_)) {
      status = DataLoss("the coordinator sent inputs that cannot be read");
    }
    if (status.ok()) return std::move(done_)(std::move(inputs));
    std::move(done_)(std::move(status));
  }

  const v1::FetchInputsRequest request_;
  Callback<absl::StatusOr<v1::UnitInputs>> done_;
  std::unique_ptr<Reader> reader_;
  std::string bytes_;
  bool too_large_ = false;
};

struct UploadedEnvelope {
  std::shared_ptr<const std::string> bytes;
  std::string attempt;
  std::string unit_id;
  std::int64_t offset = 0;
};

// Writes a value in chunks, from an offset on. `Call`: has Label(chunk) and Ended(status).
template <typename Chunk, typename Call>
class ChunkWriter : public grpc::ClientWriteReactor<Chunk> {
 public:
  ChunkWriter(Call& call, std::string_view bytes, std::string_view sha256, std::size_t offset)
      : call_(call), bytes_(bytes), sha256_(sha256), offset_(offset) {}

  void WriteNext() {
    const std::string_view piece = ChunkAt(bytes_, offset_);
    call_.Label(chunk_);
    chunk_.set_offset(static_cast<std::int64_t>(offset_));
    chunk_.set_data(std::string(piece));
    offset_ += piece.size();
    last_ = offset_ >= bytes_.size();
    if (!last_) return this->StartWrite(&chunk_);
    chunk_.set_sha256(std::string(sha256_));
    this->StartWriteLast(&chunk_, grpc::WriteOptions());
  }
  void OnWriteDone(bool ok) override {
    if (ok && !last_) WriteNext();
  }
  void OnDone(const grpc::Status& status) override { call_.OnWritten(status); }

 private:
  Call& call_;
  const std::string_view bytes_;
  const std::string_view sha256_;
  Chunk chunk_;
  std::size_t offset_;
  bool last_ = false;
};

class UploadCall : public OutgoingCall {
 public:
  UploadCall(UploadedEnvelope upload, Callback<absl::StatusOr<std::string>> done)
      : upload_(std::move(upload)), sha256_(Sha256Hex(*upload_.bytes)), done_(std::move(done)) {}

  void Label(v1::PutEnvelopeChunk& chunk) const {
    chunk.set_attempt(upload_.attempt);
    chunk.set_unit_id(upload_.unit_id);
  }
  void OnWritten(const grpc::Status& status) { Ended(status); }

 private:
  void Begin() override {
    response_.Clear();
    // Another coordinator than the one that was asked holds nothing of it.
    const std::int64_t offset = redirected() ? 0 : upload_.offset;
    writer_ = std::make_unique<ChunkWriter<v1::PutEnvelopeChunk, UploadCall>>(
        *this, *upload_.bytes, sha256_, static_cast<std::size_t>(offset));
    stub()->async()->PutEnvelope(context(), &response_, writer_.get());
    writer_->WriteNext();
    writer_->StartCall();
  }

  void Deliver(absl::Status status) override {
    if (status.ok()) return std::move(done_)(response_.digest());
    std::move(done_)(std::move(status));
  }

  const UploadedEnvelope upload_;
  const std::string sha256_;
  v1::PutEnvelopeResponse response_;
  Callback<absl::StatusOr<std::string>> done_;
  std::unique_ptr<ChunkWriter<v1::PutEnvelopeChunk, UploadCall>> writer_;
};

class LongJournalCall : public OutgoingCall {
 public:
  LongJournalCall(std::string bytes, Callback<absl::StatusOr<v1::AppendJournalResponse>> done)
      : bytes_(std::move(bytes)), sha256_(Sha256Hex(bytes_)), done_(std::move(done)) {}

  void Label(v1::AppendJournalChunk&) const {}
  void OnWritten(const grpc::Status& status) { Ended(status); }

 private:
  void Begin() override {
    response_.Clear();
    writer_ = std::make_unique<ChunkWriter<v1::AppendJournalChunk, LongJournalCall>>(*this, bytes_,
                                                                                     sha256_, 0);
    stub()->async()->AppendLongJournal(context(), &response_, writer_.get());
    writer_->WriteNext();
    writer_->StartCall();
  }

  void Deliver(absl::Status status) override {
    if (status.ok()) return std::move(done_)(std::move(response_));
    std::move(done_)(std::move(status));
  }

  const std::string bytes_;
  const std::string sha256_;
  v1::AppendJournalResponse response_;
  Callback<absl::StatusOr<v1::AppendJournalResponse>> done_;
  std::unique_ptr<ChunkWriter<v1::AppendJournalChunk, LongJournalCall>> writer_;
};

absl::Duration UploadDeadline(absl::Duration call_deadline, std::size_t bytes) {
  return call_deadline + absl::Seconds(static_cast<double>(bytes) / kSlowestUploadBytesPerSecond);
}

}  // namespace

GrpcWorkClient::GrpcWorkClient(Executor& executor, LeaderChannels& channels,
                               GrpcWorkOptions options)
    : options_(options), calls_(std::make_shared<OutgoingCalls>(executor, channels)) {}

GrpcWorkClient::~GrpcWorkClient() { calls_->CancelAndWait(); }

void GrpcWorkClient::Sync(v1::SyncRequest request,
                          Callback<absl::StatusOr<v1::SyncResponse>> done) {
  calls_->Start(MakeUnary<v1::SyncRequest, v1::SyncResponse>(&v1::WorkService::Stub::async::Sync,
                                                             std::move(request), std::move(done)),
                options_.sync_deadline);
}

void GrpcWorkClient::FetchInputs(v1::FetchInputsRequest request,
                                 Callback<absl::StatusOr<v1::UnitInputs>> done) {
  calls_->Start(std::make_shared<InputsCall>(std::move(request), std::move(done)),
                options_.call_deadline);
}

void GrpcWorkClient::AppendJournal(v1::AppendJournalRequest request, Callback<absl::Status> done) {
  AppendNext(std::make_shared<v1::AppendJournalRequest>(std::move(request)), 0, std::move(done));
}

void GrpcWorkClient::AppendNext(std::shared_ptr<v1::AppendJournalRequest> all, int from,
                                Callback<absl::Status> done) {
  v1::AppendJournalRequest part;
  part.set_attempt(all->attempt());
  part.set_unit_id(all->unit_id());
  std::size_t bytes = 0;
  int at = from;
  for (; at < all->records_size(); ++at) {
    bytes += all->records(at).ByteSizeLong() + 16;
    if (at > from && bytes > kJournalBytesMax) break;
    *part.add_records() = all->records(at);
  }
  auto next = [this, all, at,
               done = std::move(done)](absl::StatusOr<v1::AppendJournalResponse> response) mutable {
    if (!response.ok() || at >= all->records_size()) {
      return std::move(done)(std::move(response).status());
    }
    AppendNext(std::move(all), at, std::move(done));
  };
  if (part.ByteSizeLong() > kJournalBytesMax) {
    std::string bytes = part.SerializeAsString();
    const absl::Duration deadline = UploadDeadline(options_.call_deadline, bytes.size());
    calls_->Start(std::make_shared<LongJournalCall>(std::move(bytes), std::move(next)), deadline);
    return;
  }
  calls_->Start(MakeUnary<v1::AppendJournalRequest, v1::AppendJournalResponse>(
                    &v1::WorkService::Stub::async::AppendJournal, std::move(part), std::move(next)),
                options_.call_deadline);
}

void GrpcWorkClient::PutEnvelope(v1::Envelope envelope,
                                 Callback<absl::StatusOr<std::string>> done) {
  UploadedEnvelope upload;
  upload.attempt = envelope.attempt();
  upload.unit_id = envelope.unit_id();
  upload.bytes = std::make_shared<const std::string>(envelope.SerializeAsString());
  const bool again = broken_.count(upload.attempt) > 0 && upload.bytes->size() > kChunkBytes;
  if (!again)
    return Upload(std::move(upload.bytes), upload.attempt, upload.unit_id, 0, std::move(done));
  v1::QueryUploadRequest query;
  query.set_attempt(upload.attempt);
  query.set_unit_id(upload.unit_id);
  auto then = [this, upload,
               done = std::move(done)](absl::StatusOr<v1::QueryUploadResponse> held) mutable {
    if (absl::IsUnavailable(held.status())) return std::move(done)(held.status());
    const auto size = static_cast<std::int64_t>(upload.bytes->size());
    const bool usable = held.ok() && held->offset() > 0 && held->offset() < size;
    Upload(upload.bytes, upload.attempt, upload.unit_id, usable ? held->offset() : 0,
           std::move(done));
  };
  calls_->Start(MakeUnary<v1::QueryUploadRequest, v1::QueryUploadResponse>(
                    &v1::WorkService::Stub::async::QueryUpload, std::move(query), std::move(then)),
                options_.call_deadline);
}

void GrpcWorkClient::Upload(std::shared_ptr<const std::string> bytes, const std::string& attempt,
                            const std::string& unit_id, std::int64_t offset,
                            Callback<absl::StatusOr<std::string>> done) {
  const absl::Duration deadline = UploadDeadline(options_.call_deadline, bytes->size());
  auto then = [this, bytes, attempt, unit_id, offset,
               done = std::move(done)](absl::StatusOr<std::string> digest) mutable {
    if (absl::IsDataLoss(digest.status()) && offset > 0) {
      // What the coordinator held was not the beginning of this envelope.
      return Upload(std::move(bytes), attempt, unit_id, 0, std::move(done));
    }
    if (absl::IsUnavailable(digest.status())) {
      if (broken_.size() >= kBrokenMax) broken_.clear();
      broken_.insert(attempt);
    } else {
      broken_.erase(attempt);
    }
    std::move(done)(std::move(digest));
  };
  calls_->Start(std::make_shared<UploadCall>(
                    UploadedEnvelope{std::move(bytes), attempt, unit_id, offset}, std::move(then)),
                deadline);
}

}  // namespace assay
