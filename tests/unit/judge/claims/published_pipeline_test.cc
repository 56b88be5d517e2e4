// Factual coverage with a user's copy of a published pipeline's prompts: what is asked, and that
// the pipelines' own worked cases come to their published figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "judge/claims/published_stages.h"
#include "judge/scorer_registry.h"
#include "tests/unit/judge/claims/golden_data.h"
#include "tests/unit/judge/engine/scripted_judge.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Prompts = std::map<std::string, std::string>;

const Prompts kFactScore = {{"claims", "Facts of: {sentence}"},
                            {"verify", "About {topic}.\n{context}\nInput: {claim} True or False?"}};
const Prompts kVeriScore = {{"claims_system", "You extract."},
                            {"claims", "{snippet}\nSentence: {sentence}"},
                            {"verify", "Claim: {claim}\n\n{search_results}\n\nYour decision:"}};
const Prompts kRefChecker = {{"claims", "Q {q}\nA {a}"},
                             {"verify", "Q [QUESTION]\nR [REFERENCE]\nC\n[CLAIMS]\nend"}};
const Prompts kIcat = {{"claims", "Claims of {response}"},
                       {"align", "{query}\nTopics:\n{topics}\nFacts:\n{claims}"},
                       {"aspects", "Topics of {query}"}};

v1::ScorerSpec SpecOf(const std::string& preset, const Prompts& prompts,
                      v1::Compat compat = v1::COMPAT_OFFICIAL) {
  v1::ScorerSpec spec;
  spec.set_compat(compat);
  spec.mutable_factual_coverage()->set_preset(preset);
  for (const auto& [name, text] : prompts) {
    (*spec.mutable_factual_coverage()->mutable_prompts())[name] = text;
  }
  return spec;
}

v1::UnitInputs InputsOf(const v1::ScorerSpec& spec) {
  const absl::StatusOr<v1::ScorerSpec> resolved = ResolveScorer(spec);
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {*resolved});
  v1::Document& document = *inputs.mutable_sample()->add_references();
  document.set_id("https://harbour.example");
  document.set_title("Harbour");
  document.set_text("The ferry crosses the sound in forty minutes. It was built in 1921");
  (*inputs.mutable_sample()->mutable_metadata())["topic"] = "the ferry";
  return inputs;
}

// The prompt that a call shows, after a system message if there is one.
std::string PromptOf(const v1::Call& call) {
  return call.llm().messages(call.llm().messages_size() - 1).content();
}

using Script = std::function<std::string(const v1::Call&)>;

MachineRun Score(const v1::UnitInputs& inputs, const Script& script) {
  const auto machine = MakeScorer(inputs).value();
  return Drive(*machine, [&](const v1::Call& call) {
    CallOutcome outcome;
    outcome.reply.emplace().set_text(script(call));
    outcome.reply->set_finish_reason("stop");
    return outcome;
  });
}

bool Asks(const v1::Call& call, const std::string& stage) {
  return call.label().starts_with("claims/" + stage + "/");
}

TEST(PublishedPipeline, FactScoreAsksSentenceBySentenceAndFactByFact) {
  v1::UnitInputs inputs = InputsOf(SpecOf("factscore", kFactScore));
  inputs.set_text("Sure, here it is. The ferry is fast. The ferry was built in 1931.");
  const MachineRun run = Score(inputs, [](const v1::Call& call) -> std::string {
    if (Asks(call, "claims")) return "- " + PromptOf(call).substr(10) + "\n";
    return PromptOf(call).find("1931. True or False") != std::string::npos ? "False" : "True";
  });
  ASSERT_EQ(run.calls.size(), 4u) << "the sentence that begins with Sure states nothing";
  EXPECT_EQ(PromptOf(run.calls[0]), "Facts of: The ferry is fast.");
  EXPECT_EQ(run.calls[0].llm().sampling().temperature(), 0.7);
  EXPECT_EQ(
      PromptOf(run.calls[3]),
      "About the ferry.\nTitle: Harbour\nText: The ferry crosses the sound in forty minutes. It "
      "was built in 1921.\nInput: The ferry was built in 1931. True or False?");
  EXPECT_EQ(run.score("claims"), 2);
  EXPECT_NEAR(run.score("factscore_init"), 50, 1e-12);
  EXPECT_NEAR(run.score("factscore"), 50 * std::exp(1 - 10.0 / 2), 1e-12);
  EXPECT_TRUE(run.has_flag("factscore"));
  EXPECT_FALSE(run.has_flag("factscore-style"));
  const v1::Span& place = run.verdict().findings(1).spans(0);
  EXPECT_EQ(inputs.text().substr(static_cast<std::size_t>(place.begin_byte())),
            "The ferry was built in 1931.");
  inputs.mutable_sample()->clear_metadata();
  const auto machine = MakeScorer(inputs).value();
  const absl::StatusOr<Step> step = machine->Advance({});
  ASSERT_TRUE(step.ok());
  std::vector<CallOutcome> outcomes(step->calls.size());
  for (CallOutcome& outcome : outcomes) outcome.reply.emplace().set_text("- A.");
  EXPECT_THAT(machine->Advance(outcomes).status().message(),
              HasSubstr("metadata.topic is missing"));
}

