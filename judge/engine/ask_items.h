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
#include "judge/engine/prompt.h"

namespace assay {

// The form of one field of an answer.
struct AnswerField {
  enum class Kind {
    kLabel,    // one of `labels`, compared after NormalizeForMatch
    kInteger,  // JSON integer in least..most
    kText,     // string, at most `most` bytes; may be empty
    kTexts,    // list of strings, at most `most` of them
    kIds,      // list of ids out of `labels`
    kRecords,  // list of objects with `fields`, at most `most`
  };
  std::string name;
  Kind kind = Kind::kText;
  std::vector<std::string> labels;
  std::int64_t least = 0;
  std::int64_t most = 0;
  bool required = true;  // false: may be absent or null
  std::vector<AnswerField> fields;
};

// A value of a field. Only the member of its kind is set.
struct AnswerValue {
  std::string text;  // kLabel (as it stands in `labels`), kText
  std::int64_t number = 0;
  std::vector<std::string> texts;                           // kTexts, kIds
  std::vector<std::map<std::string, AnswerValue>> records;  // kRecords
  double expected = 0;  // kInteger: mean over the rivals' log probabilities; number when none came
};
using Answer = std::map<std::string, AnswerValue>;  // absent fields are not in it

struct AskedItem {
  std::string id;    // [A-Za-z0-9._-]{1,32}, unique
  std::string text;  // how it is shown, its id excluded; one or more lines
};

struct AskSpec {
  std::string label;  // of the calls, e.g. "claims/verify"
  const PromptTemplate* prompt = nullptr;
  // Fields besides "items" (the numbered items) and "nonce" (demand for it), which AskItems fills;
  // material already fenced. The template has these two last.
  std::map<std::string, std::string> fields;
  std::vector<AnswerField> answer;
  int items_per_call = 8;
  bool json_lines = false;
  int completion_tokens_per_item = 200;  // caps max_tokens when the spec's sampling sets none
};

// How a whole machine may ask: shared by its AskItems, so that the cap holds for all of them.
struct AskBudget {
  int calls_left = 0;
  v1::JudgeStats stats;                          // added up
  std::vector<v1::JudgeReply> unusable_replies;  // the first 20
  std::vector<std::string> judge_models;         // as returned
};

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
  struct Batch;
  const v1::UnitInputs& inputs_;
  v1::Asking asking_;
  AskSpec spec_;
  AskBudget& budget_;
  std::map<std::string, ItemResult> results_;
  std::optional<v1::Error> failure_;
  std::vector<std::string> too_long_;
};

// Votes over repeats. Majority: the label most answers have; a tie is the earlier in `order`.
std::string MajorityLabel(const ItemResult& result, const std::string& field,
                          const std::vector<std::string>& order);
double MeanOfField(const ItemResult& result, const std::string& field);

// Defaults of an Asking under a scorer's own: temperature 0, tries 3, schema on, repeats 1, window
// from inputs or 8192.
v1::Asking ResolvedAsking(const v1::Asking& own, int max_calls, int items_per_call);
int JudgeWindow(const v1::UnitInputs& inputs, const v1::Asking& asking);

}  // namespace assay
