// SimWorkClient: an agent's WorkClient through the simulated network. Requests and responses are
// serialised. An RPC fails in one of three ways: lost before it arrived, its answer lost on the way
// back, or given up while the server still works on it. Whatever happens, the caller hears
// kUnavailable in the end and asks another coordinator next, as GrpcWorkClient does.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/agent/work_client.h"
#include "coordinator/core/coordinator.h"
#include "tests/simulation/invariants.h"
#include "tests/simulation/sim_network.h"

namespace assay {

// A machine that may run a coordinator that leads.
class SimServer {
 public:
  virtual ~SimServer() = default;
  virtual const std::string& name() const = 0;
  virtual bool up() const = 0;
  virtual Coordinator* leader() = 0;  // null: does not lead
  // Number of the newest Sync of an agent that came here.
  virtual std::uint64_t& newest_sync(const std::string& agent) = 0;
};

class SimWorkClient : public WorkClient {
 public:
  SimWorkClient(SimLoop& loop, SimProcess& process, SimNetwork& network, FaultPlan& faults,
                std::vector<SimServer*> servers)
      : loop_(loop),
        process_(process),
        network_(network),
        faults_(faults),
        servers_(std::move(servers)),
        target_(loop.random().Below(servers_.size())) {}

  void set_mutants(Mutants mutants) { mutants_ = mutants; }
  void set_invariants(Invariants* invariants) { invariants_ = invariants; }

  void Sync(v1::SyncRequest request, Callback<absl::StatusOr<v1::SyncResponse>> done) override {
    const std::uint64_t number = ++syncs_;
    Call<v1::SyncRequest, v1::SyncResponse>(
        request, absl::Seconds(29),
        [this, number](SimServer& server, v1::SyncRequest asked, Reply<v1::SyncResponse> reply) {
          auto kept = std::make_shared<v1::SyncRequest>(asked);
          const std::string agent = asked.agent_id();
          server.newest_sync(agent) = number;
          if (loop_.random().Unit() < faults_.reset) ForgetCaller(server, asked, number);
          server.leader()->OnSync(std::move(asked),
                                  [this, kept, reply](absl::StatusOr<v1::SyncResponse> response) {
                                    if (response.ok()) invariants_->OnSettled(*kept, *response);
                                    reply(std::move(response));
                                  });
        },
        [this, number, done = std::move(done)](absl::StatusOr<v1::SyncResponse> response) mutable {
          if (response.ok() && number > limits_from_) {
            limits_from_ = number;
            invariants_->OnLimits(process_.name(), *response);
          }
          if (response.ok() && mutants_.ignore_retry_after) {
            for (v1::EndpointLimit& limit : *response->mutable_limits()) {
              limit.set_not_before_ms(0);
            }
          }
          std::move(done)(std::move(response));
        });
  }

  void FetchInputs(v1::FetchInputsRequest request,
                   Callback<absl::StatusOr<v1::UnitInputs>> done) override {
    Call<v1::FetchInputsRequest, v1::UnitInputs>(
        request, absl::Seconds(30),
        [](SimServer& server, v1::FetchInputsRequest asked, Reply<v1::UnitInputs> reply) {
          server.leader()->OnFetchInputs(std::move(asked), reply);
        },
        std::move(done));
  }

  void AppendJournal(v1::AppendJournalRequest request, Callback<absl::Status> done) override {
    Call<v1::AppendJournalRequest, v1::AppendJournalResponse>(
        request, absl::Seconds(30),
        [this](SimServer& server, v1::AppendJournalRequest asked,
               Reply<v1::AppendJournalResponse> reply) {
          auto kept = std::make_shared<v1::AppendJournalRequest>(asked);
          server.leader()->OnAppendJournal(
              std::move(asked), [this, kept, reply](const absl::Status& status) {
                if (status.ok()) invariants_->OnJournaled(*kept);
                status.ok() ? reply(v1::AppendJournalResponse()) : reply(status);
              });
        },
        [done = std::move(done)](const absl::StatusOr<v1::AppendJournalResponse>& r) mutable {
          std::move(done)(r.status());
        });
  }

