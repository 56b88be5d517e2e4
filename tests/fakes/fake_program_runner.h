// ProgramRunner that answers from a script, on an Executor with virtual time, and counts what it
// was asked.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/sandbox/program_runner.h"

namespace assay {

class FakeProgramRunner : public ProgramRunner {
 public:
  using Script = std::function<ProgramResult(const v1::RunProgram& program, int nth)>;

  FakeProgramRunner(Executor& executor, Script script)
      : executor_(executor), script_(std::move(script)) {}

  ProgramRunId Start(v1::RunProgram program, Callback<ProgramResult> done) override {
    const ProgramRunId id = ++last_id_;
    ProgramResult result = script_(program, static_cast<int>(started.size()));
    started.push_back(std::move(program));
    const TimerId timer = executor_.RunAfter(
        delay, [this, id, result = std::move(result)]() mutable { Finish(id, std::move(result)); });
    running_[id] = {timer, std::move(done)};
    return id;
  }

  void Cancel(ProgramRunId id) override {
    const auto found = running_.find(id);
    if (found == running_.end()) return;
    ++cancelled;
    executor_.Cancel(found->second.timer);
    executor_.Post([this, id] {
      v1::Error error;
      error.set_error_class(v1::ERROR_CLASS_CANCELLED);
      Finish(id, std::move(error));
    });
  }

  std::vector<v1::RunProgram> started;
  int cancelled = 0;
  absl::Duration delay = absl::Milliseconds(5);

 private:
  struct Running {
    TimerId timer = 0;
    Callback<ProgramResult> done;
  };

  void Finish(ProgramRunId id, ProgramResult result) {
    auto found = running_.find(id);
    if (found == running_.end()) return;
    Callback<ProgramResult> done = std::move(found->second.done);
    running_.erase(found);
    done(std::move(result));
  }

  Executor& executor_;
  Script script_;
  ProgramRunId last_id_ = 0;
  std::map<ProgramRunId, Running> running_;
};

inline v1::Reply MakeProgramReply(const std::string& text) {
  v1::Reply reply;
  reply.set_text(text);
  reply.set_model("cpp11-testcases/test");
  return reply;
}

}  // namespace assay
