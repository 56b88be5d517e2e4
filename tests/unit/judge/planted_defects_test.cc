// Texts with defects planted at known rates, judged by the lexical judge: what is measured is what
// was planted, within what the judge's own error rates allow. The ledger of defects is here; the
// texts carry no marks. Error rates are measured on a labelled set of another seed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/digest.h"
#include "common/base/random.h"
#include "common/stats/judge_correction.h"
#include "judge/scorer_registry.h"
#include "simulator/item_judge.h"
#include "tests/unit/judge/engine/scripted_judge.h"
#include "tests/unit/judge/judge_fixture.h"

namespace assay {
namespace {

constexpr int kFacts = 60;

struct PlantedText {
  std::string text;
  std::string reference;
  std::vector<bool> wrong;   // of each fact sentence
  bool contradicts = false;  // two numbers for one thing, far apart
  bool unfinished = false;
  bool repeats = false;
};

std::string Name(int i) {
  static const char* const kFirst[] = {"Arn", "Bel", "Cor", "Dun", "Esk",
                                       "Fal", "Gar", "Hol", "Ist", "Jor"};
  static const char* const kLast[] = {"bridge", "ferry", "mill", "tower", "quay", "school"};
  return std::string(kFirst[i % 10]) + kLast[i / 10 % 6];
}

// Names nobody else in the text has; a number each.
std::string FactAbout(int i, int number) {
  static const char* const kVerbs[] = {"keeps", "counts", "stores", "employs", "receives"};
  static const char* const kThings[] = {"lanterns", "barrels", "wagons", "keepers", "letters"};
  return absl::StrCat("Every year the place called ", Name(i), " ", kVerbs[i % 5], " ", number, " ",
                      kThings[i % 5], " in its northern cellar.");
}

std::string Filler(Random& random) {
  static const char* const kSubjects[] = {"morning fog", "old harbour wind", "slow river light",
                                          "market noise", "winter silence"};
  static const char* const kVerbs[] = {"drifted over", "settled on", "wandered through",
                                       "rested above"};
  static const char* const kObjects[] = {"wet roofs", "empty lanes", "tired boats", "green fields"};
  return absl::StrCat("Some ", kSubjects[random.Below(5)], " ", kVerbs[random.Below(4)], " ",
                      kObjects[random.Below(4)], " while people talked about small matters.");
}

PlantedText Make(std::uint64_t seed, double wrong_rate, double defect_rate) {
  Random random(seed);
  PlantedText made;
  made.contradicts = random.Unit() < defect_rate;
  made.unfinished = random.Unit() < defect_rate;
  made.repeats = random.Unit() < defect_rate;
  std::vector<std::string> paragraphs;
  if (made.contradicts) paragraphs.push_back("In those days old Marta owned 17 goats on the hill.");
  for (int i = 0; i < kFacts; ++i) {
    const int number = 20 + static_cast<int>(random.Below(900));
    const bool wrong = random.Unit() < wrong_rate;
    made.wrong.push_back(wrong);
    absl::StrAppend(&made.reference, FactAbout(i, number), " ");
    std::string paragraph = FactAbout(i, wrong ? number + 7 : number);
    for (int k = 0; k < 8; ++k)
      absl::StrAppend(&paragraph, " ", Filler(random), " (", i, "-", k, ")");
    paragraphs.push_back(paragraph);
  }
  if (made.repeats) paragraphs.push_back(paragraphs[paragraphs.size() / 2]);
  if (made.contradicts)
    paragraphs.push_back("Everybody knew that old Marta owned 23 goats on the hill.");
  for (const std::string& paragraph : paragraphs) absl::StrAppend(&made.text, paragraph, "\n\n");
  made.text += made.unfinished ? "And in the end the" : "And in the end the town slept.";
  return made;
}

v1::UnitInputs Inputs(const PlantedText& made, bool coherence) {
  v1::ScorerSpec spec;
  if (coherence) {
    spec.mutable_coherence();
  } else {
    spec.mutable_factual_coverage()->set_aspects("none");
  }
  v1::UnitInputs inputs = ScoringInputs(v1::UNIT_KIND_SCORE_JUDGED, {*ResolveScorer(spec)});
  inputs.set_text(made.text);
  inputs.mutable_sample()->set_language("en");
  v1::Document& document = *inputs.mutable_sample()->add_references();
  document.set_id("register");
  document.set_text(made.reference);
  return inputs;
}

MachineRun Judge(const v1::UnitInputs& inputs, ItemJudgeRequest knobs = {}) {
  const auto machine = MakeScorer(inputs).value();
  return Drive(*machine, [&](const v1::Call& call) {
    ItemJudgeRequest request = knobs;
    request.prompt = call.llm().messages(0).content();
    const std::string seed =
        Sha256Hex(absl::StrCat(call.draw().try_(), std::string(request.prompt)));
    request.request_sha256 = seed;
    v1::Reply reply;
    reply.set_text(JudgeItems(request));
    reply.set_finish_reason("stop");
    return CallOutcome{reply, std::nullopt};
  });
}

// Verdicts on the planted facts, against the ledger.
struct FactTally {
  int right = 0, right_supported = 0;
  int wrong = 0, wrong_refused = 0;
  int unjudged = 0;
  int judged() const { return right + wrong; }
  int supported() const { return right_supported + (wrong - wrong_refused); }
};

void Tally(const PlantedText& made, const MachineRun& run, FactTally& tally) {
  for (int i = 0; i < kFacts; ++i) {
    std::string label;
    for (const v1::Finding& finding : run.verdict().findings()) {
      if (finding.text().find("called " + Name(i) + " ") != std::string::npos)
        label = finding.label();
    }
    if (label.empty() || label == "unknown") {
      ++tally.unjudged;
      continue;
    }
    const bool supported = label == "supported";
    if (made.wrong[static_cast<std::size_t>(i)]) {
      ++tally.wrong;
      tally.wrong_refused += supported ? 0 : 1;
    } else {
      ++tally.right;
      tally.right_supported += supported ? 1 : 0;
    }
  }
}

FactTally TallyOf(std::uint64_t seed, int texts, double wrong_rate, ItemJudgeRequest knobs) {
  FactTally tally;
  for (int i = 0; i < texts; ++i) {
    const PlantedText made = Make(seed + static_cast<std::uint64_t>(i), wrong_rate, 0);
    Tally(made, Judge(Inputs(made, false), knobs), tally);
  }
  return tally;
}

bool Has(const MachineRun& run, const std::string& kind) {
  for (const v1::Finding& finding : run.verdict().findings()) {
    if (finding.kind() == kind && !finding.unverified()) return true;
  }
  return false;
}

TEST(PlantedDefects, FalseNumbersAreFoundAtTheRateAtWhichTheyWerePlanted) {
  for (const double garbage : {0.0, 0.2}) {
    ItemJudgeRequest knobs;
    knobs.noise = 0.05;
    knobs.garbage_rate = garbage;
    const FactTally labelled = TallyOf(1000, 6, 0.5, knobs);
    const double q1 = labelled.right_supported / static_cast<double>(labelled.right);
    const double q0 = labelled.wrong_refused / static_cast<double>(labelled.wrong);
    RecordProperty(absl::StrCat("sensitivity_", garbage), std::to_string(q1));
    RecordProperty(absl::StrCat("specificity_", garbage), std::to_string(q0));
    EXPECT_GT(q1, 0.85) << "right facts that are supported";
    EXPECT_GT(q0, 0.85) << "wrong facts that are refused";
    for (const double planted : {0.1, 0.3, 0.6}) {
      const FactTally measured = TallyOf(5000, 4, planted, knobs);
      const double truth = measured.right / static_cast<double>(measured.judged());
      RoganGladenCounts counts;
      counts.positives = labelled.right;
      counts.true_positives = labelled.right_supported;
      counts.negatives = labelled.wrong;
      counts.true_negatives = labelled.wrong_refused;
      counts.judged = measured.judged();
      counts.judged_positive = measured.supported();
      const auto corrected = RoganGladen(counts, 0.99);
      ASSERT_TRUE(corrected.ok()) << corrected.status();
      SCOPED_TRACE(absl::StrCat("garbage ", garbage, ", planted ", planted, ", measured ",
                                measured.supported(), "/", measured.judged(), ", corrected ",
                                corrected->value));
      EXPECT_LE(corrected->low, truth);
      EXPECT_GE(corrected->high, truth);
      EXPECT_NEAR(corrected->value, truth, 0.08);
      EXPECT_LT(measured.unjudged, garbage > 0 ? 4 * kFacts / 3 : 8) << "given up, never guessed";
    }
  }
}

TEST(PlantedDefects, BreaksOfCoherenceAreFoundWhereTheyWerePlantedAndNowhereElse) {
  int found = 0, planted = 0, alarms = 0, clean = 0;
  const auto count = [&](bool is, bool says) {
    (is ? planted : clean) += 1;
    (is ? found : alarms) += says ? 1 : 0;
  };
  for (std::uint64_t i = 0; i < 30; ++i) {
    const PlantedText made = Make(90000 + i, 0, 0.4);
    const MachineRun run = Judge(Inputs(made, true));
    ASSERT_EQ(run.envelope.outcome(), v1::OUTCOME_SCORED) << run.verdict().reason();
    count(made.contradicts, Has(run, "contradiction"));
    count(made.unfinished, Has(run, "unfinished_ending"));
    count(made.repeats, Has(run, "repetition"));
  }
  ASSERT_GT(planted, 20);
  EXPECT_EQ(found, planted) << "some 7,000 words lie between the two numbers";
  EXPECT_EQ(alarms, 0) << "of " << clean;
}

}  // namespace
}  // namespace assay
