// ProgramRunner that answers from a script, on an Executor with virtual time, and counts what it
// was asked.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/sandbox/program_runner.h"
#include "tests/fakes/scripted_calls.h"

namespace assay {

class FakeProgramRunner : public ProgramRunner {
 public:
  using Script = std::function<ProgramResult(const v1::RunProgram& program, int nth)>;

  FakeProgramRunner(Executor& executor, Script script)
      : calls_(executor), script_(std::move(script)) {}

  ProgramRunId Start(v1::RunProgram program, Callback<ProgramResult> done) override {
    ProgramResult result = script_(program, static_cast<int>(started.size()));
    started.push_back(std::move(program));
    return calls_.Start(delay, std::move(result), std::move(done));
  }

  void Cancel(ProgramRunId id) override {
    if (calls_.Cancel(id)) ++cancelled;
  }

  std::vector<v1::RunProgram> started;
  int cancelled = 0;
  absl::Duration delay = absl::Milliseconds(5);

 private:
  ScriptedCalls<ProgramRunId, ProgramResult> calls_;
  Script script_;
};

inline v1::Reply MakeProgramReply(const std::string& text) {
  v1::Reply reply;
  reply.set_text(text);
  reply.set_model("cpp11-testcases/test");
  return reply;
}

}  // namespace assay
