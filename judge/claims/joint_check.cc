#include "judge/claims/joint_check.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "judge/claims/published_replies.h"

namespace assay {

JointCheck::JointCheck(const v1::UnitInputs& inputs, const std::vector<std::string>& claims,
                       const std::vector<std::string>& passages, AskBudget& budget)
    : asks_(
          inputs, "verify",
          [this](std::size_t question, const std::string& reply) {
            return Read(question, reply).has_value();
          },
          budget),
      claims_(claims.size()) {
  const auto most = static_cast<std::size_t>(ClaimsSpec(inputs).claims_per_call());
  for (const std::string& passage : passages) {
    for (std::size_t first = 0; first < claims.size(); first += most) {
      const std::size_t end = std::min(claims.size(), first + most);
      const std::string list =
          absl::StrJoin(claims.begin() + static_cast<std::ptrdiff_t>(first),
                        claims.begin() + static_cast<std::ptrdiff_t>(end), "\n");
      const std::size_t question =
          asks_.Add({{"question", inputs.prompt_text()}, {"reference", passage}, {"claims", list}});
      sizes_[question] = end - first;
      parts_.push_back({question, first});
    }
  }
}

std::vector<JointCheck::Outcome> JointCheck::Outcomes() const {
  std::vector<std::vector<Entailment>> found(claims_);
  std::vector<Outcome> outcomes(claims_);
  for (const Part& part : parts_) {
    const JudgeAnswer& answer = asks_.answer(part.question);
    const auto labels = answer.usable ? Read(part.question, answer.text) : std::nullopt;
    for (std::size_t i = 0; i < sizes_.at(part.question); ++i) {
      if (labels) {
        found[part.first + i].push_back((*labels)[i]);
      } else {
        outcomes[part.first + i].problem = answer.problem;
      }
    }
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (found[i].empty()) continue;
    const Entailment merged = MergedOverSegments(found[i]);
    if (outcomes[i].problem.empty() || merged == Entailment::kEntailment) {
      outcomes[i] = {merged, ""};
    }
  }
  return outcomes;
}

std::optional<std::vector<Entailment>> JointCheck::Read(std::size_t question,
                                                        const std::string& reply) const {
  return ReadJointEntailment(reply, sizes_.at(question), asks_.strict());
}

}  // namespace assay
