#include "common/rpc/outgoing_calls.h"

#include <chrono>
#include <utility>

#include "common/rpc/grpc_status.h"

namespace assay {
namespace {

// Coordinators that name each other must not keep a call going round.
constexpr int kRedirectsMax = 2;

}  // namespace

void OutgoingCalls::Start(std::shared_ptr<OutgoingCall> call, absl::Duration deadline) {
  call->calls_ = shared_from_this();
  call->deadline_ = deadline;
  call->Try();
}

bool OutgoingCalls::Open(grpc::ClientContext* context) {
  MutexLock lock(mutex_);
  if (closed_) return false;
  open_.insert(context);
  ++pending_;
  return true;
}

void OutgoingCalls::Close(grpc::ClientContext* context, Task post) {
  {
    MutexLock lock(mutex_);
    open_.erase(context);
  }
  executor_.Post(std::move(post));
  MutexLock lock(mutex_);
  if (--pending_ == 0) idle_.notify_all();
}

void OutgoingCalls::CancelAndWait() {
  std::unique_lock<std::mutex> lock(mutex_.native());
  closed_ = true;
  for (grpc::ClientContext* context : open_) context->TryCancel();
  idle_.wait(lock, [this] { return pending_ == 0; });
}

void OutgoingCall::Try() {
  context_ = std::make_unique<grpc::ClientContext>();
  context_->set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(deadline_));
  if (!calls_->Open(context_.get())) return;
  LeaderChannels::Choice choice = calls_->channels_.Current();
  address_ = choice.address;
  stub_ = v1::WorkService::NewStub(choice.channel);
  self_ = shared_from_this();
  Begin();
}

void OutgoingCall::Ended(const grpc::Status& status) {
  // Once posted, the executor may destroy this object at any time.
  const std::shared_ptr<OutgoingCalls> calls = calls_;
  calls->Close(context_.get(),
               [self = std::move(self_), status]() mutable { self->Conclude(status); });
}

void OutgoingCall::Conclude(const grpc::Status& status) {
  absl::Status outcome = FromTransport(status);
  if (absl::IsUnavailable(outcome)) {
    const bool named = calls_->channels_.MoveOn(address_, LeaderNamedBy(*context_));
    if (named && redirects_ < kRedirectsMax) {
      ++redirects_;
      return Try();
    }
  }
  Deliver(std::move(outcome));
}

std::string LeaderNamedBy(const grpc::ClientContext& context) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find(kLeaderTrailer);
  if (found == trailers.end()) return "";
  return std::string(found->second.data(), found->second.size());
}

}  // namespace assay
