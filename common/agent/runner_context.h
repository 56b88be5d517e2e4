// What every attempt of an agent works with. Owned by the agent; outlives its runners.
#pragma once

#include <string>

#include "common/agent/endpoint_gate.h"
#include "common/agent/step_machine.h"
#include "common/agent/work_client.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/random.h"
#include "common/llm/chat_client.h"
#include "common/sandbox/program_runner.h"

namespace assay {

struct RunnerContext {
  Executor& executor;
  const Clock& clock;
  Random& random;  // jitter of repeated requests only
  WorkClient& work;
  ChatClient& chat;
  EndpointGate& gate;
  MachineFactory factory;
  ProgramRunner* programs = nullptr;  // null: there is no sandbox here
  std::string worker;                 // goes into envelopes
#ifdef ASSAY_FAILPOINTS
  // Mutant for tests: the next step does not wait for the journal. Must lose finished calls.
  bool journal_after_step = false;
#endif
};

// Wait before request number `failures` + 1 to a coordinator that is unavailable: exponential from
// 100 ms to 5 s, full jitter.
absl::Duration UnavailableBackoff(int failures, Random& random);

// An Error with the message escaped and cut as the message type demands.
v1::Error MakeError(v1::ErrorClass error_class, std::string_view message);

}  // namespace assay
