// The calls that a step machine asked for in one step: those in the journal are answered from it,
// the others go through the gate to the endpoint, or to the sandbox. Makes no call twice and
// repeats none. One at a time per attempt, on the agent's executor.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/agent/runner_context.h"

namespace assay {

// Final replies and errors of a unit's earlier attempts, by call hash.
using JournalIndex = absl::flat_hash_map<std::string, v1::JournalRecord>;

class CallBatch : public std::enable_shared_from_this<CallBatch> {
 public:
  // `finished` gets the record of every call that has a final reply or error, to be journaled, and
  // `changed` runs after every call that ended. Both are called on the executor, never after Close.
  CallBatch(RunnerContext& context, v1::Endpoint endpoint, Callback<v1::JournalRecord> finished,
            Task changed);
  ~CallBatch();

  // Looks the calls up and asks the gate for the rest. `used` are the hashes of the unit's earlier
  // steps; those of this batch are added. An error is one of the machine: kInternal for a call that
  // was made before or goes to another endpoint, kFailedPrecondition for a kind of call that cannot
  // be made, and whatever BuildRequestBody says. REQUIRES: called once, with at least one call.
  absl::Status Begin(std::vector<v1::Call> calls, const JournalIndex& journal,
                     std::set<std::string>& used);

  // True: calls that were not sent yet wait, also when the gate has room.
  void Hold(bool hold);

  // Sends nothing more. True in `cancel`: also closes the connections of running calls.
  void Stop(bool cancel);

  // No call is under way or will be sent.
  bool settled() const { return in_flight_ == 0 && (stopped_ || waiting_ == 0); }
  // Every call has a final reply or error.
  bool complete() const { return open_ == 0; }
  // The error that ended the batch: a call failed in a way that a later attempt may mend.
  const std::optional<v1::Error>& failure() const { return failure_; }

  // In the order of the calls. REQUIRES: complete().
  const std::vector<CallOutcome>& outcomes() const { return outcomes_; }

  int in_flight() const { return in_flight_; }
  std::int64_t live_bytes() const;   // text of running calls so far
  std::int64_t live_chunks() const;  // their pieces of content, about a token each
  // Since anything came from a running call, or the newest one was sent; zero when none runs.
  absl::Duration SinceProgress() const;

  void Close() { closed_ = true; }

 private:
  using CallResult = std::variant<v1::Reply, v1::Error>;

  struct Pending {
    v1::Call call;
    std::string hash;
    std::string body;
    bool done = false;
    bool sent = false;
    std::uint64_t ticket = 0;  // at the gate
    LlmCallId llm_id = 0;
    ProgramRunId program_id = 0;
    absl::Duration entered = absl::ZeroDuration();
    std::int64_t queue_ms = 0;
    LlmProgress progress;
  };

  absl::Status Prepare(Pending& pending, std::set<std::string>& used);
  absl::Status PrepareLlm(Pending& pending) const;
  void EnterGate(std::size_t index);
  void Send(std::size_t index);
  void SendLlm(std::size_t index);
  void SendProgram(std::size_t index);
  void OnResult(std::size_t index, CallResult result);
  void Conclude(Pending& pending, std::size_t index, CallOutcome outcome);

  RunnerContext& context_;
  const v1::Endpoint endpoint_;
  Callback<v1::JournalRecord> finished_;
  Task changed_;
  std::vector<Pending> pending_;
  std::vector<CallOutcome> outcomes_;
  int open_ = 0;     // without a final reply or error
  int waiting_ = 0;  // not sent yet
  int in_flight_ = 0;
  bool held_ = false;
  bool stopped_ = false;
  bool closed_ = false;
  absl::Duration last_progress_ = absl::ZeroDuration();
  std::optional<v1::Error> failure_;
};

}  // namespace assay
