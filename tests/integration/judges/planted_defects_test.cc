// Six kinds of defects planted at known rates, found by the three scorers through the lexical
// judge. The judge's error rates, by kind, are measured on texts of another seed; the rates that it
// then measures, corrected by these, are the planted ones. Garbage widens the interval and moves
// nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <map>

#include "common/base/digest.h"
#include "common/stats/judge_correction.h"
#include "judge/scorer_registry.h"
#include "simulator/item_judge.h"
#include "tests/integration/judges/planted_text.h"
#include "tests/unit/judge/engine/scripted_judge.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

constexpr double kNoise = 0.05;
constexpr double kTolerance = 0.12;  // of a corrected rate, in absolute terms

// Of one kind: what was planted and what the judge said.
struct Tally {
  int defects = 0, found = 0;
  int clean = 0, alarms = 0;
  int unjudged = 0;

  void Count(bool defect, bool said) {
    (defect ? defects : clean) += 1;
    if (said) (defect ? found : alarms) += 1;
  }
  int judged() const { return defects + clean; }
  double planted() const { return defects / static_cast<double>(judged()); }
};
using Tallies = std::map<std::string, Tally>;

v1::UnitInputs InputsOf(const PlantedArticle& made,
                        const std::function<void(v1::ScorerSpec&)>& type) {
  v1::ScorerSpec spec;
  type(spec);
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {*ResolveScorer(spec)});
  inputs.set_text(made.text);
  inputs.mutable_sample()->set_language("en");
  v1::Document& document = *inputs.mutable_sample()->add_references();
  document.set_id("register");
  document.set_text(made.reference);
  for (std::size_t i = 0; i < made.requirements.size(); ++i) {
    v1::Constraint& constraint = *inputs.mutable_sample()->add_constraints();
    constraint.set_id(absl::StrCat("r", i));
    constraint.set_kind("judged");
    constraint.set_text(made.requirements[i]);
  }
  return inputs;
}

MachineRun Judge(const v1::UnitInputs& inputs, double garbage) {
  const auto machine = MakeScorer(inputs).value();
  return Drive(*machine, [&](const v1::Call& call) {
    ItemJudgeRequest request;
    request.prompt = call.llm().messages(0).content();
    const std::string seed =
        Sha256Hex(absl::StrCat(call.draw().try_(), call.llm().messages(0).content()));
    request.request_sha256 = seed;
    request.noise = kNoise;
    request.garbage_rate = garbage;
    v1::Reply reply;
    reply.set_text(JudgeItems(request));
    reply.set_finish_reason("stop");
    return CallOutcome{reply, std::nullopt};
  });
}

void JudgeConstraints(const PlantedArticle& made, double garbage, Tallies& tallies) {
  const MachineRun run =
      Judge(InputsOf(made, [](auto& spec) { spec.mutable_constraints(); }), garbage);
  Tally& tally = tallies["missing constraint"];
  for (std::size_t i = 0; i < made.missing.size(); ++i) {
    std::string label = "unjudged";
    for (const v1::Finding& finding : run.verdict().findings()) {
      if (finding.id() == absl::StrCat("r", i)) label = finding.label();
    }
    if (label == "unjudged") {
      ++tally.unjudged;
    } else {
      tally.Count(made.missing[i], label != "satisfied");
    }
  }
}

void JudgeFacts(const PlantedArticle& made, double garbage, Tallies& tallies) {
  const MachineRun run = Judge(
      InputsOf(made, [](auto& spec) { spec.mutable_factual_coverage()->set_aspects("none"); }),
      garbage);
  for (std::size_t i = 0; i < made.facts.size(); ++i) {
    std::string label;
    for (const v1::Finding& finding : run.verdict().findings()) {
      if (finding.text().find(made.fact_keys[i]) != std::string::npos) label = finding.label();
    }
    for (const FactDefect defect : {FactDefect::kNumber, FactDefect::kName}) {
      if (made.facts[i] != FactDefect::kNone && made.facts[i] != defect) continue;
      Tally& tally = tallies[defect == FactDefect::kNumber ? "false number" : "wrong name"];
      if (label.empty() || label == "unknown") {
        ++tally.unjudged;
      } else {
        tally.Count(made.facts[i] == defect, label != "supported");
      }
    }
  }
}

