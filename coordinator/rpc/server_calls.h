// Calls that a service serves, as objects that keep themselves alive until gRPC is done with them.
// gRPC calls them on its threads, where they do nothing but decode and post: everything of the
// domain, and End, happens on the core thread. A call ends exactly once; what comes later is
// ignored. Private to this folder.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include <grpcpp/grpcpp.h>

#include "common/base/status.h"
#include "common/rpc/chunks.h"
#include "common/rpc/grpc_status.h"
#include "coordinator/rpc/leader_desk.h"

namespace assay {

// Reactor: grpc::ServerUnaryReactor, ServerWriteReactor<M> or ServerReadReactor<M>.
template <typename Reactor>
class ServerCall : public Reactor, public std::enable_shared_from_this<ServerCall<Reactor>> {
 public:
  ServerCall(grpc::CallbackServerContext* context, LeaderDesk& desk)
      : context_(context), desk_(desk) {}

  // Core thread. kUnavailable tells the caller who leads, where that is known.
  void End(const absl::Status& status) {
    if (std::exchange(ended_, true)) return;
    if (absl::IsUnavailable(status)) {
      const std::string leader = desk_.other_leader();
      if (!leader.empty()) context_->AddTrailingMetadata(kLeaderTrailer, leader);
    }
    this->Finish(ToGrpcStatus(status));
  }
  bool ended() const { return ended_; }

 protected:
  // Core thread: the caller is gone. The call is ended afterwards.
  virtual void OnGone() {}

  LeaderDesk& desk() { return desk_; }

  void OnDone() override { self_.reset(); }
  void OnCancel() override {
    desk_.executor().Post([self = self_] {
      if (self->ended()) return;
      self->OnGone();
      self->End(absl::CancelledError("the caller is gone"));
    });
  }

 private:
  template <typename Call, typename... Arguments>
  friend Call* Serve(Arguments&&... arguments);

  grpc::CallbackServerContext* const context_;
  LeaderDesk& desk_;
  bool ended_ = false;                // core thread
  std::shared_ptr<ServerCall> self_;  // until OnDone
};

// Makes a call that keeps itself, and starts it.
template <typename Call, typename... Arguments>
Call* Serve(Arguments&&... arguments) {
  auto call = std::make_shared<Call>(std::forward<Arguments>(arguments)...);
  call->self_ = call;
  call->Begin();
  return call.get();
}

// Ends a call with kUnavailable if it goes without having been used: a completion that was dropped.
template <typename Call>
class Answer {
 public:
  explicit Answer(std::shared_ptr<Call> call) : call_(std::move(call)) {}
  Answer(Answer&&) noexcept = default;
  ~Answer() {
    if (call_ != nullptr) call_->End(Unavailable("the coordinator dropped the call"));
  }
  std::shared_ptr<Call> Take() { return std::move(call_); }

 private:
  std::shared_ptr<Call> call_;
};

using UnaryReactor = grpc::ServerUnaryReactor;

// A unary call whose work is a function of the domain: `work(call)` runs on the core thread and
// ends the call, then or later.
class UnaryServerCall : public ServerCall<UnaryReactor> {
 public:
  using Work = absl::AnyInvocable<void(std::shared_ptr<UnaryServerCall>)>;

  UnaryServerCall(grpc::CallbackServerContext* context, LeaderDesk& desk, Work work)
      : ServerCall(context, desk), work_(std::move(work)) {}

  void Begin() {
    desk().executor().Post([self = Self()] {
      if (!self->ended()) std::move(self->work_)(self);
    });
  }

 private:
  std::shared_ptr<UnaryServerCall> Self() {
    return std::static_pointer_cast<UnaryServerCall>(shared_from_this());
  }
  Work work_;
};

// Bytes of unfinished uploads in this process, bounded.
class UploadBudget {
 public:
  explicit UploadBudget(std::int64_t limit) : limit_(limit) {}
  bool Take(std::int64_t bytes) {
    if (used_.fetch_add(bytes) + bytes <= limit_) return true;
    used_.fetch_sub(bytes);
    return false;
  }
  void GiveBack(std::int64_t bytes) { used_.fetch_sub(bytes); }

