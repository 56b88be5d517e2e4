#include "judge/engine/ask_items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/judge/engine/scripted_judge.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AskItemsTest : public testing::Test {
 protected:
  AskItemsTest() {
    inputs_.mutable_unit()->set_id("unit");
    inputs_.mutable_unit()->set_endpoint("judges");
    inputs_.mutable_judge()->set_id("j");
    inputs_.mutable_judge()->set_model("judge-model");
    inputs_.set_run_secret(std::string(32, 's'));
    inputs_.set_text("The sky is blue.");
    spec_.label = "check";
    spec_.prompt = &BuiltinPrompt("engine/check");
    spec_.fields["text"] = Material(inputs_, "output", inputs_.text());
    AnswerField label;
    label.name = "says";
    label.kind = AnswerField::Kind::kLabel;
    label.labels = {"yes", "no"};
    AnswerField score;
    score.name = "score";
    score.kind = AnswerField::Kind::kInteger;
    score.least = 1;
    score.most = 5;
    score.required = false;
    spec_.answer = {label, score};
    spec_.items_per_call = 4;
    asking_ = ResolvedAsking({}, 100, 8);
  }

  std::vector<AskedItem> Items(int n) {
    std::vector<AskedItem> items;
    for (int i = 1; i <= n; ++i)
      items.push_back({"c" + std::to_string(i), "statement " + std::to_string(i)});
    return items;
  }

  // Asks until it is done; the size of every batch goes to batches_.
  AskItems Ask(int items, const std::function<CallOutcome(const v1::Call&)>& answer) {
    budget_ = BudgetOf(asking_);
    AskItems ask(inputs_, asking_, spec_, Items(items), budget_);
    std::vector<CallOutcome> outcomes;
    std::set<std::string> made;
    for (int step = 0; step < 1000; ++step) {
      const std::vector<v1::Call> calls = ask.Next(outcomes);
      if (calls.empty()) return ask;
      outcomes.clear();
      for (const v1::Call& call : calls) {
        EXPECT_TRUE(made.insert(call.SerializeAsString()).second) << "asked twice";
        batches_.push_back(ReadAsked(call).ids.size());
        outcomes.push_back(answer(call));
      }
    }
    ADD_FAILURE() << "does not end";
    return ask;
  }
  AskItems Ask(int items, ScriptedJudge& judge) {
    return Ask(items, [&](const v1::Call& call) {
      return CallOutcome{judge.Answer(call), std::nullopt};
    });
  }

  static int Judged(const AskItems& ask) {
    int judged = 0;
    for (const auto& [id, result] : ask.results()) judged += result.answers.empty() ? 0 : 1;
    return judged;
  }

  v1::UnitInputs inputs_;
  AskSpec spec_;
  v1::Asking asking_;
  AskBudget budget_;
  std::vector<std::size_t> batches_;
};

Json Yes(const AskedCall&, const std::string&) { return {{"says", "yes"}}; }

TEST_F(AskItemsTest, AsksAllItemsInBatchesByTheirIds) {
  ScriptedJudge judge(Yes);
  const AskItems ask = Ask(10, judge);
  EXPECT_THAT(batches_, ElementsAre(4, 4, 2));
  EXPECT_EQ(Judged(ask), 10);
  EXPECT_THAT(judge.calls[0].ids, ElementsAre("c1", "c2", "c3", "c4"));
  EXPECT_THAT(judge.calls[0].items.at("c2"), HasSubstr("statement 2"));
  EXPECT_EQ(ask.results().at("c10").answers[0].at("says").text, "yes");
  EXPECT_EQ(budget_.stats.calls(), 3);
  EXPECT_EQ(budget_.stats.unusable_replies(), 0);
  EXPECT_GT(budget_.stats.shared_prefix_bytes(), budget_.stats.prompt_bytes() / 2);
  EXPECT_THAT(budget_.judge_models, ElementsAre("scripted"));
}

TEST_F(AskItemsTest, AsksOnlyTheMissingAgain) {
  std::set<std::string> asked_before;
  ScriptedJudge judge([&](const AskedCall&, const std::string& id) -> Json {
    if (id == "c3" && asked_before.insert(id).second) return nullptr;
    return {{"says", "no"}};
  });
  const AskItems ask = Ask(4, judge);
  EXPECT_THAT(batches_, ElementsAre(4, 1));
  EXPECT_EQ(judge.calls[1].ids, std::vector<std::string>{"c3"});
  EXPECT_EQ(Judged(ask), 4);
}

