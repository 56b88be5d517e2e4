// LongBench-Write of LongWriter (THUDM, Apache-2.0; arXiv 2408.07055), from the user's own copy.
#pragma once

#include "suites/benchmarks.h"

namespace assay {

// Reads evaluation/longbench_write.jsonl, longbench_write_en.jsonl and judge.txt (the data files
// also as .gz) under request.from or, when that is the evaluation folder itself, in it. Makes the
// suites longbench-write (all rows) and longbench-write-en. Sample ids are lbw-001, lbw-002, ... by
// the row of longbench_write.jsonl, the same in both suites. Prompts are kept byte for byte.
Benchmark LongBenchWrite();

}  // namespace assay