  void PutEnvelope(v1::Envelope envelope, Callback<absl::StatusOr<std::string>> done) override {
    Call<v1::Envelope, v1::PutEnvelopeResponse>(
        envelope, absl::Seconds(30),
        [](SimServer& server, v1::Envelope put, Reply<v1::PutEnvelopeResponse> reply) {
          server.leader()->OnPutEnvelope(std::move(put), [reply](absl::StatusOr<std::string> d) {
            if (!d.ok()) return reply(d.status());
            v1::PutEnvelopeResponse response;
            response.set_digest(*d);
            reply(std::move(response));
          });
        },
        [done = std::move(done)](const absl::StatusOr<v1::PutEnvelopeResponse>& r) mutable {
          r.ok() ? std::move(done)(r->digest()) : std::move(done)(r.status());
        });
  }

 private:
  template <typename Response>
  using Reply = std::function<void(absl::StatusOr<Response>)>;
  template <typename Request, typename Response>
  using Serve = std::function<void(SimServer&, Request, Reply<Response>)>;

  struct Pending {
    Callback<absl::StatusOr<std::string>> done;
    TimerId timer = 0;
    std::string what;
  };

  template <typename Request, typename Response>
  void Call(const Request& request, absl::Duration deadline, Serve<Request, Response> serve,
            Callback<absl::StatusOr<Response>> done) {
    const std::uint64_t id = ++calls_;
    Pending& pending = pending_[id];
    if (loop_.tracing()) {
      pending.what = request.GetTypeName() + " " + request.ShortDebugString().substr(0, 300);
    }
    pending.done = [done = std::move(done)](absl::StatusOr<std::string> bytes) mutable {
      if (!bytes.ok()) return std::move(done)(bytes.status());
      Response response;
      response.ParseFromString(*bytes);
      std::move(done)(std::move(response));
    };
    pending.timer = process_.RunAfter(deadline, [this, id] { Complete(id, Lost("deadline")); });
    if (loop_.random().Unit() < faults_.reset) {
      process_.RunAfter(network_.Latency() * 2, [this, id] { Complete(id, Lost("reset")); });
    }
    SimServer& server = *servers_[target_];
    network_.Send(
        process_.name(), server.name(),
        [this, &server, id, serve = std::move(serve), bytes = request.SerializeAsString()] {
          Reply<Response> reply = [this, &server, id](absl::StatusOr<Response> r) {
            Respond(server, id,
                    r.ok() ? absl::StatusOr<std::string>(r->SerializeAsString())
                           : absl::StatusOr<std::string>(r.status()));
          };
          if (!server.up()) return reply(Unavailable("connection refused"));
          if (server.leader() == nullptr) return reply(Unavailable("does not lead"));
          Request parsed;
          parsed.ParseFromString(bytes);
          serve(server, std::move(parsed), std::move(reply));
        });
  }

  static absl::Status Lost(const char* how) { return Unavailable(how); }

  void Respond(SimServer& server, std::uint64_t id, absl::StatusOr<std::string> bytes) {
    network_.Send(server.name(), process_.name(),
                  [this, id, bytes = std::move(bytes)] { Complete(id, bytes); });
  }

  void Complete(std::uint64_t id, absl::StatusOr<std::string> bytes) {
    if (!process_.alive()) return;
    const auto found = pending_.find(id);
    if (found == pending_.end()) return;  // given up, or answered before
    Pending pending = std::move(found->second);
    pending_.erase(found);
    process_.Cancel(pending.timer);
    if (loop_.tracing()) {
      process_.Trace(pending.what + (bytes.ok() ? std::string(" OK") : bytes.status().ToString()));
    }
    if (absl::IsUnavailable(bytes.status())) target_ = (target_ + 1) % servers_.size();
    process_.Post([done = std::move(pending.done), bytes = std::move(bytes)]() mutable {
      std::move(done)(std::move(bytes));
    });
  }

  // The transport of the server notices that the caller is gone.
  void ForgetCaller(SimServer& server, const v1::SyncRequest& asked, std::uint64_t number) {
    loop_.At(network_.Latency() * 4,
             [&server, agent = asked.agent_id(), incarnation = asked.incarnation(), number] {
               if (!server.up() || server.leader() == nullptr) return;
               if (server.newest_sync(agent) != number) return;
               server.leader()->OnSyncCancelled(agent, incarnation);
             });
  }

  SimLoop& loop_;
  SimProcess& process_;
  SimNetwork& network_;
  FaultPlan& faults_;
  const std::vector<SimServer*> servers_;
  std::size_t target_;
  Mutants mutants_;
  Invariants* invariants_ = nullptr;
  std::uint64_t calls_ = 0;
  std::uint64_t syncs_ = 0;
  std::uint64_t limits_from_ = 0;
  std::map<std::uint64_t, Pending> pending_;
};

}  // namespace assay
