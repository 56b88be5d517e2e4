#include "coordinator/rpc/work_service.h"

#include <utility>

#include "coordinator/core/coordinator.h"
#include "coordinator/rpc/server_calls.h"

namespace assay {
namespace {

constexpr std::int64_t kUploadsBytesMax = std::int64_t{512} << 20;
// A reply has at most 32 MiB of content and as much reasoning, and a judged unit several of them.
constexpr std::size_t kEnvelopeBytesMax = std::size_t{128} << 20;

class SyncCall : public ServerCall<UnaryReactor> {
 public:
  struct Newest {
    std::map<std::string, std::uint64_t>& by_agent;
    std::uint64_t& counter;
  };

  SyncCall(grpc::CallbackServerContext* context, LeaderDesk& desk, Newest newest,
           const v1::SyncRequest* request, v1::SyncResponse* response)
      : ServerCall(context, desk), newest_(newest), request_(*request), response_(response) {}

  void Begin() {
    desk().executor().Post([self = Self()] { self->Start(); });
  }

 private:
  std::shared_ptr<SyncCall> Self() {
    return std::static_pointer_cast<SyncCall>(shared_from_this());
  }

  void Start() {
    if (ended()) return;
    Coordinator* coordinator = desk().leader();
    if (coordinator == nullptr) return End(NotLeading());
    agent_id_ = request_.agent_id();
    incarnation_ = request_.incarnation();
    number_ = ++newest_.counter;
    newest_.by_agent[agent_id_] = number_;
    desk().OnAgent(agent_id_);
    coordinator->OnSync(
        std::move(request_),
        [answer = Answer<SyncCall>(Self())](absl::StatusOr<v1::SyncResponse> response) mutable {
          const std::shared_ptr<SyncCall> call = answer.Take();
          if (call->ended()) return;
          if (response.ok()) *call->response_ = *std::move(response);
          call->End(response.status());
        });
  }

  void OnGone() override {
    const auto newest = newest_.by_agent.find(agent_id_);
    if (newest == newest_.by_agent.end() || newest->second != number_) return;
    Coordinator* coordinator = desk().leader();
    if (coordinator != nullptr) coordinator->OnSyncCancelled(agent_id_, incarnation_);
  }

  const Newest newest_;
  v1::SyncRequest request_;
  v1::SyncResponse* const response_;
  std::string agent_id_;
  std::string incarnation_;
  std::uint64_t number_ = 0;
};

class FetchInputsCall : public StreamServerCall<v1::FetchInputsChunk> {
 public:
  FetchInputsCall(grpc::CallbackServerContext* context, LeaderDesk& desk,
                  const v1::FetchInputsRequest* request)
      : StreamServerCall(context, desk), request_(*request) {}

  void Begin() {
    desk().executor().Post([self = Self()] { self->Start(); });
  }

 private:
  std::shared_ptr<FetchInputsCall> Self() {
    return std::static_pointer_cast<FetchInputsCall>(shared_from_this());
  }

  void Start() {
    if (ended()) return;
    Coordinator* coordinator = desk().leader();
    if (coordinator == nullptr) return End(NotLeading());
    coordinator->OnFetchInputs(request_, [answer = Answer<FetchInputsCall>(Self())](
                                             absl::StatusOr<v1::UnitInputs> inputs) mutable {
      const std::shared_ptr<FetchInputsCall> call = answer.Take();
      if (call->ended()) return;
      if (!inputs.ok()) return call->End(inputs.status());
      call->bytes_ = inputs->SerializeAsString();
      call->OnSent();
    });
  }

  void OnSent() override {
    const std::string_view piece = ChunkAt(bytes_, offset_);
    if (piece.empty()) return End(absl::OkStatus());
    offset_ += piece.size();
    v1::FetchInputsChunk chunk;
    chunk.set_data(std::string(piece));
    Send(std::move(chunk));
  }

  const v1::FetchInputsRequest request_;
  std::string bytes_;
  std::size_t offset_ = 0;
};

std::string UploadName(const std::string& unit_id, const std::string& attempt) {
  return unit_id + "/" + attempt;
}

class PutEnvelopeCall : public UploadServerCall<v1::PutEnvelopeChunk> {
 public:
  PutEnvelopeCall(grpc::CallbackServerContext* context, LeaderDesk& desk, UploadLimits limits,
                  UploadStash& stash, v1::PutEnvelopeResponse* response)
      : UploadServerCall(context, desk, limits), stash_(stash), response_(response) {}

 private:
  std::string Held(const v1::PutEnvelopeChunk& first) override {
    return stash_.Take(UploadName(first.unit_id(), first.attempt()));
  }