TEST(PublishedPipeline, FactScoreSentencesAreRepaired) {
  const std::string text = "He was born in St. petersburg. Yes. He died.\nWell. Then he rose.";
  std::vector<std::string> sentences;
  for (const TextRange& range : FactScoreSentences(text, "en")) {
    sentences.emplace_back(text.substr(range.begin, range.end - range.begin));
  }
  for (std::string& sentence : sentences) absl::StripAsciiWhitespace(&sentence);
  EXPECT_THAT(sentences, ElementsAre("He was born in St. petersburg. Yes.", "He died.",
                                     "Well. Then he rose."));
}

TEST(PublishedPipeline, VeriScoreMarksTheSentenceBetweenItsNeighbours) {
  v1::UnitInputs inputs = InputsOf(SpecOf("veriscore", kVeriScore));
  inputs.set_prompt_text("How fast is it?");
  inputs.set_text("One. Two is here. Three is here. Four is here. The ferry takes forty minutes.");
  const MachineRun run = Score(inputs, [](const v1::Call& call) -> std::string {
    if (Asks(call, "verify")) return "###Supported.###";
    return PromptOf(call).find("<SOS>The ferry") == std::string::npos
               ? "No verifiable claim."
               : "- The ferry takes forty minutes.";
  });
  EXPECT_EQ(run.calls[0].llm().messages(0).content(), "You extract.");
  EXPECT_EQ(run.calls[0].llm().sampling().max_tokens(), 1000);
  EXPECT_EQ(PromptOf(run.calls.end()[-3]),
            "Question: How fast is it?\nResponse: One. Two is here. Three is here. <SOS>Four is "
            "here.<EOS> The ferry takes forty minutes.\nSentence: Four is here.");
  EXPECT_THAT(
      PromptOf(run.calls.back()),
      HasSubstr("Search result 1\nTitle: Harbour\nLink: https://harbour.example\nContent: "));
  EXPECT_EQ(run.score("claims"), 1);
  EXPECT_NEAR(run.score("f1_at_k"), 100 * 2 * (1.0 / 17) / (1 + 1.0 / 17), 1e-9);
}

// 25 claims with ten search results and a verdict each.
TEST(PublishedPipeline, VeriScoresOwnSampleComesToItsScore) {
  if (!HasGolden("veriscore")) GTEST_SKIP() << "no veriscore data";
  const Json row = GoldenRows(GoldenFolder("veriscore") / "data_sample.jsonl").at(0);
  const Json expected = GoldenJson(GoldenFolder("veriscore") / "EXPECTED.json");
  v1::UnitInputs inputs = InputsOf(SpecOf("veriscore", kVeriScore));
  inputs.set_text(row["response"].get<std::string>());
  std::vector<std::string> lists;
  for (const Json& sentence : row["claim_list"]) {
    lists.push_back(absl::StrJoin(sentence.get<std::vector<std::string>>(), "\n"));
  }
  std::map<std::string, std::string> verdicts;
  for (const Json& verdict : row["claim_verification_result"]) {
    const std::string claim = verdict["claim"].get<std::string>();
    verdicts[claim] = verdict["verification_result"].get<std::string>();
    std::vector<SearchResult> results;
    for (const Json& result : row["claim_search_results"][claim]) {
      results.push_back({result["title"].get<std::string>(), result["link"].get<std::string>(),
                         result["snippet"].get<std::string>()});
    }
    EXPECT_EQ(FormatSearchResults(results) + "\n\n", verdict["search_results"].get<std::string>());
  }
  // ICU's sentences are not spaCy's: each answers with one sentence's claims, the last with what is
  // left.
  std::size_t asked = 0;
  std::size_t sentences = 0;
  const auto count = [&](const v1::Call& call) -> std::string {
    if (Asks(call, "claims")) ++sentences;
    return "No verifiable claim.";
  };
  Score(inputs, count);
  const MachineRun run = Score(inputs, [&](const v1::Call& call) -> std::string {
    if (Asks(call, "claims")) {
      const std::size_t i = asked++;
      if (asked < sentences) return i < lists.size() ? lists[i] : "No verifiable claim.";
      std::string rest;
      for (std::size_t j = i; j < lists.size(); ++j) {
        if (lists[j] != "No verifiable claim.") absl::StrAppend(&rest, lists[j], "\n");
      }
      return rest.empty() ? "No verifiable claim." : rest;
    }
    const std::string prompt = PromptOf(call);
    const std::string claim = prompt.substr(7, prompt.find('\n') - 7);
    return absl::StrCat("###", verdicts.at(claim), ".###");
  });
  EXPECT_EQ(run.score("claims"), expected["claims"].get<int>());
  EXPECT_EQ(run.score("supported"), expected["supported"].get<int>());
  EXPECT_NEAR(run.score("f1_at_k"), 100 * expected["F1_at_K"]["17"].get<double>(), 1e-6);
}

