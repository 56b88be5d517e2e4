#include "cli/cluster/run_client.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "assay/v1/run_service.grpc.pb.h"
#include "common/base/digest.h"
#include "common/rpc/chunks.h"
#include "common/rpc/grpc_status.h"

namespace assay {
namespace {

constexpr absl::Duration kCallDeadline = absl::Seconds(30);
constexpr absl::Duration kTransferDeadline = absl::Hours(6);
constexpr absl::Duration kPause = absl::Milliseconds(200);
constexpr std::size_t kValueBytesMax = std::size_t{256} << 20;

void Pause(absl::Duration duration) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock<std::mutex> lock(mutex);
  never.wait_for(lock, absl::ToChronoMilliseconds(duration));
}

std::string LeaderOf(const grpc::ClientContext& context) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find(kLeaderTrailer);
  if (found == trailers.end()) return "";
  return std::string(found->second.data(), found->second.size());
}

}  // namespace

struct RunClient::Try {
  std::unique_ptr<v1::RunService::Stub> stub;
  grpc::ClientContext context;

  void SetDeadline(absl::Duration deadline) {
    context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(deadline));
  }
};

bool HasEnded(const v1::RunStatus& status) {
  return status.state() == "sealed" || status.state() == "failed";
}

absl::StatusOr<std::unique_ptr<RunClient>> RunClient::Make(std::vector<std::string> addresses,
                                                           absl::Duration patience) {
  ASSAY_ASSIGN_OR_RETURN(auto channels, LeaderChannels::Make(std::move(addresses)));
  return std::unique_ptr<RunClient>(new RunClient(std::move(channels), patience));
}

absl::Status RunClient::Patiently(const std::function<absl::Status(Try&)>& call) {
  const auto end = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(patience_);
  for (;;) {
    const LeaderChannels::Choice choice = channels_->Current();
    Try attempt;
    attempt.stub = v1::RunService::NewStub(choice.channel);
    attempt.SetDeadline(kCallDeadline);
    absl::Status status = call(attempt);
    if (!absl::IsUnavailable(status)) return status;
    const bool named = channels_->MoveOn(choice.address, LeaderOf(attempt.context));
    if (std::chrono::steady_clock::now() >= end) {
      return Annotate(
          status, "no coordinator that leads was found, the last one asked was " + choice.address);
    }
    if (!named) Pause(kPause);
  }
}

absl::StatusOr<v1::SubmitResponse> RunClient::Submit(const std::string& request_id,
                                                     const v1::RunRecord& record) {
  const std::string bytes = record.SerializeAsString();
  v1::SubmitResponse response;
  ASSAY_RETURN_IF_ERROR(Patiently([&](Try& attempt) {
    response.Clear();
    attempt.SetDeadline(kTransferDeadline);
    const auto writer = record.source_run().empty()
                            ? attempt.stub->Submit(&attempt.context, &response)
                            : attempt.stub->Rejudge(&attempt.context, &response);
    std::size_t offset = 0;
    do {
      const std::string_view piece = ChunkAt(bytes, offset);
      v1::SubmitChunk chunk;
      if (offset == 0) chunk.set_request_id(request_id);
      chunk.set_offset(static_cast<std::int64_t>(offset));
      chunk.set_data(std::string(piece));
      offset += piece.size();
      if (offset == bytes.size()) chunk.set_sha256(Sha256Hex(bytes));
      if (!writer->Write(chunk)) break;
    } while (offset < bytes.size());
    writer->WritesDone();
    return FromTransport(writer->Finish());
  }));
  return response;
}

absl::StatusOr<v1::RunStatus> RunClient::Get(const std::string& run_id, bool scores) {
  v1::GetRunRequest request;
  request.set_run_id(run_id);
  request.set_scores(scores);
  v1::RunStatus response;
  ASSAY_RETURN_IF_ERROR(Patiently([&](Try& attempt) {
    return FromTransport(attempt.stub->Get(&attempt.context, request, &response));
  }));
  return response;
}

absl::StatusOr<v1::ListRunsResponse> RunClient::List() {
  v1::ListRunsResponse response;
  ASSAY_RETURN_IF_ERROR(Patiently([&](Try& attempt) {
    return FromTransport(attempt.stub->List(&attempt.context, {}, &response));
  }));
  return response;
}

absl::StatusOr<v1::RunStatus> RunClient::Do(ControlCommand command, const std::string& run_id) {
  v1::RunRequest request;
  request.set_run_id(run_id);
  v1::RunStatus response;
  ASSAY_RETURN_IF_ERROR(Patiently([&](Try& attempt) {
    switch (command) {
      case ControlCommand::kCancel:
        return FromTransport(attempt.stub->Cancel(&attempt.context, request, &response));
      case ControlCommand::kPause:
        return FromTransport(attempt.stub->Pause(&attempt.context, request, &response));
      case ControlCommand::kResume:
        return FromTransport(attempt.stub->Resume(&attempt.context, request, &response));
    }
    return Internal("no such command");
  }));
  return response;
}

absl::Status RunClient::Watch(const std::string& run_id,
                              const std::function<bool(const v1::RunStatus&)>& show) {
  v1::WatchRunRequest request;
  request.set_run_id(run_id);
  bool over = false;
  while (!over) {
    bool any = false;
    absl::Status status = Patiently([&](Try& attempt) {
      attempt.SetDeadline(kTransferDeadline);
      const auto reader = attempt.stub->Watch(&attempt.context, request);
      v1::RunStatus shown;
      while (!over && reader->Read(&shown)) {
        any = true;
        const bool more = show(shown);
        over = HasEnded(shown) || !more;
      }
      if (over) attempt.context.TryCancel();
      const absl::Status end = FromTransport(reader->Finish());
      return over ? absl::OkStatus() : end;
    });
    if (!status.ok() && !(any && absl::IsUnavailable(status))) return status;
  }
  return absl::OkStatus();
}

absl::Status RunClient::Results(const std::string& run_id, bool record_only,
                                const RecordSink& take) {
  v1::ResultsRequest request;
  request.set_run_id(run_id);
  request.set_record_only(record_only);
  return Patiently([&](Try& attempt) -> absl::Status {
    attempt.SetDeadline(kTransferDeadline);
    const auto reader = attempt.stub->Results(&attempt.context, request);
    ChunkAssembler value(kValueBytesMax);
    v1::ResultsChunk chunk;
    absl::Status status;
    bool any = false;
    while (status.ok() && reader->Read(&chunk)) {
      any = true;
      status = value.Add(chunk.offset(), chunk.data());
      if (!status.ok() || chunk.digest().empty()) continue;
      std::string whole = value.Take();
      status = DigestOf(whole) == chunk.digest()
                   ? take(chunk.key(), std::move(whole))
                   : DataLoss(chunk.key() + " was damaged on the way");
    }
    if (!status.ok()) {
      attempt.context.TryCancel();
      reader->Finish();
      return status;
    }
    status = FromTransport(reader->Finish());
    if (any && absl::IsUnavailable(status)) {
      return DataLoss("the connection broke while the run was copied: " +
                      std::string(MessageOf(status)));
    }
    return status;
  });
}

}  // namespace assay
