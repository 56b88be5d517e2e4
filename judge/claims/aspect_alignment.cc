#include "judge/claims/aspect_alignment.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "judge/claims/coverage_forms.h"

namespace assay {
namespace {

constexpr std::int64_t kClaimListTokens = 2500;

std::string AspectId(std::size_t i) { return absl::StrCat("a", i + 1); }

}  // namespace

AspectAlignment::AspectAlignment(const v1::UnitInputs& inputs, const v1::Asking& asking,
                                 const std::vector<std::string>& aspects,
                                 const std::vector<Claim>& claims, AskBudget& budget)
    : aspects_(aspects.size()) {
  if (aspects.empty()) return;
  std::string list;
  std::vector<std::string> ids;
  std::int64_t tokens = 0;
  const auto ask = [&] {
    if (ids.empty()) return;
    AskSpec spec;
    spec.label = absl::StrCat("claims/align/", asks_.size() + 1);
    spec.prompt = &BuiltinPrompt("claims/align");
    spec.fields["task"] = TaskMaterial(inputs);
    spec.fields["claims"] = Material(inputs, "claims", list);
    spec.answer = AlignForm(ids);
    spec.items_per_call = 10;
    spec.completion_tokens_per_item = 120;
    std::vector<AskedItem> items;
    for (std::size_t i = 0; i < aspects.size(); ++i) items.push_back({AspectId(i), aspects[i]});
    asks_.Add(AskItems(inputs, asking, std::move(spec), std::move(items), budget));
    list.clear();
    ids.clear();
    tokens = 0;
  };
  for (const Claim& claim : claims) {
    const std::string line = absl::StrCat(claim.id, ": ", claim.text, "\n");
    const std::int64_t more = BoundTokens(line).most;
    if (tokens + more > kClaimListTokens) ask();
    list += line;
    ids.push_back(claim.id);
    tokens += more;
  }
  ask();
}

AspectCover AspectAlignment::covered_by() const {
  AspectCover cover(aspects_, std::set<std::string>());
  for (std::size_t i = 0; i < aspects_; ++i) {
    bool unjudged = false;
    for (std::size_t part = 0; part < asks_.size(); ++part) {
      const ItemResult& result = asks_[part].results().at(AspectId(i));
      unjudged = unjudged || result.answers.empty();
      if (result.answers.empty()) continue;
      const auto& ids = result.answers.front().at("covered_by").texts;
      cover[i]->insert(ids.begin(), ids.end());
    }
    // Covered by what is known; uncovered only when everything is.
    if (cover[i]->empty() && unjudged) cover[i].reset();
  }
  return cover;
}

}  // namespace assay
