#include "judge/claims/claim_extraction.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/segments.h"
#include "judge/claims/coverage_forms.h"
#include "judge/claims/published_replies.h"
#include "judge/engine/marks.h"

namespace assay {
namespace {

constexpr std::int64_t kWindowTokens = 2500;
constexpr std::size_t kLookBack = 2;
constexpr int kTokensPerSentence = 130;

std::string_view Of(std::string_view text, TextRange range) {
  return text.substr(range.begin, range.end - range.begin);
}

// On one line, so that nothing in it can pass for a numbered sentence or an item of its own.
std::string OneLine(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return c == '\n' || c == '\r' || c == '\v' || c == '\f'; }, ' ');
  return NeutralizeFences(line);
}

}  // namespace

ClaimExtraction::ClaimExtraction(const v1::UnitInputs& inputs, const v1::Asking& asking,
                                 std::string_view text, int sentences_per_item, AskBudget& budget)
    : inputs_(inputs),
      asking_(asking),
      text_(text),
      sentences_per_item_(sentences_per_item),
      budget_(budget),
      sentences_(SentencesOf(text, inputs.sample().language())) {
  // The window is the prefix that its items share, so a larger one costs little where prompts are
  // cached; it has to leave room for the task, the form and the reply.
  const std::int64_t room =
      JudgeWindow(inputs, asking) - BoundTokens(BuiltinPrompt("claims/extract").text).most -
      BoundTokens(TaskMaterial(inputs)).most - 800 - 256 - sentences_per_item * kTokensPerSentence;
  const std::int64_t most = std::clamp<std::int64_t>(room, 400, kWindowTokens);
  std::size_t first = 0;
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < sentences_.size(); ++i) {
    const std::int64_t more = BoundTokens(Of(text, sentences_[i])).most + 6;
    if (i > first && tokens + more > most) {
      AddWindow(first, i);
      first = i;
      tokens = 0;
    }
    tokens += more;
  }
  if (first < sentences_.size()) AddWindow(first, sentences_.size());
}

void ClaimExtraction::AddWindow(std::size_t first, std::size_t last) {
  std::string numbered;
  for (std::size_t i = first > kLookBack ? first - kLookBack : 0; i < last; ++i) {
    absl::StrAppend(&numbered, "(", i + 1, ") ", OneLine(Of(text_, sentences_[i])), "\n");
  }
  AskSpec spec;
  spec.label = absl::StrCat("claims/extract/", asks_.size() + 1);
  spec.prompt = &BuiltinPrompt("claims/extract");
  spec.fields["task"] = TaskMaterial(inputs_);
  spec.fields["text"] = Material(inputs_, "writing", numbered);
  spec.answer = ExtractForm();
  spec.items_per_call = 1;
  spec.completion_tokens_per_item = sentences_per_item_ * kTokensPerSentence;
  std::vector<AskedItem> items;
  for (std::size_t i = first; i < last; i += static_cast<std::size_t>(sentences_per_item_)) {
    const std::size_t end = std::min(last, i + static_cast<std::size_t>(sentences_per_item_));
    const std::string id = absl::StrCat("x", groups_.size() + 1);
    groups_.push_back({asks_.size(), id, i, end});
    items.push_back({id, absl::StrCat("sentences (", i + 1, ") to (", end, ")")});
  }
  asks_.Add(AskItems(inputs_, asking_, std::move(spec), std::move(items), budget_));
}

ExtractedClaims ClaimExtraction::Result() const {
  ExtractedClaims extracted;
  std::set<std::string> seen;
  extracted.groups = static_cast<int>(groups_.size());
  for (const Group& group : groups_) {
    const ItemResult& result = asks_[group.ask].results().at(group.id);
    if (result.answers.empty()) {
      ++extracted.unparsed;
      extracted.problem = result.problem;
      continue;
    }
    for (const Answer& record : result.answers.front().at("claims").records) {
      const auto sentence = static_cast<std::size_t>(record.at("sentence").number) - 1;
      const std::string text = OneLine(record.at("claim").text);
      const std::string form = NormalizedClaim(text);
      if (sentence < group.first || sentence >= group.last || form.empty()) {
        ++extracted.misplaced;
      } else if (!seen.insert(form).second) {
        ++extracted.duplicates;
      } else {
        extracted.claims.push_back(
            {absl::StrCat("c", extracted.claims.size() + 1), text, sentences_[sentence]});
      }
    }
  }
  return extracted;
}

}  // namespace assay
