#include "coordinator/rpc/run_service.h"

#include <utility>

#include "coordinator/rpc/server_calls.h"

namespace assay {
namespace {

constexpr std::int64_t kUploadsBytesMax = std::int64_t{512} << 20;
constexpr std::size_t kRecordBytesMax = std::size_t{200} << 20;

class SubmitCall : public UploadServerCall<v1::SubmitChunk> {
 public:
  SubmitCall(grpc::CallbackServerContext* context, RunDesk& desk, UploadLimits limits, bool rejudge,
             v1::SubmitResponse* response)
      : UploadServerCall(context, desk, limits),
        run_desk_(desk),
        rejudge_(rejudge),
        response_(response) {}

 private:
  std::string Held(const v1::SubmitChunk&) override { return ""; }
  void OnBroken(const v1::SubmitChunk&, std::string) override {}

  void OnWhole(const v1::SubmitChunk& first, std::string bytes) override {
    SubmittedRun submitted;
    submitted.request_id = first.request_id();
    submitted.rejudge = rejudge_;
    if (!submitted.record.ParseFromString(bytes)) return End(InvalidArgument("not a run record"));
    auto self = std::static_pointer_cast<SubmitCall>(shared_from_this());
    run_desk_.Submit(std::move(submitted),
                     [answer = Answer<SubmitCall>(std::move(self))](
                         absl::StatusOr<v1::SubmitResponse> response) mutable {
                       const std::shared_ptr<SubmitCall> call = answer.Take();
                       if (call->ended()) return;
                       if (response.ok()) *call->response_ = *std::move(response);
                       call->End(response.status());
                     });
  }

  RunDesk& run_desk_;
  const bool rejudge_;
  v1::SubmitResponse* const response_;
};

// Answers `status` into `response`, if the caller still waits.
auto AnswerStatus(std::shared_ptr<UnaryServerCall> call, v1::RunStatus* response) {
  return [answer = Answer<UnaryServerCall>(std::move(call)),
          response](absl::StatusOr<v1::RunStatus> status) mutable {
    const std::shared_ptr<UnaryServerCall> taken = answer.Take();
    if (taken->ended()) return;
    if (status.ok()) *response = *std::move(status);
    taken->End(status.status());
  };
}

class WatchCall : public StreamServerCall<v1::RunStatus> {
 public:
  WatchCall(grpc::CallbackServerContext* context, RunDesk& desk, absl::Duration interval,
            const v1::WatchRunRequest* request)
      : StreamServerCall(context, desk), run_desk_(desk), interval_(interval), request_(*request) {}

  void Begin() {
    desk().executor().Post([self = Self()] { self->Start(); });
  }

 private:
  std::shared_ptr<WatchCall> Self() {
    return std::static_pointer_cast<WatchCall>(shared_from_this());
  }

  void Start() {
    if (ended()) return;
    watch_ = run_desk_.Watch(request_.run_id(), [weak = std::weak_ptr<WatchCall>(Self())] {
      if (const auto call = weak.lock()) call->OnChanged();
    });
    Look();
  }

  void OnChanged() {
    changed_ = true;
    if (!busy_ && !ended()) Look();
  }

  void Look() {
    busy_ = true;
    changed_ = false;
    run_desk_.Get(
        request_.run_id(), request_.scores(),
        [answer = Answer<WatchCall>(Self())](absl::StatusOr<v1::RunStatus> status) mutable {
          const std::shared_ptr<WatchCall> call = answer.Take();
          if (!call->ended()) call->Show(std::move(status));
        });
  }

  void Show(absl::StatusOr<v1::RunStatus> status) {
    if (!status.ok()) return Stop(status.status());
    last_ = status->state() == "sealed" || status->state() == "failed";
    Send(*std::move(status));
  }

  void OnSent() override {
    if (last_) return Stop(absl::OkStatus());
    desk().executor().RunAfter(interval_, [self = Self()] {
      if (self->ended()) return;
      self->busy_ = false;
      if (self->changed_) self->Look();
    });
  }

  void Stop(const absl::Status& status) {
    run_desk_.Unwatch(watch_);
    End(status);
  }

  void OnGone() override { run_desk_.Unwatch(watch_); }

  RunDesk& run_desk_;
  const absl::Duration interval_;
  const v1::WatchRunRequest request_;
  std::uint64_t watch_ = 0;
  bool busy_ = false;  // looking, sending or waiting
  bool changed_ = false;
  bool last_ = false;
};

class ResultsCall : public StreamServerCall<v1::ResultsChunk> {
 public:
  ResultsCall(grpc::CallbackServerContext* context, RunDesk& desk,
              const v1::ResultsRequest* request)
      : StreamServerCall(context, desk), run_desk_(desk), request_(*request) {}

  void Begin() {
    desk().executor().Post([self = Self()] { self->Start(); });
  }

 private:
  std::shared_ptr<ResultsCall> Self() {
    return std::static_pointer_cast<ResultsCall>(shared_from_this());
  }

