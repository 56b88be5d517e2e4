// The three tasks of LongWeave (EMNLP 2025 Findings, arXiv 2510.24345) that no judge scores, as its
// code computes them; reference longgenbench-longproc-longweave-longeval.md section 3.3. Scores are
// 0..1. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace assay::longweave {

// s(d, w) = 1 / (1 + (d/w)^2): 1 at distance 0, 1/2 at distance w.
double Closeness(double distance, double width);

// GEN_KV_DICT: a dictionary of `entries` entries with one given entry at a given place.
struct KvItem {
  std::string key;
  std::string value;
  std::int64_t index = 0;
  std::int64_t entries = 0;
};
struct KvScores {
  double key_existence = 0;
  double position = 0;  // rounded to 4 places, as is entry_num
  double entry_num = 0;
  double avg_length = 0;  // of keys and values against 32
  double total = 0;       // harmonic mean of the three, unrounded ones where they were rounded
};
// The text between the first "{" and the last "}", apostrophes read as quotes and a comma before
// "}" left out. All 0 where that is no JSON object, or the key or the value is not in it (the value
// may stand at another key). InvalidArgument: the benchmark's program divides by zero (an average
// length that rounds to 0) and leaves the sample out.
absl::StatusOr<KvScores> ScoreKvDict(const KvItem& item, std::string_view text);

// The item of a sample id such as "GEN_KV_DICT/1k_0"; `entries` 20, 40, 80 or 160.
KvItem MakeKvItem(std::string_view sample_id, std::int64_t entries);

// STATE_MACHINE: 3 states, inputs "0".."2"; the next state and the output are (state + input)
// mod 3.
struct StateScores {
  std::int64_t total_steps = 0;
  std::int64_t valid_steps = 0;  // before the first wrong line
  double match_ratio = 0;
};
// Lines of at least four parts between "|", ":" or ","; only the fourth is looked at.
StateScores ScoreStateMachine(std::string_view input, std::string_view text);
std::string StateMachineOutput(std::string_view input);
// The input of a sample id such as "STATE_MACHINE/1k_0"; `length` 55, 110, 220 or 440.
std::string MakeStateInput(std::string_view sample_id, std::int64_t length);

// PARAGRAPH_ORDERING: (1 + tau-b) / 2 of the order in which the paragraphs come, each told by what
// it says (TF-IDF as scikit-learn's defaults), not by the number that is printed above it. 0 when
// not every number 0..n-1 comes; a tau that is not a number counts as 0.
double ScoreParagraphOrder(const std::vector<std::string>& original, std::string_view text);
// Positions of the originals in the order that is shown: Random(sha256 of the id) shuffles them.
std::vector<std::size_t> ParagraphShuffle(std::string_view document_id, std::size_t paragraphs);

}  // namespace assay::longweave
