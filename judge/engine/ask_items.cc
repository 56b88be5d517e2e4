#include "judge/engine/ask_items.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/check.h"
#include "common/base/log.h"
#include "common/text/utf8.h"
#include "judge/engine/answer_reply.h"
#include "judge/engine/expected_score.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

constexpr int kDefaultTries = 3;
constexpr int kDefaultWindow = 8192;
constexpr int kMinCompletion = 256;
constexpr int kMaxDoublings = 1;
constexpr std::size_t kMaxUnusableKept = 20;
constexpr std::size_t kMaxKeptBytes = std::size_t{16} << 10;
// Repeats of a question under repeats of a generation.
constexpr int kDrawsPerRepeat = 1000;

std::string ItemBlock(const std::string& id, const std::string& text) {
  return absl::StrCat("[", id, "] ", text, "\n");
}

std::size_t CommonPrefix(std::string_view a, std::string_view b) {
  const std::size_t n = std::min(a.size(), b.size());
  return static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(n), b.begin()).first -
      a.begin());
}

bool IsContextError(const v1::Error& error) {
  return error.error_class() == v1::ERROR_CLASS_REQUEST && error.context_exceeded();
}

// What an answer says, for counting whether two draws agree: labels and numbers, not wordings.
std::string Essence(const Answer& answer) {
  std::string out;
  for (const auto& [name, value] : answer) {
    absl::StrAppend(&out, name, "=", value.number, "/", value.records.size(), "/",
                    value.texts.size(), ";");
    if (value.texts.empty() && value.records.empty() && value.text.size() <= 32) out += value.text;
  }
  return out;
}

}  // namespace

AskItems::AskItems(const v1::UnitInputs& inputs, const v1::Asking& asking, AskSpec spec,
                   std::vector<AskedItem> items, AskBudget& budget)
    : inputs_(inputs), asking_(asking), spec_(std::move(spec)), budget_(budget) {
  ASSAY_CHECK(spec_.prompt != nullptr && asking_.max_tries() > 0 && asking_.repeats() > 0);
  spec_.fields["form"] = DescribeForm(spec_.answer);
  const int per_call = std::max(1, asking_.items_per_call() > 0
                                       ? std::min(asking_.items_per_call(), spec_.items_per_call)
                                       : spec_.items_per_call);
  for (int repeat = 0; repeat < asking_.repeats(); ++repeat) {
    Batch batch;
    batch.repeat = repeat;
    for (const AskedItem& item : items) {
      if (repeat == 0) ASSAY_CHECK(items_.emplace(item.id, item.text).second);
      results_[item.id];
      batch.ids.push_back(item.id);
      if (static_cast<int>(batch.ids.size()) < per_call) continue;
      waiting_.push_back(std::exchange(batch, Batch{{}, repeat}));
    }
    if (!batch.ids.empty()) waiting_.push_back(std::move(batch));
  }
  budget_.stats.set_items(budget_.stats.items() + static_cast<int>(items.size()));
}

std::vector<v1::Call> AskItems::Next(std::span<const CallOutcome> outcomes) {
  ASSAY_CHECK(outcomes.size() == sent_.size());
  const std::vector<Sent> sent = std::exchange(sent_, {});
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (outcomes[i].reply) {
      Read(sent[i], *outcomes[i].reply);
    } else {
      Refuse(sent[i], *outcomes[i].error);
    }
  }
  if (failure_) {
    for (const Batch& batch : std::exchange(waiting_, {}))
      GiveUp(batch.ids, "the judge's endpoint refused");
  }
  std::vector<v1::Call> calls = Send();
  if (calls.empty() && !std::exchange(counted_, true)) CountAgreement();
  return calls;
}

std::vector<v1::Call> AskItems::Send() {
  std::vector<v1::Call> calls;
  while (!waiting_.empty()) {
    // Halving puts smaller batches behind the others.
    std::vector<Batch> batches = std::exchange(waiting_, {});
    for (Batch& batch : batches) {
      if (budget_.calls_left <= 0) {
        GiveUp(batch.ids, "the verdict's call cap is reached");
      } else if (Fits(batch)) {
        calls.push_back(CallFor(std::move(batch)));
      } else if (batch.ids.size() > 1) {
        Halve(batch);
      } else {
        too_long_.push_back(batch.ids[0]);
        GiveUp(batch.ids, "the item does not fit the judge's window");
      }
    }
  }
  return calls;
}

