// The table of DeepResearch Bench's RACE (arXiv:2506.11763; reference claims-and-judges.md 4.3).
#pragma once

#include <array>
#include <vector>

#include "suites/benchmarks.h"

namespace assay {

// Ids of its scorer: with the benchmark's own prompt, with ours, and without reference reports.
inline constexpr char kRaceScorer[] = "race";
inline constexpr char kRaceStyle[] = "race-style";
inline constexpr char kRaceCriteria[] = "race-criteria";

struct RaceDimension {
  const char* name;   // in criteria.jsonl, and of the score
  const char* shown;  // in the published table
};
inline constexpr std::array<RaceDimension, 4> kRaceDimensions = {{
    {"comprehensiveness", "Comprehensiveness"},
    {"insight", "Insight"},
    {"instruction_following", "Instruction Following"},
    {"readability", "Readability"},
}};

// One row a model: means over the scored texts of 100 T / (T + R), overall and by dimension, and of
// the share of criteria where the order of the two texts decided.
std::vector<v1::ResultTable> DeepResearchBenchTables(const TableInput& input);

}  // namespace assay