TEST(PublishedPipeline, RefCheckerChecksFiveTripletsACallAgainstEachDocument) {
  v1::UnitInputs inputs = InputsOf(SpecOf("refchecker", kRefChecker));
  inputs.mutable_sample()->add_references()->set_text("Another passage.");
  inputs.set_prompt_text("What of it?");
  inputs.set_text("A long answer.");
  const MachineRun run = Score(inputs, [](const v1::Call& call) -> std::string {
    if (Asks(call, "claims")) {
      std::string triplets;
      for (int i = 0; i < 6; ++i) absl::StrAppend(&triplets, "(\"s", i, "\", \"is\", \"o\")\n");
      return triplets;
    }
    const bool other = PromptOf(call).find("R Another") != std::string::npos;
    if (PromptOf(call).find("\"s0\"") == std::string::npos)
      return other ? "Contradiction" : "Neutral";
    return other ? "Neutral\nNeutral\nContradiction\nNeutral\nNeutral"
                 : "Entailment\nNeutral\nContradiction";  // two labels short: Neutral
  });
  ASSERT_EQ(run.calls.size(), 5u);
  EXPECT_EQ(PromptOf(run.calls[0]), "Q What of it?\nA A long answer.");
  EXPECT_EQ(run.calls[0].llm().sampling().max_tokens(), 500);
  EXPECT_THAT(PromptOf(run.calls[1]), HasSubstr("C\n(\"s0\", \"is\", \"o\")\n(\"s1\", "));
  EXPECT_NEAR(run.score("refchecker_Entailment"), 100.0 / 6, 1e-12);
  EXPECT_NEAR(run.score("refchecker_Contradiction"), 200.0 / 6, 1e-12);
  EXPECT_EQ(run.verdict().findings(0).spans_size(), 0) << "it does not say where a claim stands";
}

TEST(PublishedPipeline, InStrictModeAShortListIsAskedForAgainAndNeverFilledUp) {
  v1::UnitInputs inputs = InputsOf(SpecOf("refchecker", kRefChecker, v1::COMPAT_STRICT));
  inputs.set_text("A long answer.");
  const MachineRun run = Score(inputs, [](const v1::Call& call) -> std::string {
    if (Asks(call, "claims")) {
      return "(\"a\", \"is\", \"b\")\n(\"c\", \"is\", \"d\")";
    }
    return "Entailment";
  });
  EXPECT_EQ(run.envelope.outcome(), v1::OUTCOME_UNJUDGED);
  EXPECT_EQ(run.calls.size(), 1u + 3u) << "max_tries";
  EXPECT_TRUE(run.verdict().scores().empty());
}

TEST(PublishedPipeline, InStrictModeAListThatWasCutIsNoList) {
  for (const v1::Compat compat : {v1::COMPAT_STRICT, v1::COMPAT_OFFICIAL}) {
    v1::UnitInputs inputs = InputsOf(SpecOf("icat", kIcat, compat));
    inputs.mutable_sample()->add_aspects("speed");
    inputs.set_text("A long answer.");
    const auto machine = MakeScorer(inputs).value();
    const MachineRun run = Drive(*machine, [](const v1::Call&) {
      CallOutcome outcome;
      outcome.reply.emplace().set_text("The ferry takes forty minutes.\nIt is b");
      outcome.reply->set_finish_reason("length");
      return outcome;
    });
    if (compat == v1::COMPAT_STRICT) {
      EXPECT_EQ(run.envelope.outcome(), v1::OUTCOME_UNJUDGED);
      EXPECT_THAT(run.verdict().reason(), HasSubstr("cut at its token cap"));
    } else {
      EXPECT_THAT(run.verdict().reason(), HasSubstr("none of 2 claims")) << "as published";
      EXPECT_EQ(run.verdict().judge_stats().unjudged_items(), 2);
    }
  }
}