v1::Sampling AskItems::SamplingFor(const Batch& batch) const {
  v1::Sampling sampling = asking_.sampling();
  const v1::Sampling& own = inputs_.judge().sampling();
  if (own.stop_size() > 0) sampling.clear_stop();
  sampling.MergeFrom(own);
  if (!sampling.has_max_tokens()) {
    const int items = static_cast<int>(batch.ids.size());
    sampling.set_max_tokens(kMinCompletion + items * spec_.completion_tokens_per_item);
  }
  sampling.set_max_tokens(sampling.max_tokens() << batch.doublings);
  return sampling;
}

bool AskItems::Fits(const Batch& batch) const {
  const std::string prompt = PromptFor(batch.ids, std::string(32, '0'));
  const std::int64_t tokens = budget_.calibration.Tokens(prompt);
  return tokens + SamplingFor(batch).max_tokens() <= JudgeWindow(inputs_, asking_);
}

std::string AskItems::PromptFor(const std::vector<std::string>& ids,
                                const std::string& nonce) const {
  std::map<std::string, std::string> fields = spec_.fields;
  std::string& items = fields["items"];
  for (const std::string& id : ids) items += ItemBlock(id, items_.at(id));
  fields["nonce"] =
      absl::StrCat("Answer every one of these items: ", absl::StrJoin(ids, ", "),
                   "\nCopy this into the reply as it is here: \"nonce\": \"", nonce, "\"");
  return FillPrompt(*spec_.prompt, fields);
}

v1::Call AskItems::CallFor(Batch batch) {
  Sent& sent = sent_.emplace_back();
  sent.draw.set_repeat(inputs_.unit().repeat() * kDrawsPerRepeat + batch.repeat);
  sent.draw.set_try_(batch.tries);
  std::string purpose = spec_.label;
  for (const std::string& id : batch.ids) absl::StrAppend(&purpose, " ", id);
  sent.nonce = ReplyNonce(inputs_, purpose, sent.draw);
  v1::Call call;
  call.set_label(spec_.label);
  call.set_endpoint(inputs_.unit().endpoint().empty() ? inputs_.judge().endpoint()
                                                      : inputs_.unit().endpoint());
  *call.mutable_draw() = sent.draw;
  v1::LlmRequest& request = *call.mutable_llm();
  request.set_model(inputs_.judge().model());
  v1::Message& message = *request.add_messages();
  message.set_role("user");
  message.set_content(PromptFor(batch.ids, sent.nonce));
  *request.mutable_sampling() = SamplingFor(batch);
  if (batch.ids.size() == 1) {
    request.set_top_logprobs(std::max(spec_.top_logprobs, asking_.top_logprobs()));
  }
  if (asking_.json_schema()) *request.mutable_response_format() = AnswerSchema(spec_.answer);
  CountPrompt(message.content());
  sent.estimated = BoundTokens(message.content()).most;
  sent.batch = std::move(batch);
  --budget_.calls_left;
  budget_.stats.set_calls(budget_.stats.calls() + 1);
  return call;
}

void AskItems::CountPrompt(const std::string& prompt) {
  v1::JudgeStats& stats = budget_.stats;
  stats.set_prompt_bytes(stats.prompt_bytes() + static_cast<std::int64_t>(prompt.size()));
  const std::size_t shared = CommonPrefix(prompt, budget_.last_prompt);
  stats.set_shared_prefix_bytes(stats.shared_prefix_bytes() + static_cast<std::int64_t>(shared));
  budget_.last_prompt = prompt;
}

void AskItems::Read(const Sent& sent, const v1::Reply& reply) {
  budget_.SawModel(reply);
  if (reply.usage().prompt_tokens() > 0 && !reply.usage().estimated()) {
    budget_.calibration.Observe(sent.estimated, reply.usage().prompt_tokens());
  }
  const AnswerDemand demand{spec_.answer, sent.batch.ids, sent.nonce, spec_.json_lines};
  AnswerReply read = ReadAnswers(demand, reply.text());
  if (reply.text().empty() && !reply.refusal().empty()) read.problem = "the judge refused";
  if (read.forged) budget_.stats.set_injections(budget_.stats.injections() + 1);
  std::string problem = read.problem.empty() ? read.first_bad : read.problem;
  const bool cut = reply.finish_reason() == "length";
  if (cut && !problem.empty()) problem = "cut at its token cap; " + problem;
  if (!problem.empty()) {
    budget_.KeepUnusable(inputs_, spec_.label, sent.draw, reply, problem);
  }
  std::vector<std::string> missing;
  for (const std::string& id : sent.batch.ids) {
    const auto answer = read.answers.find(id);
    if (answer == read.answers.end()) {
      missing.push_back(id);
      continue;
    }
    if (sent.batch.ids.size() == 1) SetExpectedScores(spec_.answer, reply, answer->second);
    results_[id].answers.push_back(std::move(answer->second));
  }
  if (missing.empty()) return;
  if (cut && missing.size() == 1 && sent.batch.ids.size() == 1) {
    if (sent.batch.doublings >= kMaxDoublings) return GiveUp(missing, problem + ", twice");
    Batch larger = sent.batch;
    ++larger.tries;
    ++larger.doublings;
    waiting_.push_back(std::move(larger));
    return;
  }
  if (cut && missing.size() > 1) {
    Batch fewer = sent.batch;
    fewer.ids = std::move(missing);
    ++fewer.tries;
    return Halve(fewer);
  }
  AskAgain(sent, std::move(missing), problem);
}