TEST_F(AskItemsTest, HalvesABatchThatFailsTwiceDownToTheItemThatSpoilsIt) {
  ScriptedJudge judge([](const AskedCall& call, const std::string&) -> Json {
    // The judge says nothing useful whenever c2 is among the items.
    for (const std::string& other : call.ids) {
      if (other == "c2") return {{"says", "perhaps"}};
    }
    return {{"says", "yes"}};
  });
  const AskItems ask = Ask(4, judge);
  EXPECT_EQ(Judged(ask), 3);
  EXPECT_TRUE(ask.results().at("c2").answers.empty());
  EXPECT_THAT(ask.results().at("c2").problem, HasSubstr("\"perhaps\" is none of its labels"));
  EXPECT_LE(batches_.size(), 9u);
}

TEST_F(AskItemsTest, GarbageEndsWithReasonsAndABoundedNumberOfCalls) {
  ScriptedJudge judge(Yes);
  judge.spoil = [](const std::string&) { return "I would rather not."; };
  const AskItems ask = Ask(8, judge);
  EXPECT_EQ(Judged(ask), 0);
  for (const auto& [id, result] : ask.results()) EXPECT_THAT(result.problem, HasSubstr("no JSON"));
  EXPECT_LE(batches_.size(), 36u);
  EXPECT_EQ(budget_.stats.unjudged_items(), 8);
  EXPECT_EQ(budget_.stats.unusable_replies(), static_cast<int>(batches_.size()));
  EXPECT_LE(budget_.unusable_replies.size(), 20u);
  EXPECT_EQ(budget_.unusable_replies[0].text(), "I would rather not.");
}

TEST_F(AskItemsTest, NeverMoreCallsThanTheCap) {
  asking_.set_max_calls(3);
  ScriptedJudge judge(Yes);
  const AskItems ask = Ask(20, judge);
  EXPECT_EQ(batches_.size(), 3u);
  EXPECT_EQ(Judged(ask), 12);
  EXPECT_EQ(ask.results().at("c20").problem, "the verdict's call cap is reached");
}

TEST_F(AskItemsTest, RepliesWithAnotherNonceAreRefusedWhole) {
  ScriptedJudge judge(Yes);
  judge.spoil = [](std::string text) {
    text.replace(text.find("\"nonce\":\"") + 9, 32, std::string(32, 'f'));
    return text;
  };
  const AskItems ask = Ask(2, judge);
  EXPECT_EQ(Judged(ask), 0);
  EXPECT_GT(budget_.stats.injections(), 0);
}

TEST_F(AskItemsTest, AContextErrorHalvesTheBatchAndNamesTheItemThatDoesNotFit) {
  ScriptedJudge judge(Yes);
  const AskItems ask = Ask(4, [&](const v1::Call& call) {
    const AskedCall asked = ReadAsked(call);
    const bool too_long = asked.ids.size() > 1 || asked.ids[0] == "c1";
    if (!too_long) return CallOutcome{judge.Answer(call), std::nullopt};
    v1::Error error;
    error.set_error_class(v1::ERROR_CLASS_REQUEST);
    error.set_context_exceeded(true);
    return CallOutcome{std::nullopt, error};
  });
  EXPECT_EQ(Judged(ask), 3);
  EXPECT_THAT(ask.too_long(), ElementsAre("c1"));
  EXPECT_FALSE(ask.failure().has_value());
}

TEST_F(AskItemsTest, WhatCannotFitIsNotSent) {
  asking_.set_context_tokens(2048);
  spec_.items_per_call = 4;
  spec_.completion_tokens_per_item = 450;
  const AskItems small = Ask(4, [&](const v1::Call& call) {
    ScriptedJudge judge(Yes);
    return CallOutcome{judge.Answer(call), std::nullopt};
  });
  EXPECT_EQ(Judged(small), 4);
  for (const std::size_t batch : batches_) EXPECT_LT(batch, 4u);
  batches_.clear();
  spec_.fields["text"] = Material(inputs_, "output", std::string(20000, 'x'));
  const AskItems large = Ask(2, [](const v1::Call&) { return CallOutcome{}; });
  EXPECT_THAT(batches_, IsEmpty());
  EXPECT_THAT(large.too_long(), ElementsAre("c1", "c2"));
}

TEST_F(AskItemsTest, AnyOtherRefusalIsFinalForAll) {
  const AskItems ask = Ask(8, [&](const v1::Call&) {
    v1::Error error;
    error.set_error_class(v1::ERROR_CLASS_REQUEST);
    error.set_message("content rule");
    return CallOutcome{std::nullopt, error};
  });
  ASSERT_TRUE(ask.failure().has_value());
  EXPECT_THAT(ask.results().at("c8").problem, HasSubstr("refused"));
  EXPECT_THAT(batches_, ElementsAre(4, 4)) << "asked once";
}

