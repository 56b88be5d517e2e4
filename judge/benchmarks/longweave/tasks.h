// The seven tasks of LongWeave (EMNLP 2025 Findings, arXiv 2510.24345;
// reference/longgenbench-longproc-longweave-longeval.md section 3) and the seeds of their items.
// Pure functions, thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "common/text/python_random.h"

namespace assay::longweave {

struct Task {
  const char* name;     // as in ids and in the official configuration
  const char* primary;  // the metric that the official tables show (3.5)
};

// In the order of the official tables.
inline constexpr std::array<Task, 7> kTasks = {{{"CODE_FIXING", "total_score"},
                                                {"KG_TO_TEXT", "sentence_coverage_rate"},
                                                {"SALES_REPORT_GENERATION", "total_score"},
                                                {"AP_STYLE_WRITING", "total_score"},
                                                {"GEN_KV_DICT", "total_score"},
                                                {"STATE_MACHINE", "match_ratio"},
                                                {"PARAGRAPH_ORDERING", "kendalls_tau"}}};

inline constexpr std::array<const char*, 4> kLengths = {"1k", "2k", "4k", "8k"};

// What an id seeds random.Random with: its SHA-256 as a number, modulo 2^32.
std::uint32_t SeedOf(std::string_view id);

inline PythonRandom RandomOf(std::string_view id) { return PythonRandom(SeedOf(id)); }

}  // namespace assay::longweave
