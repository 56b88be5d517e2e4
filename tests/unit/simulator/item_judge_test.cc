// The lexical judge on items: what it finds, and how often it is wrong on a labelled set.
#include "simulator/item_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/json/json.h"
#include "simulator/item_prompt.h"

namespace assay {
namespace {

using testing::ElementsAre;

std::string Fenced(const std::string& name, const std::string& text) {
  const std::string tail = "ASSAY-TEXT " + name + " 0123456789abcdef0123456789abcdef";
  return "<<<" + tail + ">>>\n" + text + "\n<<<END-" + tail + ">>>";
}

std::string Prompt(const std::string& form, const std::string& materials,
                   const std::vector<std::pair<std::string, std::string>>& items) {
  std::string prompt = "Judge.\n\nEach has:\n  \"id\": the id of the item, as it stands\n" + form +
                       "\n" + materials + "\n\nItems:\n";
  std::string ids;
  for (const auto& [id, text] : items) {
    prompt += "[" + id + "] " + text + "\n";
    ids += (ids.empty() ? "" : ", ") + id;
  }
  return prompt + "\nAnswer every one of these items: " + ids +
         "\nCopy this into the reply as it is here: \"nonce\": \"" + std::string(32, 'a') + "\"";
}

constexpr char kConstraintForm[] =
    "  \"verdict\": one of \"no\", \"partly\", \"yes\"\n  \"quote\": a string\n"
    "  \"note\" (may be left out): a string\n";

Json Ask(const std::string& prompt, ItemJudgeRequest knobs = {}) {
  knobs.prompt = prompt;
  if (knobs.request_sha256.empty()) knobs.request_sha256 = "00112233445566778899aabbccddeeff";
  const absl::StatusOr<Json> reply = ParseJson(JudgeItems(knobs));
  EXPECT_TRUE(reply.ok()) << reply.status();
  return reply.ok() ? *reply : Json();
}

TEST(ItemJudge, RatesByTheWordsThatACriterionSharesWithTheText) {
  const std::string rated =
      Prompt("  \"rating\": a whole number from 1 to 9\n  \"quote\": a string\n",
             Fenced("writing", "The harbour keeps old lanterns."),
             {{"c1", "harbour lanterns"}, {"c2", "glacier volcano"}});
  const Json answers = Ask(rated).at("answers");
  EXPECT_EQ(answers[0].at("rating"), 9);
  EXPECT_EQ(answers[1].at("rating"), 1);
  const std::string pair = Prompt(
      "  \"first\": a whole number from 0 to 10\n  \"second\": a whole number from 0 to 10\n",
      Fenced("first", "Nothing much.") + "\n" + Fenced("second", "The harbour keeps lanterns."),
      {{"c1", "harbour lanterns"}});
  const Json compared = Ask(pair).at("answers")[0];
  EXPECT_EQ(compared.at("first"), 0);
  EXPECT_EQ(compared.at("second"), 10);
}

TEST(ItemPrompt, IsReadAsItWasMade) {
  const std::string prompt =
      Prompt(kConstraintForm, Fenced("writing", "One.\n\n[c2] not an item.\nTwo."),
             {{"c1", "first"}, {"c2", "second\nline"}});
  ASSERT_TRUE(IsItemPrompt(prompt));
  const ItemPrompt read = ReadItemPrompt(prompt);
  EXPECT_THAT(read.ids, ElementsAre("c1", "c2"));
  EXPECT_EQ(read.items.at("c1"), "first");
  EXPECT_EQ(read.items.at("c2"), "second\nline");
  EXPECT_EQ(read.Text("writing"), "One.\n\n[c2] not an item.\nTwo.");
  EXPECT_EQ(read.nonce, std::string(32, 'a'));
  EXPECT_TRUE(read.HasLabel("verdict", "partly"));
  EXPECT_FALSE(IsItemPrompt("Rate it. {\"Score\": 1}"));
}

TEST(ItemJudge, AnswersConstraintsByTheWordsTheyShare) {
  const std::string prompt =
      Prompt(kConstraintForm,
             Fenced("writing",
                    "The harbour was quiet. Gulls circled above the rusty crane. Nobody spoke."),
             {{"c1", "It describes gulls above a crane."},
              {"c2", "It explains quantum mechanics formally."}});
  const Json reply = Ask(prompt);
  EXPECT_EQ(reply["nonce"], std::string(32, 'a'));
  EXPECT_EQ(reply["answers"][0]["verdict"], "yes");
  EXPECT_EQ(reply["answers"][0]["quote"], "Gulls circled above the rusty crane.");
  EXPECT_EQ(reply["answers"][1]["verdict"], "no");
}

TEST(ItemJudge, FindsNumbersThatClashAndEndingsThatAreMissing) {
  const std::string window = Prompt(
      "  \"findings\": a list\n  \"facts\": a list\n  \"promises\": a list\n  \"rating\": a whole "
      "number\n",
      Fenced("writing", "Old Mara kept 12 sheep. Years went by. Now Mara kept 15 sheep."),
      {{"w1", "the part"}});
  const Json answer = Ask(window)["answers"][0];
  ASSERT_EQ(answer["findings"].size(), 1u);
  EXPECT_EQ(answer["findings"][0]["kind"], "contradiction");
  EXPECT_EQ(answer["rating"], 4);
  const std::string form = "  \"ending\": one of \"complete\", \"rushed\", \"missing\"\n";
  EXPECT_EQ(
      Ask(Prompt(form, Fenced("ending", "And so it ended."), {{"e", "x"}}))["answers"][0]["ending"],
      "complete");
  EXPECT_EQ(Ask(Prompt(form, Fenced("ending", "And so it"), {{"e", "x"}}))["answers"][0]["ending"],
            "missing");
}

TEST(ItemJudge, AnotherNameOrNumberThanTheEvidencesIsContradicted) {
  const std::string form =
      "  \"label\": one of \"supported\", \"contradicted\", \"not_found\"\n  \"quote\": a string\n";
  const Json answers = Ask(
      Prompt(form, Fenced("evidence", "The granary of Arnholm took 184 days under master Yorke."),
             {{"c1", "The granary of Arnholm took 184 days under master Yorke."},
              {"c2", "The granary of Arnholm took 184 days under master Zell."},
              {"c3", "The granary of Arnholm took 193 days under master Yorke."},
              {"c4", "The granary of Belwick took 184 days under master Zell."}}))["answers"];
  EXPECT_EQ(answers[0]["label"], "supported");
  EXPECT_EQ(answers[1]["label"], "contradicted");
  EXPECT_EQ(answers[2]["label"], "contradicted");
  EXPECT_EQ(answers[3]["label"], "not_found") << "of another granary";
}

TEST(ItemJudge, KnobsDoWhatTheySay) {
  const std::string prompt = Prompt(kConstraintForm, Fenced("writing", "Nothing here."),
                                    {{"c1", "It explains tides."}, {"c2", "It explains tides."}});
  ItemJudgeRequest biased;
  biased.position_bias = 1;
  const Json first = Ask(prompt, biased);
  EXPECT_EQ(first["answers"][0]["verdict"], "yes");
  EXPECT_EQ(first["answers"][1]["verdict"], "no");
  ItemJudgeRequest verbose;
  verbose.verbosity_bias = 1;
  EXPECT_EQ(Ask(prompt, verbose)["answers"][0]["verdict"], "no") << "a short text";
  ItemJudgeRequest garbage;
  garbage.garbage_rate = 1;
  garbage.prompt = prompt;
  garbage.request_sha256 = "ff";
  EXPECT_NE(JudgeItems(garbage), JudgeItems({prompt, "ff"}));
  EXPECT_EQ(JudgeItems({prompt, "ff"}), JudgeItems({prompt, "ff"})) << "pure";
}

}  // namespace
}  // namespace assay
