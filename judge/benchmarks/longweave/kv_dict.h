// GEN_KV_DICT: a dictionary of so many random entries with one given entry at a given index
// (reference 3.3). Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "judge/benchmarks/longweave/templates.h"

namespace assay::longweave {

struct KvItem {
  std::string key;
  std::string value;
  std::int64_t index = 0;  // where the entry should stand, from 0
  std::int64_t entries = 0;
  std::int64_t key_length = 32;  // in characters, of every key
  std::int64_t value_length = 32;
};

// The item of an id, e.g. "GEN_KV_DICT/1k_0". REQUIRES: entries > 1, lengths > 0.
KvItem DrawKvItem(std::string_view id, std::int64_t entries, std::int64_t key_length,
                  std::int64_t value_length);

absl::StatusOr<std::string> KvPrompt(const Templates& templates, const KvItem& item);

// All 0..1.
struct KvScores {
  double key_existence = 0;
  double position = 0;    // to four digits
  double entries = 0;     // to four digits
  double avg_length = 0;  // to four digits
  double total = 0;       // harmonic mean of the three, the first two not rounded
  // The official script raises an exception and leaves the sample out: an average length that
  // rounds to 0 (a division by it), a number of more than 4,300 digits, nesting beyond Python's
  // recursion limit.
  bool raises = false;
};

KvScores ScoreKvDict(const KvItem& item, std::string_view response);

}  // namespace assay::longweave
