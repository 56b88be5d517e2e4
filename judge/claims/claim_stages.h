// The stages of factual coverage: claims out of a text, a verdict on each, and which of them cover
// an aspect. Each asks in Assay's own forms or, with a user's copy of a pipeline's prompts, in the
// published ones; the machine that runs them knows no difference.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "assay/v1/unit.pb.h"
#include "common/agent/step_machine.h"
#include "common/text/words.h"
#include "judge/claims/claim_scores.h"

namespace assay {

struct Claim {
  std::string id;  // "c1", "c2", ... in order of the text
  std::string text;
  TextRange place;  // its sentence; empty: the pipeline does not say where it stands
};

struct ExtractedClaims {
  std::vector<Claim> claims;  // to be checked
  int duplicates = 0;         // left out: said before
  int misplaced = 0;          // left out: named a sentence that was not asked for
  int unparsed = 0;           // groups of sentences of which nobody knows what they claim
  int groups = 0;
  std::string problem;  // of the last of these
};

struct ClaimVerdict {
  ClaimLabel label = ClaimLabel::kUnknown;
  bool unverified = false;  // its quote does not stand in the evidence, asked twice
  std::string problem;      // why there is no verdict
  int document = -1;        // of the evidence that was quoted
  TextRange evidence;       // in that document
};

// Of every aspect, the ids of the claims that cover it; nullopt: unjudged.
using AspectCover = std::vector<std::optional<std::set<std::string>>>;

inline std::vector<std::string> TextsOf(const std::vector<Claim>& claims) {
  std::vector<std::string> texts;
  for (const Claim& claim : claims) texts.push_back(claim.text);
  return texts;
}

// Owned by a machine; not thread-safe.
class ClaimStage {
 public:
  virtual ~ClaimStage() = default;
  // The next calls; empty: done. First with no outcomes, then with those of the calls before.
  virtual std::vector<v1::Call> Next(std::span<const CallOutcome> outcomes) = 0;
  // What the judge's endpoint refused for good.
  virtual std::optional<v1::Error> failure() const = 0;
};

// Results are asked for when Next has returned no calls.
class ClaimSource : public ClaimStage {
 public:
  virtual ExtractedClaims Result() const = 0;
};

class ClaimChecker : public ClaimStage {
 public:
  virtual std::vector<ClaimVerdict> verdicts() const = 0;  // one a claim, in their order
};

struct MadeAspects {
  std::vector<std::string> aspects;
  std::string problem;  // why they could not be had
};

class AspectMaker : public ClaimStage {
 public:
  virtual MadeAspects Result() const = 0;
};

class AspectAligner : public ClaimStage {
 public:
  virtual AspectCover covered_by() const = 0;  // one an aspect, in their order
};

}  // namespace assay