 private:
  const std::int64_t limit_;
  std::atomic<std::int64_t> used_{0};
};

struct UploadLimits {
  UploadBudget& budget;
  std::size_t bytes_max;                    // of one upload
  absl::Duration time = absl::Minutes(10);  // then an upload that does not end is dropped
};

// Takes a value that comes in chunks (messages with offset, data and sha256).
template <typename Chunk>
class UploadServerCall : public ServerCall<grpc::ServerReadReactor<Chunk>> {
 public:
  using Base = ServerCall<grpc::ServerReadReactor<Chunk>>;

  UploadServerCall(grpc::CallbackServerContext* context, LeaderDesk& desk, UploadLimits limits)
      : Base(context, desk), limits_(limits), assembler_(limits.bytes_max) {}
  ~UploadServerCall() override { limits_.budget.GiveBack(taken_); }

  void Begin() {
    std::weak_ptr<Base> weak = this->shared_from_this();
    this->desk().executor().RunAfter(limits_.time, [weak] {
      if (const auto call = weak.lock()) call->End(absl::DeadlineExceededError("upload too slow"));
    });
    this->StartRead(&chunk_);
  }

 protected:
  // Core thread, before the first chunk is taken: what is here already of it (resumption).
  virtual std::string Held(const Chunk& first) = 0;
  // Core thread: the whole value, checked. Ends the call.
  virtual void OnWhole(const Chunk& first, std::string bytes) = 0;
  // Core thread: the stream broke off after `bytes`. The call is ended afterwards.
  virtual void OnBroken(const Chunk& first, std::string bytes) = 0;

  void OnReadDone(bool ok) override {
    if (!ok) return Post([this] { OnEndOfStream(); });
    if (any_) return Add();
    any_ = true;
    first_ = chunk_;
    first_.clear_data();
    if (chunk_.offset() == 0) return Add();
    Post([this] {
      assembler_.StartWith(Held(first_));
      Add();
    });
  }

 private:
  // Without a read under way: on any thread.
  void Add() {
    const auto size = static_cast<std::int64_t>(chunk_.data().size());
    absl::Status status = assembler_.Add(chunk_.offset(), chunk_.data());
    if (status.ok() && !limits_.budget.Take(size)) {
      status = Unavailable("too much is being uploaded at once");
    }
    if (!status.ok()) return Post([this, status] { this->End(status); });
    taken_ += size;
    sha256_ = chunk_.sha256();
    this->StartRead(&chunk_);
  }

  void OnEndOfStream() {
    if (this->ended()) return;
    if (sha256_.empty()) {
      if (any_) OnBroken(first_, assembler_.Take());
      return this->End(DataLoss("the stream ended before its last chunk"));
    }
    absl::StatusOr<std::string> whole = assembler_.Finish(sha256_);
    if (!whole.ok()) return this->End(whole.status());
    OnWhole(first_, *std::move(whole));
  }

  template <typename Function>
  void Post(Function function) {
    this->desk().executor().Post(
        [self = this->shared_from_this(), function = std::move(function)] { function(); });
  }

  const UploadLimits limits_;
  ChunkAssembler assembler_;
  Chunk chunk_;
  Chunk first_;
  std::string sha256_;
  std::int64_t taken_ = 0;
  bool any_ = false;
};

// Sends messages one at a time.
template <typename Message>
class StreamServerCall : public ServerCall<grpc::ServerWriteReactor<Message>> {
 public:
  using Base = ServerCall<grpc::ServerWriteReactor<Message>>;
  using Base::Base;

 protected:
  // Core thread; REQUIRES: the last message was sent.
  void Send(Message message) {
    message_ = std::move(message);
    this->StartWrite(&message_);
  }
  // Core thread: the last message is on its way, the next may follow.
  virtual void OnSent() = 0;

  void OnWriteDone(bool ok) override {
    this->desk().executor().Post([self = this->shared_from_this(), this, ok] {
      if (this->ended()) return;
      if (ok) return OnSent();
      this->OnGone();
      this->End(absl::CancelledError("the caller is gone"));
    });
  }

 private:
  Message message_;
};

}  // namespace assay
