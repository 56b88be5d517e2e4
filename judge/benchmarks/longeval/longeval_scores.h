// LongEval's scores of a text and of a run (evaluator.py; reference
// longgenbench-longproc-longweave-longeval.md section 4). Nothing is rounded. Pure, thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "judge/benchmarks/longeval/longeval_judge.h"

namespace assay {

// In the order of the official program; the last one is 0..1, the others up to 10.
inline constexpr std::array<std::string_view, 7> kLongEvalScores = {
    "related_work", "introduction", "EA", "ME", "instruction", "redundancy", "length"};

struct LongEvalScore {
  bool there = false;           // EA and ME are not, where no section is of the kind
  std::optional<double> value;  // nullopt: null
};
using LongEvalScores = std::array<LongEvalScore, 7>;

// Mean over the sections of min(1, words written / words of the original), words as split(" ")
// counts them. REQUIRES: as many of both, one at least.
double LongEvalLength(const LongEvalItem& item, const std::vector<std::string_view>& texts);

// A question and what was taken for its answer; of kRelated and kWhole the last one counts.
struct LongEvalAnswered {
  LongEvalQuestion question;
  LongEvalAnswer answer;
};

// `answered` are in the order of the official program, none of fate kBreaks.
LongEvalScores LongEvalScoresOf(const std::vector<LongEvalAnswered>& answered, double length);

struct LongEvalFigures {
  LongEvalScores means;  // those that are there; nullopt never, -1 of nulls only
  double average = 0;    // unweighted, of scores up to 10 and of one up to 1
};

// The scores are those that the first text has; nulls are left out. REQUIRES: one text at least.
LongEvalFigures LongEvalAggregate(const std::vector<LongEvalScores>& texts);

}  // namespace assay