TEST_F(AskItemsTest, ACutReplyOfOneItemGetsALargerCapOnce) {
  spec_.items_per_call = 1;
  std::vector<int> caps;
  const AskItems ask = Ask(1, [&](const v1::Call& call) {
    caps.push_back(call.llm().sampling().max_tokens());
    v1::Reply reply;
    reply.set_text("{\"nonce\": \"");
    reply.set_finish_reason("length");
    return CallOutcome{reply, std::nullopt};
  });
  ASSERT_EQ(caps.size(), 2u);
  EXPECT_EQ(caps[1], 2 * caps[0]);
  EXPECT_THAT(ask.results().at("c1").problem, HasSubstr("cut at its token cap"));
}

TEST_F(AskItemsTest, ACutReplyOfSeveralItemsIsAskedForInHalves) {
  ScriptedJudge judge(Yes);
  const AskItems ask = Ask(4, [&](const v1::Call& call) {
    v1::Reply reply = judge.Answer(call);
    if (ReadAsked(call).ids.size() > 2) {
      reply.mutable_text()->resize(reply.text().size() - 10);
      reply.set_finish_reason("length");
    }
    return CallOutcome{reply, std::nullopt};
  });
  EXPECT_THAT(batches_, ElementsAre(4, 2, 2));
  EXPECT_EQ(Judged(ask), 4);
}

TEST_F(AskItemsTest, RepeatsAreDrawsOfTheirOwnAndTheirAgreementIsCounted) {
  asking_.set_repeats(3);
  std::map<std::string, int> draws;
  ScriptedJudge judge([&](const AskedCall&, const std::string& id) -> Json {
    return {{"says", id == "c2" && draws[id]++ == 1 ? "no" : "yes"}, {"score", 3}};
  });
  const AskItems ask = Ask(2, judge);
  EXPECT_EQ(ask.results().at("c1").answers.size(), 3u);
  EXPECT_EQ(MajorityLabel(ask.results().at("c2"), "says", {"yes", "no"}), "yes");
  EXPECT_EQ(MeanOfField(ask.results().at("c1"), "score"), 3);
  EXPECT_EQ(budget_.stats.repeat_pairs(), 4);
  EXPECT_EQ(budget_.stats.repeat_agreements(), 2);
}

TEST_F(AskItemsTest, CallsOfOneItemMayAskForRivalsAndTakeTheirMean) {
  spec_.top_logprobs = 5;
  std::map<std::size_t, int> asked_of;
  const AskItems ask = Ask(5, [&](const v1::Call& call) {
    const AskedCall asked = ReadAsked(call);
    asked_of[asked.ids.size()] = call.llm().top_logprobs();
    v1::Reply reply;
    const std::string head =
        R"({"nonce": ")" + asked.nonce + R"(", "answers": [{"id": "c5", "says": "yes", "score":)";
    if (asked.ids.size() > 1) return CallOutcome{ScriptedJudge(Yes).Answer(call), std::nullopt};
    for (const std::string& token : {head, std::string(" 4"), std::string("}]}")}) {
      reply.mutable_text()->append(token);
      reply.add_logprobs()->set_token(token);
    }
    for (const char* rival : {"4", "5"}) {
      v1::TokenLogprob& added = *reply.mutable_logprobs(1)->add_rivals();
      added.set_token(rival);
      added.set_logprob(-1);
    }
    return CallOutcome{reply, std::nullopt};
  });
  EXPECT_EQ(asked_of, (std::map<std::size_t, int>{{1, 5}, {4, 0}}));
  EXPECT_EQ(ask.results().at("c5").answers.at(0).at("score").number, 4);
  EXPECT_EQ(MeanOfField(ask.results().at("c5"), "score"), 4.5);
}

TEST_F(AskItemsTest, TheFormIsSaidInWordsAndAsASchema) {
  ScriptedJudge judge(Yes);
  v1::Call first;
  Ask(1, [&](const v1::Call& call) {
    first = call;
    return CallOutcome{judge.Answer(call), std::nullopt};
  });
  EXPECT_THAT(judge.calls[0].prompt, HasSubstr("\"says\": one of \"yes\", \"no\""));
  EXPECT_THAT(first.llm().response_format().json_schema().DebugString(), HasSubstr("says"));
  asking_.set_json_schema(false);
  Ask(1, [&](const v1::Call& call) {
    first = call;
    return CallOutcome{judge.Answer(call), std::nullopt};
  });
  EXPECT_FALSE(first.llm().has_response_format());
}

}  // namespace
}  // namespace assay