// Both worked cases: triplets, labels both ways, precision, recall and F1.
TEST(PublishedPipeline, RagCheckersWorkedCasesComeToTheirMetrics) {
  if (!HasGolden("ragchecker")) GTEST_SKIP() << "no ragchecker data";
  const Json outputs = GoldenJson(GoldenFolder("ragchecker") / "checking_outputs.json");
  for (const Json& row : outputs["results"]) {
    SCOPED_TRACE(row["query_id"].dump());
    const std::string answer = row["gt_answer"].get<std::string>();
    const std::string response = row["response"].get<std::string>();
    const auto triplets = [](const Json& claims) {
      std::string text;
      for (const Json& claim : claims) {
        absl::StrAppend(&text, "(\"",
                        absl::StrJoin(claim.get<std::vector<std::string>>(), "\", \""), "\")\n");
      }
      return text;
    };
    std::map<std::string, std::size_t> next;  // label to be said, by direction
    const Script judge = [&](const v1::Call& call) -> std::string {
      const std::string prompt = PromptOf(call);
      if (Asks(call, "claims")) {
        const bool of_answer = prompt.find("\nA " + answer) != std::string::npos;
        return triplets(row[of_answer ? "gt_answer_claims" : "response_claims"]);
      }
      const bool by_answer = prompt.find("\nR " + answer + "\nC") != std::string::npos;
      const std::string direction = by_answer ? "answer2response" : "response2answer";
      const std::size_t begin = prompt.find("\nC\n") + 3;
      const std::string list = prompt.substr(begin, prompt.rfind("\nend") - begin);
      std::string labels;
      for (std::size_t i = 0; i < std::vector<std::string>(absl::StrSplit(list, '\n')).size();
           ++i) {
        absl::StrAppend(&labels, row[direction].at(next[direction]++).get<std::string>(), "\n");
      }
      return labels;
    };
    v1::UnitInputs inputs = InputsOf(SpecOf("ragchecker", kRefChecker));
    inputs.mutable_sample()->clear_references();
    inputs.mutable_sample()->set_reference_answer(answer);
    inputs.set_prompt_text(row["query"].get<std::string>());
    v1::UnitInputs prepare = inputs;
    prepare.mutable_unit()->set_kind(v1::UNIT_KIND_PREPARE);
    inputs.set_preparation(Score(prepare, judge).envelope.generation().text());
    inputs.set_preparation_outcome(v1::OUTCOME_GENERATED);
    inputs.set_text(response);
    const MachineRun run = Score(inputs, judge);
    for (const char* metric : {"precision", "recall", "f1"}) {
      EXPECT_NEAR(run.score(absl::StrCat("ragchecker_", metric)),
                  100 * row["metrics"][metric].get<double>(), 1e-9)
          << metric;
    }
  }
}

TEST(PublishedPipeline, RagCheckerWithoutAReferenceAnswerHasNoEvidence) {
  v1::UnitInputs inputs = InputsOf(SpecOf("ragchecker", kRefChecker));
  inputs.set_text("A long answer.");
  const MachineRun run = Score(inputs, [](const v1::Call&) { return ""; });
  EXPECT_EQ(run.envelope.outcome(), v1::OUTCOME_NO_EVIDENCE);
  EXPECT_TRUE(run.calls.empty());
}

