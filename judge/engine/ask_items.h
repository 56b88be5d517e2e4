// AskItems: puts many questions to a judge, some at a time, each by its id, and gets an answer or a
// reason for each. The one way in which the three judges make calls: ask, parse, ask the missing
// again, halve the batch, give up with a reason; never more than max_calls. Pure state machine:
// owned by a step machine, whose Advance it serves. Not thread-safe.
//
// A reply is one JSON object {"nonce": "...", "answers": [{"id": "...", <fields>}, ...]}; fences
// and prose around it, a bare array, and JSON lines (where the template says so) are read too;
// nothing is guessed: an answer whose fields are not of their form counts as missing, and so does
// an id that is answered twice in different ways. A reply without this call's nonce is refused
// whole.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/agent/step_machine.h"
#include "judge/engine/answer_form.h"
#include "judge/engine/prompt.h"
#include "judge/engine/token_estimate.h"

namespace assay {

struct AskedItem {
  std::string id;    // [A-Za-z0-9._-]{1,32}, unique
  std::string text;  // how it is shown, its id excluded; one or more lines
};

struct AskSpec {
  std::string label;  // of the calls, e.g. "claims/verify"
  const PromptTemplate* prompt = nullptr;
  // Fields besides "form" (what an answer looks like, the same in every call), "items" (each with
  // its id) and "nonce" (the demand for it), which AskItems fills; material already fenced. The
  // template has form before everything that varies, and items and nonce last.
  std::map<std::string, std::string> fields;
  std::vector<AnswerField> answer;
  int items_per_call = 8;
  bool json_lines = false;
  int completion_tokens_per_item = 200;  // caps max_tokens when the spec's sampling sets none
  // > 0: calls of one item ask for so many rivals of each token, for AnswerValue.expected. Only for
  // servers that give them; others may refuse the request.
  int top_logprobs = 0;
};

// How a whole machine may ask: shared by its AskItems, so that the cap holds for all of them.
struct AskBudget {
  int calls_left = 0;
  v1::JudgeStats stats;                          // added up
  std::vector<v1::JudgeReply> unusable_replies;  // the first 20
  std::vector<std::string> judge_models;         // as returned
  TokenCalibration calibration;
  std::string last_prompt;    // of the calls before, for the shared prefix
  bool shortens_task = true;  // questions show TaskMaterial

  void SawModel(const v1::Reply& reply);
  void KeepUnusable(const v1::UnitInputs& inputs, const std::string& label, const v1::Draw& draw,
                    const v1::Reply& reply, const std::string& problem);
};

// Budget of one verdict under a resolved asking.
AskBudget BudgetOf(const v1::Asking& asking);
// What the verdict says of it: statistics, unusable replies, models as returned.
void TellBudget(const AskBudget& budget, const v1::UnitInputs& inputs, v1::Verdict& verdict);

struct ItemResult {
  // One answer a repeat (Asking.repeats), those that could be had. Empty: unjudged.
  std::vector<Answer> answers;
  std::string problem;  // why not all
};

class AskItems {
 public:
  // Resolved asking (every field set). `inputs` and `budget` outlive it. REQUIRES: unique ids.
  AskItems(const v1::UnitInputs& inputs, const v1::Asking& asking, AskSpec spec,
           std::vector<AskedItem> items, AskBudget& budget);

  // The next calls; empty: done. First with no outcomes, then with those of the calls before.
  // A context error of one item alone, or the call cap, ends items with a problem. An error that is
  // final for every call (class request, not context) ends all with `failure`.
  std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes);

  // After the last Next: every item, in their order of ids asked.
  const std::map<std::string, ItemResult>& results() const { return results_; }
  const std::optional<v1::Error>& failure() const { return failure_; }
  // Items that did not fit the judge's window even alone: the owner may cut and ask again.
  const std::vector<std::string>& too_long() const { return too_long_; }

 private:
  // Items that are asked together, in one call.
  struct Batch {
    std::vector<std::string> ids;
    int repeat = 0;
    int tries = 0;      // calls made for it, its items' earlier batches included
    int doublings = 0;  // of max_tokens, for one item whose reply was cut
  };
  struct Sent {
    Batch batch;
    std::string nonce;
    v1::Draw draw;
    std::int64_t estimated = 0;
  };

  v1::Call CallFor(Batch batch);
  std::string PromptFor(const std::vector<std::string>& ids, const std::string& nonce) const;
  v1::Sampling SamplingFor(const Batch& batch) const;
  bool Fits(const Batch& batch) const;
  void Read(const Sent& sent, const v1::Reply& reply);
  void Refuse(const Sent& sent, const v1::Error& error);
  void AskAgain(const Sent& sent, std::vector<std::string> ids, const std::string& problem);
  void Halve(const Batch& batch);
  void GiveUp(const std::vector<std::string>& ids, const std::string& problem);
  void CountPrompt(const std::string& prompt);
  void CountAgreement();
  std::vector<v1::Call> Send();

  const v1::UnitInputs& inputs_;
  v1::Asking asking_;
  AskSpec spec_;
  AskBudget& budget_;
  std::map<std::string, std::string> items_;  // id to text
  std::vector<Batch> waiting_;
  std::vector<Sent> sent_;
  std::map<std::string, ItemResult> results_;
  std::optional<v1::Error> failure_;
  std::vector<std::string> too_long_;
  bool counted_ = false;
};

// Votes over repeats. Majority: the label most answers have; a tie is the earlier in `order`.
std::string MajorityLabel(const ItemResult& result, const std::string& field,
                          const std::vector<std::string>& order);
// Mean over the answers of a kInteger field's expected value; 0 when none has it.
double MeanOfField(const ItemResult& result, const std::string& field);

// Defaults of an Asking under a scorer's own: temperature 0, tries 3, schema on, repeats 1, window
// from inputs or 8192.
v1::Asking ResolvedAsking(const v1::Asking& own, int max_calls, int items_per_call);
absl::Status CheckAsking(const v1::Asking& asking, const std::string& field);
int JudgeWindow(const v1::UnitInputs& inputs, const v1::Asking& asking);

}  // namespace assay
