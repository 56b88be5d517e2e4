// Makes finished calls of one attempt durable, in the order they were added. What finishes while a
// request is under way goes out together with the next one. On the agent's executor.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/agent/runner_context.h"

namespace assay {

class JournalWriter : public std::enable_shared_from_this<JournalWriter> {
 public:
  // `changed` runs after every answer of the coordinator, on the executor; the owner keeps it valid
  // until Close or destruction.
  JournalWriter(RunnerContext& context, std::string attempt, std::string unit_id, Task changed);

  void Add(v1::JournalRecord record);

  // Everything added is durable.
  bool settled() const { return queued_.empty() && writing_.empty(); }

  // Not OK once the journal takes nothing more: kAborted when the attempt is stale, anything else
  // when the store refuses. Records that were not acknowledged are then given up.
  const absl::Status& status() const { return status_; }

  // From now on an unavailable coordinator is not waited for.
  void StopWaiting();

  // Runs nothing more.
  void Close() { closed_ = true; }

 private:
  void Write();
  void OnWritten(const absl::Status& status);
  void Fail(const absl::Status& status);

  RunnerContext& context_;
  const std::string attempt_;
  const std::string unit_id_;
  Task changed_;
  std::vector<v1::JournalRecord> queued_;
  std::vector<v1::JournalRecord> writing_;
  bool in_flight_ = false;
  bool patient_ = true;
  bool closed_ = false;
  int failures_ = 0;
  absl::Status status_;
};

}  // namespace assay
