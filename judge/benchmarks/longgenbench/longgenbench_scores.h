// LongGenBench's figures from counts of checks (mozhu621/LongGenBench eval.py, static.ipynb;
// reference longgenbench-longproc-longweave-longeval.md 1.3). CR is 0..100, all others are 0..1;
// nothing is rounded. Pure functions, thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "judge/benchmarks/longgenbench/longgenbench_text.h"

namespace assay {

// A text counts for Len only with more blocks and more words than these.
inline constexpr std::int64_t kLongGenBenchLenBlocks = 40;
inline constexpr std::int64_t kLongGenBenchLenWords = 2000;

struct LongGenBenchCounts {
  std::int64_t required = 0;  // checks of the item
  std::int64_t judged = 0;    // of these, with a block and an answer
  std::int64_t yes = 0;
};

// One text, or the sum of some.
struct LongGenBenchTally {
  std::array<LongGenBenchCounts, 3> kinds;  // of kLongGenBenchKinds
};

// What a judge said of one check; nullopt: it has no block, or no answer.
using LongGenBenchAnswers = std::vector<std::optional<bool>>;

// `answers` are in the order of item.checks.
LongGenBenchTally LongGenBenchTallyOf(const LongGenBenchItem& item,
                                      const LongGenBenchAnswers& answers);

LongGenBenchCounts LongGenBenchTotal(const LongGenBenchTally& tally);

// Yes of those judged, pooled; nullopt where none was judged.
std::optional<double> LongGenBenchStic1(const LongGenBenchCounts& total);
// Yes of all checks: what was not written has failed. nullopt without a check.
std::optional<double> LongGenBenchStic2(const LongGenBenchCounts& total);

struct LongGenBenchFigures {
  std::optional<double> cr;  // mean of the texts'; nullopt of none
  std::optional<double> stic1;
  std::optional<double> stic2;
  std::optional<double> len;         // words; nullopt where no text is long enough
  std::optional<double> w_avg;       // cr x stic2
  std::array<double, 3> accuracy{};  // STIC-1 of a kind, 0 where none was judged
  double average_accuracy = 0;
};

struct LongGenBenchScored {
  double completion = 0;  // 0..100
  std::int64_t words = 0;
  std::int64_t blocks = 0;
  LongGenBenchTally tally;
};

// Added up in the order given.
LongGenBenchFigures LongGenBenchAggregate(const std::vector<LongGenBenchScored>& texts);

// Checks of one model by the place where they stand: how compliance decays along a text.
struct LongGenBenchPositions {
  std::map<std::int64_t, LongGenBenchCounts> by_id;
  std::array<std::optional<double>, 3> kinds;  // yes of all checks of a kind
};

LongGenBenchPositions LongGenBenchPositionsOf(const std::vector<LongGenBenchItem>& items,
                                              const std::vector<LongGenBenchAnswers>& answers);

// The same checks judged twice. [first][second], 1 is yes; a check that one of the two lacks is not
// counted.
struct LongGenBenchFlips {
  std::array<std::array<std::int64_t, 2>, 2> table{};
  std::int64_t both() const { return table[0][0] + table[0][1] + table[1][0] + table[1][1]; }
  std::int64_t flipped() const { return table[0][1] + table[1][0]; }
};

// REQUIRES: first.size() == second.size().
void CountLongGenBenchFlips(const LongGenBenchAnswers& first, const LongGenBenchAnswers& second,
                            LongGenBenchFlips& flips);

}  // namespace assay
