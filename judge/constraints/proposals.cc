#include "judge/constraints/proposals.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/json/json.h"
#include "common/text/language.h"
#include "judge/constraints/constraint_scoring.h"

namespace assay {
namespace {

constexpr int kMaxProposals = 20;
constexpr std::int64_t kMaxTextBytes = 2000;
constexpr int kProposalTokens = 1500;

enum class Needs { kNothing, kCount, kText, kTexts, kMaybeTexts };

struct Proposable {
  const char* kind;
  Needs needs;
};

// Of the kinds that are checked in code those that one number and one list say in full.
constexpr Proposable kProposable[] = {
    {"words_min", Needs::kCount},        {"words_max", Needs::kCount},
    {"characters_min", Needs::kCount},   {"characters_max", Needs::kCount},
    {"sentences_min", Needs::kCount},    {"sentences_max", Needs::kCount},
    {"sentences_exact", Needs::kCount},  {"paragraphs_min", Needs::kCount},
    {"paragraphs_max", Needs::kCount},   {"paragraphs_exact", Needs::kCount},
    {"sections_min", Needs::kCount},     {"sections_max", Needs::kCount},
    {"sections_exact", Needs::kCount},   {"list_items_min", Needs::kCount},
    {"list_items_max", Needs::kCount},   {"list_items_exact", Needs::kCount},
    {"tables_min", Needs::kCount},       {"tables_max", Needs::kCount},
    {"headings", Needs::kTexts},         {"must_contain", Needs::kTexts},
    {"must_not_contain", Needs::kTexts}, {"order", Needs::kTexts},
    {"starts_with", Needs::kText},       {"ends_with", Needs::kText},
    {"language", Needs::kText},          {"json", Needs::kMaybeTexts},
    {"csv", Needs::kMaybeTexts},         {"tsv", Needs::kMaybeTexts},
    {"judged", Needs::kNothing},
};

Needs NeedsOf(std::string_view kind) {
  for (const Proposable& known : kProposable) {
    if (known.kind == kind) return known.needs;
  }
  return Needs::kNothing;
}

void MakeJudged(v1::Constraint& constraint) {
  constraint.set_kind("judged");
  constraint.clear_params();
}

void SetParams(const Answer& record, v1::Constraint& constraint) {
  const auto count = record.find("count");
  const auto texts = record.find("texts");
  auto& params = *constraint.mutable_params()->mutable_fields();
  const bool has_texts = texts != record.end() && !texts->second.texts.empty() &&
                         std::none_of(texts->second.texts.begin(), texts->second.texts.end(),
                                      [](const std::string& text) { return text.empty(); });
  const Needs needs = NeedsOf(constraint.kind());
  if (needs == Needs::kCount && count != record.end()) {
    params["count"].set_number_value(static_cast<double>(count->second.number));
  } else if ((needs == Needs::kTexts || needs == Needs::kMaybeTexts) && has_texts) {
    for (const std::string& text : texts->second.texts) {
      params["texts"].mutable_list_value()->add_values()->set_string_value(text);
    }
  } else if (needs == Needs::kText && has_texts) {
    params["text"].set_string_value(texts->second.texts[0]);
  } else if (needs != Needs::kMaybeTexts) {
    MakeJudged(constraint);
  }
  const bool language = constraint.kind() == "language";
  if (language && !GuessableLanguage(params["text"].string_value())) MakeJudged(constraint);
}

}  // namespace

std::vector<AnswerField> ProposalForm() {
  AnswerField kind;
  kind.name = "kind";
  kind.kind = AnswerField::Kind::kLabel;
  for (const Proposable& known : kProposable) kind.labels.emplace_back(known.kind);
  AnswerField text;
  text.name = "text";
  text.most = kMaxTextBytes;
  AnswerField count;
  count.name = "count";
  count.kind = AnswerField::Kind::kInteger;
  count.least = 1;
  count.most = 10'000'000;
  count.required = false;
  AnswerField texts;
  texts.name = "texts";
  texts.kind = AnswerField::Kind::kTexts;
  texts.most = 50;
  texts.required = false;
  AnswerField list;
  list.name = "constraints";
  list.kind = AnswerField::Kind::kRecords;
  list.most = kMaxProposals;
  list.fields = {kind, text, count, texts};
  return {list};
}

std::vector<v1::Constraint> ProposalsIn(const Answer& answer) {
  std::vector<v1::Constraint> constraints;
  for (const Answer& record : answer.at("constraints").records) {
    v1::Constraint& constraint = constraints.emplace_back();
    constraint.set_id(absl::StrCat("p", constraints.size()));
    constraint.set_kind(record.at("kind").text);
    constraint.set_text(record.at("text").text);
    SetParams(record, constraint);
    if (constraint.kind() == "judged" && constraint.text().empty()) constraints.pop_back();
  }
  return constraints;
}

std::string WriteProposals(const std::vector<v1::Constraint>& constraints) {
  Json list = Json::array();
  for (const v1::Constraint& constraint : constraints) {
    Json one = {{"id", constraint.id()}, {"kind", constraint.kind()}, {"text", constraint.text()}};
    const auto& params = constraint.params().fields();
    if (const auto count = params.find("count"); count != params.end()) {
      one["count"] = static_cast<std::int64_t>(count->second.number_value());
    }
    if (const auto text = params.find("text"); text != params.end()) {
      one["texts"] = Json::array({text->second.string_value()});
    }
    if (const auto texts = params.find("texts"); texts != params.end()) {
      for (const auto& text : texts->second.list_value().values()) {
        one["texts"].push_back(text.string_value());
      }
    }
    list.push_back(std::move(one));
  }
  return DumpJson(list);
}

absl::StatusOr<std::vector<v1::Constraint>> ReadProposals(std::string_view json) {
  const absl::StatusOr<Json> list = ParseJson(json);
  if (!list.ok()) return Annotate(list.status(), "proposed constraints");
  if (!list->is_array()) return InvalidArgument("proposed constraints: not a list");
  std::vector<v1::Constraint> constraints;
  for (const Json& one : *list) {
    const bool shaped = one.is_object() && one.contains("id") && one["id"].is_string() &&
                        one.contains("kind") && one["kind"].is_string() && one.contains("text") &&
                        one["text"].is_string();
    if (!shaped) return InvalidArgument("proposed constraints: an entry has no id, kind or text");
    v1::Constraint& constraint = constraints.emplace_back();
    constraint.set_id(one["id"].get<std::string>());
    constraint.set_kind(one["kind"].get<std::string>());
    constraint.set_text(one["text"].get<std::string>());
    Answer record;
    if (one.contains("count") && one["count"].is_number_integer()) {
      record["count"].number = one["count"].get<std::int64_t>();
    }
    if (one.contains("texts") && one["texts"].is_array()) {
      for (const Json& text : one["texts"]) {
        if (text.is_string()) record["texts"].texts.push_back(text.get<std::string>());
      }
    }
    if (constraint.kind() != "judged") SetParams(record, constraint);
  }
  return constraints;
}

ConstraintProposal::ConstraintProposal(const v1::UnitInputs& inputs)
    : inputs_(inputs), budget_(BudgetOf(inputs.scorers(0).constraints().asking())) {}

absl::StatusOr<Step> ConstraintProposal::Advance(std::span<const CallOutcome> outcomes) {
  if (inputs_.sample().constraints_size() > 0) return EndPreparation("[]", "");
  if (!ask_) {
    AskSpec spec;
    spec.label = "constraints/propose";
    spec.prompt = &BuiltinPrompt("constraints/propose");
    spec.fields["task"] = TaskMaterial(inputs_);
    spec.answer = ProposalForm();
    spec.items_per_call = 1;
    spec.completion_tokens_per_item = kProposalTokens;
    v1::Asking asking = inputs_.scorers(0).constraints().asking();
    asking.set_repeats(1);
    ask_.emplace(inputs_, asking, std::move(spec),
                 std::vector<AskedItem>{{"task", "the task above"}}, budget_);
  }
  Step step;
  step.calls = ask_->Next(outcomes);
  if (!step.calls.empty()) return step;
  if (ask_->failure()) return EndPreparation(*ask_->failure());
  const ItemResult& result = ask_->results().at("task");
  if (result.answers.empty()) return EndPreparation("", result.problem);
  return EndPreparation(WriteProposals(ProposalsIn(result.answers[0])), "");
}

}  // namespace assay