  void OnWhole(const v1::PutEnvelopeChunk& first, std::string bytes) override {
    v1::Envelope envelope;
    if (!envelope.ParseFromString(bytes)) return End(InvalidArgument("not an envelope"));
    if (envelope.unit_id() != first.unit_id() || envelope.attempt() != first.attempt()) {
      return End(InvalidArgument("the envelope is of another unit or attempt than its upload"));
    }
    Coordinator* coordinator = desk().leader();
    if (coordinator == nullptr) return End(NotLeading());
    auto self = std::static_pointer_cast<PutEnvelopeCall>(shared_from_this());
    coordinator->OnPutEnvelope(std::move(envelope),
                               [answer = Answer<PutEnvelopeCall>(std::move(self))](
                                   absl::StatusOr<std::string> digest) mutable {
                                 const std::shared_ptr<PutEnvelopeCall> call = answer.Take();
                                 if (call->ended()) return;
                                 if (digest.ok()) call->response_->set_digest(*std::move(digest));
                                 call->End(digest.status());
                               });
  }

  void OnBroken(const v1::PutEnvelopeChunk& first, std::string bytes) override {
    if (desk().leader() == nullptr) return;
    stash_.Keep(UploadName(first.unit_id(), first.attempt()), std::move(bytes));
  }

  UploadStash& stash_;
  v1::PutEnvelopeResponse* const response_;
};

class AppendLongJournalCall : public UploadServerCall<v1::AppendJournalChunk> {
 public:
  using UploadServerCall::UploadServerCall;

 private:
  std::string Held(const v1::AppendJournalChunk&) override { return ""; }

  void OnWhole(const v1::AppendJournalChunk&, std::string bytes) override {
    v1::AppendJournalRequest request;
    if (!request.ParseFromString(bytes)) return End(InvalidArgument("not a journal"));
    Coordinator* coordinator = desk().leader();
    if (coordinator == nullptr) return End(NotLeading());
    auto self = std::static_pointer_cast<AppendLongJournalCall>(shared_from_this());
    coordinator->OnAppendJournal(std::move(request),
                                 [answer = Answer<AppendLongJournalCall>(std::move(self))](
                                     absl::Status status) mutable { answer.Take()->End(status); });
  }

  // The agent sends it again, whole.
  void OnBroken(const v1::AppendJournalChunk&, std::string) override {}
};

}  // namespace

WorkService::WorkService(LeaderDesk& desk, const Clock& clock)
    : desk_(desk), budget_(std::make_unique<UploadBudget>(kUploadsBytesMax)), stash_(clock, {}) {}

WorkService::~WorkService() = default;

grpc::ServerUnaryReactor* WorkService::Sync(grpc::CallbackServerContext* context,
                                            const v1::SyncRequest* request,
                                            v1::SyncResponse* response) {
  return Serve<SyncCall>(context, desk_, SyncCall::Newest{newest_sync_, syncs_}, request, response);
}

grpc::ServerWriteReactor<v1::FetchInputsChunk>* WorkService::FetchInputs(
    grpc::CallbackServerContext* context, const v1::FetchInputsRequest* request) {
  return Serve<FetchInputsCall>(context, desk_, request);
}

grpc::ServerUnaryReactor* WorkService::AppendJournal(grpc::CallbackServerContext* context,
                                                     const v1::AppendJournalRequest* request,
                                                     v1::AppendJournalResponse*) {
  return Serve<UnaryServerCall>(
      context, desk_, [this, request = *request](std::shared_ptr<UnaryServerCall> call) mutable {
        Coordinator* coordinator = desk_.leader();
        if (coordinator == nullptr) return call->End(NotLeading());
        coordinator->OnAppendJournal(
            std::move(request), [answer = Answer<UnaryServerCall>(std::move(call))](
                                    absl::Status status) mutable { answer.Take()->End(status); });
      });
}

grpc::ServerReadReactor<v1::AppendJournalChunk>* WorkService::AppendLongJournal(
    grpc::CallbackServerContext* context, v1::AppendJournalResponse*) {
  return Serve<AppendLongJournalCall>(context, desk_, UploadLimits{*budget_, kEnvelopeBytesMax});
}

grpc::ServerReadReactor<v1::PutEnvelopeChunk>* WorkService::PutEnvelope(
    grpc::CallbackServerContext* context, v1::PutEnvelopeResponse* response) {
  return Serve<PutEnvelopeCall>(context, desk_, UploadLimits{*budget_, kEnvelopeBytesMax}, stash_,
                                response);
}

grpc::ServerUnaryReactor* WorkService::QueryUpload(grpc::CallbackServerContext* context,
                                                   const v1::QueryUploadRequest* request,
                                                   v1::QueryUploadResponse* response) {
  return Serve<UnaryServerCall>(
      context, desk_,
      [this, response, name = UploadName(request->unit_id(), request->attempt())](
          std::shared_ptr<UnaryServerCall> call) {
        if (desk_.leader() == nullptr) return call->End(NotLeading());
        response->set_offset(static_cast<std::int64_t>(stash_.SizeOf(name)));
        call->End(absl::OkStatus());
      });
}

}  // namespace assay
