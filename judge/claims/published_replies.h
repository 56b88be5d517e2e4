// Verdict texts of the published claim pipelines, read as their own code reads them (official) or
// only where they are clear (strict). References: claims-and-judges.md sections 2 and 3; each
// function names its pipeline. Pure functions, thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "judge/claims/claim_scores.h"

namespace assay {

// WiCE: the label in the reply's one <answer> element: supported 1, partially_supported 0.5,
// not_supported 0. nullopt: no such element, another word, or two that differ.
std::optional<double> ReadWiceVerdict(std::string_view reply);

// FActScore, generated text without logits: only "true" yes, only "false" no, both: yes when the
// first "true" is after the first "false", neither: yes unless a word says "not", "cannot",
// "unknown" or "information". Never nullopt in official mode. Strict: nullopt unless exactly one of
// the two words stands there.
std::optional<bool> ReadTrueFalse(std::string_view reply, bool strict);

// VeriScore: between ### marks; without '#', cut at the first full stop, lower case, must equal
// "supported" (spaces are kept, so "### Supported ###" without a full stop is unsupported: a bug
// that official mode has). Strict: one of supported, unsupported, contradicted, inconclusive.
std::optional<std::string> ReadVeriScoreVerdict(std::string_view reply, bool strict);

// VeriFastScore: one "claim: Supported" or "claim: Unsupported" a line.
struct LabelledClaim {
  std::string claim;
  bool supported = false;
};
struct SinglePass {
  std::vector<LabelledClaim> claims;  // as they stand, repeats included
  int distinct = 0;                   // after NormalizedClaim
  bool looped = false;                // more than half of at least 20 lines repeat an earlier one
};
SinglePass ReadSinglePass(std::string_view reply);
SinglePass SinglePassOf(std::vector<LabelledClaim> claims);

// Official: P = supported / n, R = min(1, n / k) over all claims, repeats included; 0 without any.
// Strict: nullopt for a reply in a loop, which says nothing; else F1@K over distinct claims, where
// a claim with two different labels is not supported.
std::optional<double> SinglePassScore(const SinglePass& pass, int k, bool strict);

// RefChecker, one claim: the words searched in the order contradiction, entailment, neutral.
// Official: neutral when none is there. Strict: nullopt unless exactly one is.
std::optional<Entailment> ReadEntailment(std::string_view reply, bool strict);
// RefChecker, joint: the label words in order; official: a short list is filled up with Neutral and
// a long one cut. Strict: nullopt unless there are exactly `claims`.
std::optional<std::vector<Entailment>> ReadJointEntailment(std::string_view reply,
                                                           std::size_t claims, bool strict);

// ICAT: lines {"topic_id": n, "evidence": [claim numbers]}. The claims that cover each topic, ids
// from 1. Official: a line must begin with {"topic_id":, the first of a topic wins, evidence may
// name any of all `claims`; what is not so is dropped. Strict: fences and arrays are read as well,
// evidence must be among `shown`, and nullopt when a line cannot be read.
std::optional<std::map<int, std::set<int>>> ReadIcatAlignment(std::string_view reply, int topics,
                                                              int claims, bool strict,
                                                              const std::set<int>& shown = {});

// CACDD: a sentence with its class at the end, "...{1}": 1 fact, 2 opinion, 3 instruction, 4 other.
// nullopt: no such tag.
std::optional<int> ReadSentenceClass(std::string_view tagged);

// A claim as duplicates are compared: NormalizeForMatch, ASCII letters lower-cased, white space
// folded, outer punctuation gone.
std::string NormalizedClaim(std::string_view claim);

}  // namespace assay
