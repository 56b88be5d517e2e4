// A step machine for tests: asks for rounds of calls of given sizes and joins the replies. Every
// prompt depends on all replies before it, so that a wrong replay asks for something else.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/agent/step_machine.h"
#include "common/base/digest.h"

namespace assay {

class RoundMachine : public StepMachine {
 public:
  explicit RoundMachine(std::vector<int> rounds, std::vector<std::string>* log = nullptr)
      : rounds_(std::move(rounds)), log_(log) {}

  absl::StatusOr<Step> Advance(std::span<const CallOutcome> outcomes) override {
    if (log_ != nullptr && next_ > 0) log_->push_back("step " + std::to_string(next_));
    for (const CallOutcome& outcome : outcomes) {
      text_ += outcome.reply ? outcome.reply->text() : "(" + outcome.error->message() + ")";
    }
    Step step;
    if (next_ == rounds_.size()) {
      v1::Envelope envelope;
      envelope.set_outcome(v1::OUTCOME_GENERATED);
      envelope.mutable_generation()->set_text(text_);
      step.result = std::move(envelope);
      return step;
    }
    for (int i = 0; i < rounds_[next_]; ++i) step.calls.push_back(MakeCall(i));
    ++next_;
    return step;
  }

 private:
  v1::Call MakeCall(int i) const {
    v1::Call call;
    call.set_label("r" + std::to_string(next_) + "c" + std::to_string(i));
    call.mutable_llm()->set_model("m");
    v1::Message& message = *call.mutable_llm()->add_messages();
    message.set_role("user");
    message.set_content(call.label() + " after " + Sha256Hex(text_));
    return call;
  }

  std::vector<int> rounds_;
  std::vector<std::string>* log_;
  std::size_t next_ = 0;
  std::string text_;
};

inline v1::Assignment MakeAssignment(const std::string& unit_id, const std::string& attempt,
                                     int max_in_flight = 16) {
  v1::Assignment assignment;
  assignment.mutable_unit()->set_id(unit_id);
  assignment.mutable_unit()->set_run_id("run");
  assignment.mutable_unit()->set_kind(v1::UNIT_KIND_GENERATE);
  assignment.mutable_unit()->set_endpoint("e");
  assignment.set_attempt(attempt);
  assignment.mutable_endpoint()->set_id("e");
  assignment.mutable_endpoint()->set_base_url("http://127.0.0.1:1/v1");
  assignment.mutable_endpoint()->set_max_in_flight(max_in_flight);
  return assignment;
}

}  // namespace assay
