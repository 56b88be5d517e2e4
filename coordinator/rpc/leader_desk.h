// Who leads, as the services see it. Everything on the core thread but executor().
#pragma once

#include <string>
#include <utility>

#include "common/base/executor.h"
#include "common/base/status.h"

namespace assay {

class Coordinator;

// kUnavailable: what a coordinator that does not lead answers.
absl::Status NotLeading();

// Completions never run inside the call that was given them.
template <typename T>
void PostAnswer(Executor& executor, Callback<T> done, T answer) {
  executor.Post([done = std::move(done), answer = std::move(answer)]() mutable {
    std::move(done)(std::move(answer));
  });
}

class LeaderDesk {
 public:
  virtual ~LeaderDesk() = default;

  // The core thread. Thread-safe.
  virtual Executor& executor() = 0;

  // Null: this process does not lead, or has not taken everything over yet.
  virtual Coordinator* leader() = 0;

  // Address of another process that leads, for those who ask here; empty: not known.
  virtual std::string other_leader() const = 0;

  // An agent was heard of.
  virtual void OnAgent(const std::string& agent_id) = 0;
};

}  // namespace assay