void JudgeCoherence(const PlantedArticle& made, double garbage, Tallies& tallies) {
  const MachineRun run =
      Judge(InputsOf(made, [](auto& spec) { spec.mutable_coherence(); }), garbage);
  const std::map<std::string, bool> planted = {{"contradiction", made.contradicts},
                                               {"repetition", made.repeats},
                                               {"unfinished_ending", made.unfinished}};
  const bool whole = run.envelope.outcome() == v1::OUTCOME_SCORED &&
                     run.verdict().judge_stats().unjudged_items() == 0;
  for (const auto& [kind, defect] : planted) {
    if (!whole) {
      ++tallies[kind].unjudged;
      continue;
    }
    bool said = false;
    for (const v1::Finding& finding : run.verdict().findings())
      said = said || (finding.kind() == kind && !finding.unverified());
    tallies[kind].Count(defect, said);
  }
}

Tallies JudgeAll(std::uint64_t seed, int texts, const PlantRates& rates, double garbage) {
  Tallies tallies;
  for (int i = 0; i < texts; ++i) {
    const PlantedArticle made = PlantArticle(seed + static_cast<std::uint64_t>(i), rates);
    JudgeConstraints(made, garbage, tallies);
    JudgeFacts(made, garbage, tallies);
    JudgeCoherence(made, garbage, tallies);
  }
  return tallies;
}

Estimate Corrected(const Tally& labelled, const Tally& measured) {
  RoganGladenCounts counts;
  counts.positives = labelled.defects;
  counts.true_positives = labelled.found;
  counts.negatives = labelled.clean;
  counts.true_negatives = labelled.clean - labelled.alarms;
  counts.judged = measured.judged();
  counts.judged_positive = measured.found + measured.alarms;
  const auto estimate = RoganGladen(counts, 0.99);
  EXPECT_TRUE(estimate.ok()) << estimate.status();
  return estimate.ok() ? *estimate : Estimate();
}

TEST(PlantedDefectsTest, TextsHaveTheLengthAndTheLedgerTellsTheirDefects) {
  const PlantedArticle made = PlantArticle(7, {0.5, 0.2, 0.2, 1});
  const auto words = std::count(made.text.begin(), made.text.end(), ' ');
  EXPECT_GT(words, 5000);
  EXPECT_LT(words, 6500);
  EXPECT_GT(made.text.find("owned 23 goats") - made.text.find("owned 17 goats"), 28000u);
  for (std::size_t i = 0; i < made.missing.size(); ++i) {
    EXPECT_EQ(made.text.find(kRequirements[i].met) == std::string::npos, made.missing[i]);
  }
}

TEST(PlantedDefectsTest, CorrectedRatesAreThePlantedOnesAndGarbageOnlyWidens) {
  const Tallies labelled = JudgeAll(100, 80, {0.5, 0.3, 0.3, 0.5}, 0);
  for (const auto& [kind, tally] : labelled) {
    std::printf("%s: found %d of %d, false alarms %d of %d, unjudged %d\n", kind.c_str(),
                tally.found, tally.defects, tally.alarms, tally.clean, tally.unjudged);
    EXPECT_GE(tally.found, 0.85 * tally.defects) << kind;
    EXPECT_LE(tally.alarms, 0.15 * tally.clean) << kind;
  }
  const Tallies clear = JudgeAll(5000, 80, {0.3, 0.15, 0.25, 0.3}, 0);
  const Tallies garbled = JudgeAll(5000, 80, {0.3, 0.15, 0.25, 0.3}, 0.2);
  for (const auto& [kind, errors] : labelled) {
    SCOPED_TRACE(kind);
    const Tally& without = clear.at(kind);
    const Tally& with = garbled.at(kind);
    const Estimate clean = Corrected(errors, without);
    const Estimate noisy = Corrected(errors, with);
    std::printf(
        "%s: planted %.3f, corrected %.3f (%.3f-%.3f); garbage %.3f (%.3f-%.3f), unjudged %d\n",
        kind.c_str(), without.planted(), clean.value, clean.low, clean.high, noisy.value, noisy.low,
        noisy.high, with.unjudged);
    EXPECT_LE(clean.low, without.planted());
    EXPECT_GE(clean.high, without.planted());
    EXPECT_NEAR(clean.value, without.planted(), kTolerance);
    EXPECT_LE(noisy.low, without.planted());
    EXPECT_GE(noisy.high, without.planted());
    EXPECT_NEAR(noisy.value, clean.value, kTolerance);
    EXPECT_TRUE(with.unjudged > 0 || noisy.high - noisy.low > clean.high - clean.low - 0.03);
  }
}

}  // namespace
}  // namespace assay