void AskItems::AskAgain(const Sent& sent, std::vector<std::string> ids,
                        const std::string& problem) {
  Batch again = sent.batch;
  again.ids = std::move(ids);
  ++again.tries;
  if (again.tries >= asking_.max_tries() && again.ids.size() == 1) {
    return GiveUp(again.ids,
                  absl::StrCat("no usable answer in ", again.tries, " tries; the last: ", problem));
  }
  // A batch as a whole may be what is too much: from its second failure on it is halved, down to
  // single items, which then have their tries.
  if (again.tries < 2 || again.ids.size() == 1) {
    waiting_.push_back(std::move(again));
    return;
  }
  if (again.tries >= asking_.max_tries() + 8) return GiveUp(again.ids, problem);
  Halve(again);
}

void AskItems::Halve(const Batch& batch) {
  const auto middle = batch.ids.begin() + static_cast<std::ptrdiff_t>((batch.ids.size() + 1) / 2);
  Batch first = batch;
  Batch second = batch;
  first.ids.assign(batch.ids.begin(), middle);
  second.ids.assign(middle, batch.ids.end());
  // A single item has two tries of its own left, however large the batches before were.
  for (Batch* half : {&first, &second}) {
    if (half->ids.size() == 1)
      half->tries = std::min(half->tries, std::max(1, asking_.max_tries() - 2));
  }
  waiting_.push_back(std::move(first));
  waiting_.push_back(std::move(second));
}

void AskItems::Refuse(const Sent& sent, const v1::Error& error) {
  if (IsContextError(error)) {
    if (sent.batch.ids.size() > 1) {
      Batch batch = sent.batch;
      ++batch.tries;
      return Halve(batch);
    }
    too_long_.push_back(sent.batch.ids[0]);
    return GiveUp(sent.batch.ids, "the item does not fit the judge's window");
  }
  const std::string message = EscapeForTerminal(error.message(), 200);
  if (error.error_class() == v1::ERROR_CLASS_TOO_SLOW) {
    if (sent.batch.ids.size() > 1) {
      Batch batch = sent.batch;
      ++batch.tries;
      return Halve(batch);
    }
    return GiveUp(sent.batch.ids, "the judge took too long: " + message);
  }
  if (!failure_) failure_ = error;
  GiveUp(sent.batch.ids, "the judge's endpoint refused: " + message);
}

void AskItems::GiveUp(const std::vector<std::string>& ids, const std::string& problem) {
  for (const std::string& id : ids) {
    ItemResult& result = results_[id];
    if (result.problem.empty()) result.problem = problem;
  }
}

void AskItems::CountAgreement() {
  v1::JudgeStats& stats = budget_.stats;
  for (const auto& [id, result] : results_) {
    if (result.answers.empty()) stats.set_unjudged_items(stats.unjudged_items() + 1);
    for (std::size_t i = 1; i < result.answers.size(); ++i) {
      stats.set_repeat_pairs(stats.repeat_pairs() + 1);
      const bool same = Essence(result.answers[i]) == Essence(result.answers[i - 1]);
      stats.set_repeat_agreements(stats.repeat_agreements() + (same ? 1 : 0));
    }
  }
}

std::string MajorityLabel(const ItemResult& result, const std::string& field,
                          const std::vector<std::string>& order) {
  std::string best;
  int most = 0;
  for (const std::string& label : order) {
    const auto votes =
        std::count_if(result.answers.begin(), result.answers.end(), [&](const Answer& answer) {
          const auto value = answer.find(field);
          return value != answer.end() && value->second.text == label;
        });
    if (votes > most) {
      most = static_cast<int>(votes);
      best = label;
    }
  }
  return best;
}

