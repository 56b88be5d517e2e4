// The kinds that a suite may name, those that are checked in code and those that a judge may
// propose are written down in three places; here they are held to each other.
#include "suites/constraint_kinds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "judge/constraints/code_checks.h"
#include "judge/constraints/proposals.h"

namespace assay {
namespace {

TEST(ConstraintKinds, EveryKindButJudgedIsCheckedInCode) {
  std::vector<std::string> kinds = KindsCheckedInCode();
  kinds.push_back("judged");
  EXPECT_THAT(ConstraintKinds(), testing::UnorderedElementsAreArray(kinds));
}

TEST(ConstraintKinds, WhatAJudgeMayProposeIsAConstraintOfASuite) {
  const std::vector<AnswerField> form = ProposalForm();
  const AnswerField& kind = form.at(0).fields.at(0);
  ASSERT_EQ(kind.name, "kind");
  for (const std::string& name : kind.labels) {
    Answer record;
    record["kind"].text = name;
    record["text"].text = "As the task says.";
    record["count"].number = 3;
    record["texts"].texts = {"zh", "en"};
    Answer answer;
    answer["constraints"].records = {record};
    const std::vector<v1::Constraint> proposed = ProposalsIn(answer);
    ASSERT_EQ(proposed.size(), 1u) << name;
    EXPECT_EQ(proposed[0].kind(), name);
    for (const ConstraintProblem& problem : CheckConstraint(proposed[0])) {
      ADD_FAILURE() << name << ": " << problem.field << " " << problem.what;
    }
    EXPECT_EQ(WriteProposals(ReadProposals(WriteProposals(proposed)).value()),
              WriteProposals(proposed));
  }
}

}  // namespace
}  // namespace assay