  void Start() {
    if (ended()) return;
    absl::StatusOr<std::vector<std::string>> keys =
        run_desk_.Keys(request_.run_id(), request_.record_only());
    if (!keys.ok()) return End(keys.status());
    keys_ = *std::move(keys);
    NextValue();
  }

  void NextValue() {
    if (at_ == keys_.size()) return End(absl::OkStatus());
    absl::StatusOr<std::string> value = run_desk_.Read(keys_[at_]);
    if (!value.ok()) return End(value.status());
    value_ = *std::move(value);
    offset_ = 0;
    SendPiece();
  }

  void SendPiece() {
    const std::string_view piece = ChunkAt(value_, offset_);
    v1::ResultsChunk chunk;
    chunk.set_key(keys_[at_]);
    chunk.set_offset(static_cast<std::int64_t>(offset_));
    chunk.set_data(std::string(piece));
    offset_ += piece.size();
    if (offset_ == value_.size()) chunk.set_digest(DigestOf(value_));
    Send(std::move(chunk));
  }

  void OnSent() override {
    if (offset_ < value_.size()) return SendPiece();
    ++at_;
    NextValue();
  }

  RunDesk& run_desk_;
  const v1::ResultsRequest request_;
  std::vector<std::string> keys_;
  std::size_t at_ = 0;
  std::string value_;
  std::size_t offset_ = 0;
};

}  // namespace

RunService::RunService(RunDesk& desk, absl::Duration watch_interval)
    : desk_(desk),
      watch_interval_(watch_interval),
      budget_(std::make_unique<UploadBudget>(kUploadsBytesMax)) {}

RunService::~RunService() = default;

grpc::ServerReadReactor<v1::SubmitChunk>* RunService::Submit(grpc::CallbackServerContext* context,
                                                             v1::SubmitResponse* response) {
  return Serve<SubmitCall>(context, desk_, UploadLimits{*budget_, kRecordBytesMax}, false,
                           response);
}

grpc::ServerReadReactor<v1::SubmitChunk>* RunService::Rejudge(grpc::CallbackServerContext* context,
                                                              v1::SubmitResponse* response) {
  return Serve<SubmitCall>(context, desk_, UploadLimits{*budget_, kRecordBytesMax}, true, response);
}

grpc::ServerUnaryReactor* RunService::Get(grpc::CallbackServerContext* context,
                                          const v1::GetRunRequest* request,
                                          v1::RunStatus* response) {
  return Serve<UnaryServerCall>(
      context, desk_, [this, request = *request, response](std::shared_ptr<UnaryServerCall> call) {
        desk_.Get(request.run_id(), request.scores(), AnswerStatus(std::move(call), response));
      });
}

grpc::ServerUnaryReactor* RunService::List(grpc::CallbackServerContext* context,
                                           const v1::ListRunsRequest* request,
                                           v1::ListRunsResponse* response) {
  return Serve<UnaryServerCall>(
      context, desk_,
      [this, limit = request->limit(), response](std::shared_ptr<UnaryServerCall> call) {
        absl::StatusOr<v1::ListRunsResponse> list = desk_.List(limit);
        if (list.ok()) *response = *std::move(list);
        call->End(list.status());
      });
}

grpc::ServerWriteReactor<v1::RunStatus>* RunService::Watch(grpc::CallbackServerContext* context,
                                                           const v1::WatchRunRequest* request) {
  return Serve<WatchCall>(context, desk_, watch_interval_, request);
}

grpc::ServerUnaryReactor* RunService::Do(RunDesk::Command command,
                                         grpc::CallbackServerContext* context,
                                         const v1::RunRequest* request, v1::RunStatus* response) {
  return Serve<UnaryServerCall>(
      context, desk_,
      [this, command, run_id = request->run_id(),
       response](std::shared_ptr<UnaryServerCall> call) mutable {
        auto answer = AnswerStatus(std::move(call), response);
        desk_.Do(command, run_id,
                 [this, run_id, answer = std::move(answer)](absl::Status status) mutable {
                   if (!status.ok()) return answer(std::move(status));
                   desk_.Get(run_id, false, std::move(answer));
                 });
      });
}

grpc::ServerUnaryReactor* RunService::Cancel(grpc::CallbackServerContext* context,
                                             const v1::RunRequest* request,
                                             v1::RunStatus* response) {
  return Do(RunDesk::Command::kCancel, context, request, response);
}

grpc::ServerUnaryReactor* RunService::Pause(grpc::CallbackServerContext* context,
                                            const v1::RunRequest* request,
                                            v1::RunStatus* response) {
  return Do(RunDesk::Command::kPause, context, request, response);
}

grpc::ServerUnaryReactor* RunService::Resume(grpc::CallbackServerContext* context,
                                             const v1::RunRequest* request,
                                             v1::RunStatus* response) {
  return Do(RunDesk::Command::kResume, context, request, response);
}

grpc::ServerWriteReactor<v1::ResultsChunk>* RunService::Results(
    grpc::CallbackServerContext* context, const v1::ResultsRequest* request) {
  return Serve<ResultsCall>(context, desk_, request);
}

}  // namespace assay