double MeanOfField(const ItemResult& result, const std::string& field) {
  double sum = 0;
  int n = 0;
  for (const Answer& answer : result.answers) {
    const auto value = answer.find(field);
    if (value == answer.end()) continue;
    sum += value->second.expected;
    ++n;
  }
  return n == 0 ? 0 : sum / n;
}

v1::Asking ResolvedAsking(const v1::Asking& own, int max_calls, int items_per_call) {
  v1::Asking asking = own;
  if (!asking.sampling().has_temperature()) asking.mutable_sampling()->set_temperature(0);
  if (asking.max_tries() == 0) asking.set_max_tries(kDefaultTries);
  if (asking.max_calls() == 0) asking.set_max_calls(max_calls);
  if (!asking.has_json_schema()) asking.set_json_schema(true);
  if (asking.repeats() == 0) asking.set_repeats(1);
  if (asking.items_per_call() == 0) asking.set_items_per_call(items_per_call);
  return asking;
}

absl::Status CheckAsking(const v1::Asking& asking, const std::string& field) {
  struct Range {
    const char* name;
    int value;
    int least;
    int most;
  };
  for (const Range& range : {Range{"max_tries", asking.max_tries(), 1, 20},
                             Range{"max_calls", asking.max_calls(), 1, 100000},
                             Range{"repeats", asking.repeats(), 1, 100},
                             Range{"items_per_call", asking.items_per_call(), 1, 200},
                             Range{"top_logprobs", asking.top_logprobs(), 0, 20}}) {
    if (range.value >= range.least && range.value <= range.most) continue;
    return InvalidArgument(absl::StrCat(field, ".asking.", range.name, ": ", range.value,
                                        " is not between ", range.least, " and ", range.most));
  }
  if (asking.context_tokens() != 0 && asking.context_tokens() < 2048) {
    return InvalidArgument(absl::StrCat(field, ".asking.context_tokens: ", asking.context_tokens(),
                                        " is too small, expected 2048 or more"));
  }
  return absl::OkStatus();
}

int JudgeWindow(const v1::UnitInputs& inputs, const v1::Asking& asking) {
  if (asking.context_tokens() > 0) return asking.context_tokens();
  return inputs.context_tokens() > 0 ? inputs.context_tokens() : kDefaultWindow;
}

void AskBudget::SawModel(const v1::Reply& reply) {
  if (reply.model().empty()) return;
  if (std::find(judge_models.begin(), judge_models.end(), reply.model()) != judge_models.end()) {
    return;
  }
  judge_models.push_back(reply.model());
}

void AskBudget::KeepUnusable(const v1::UnitInputs& inputs, const std::string& label,
                             const v1::Draw& draw, const v1::Reply& reply,
                             const std::string& problem) {
  stats.set_unusable_replies(stats.unusable_replies() + 1);
  if (unusable_replies.size() >= kMaxUnusableKept) return;
  v1::JudgeReply& kept = unusable_replies.emplace_back();
  kept.set_judge(inputs.judge().id());
  kept.set_model(reply.model());
  const std::string_view text = CutUtf8(reply.text(), kMaxKeptBytes);
  kept.set_text(std::string(text));
  if (text.size() < reply.text().size()) kept.mutable_text()->append("\n[cut here]");
  *kept.mutable_draw() = draw;
  kept.set_problem(absl::StrCat(label, ": ", problem));
}

AskBudget BudgetOf(const v1::Asking& asking) {
  AskBudget budget;
  budget.calls_left = asking.max_calls();
  return budget;
}

void TellBudget(const AskBudget& budget, const v1::UnitInputs& inputs, v1::Verdict& verdict) {
  *verdict.mutable_judge_stats() = budget.stats;
  for (const v1::JudgeReply& reply : budget.unusable_replies) *verdict.add_replies() = reply;
  for (const std::string& model : budget.judge_models) verdict.add_judge_models(model);
  for (const std::string& kind : InjectionPatterns(inputs.text())) {
    AddFlag(verdict, "text_" + kind);
  }
  if (budget.stats.injections() > 0) AddFlag(verdict, "possible_injection");
  if (budget.shortens_task && inputs.prompt_text().size() > kMaxTaskBytes) {
    AddFlag(verdict, "task_shortened");
  }
}

}  // namespace assay
