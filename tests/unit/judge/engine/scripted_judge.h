// A judge for tests of machines that ask items: answers each by its id from a function, in the form
// and with the nonce that the prompt demands; and a driver that runs a machine to its end.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "common/agent/step_machine.h"
#include "common/json/json.h"

namespace assay {

// What a call of AskItems asks.
struct AskedCall {
  std::string label;
  std::string prompt;
  std::vector<std::string> ids;
  std::map<std::string, std::string> items;  // id to text
  std::string nonce;
};

inline AskedCall ReadAsked(const v1::Call& call) {
  AskedCall asked;
  asked.label = call.label();
  asked.prompt = call.llm().messages(0).content();
  const std::string kIds = "Answer every one of these items: ";
  const std::size_t ids = asked.prompt.rfind(kIds);
  if (ids == std::string::npos) return asked;
  const std::size_t begin = ids + kIds.size();
  asked.ids =
      absl::StrSplit(asked.prompt.substr(begin, asked.prompt.find('\n', begin) - begin), ", ");
  const std::string kNonce = "\"nonce\": \"";
  const std::size_t nonce = asked.prompt.find(kNonce, begin);
  asked.nonce = asked.prompt.substr(nonce + kNonce.size(), 32);
  std::size_t end = ids;
  for (auto id = asked.ids.rbegin(); id != asked.ids.rend(); ++id) {
    const std::string head = "\n[" + *id + "] ";
    const std::size_t at = asked.prompt.rfind(head, end);
    if (at == std::string::npos) continue;
    asked.items[*id] = asked.prompt.substr(at + head.size(), end - at - head.size());
    end = at;
  }
  return asked;
}

// The answer to one item, without its id; null: none.
using ItemScript = std::function<Json(const AskedCall& call, const std::string& id)>;

class ScriptedJudge {
 public:
  explicit ScriptedJudge(ItemScript script) : script_(std::move(script)) {}

  v1::Reply Answer(const v1::Call& call) {
    const AskedCall asked = ReadAsked(call);
    calls.push_back(asked);
    Json answers = Json::array();
    for (const std::string& id : asked.ids) {
      Json answer = script_(asked, id);
      if (answer.is_null()) continue;
      answer["id"] = id;
      answers.push_back(std::move(answer));
    }
    v1::Reply reply;
    reply.set_model("scripted");
    reply.set_finish_reason("stop");
    reply.set_text(DumpJson(Json{{"nonce", asked.nonce}, {"answers", std::move(answers)}}));
    if (spoil) reply.set_text(spoil(reply.text()));
    return reply;
  }

  std::vector<AskedCall> calls;
  std::function<std::string(std::string)> spoil;  // what becomes of every reply

 private:
  ItemScript script_;
};

// The same for the same call: maps of a message have no order of their own.
inline std::string CallKey(const v1::Call& call) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  call.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

struct MachineRun {
  v1::Envelope envelope;
  std::vector<v1::Call> calls;
  int steps = 0;

  const v1::Verdict& verdict() const { return envelope.verdicts(0); }
  double score(const std::string& name) const {
    for (const v1::Score& score : verdict().scores()) {
      if (score.name() == name) return score.value();
    }
    ADD_FAILURE() << "no score " << name << " in " << envelope.DebugString();
    return -1;
  }
  bool has_score(const std::string& name) const {
    for (const v1::Score& score : verdict().scores()) {
      if (score.name() == name) return true;
    }
    return false;
  }
  bool has_flag(const std::string& flag) const {
    for (const std::string& f : verdict().flags()) {
      if (f == flag) return true;
    }
    return false;
  }
};

// Makes every call once; `answer` gives its outcome.
inline MachineRun Drive(StepMachine& machine,
                        const std::function<CallOutcome(const v1::Call&)>& answer) {
  MachineRun run;
  std::vector<CallOutcome> outcomes;
  std::set<std::string> made;
  while (run.steps++ < 10000) {
    absl::StatusOr<Step> step = machine.Advance(outcomes);
    EXPECT_TRUE(step.ok()) << step.status();
    if (!step.ok()) return run;
    EXPECT_NE(step->calls.empty(), !step->result.has_value()) << "calls or a result, never both";
    if (step->result) {
      run.envelope = *step->result;
      return run;
    }
    outcomes.clear();
    for (const v1::Call& call : step->calls) {
      EXPECT_TRUE(made.insert(CallKey(call)).second) << "a call was made twice";
      run.calls.push_back(call);
      outcomes.push_back(answer(call));
    }
  }
  ADD_FAILURE() << "the machine does not end";
  return run;
}

inline MachineRun Drive(StepMachine& machine, ScriptedJudge& judge) {
  return Drive(machine, [&](const v1::Call& call) {
    return CallOutcome{judge.Answer(call), std::nullopt};
  });
}

// For every prefix of the calls of `run`: a machine made anew, whose first calls are answered from
// the journal, goes on with exactly the calls that are missing.
inline void ExpectResumable(const std::function<std::unique_ptr<StepMachine>()>& make,
                            const std::function<CallOutcome(const v1::Call&)>& answer,
                            std::size_t stride = 1) {
  std::vector<std::string> order;
  std::map<std::string, CallOutcome> journal;
  const std::unique_ptr<StepMachine> whole = make();
  const MachineRun expected = Drive(*whole, [&](const v1::Call& call) {
    order.push_back(CallKey(call));
    return journal[order.back()] = answer(call);
  });
  for (std::size_t known = 0; known <= order.size(); known += stride) {
    const std::set<std::string> kept(order.begin(),
                                     order.begin() + static_cast<std::ptrdiff_t>(known));
    std::size_t asked = 0;
    const std::unique_ptr<StepMachine> machine = make();
    const MachineRun resumed = Drive(*machine, [&](const v1::Call& call) {
      const std::string key = CallKey(call);
      EXPECT_EQ(journal.count(key), 1u) << "another call than before";
      if (kept.count(key) == 0) ++asked;
      return journal[key];
    });
    ASSERT_EQ(asked, order.size() - known) << "after " << known << " calls";
    ASSERT_EQ(resumed.envelope.SerializeAsString(), expected.envelope.SerializeAsString());
  }
}

}  // namespace assay