TEST(PublishedPipeline, IcatAlignsSupportedClaimsByNumber) {
  v1::UnitInputs inputs = InputsOf(SpecOf("icat", kIcat));
  inputs.mutable_sample()->add_aspects("speed");
  inputs.mutable_sample()->add_aspects("price");
  inputs.set_text("A long answer.");
  const auto machine = MakeScorer(inputs).value();
  ScriptedJudge grounding([](const AskedCall& call, const std::string& id) -> Json {
    const bool forty = call.items.at(id).find("forty") != std::string::npos;
    if (!forty) return {{"label", "not_found"}, {"quote", ""}};
    return {{"label", "supported"}, {"quote", "forty minutes"}};
  });
  const MachineRun run = Drive(*machine, [&](const v1::Call& call) {
    CallOutcome outcome;
    v1::Reply& reply = outcome.reply.emplace();
    if (Asks(call, "claims")) {
      reply.set_text("It is blue.\nThe ferry takes forty minutes.");
    } else if (Asks(call, "align")) {
      EXPECT_THAT(PromptOf(call), HasSubstr("Topics:\n1. speed\n2. price\nFacts:\n1. The ferry"));
      EXPECT_THAT(PromptOf(call), Not(HasSubstr("blue")));
      reply.set_text("{\"topic_id\": 1, \"evidence\": [1]}");
    } else {
      reply = grounding.Answer(call);
    }
    return outcome;
  });
  EXPECT_DOUBLE_EQ(run.score("icat_fact"), 50);
  EXPECT_DOUBLE_EQ(run.score("icat_coverage"), 50);
  EXPECT_EQ(run.verdict().findings(2).note(), "c2");
}

TEST(PublishedPipeline, IcatTopicsAreMadeOncePerPrompt) {
  v1::UnitInputs inputs = InputsOf(SpecOf("icat", kIcat));
  inputs.set_prompt_text("the ferry");
  inputs.mutable_unit()->set_kind(v1::UNIT_KIND_PREPARE);
  const MachineRun run = Score(inputs, [](const v1::Call& call) {
    EXPECT_EQ(PromptOf(call), "Topics of the ferry");
    return "{\"topic\": \"speed\"}\n{\"topic\": \"price\"}";
  });
  EXPECT_EQ(run.envelope.generation().text(), R"(["speed","price"])");
}

TEST(PublishedPipeline, TheSameQuestionIsAskedOnce) {
  v1::UnitInputs inputs = InputsOf(SpecOf("factscore", kFactScore));
  inputs.set_text("The ferry is fast. The ferry is fast.");
  const MachineRun run = Score(inputs, [](const v1::Call& call) -> std::string {
    return Asks(call, "claims") ? "- It is fast." : "True";
  });
  EXPECT_EQ(run.calls.size(), 2u);
  EXPECT_EQ(run.score("claims"), 2) << "FActScore counts both";
}

struct Refused {
  const char* what;
  std::string preset;
  Prompts prompts;
  const char* message;
};

TEST(PublishedPipeline, PromptsThatDoNotFitAreRefusedByName) {
  Prompts without_verify = kVeriScore;
  without_verify.erase("verify");
  Prompts unknown = kVeriScore;
  unknown["grade"] = "x";
  Prompts no_field = kVeriScore;
  no_field["verify"] = "Claim: {claim}";
  Prompts other_field = kVeriScore;
  other_field["verify"] = "{claim} {search_results} {score}";
  for (const Refused& refused : {
           Refused{"no preset", "", kVeriScore, "set factual_coverage.preset"},
           Refused{"half of them", "veriscore", without_verify, "verify is missing"},
           Refused{"unknown", "veriscore", unknown, "\"grade\" is not known"},
           Refused{"field missing", "veriscore", no_field,
                   "factual_coverage.prompt_files.verify: has no {search_results}"},
           Refused{"field unknown", "veriscore", other_field,
                   "factual_coverage.prompt_files.verify"},
       }) {
    SCOPED_TRACE(refused.what);
    const absl::StatusOr<v1::ScorerSpec> resolved =
        ResolveScorer(SpecOf(refused.preset, refused.prompts));
    EXPECT_THAT(resolved.status().message(), HasSubstr(refused.message));
  }
  v1::ScorerSpec from_memory = SpecOf("veriscore", kVeriScore);
  from_memory.mutable_factual_coverage()->set_evidence("judge_knowledge");
  EXPECT_THAT(ResolveScorer(from_memory).status().message(),
              HasSubstr("factual_coverage.evidence"));
}

TEST(PublishedPipeline, ResolvingAgainChangesNothing) {
  for (const auto& [preset, prompts] :
       std::map<std::string, Prompts>{{"icat", kIcat},
                                      {"factscore", kFactScore},
                                      {"veriscore", kVeriScore},
                                      {"refchecker", kRefChecker}}) {
    const v1::ScorerSpec once = ResolveScorer(SpecOf(preset, prompts)).value();
    EXPECT_EQ(ResolveScorer(once).value().DebugString(), once.DebugString());
  }
}

}  // namespace
}  // namespace assay
