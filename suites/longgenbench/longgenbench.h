// LongGenBench (Spinning the Golden Thread, ICLR 2025, arXiv 2409.02076), from the user's own copy
// of mozhu621/LongGenBench.
#pragma once

#include "suites/benchmarks.h"

namespace assay {

// Reads Dataset/Dataset_short.json and Dataset_long.json (also as .gz; exactly the published
// versions) and the judge's prompt from Evalution/eval.py, or both of its versions from
// golden/judge_prompts.json. Makes the suites longgenbench-16k and longgenbench-32k, whose prompts
// go to /v1/completions as they did, and the same as chats: longgenbench-16k-chat and -32k-chat.
// Sample ids are short-000, short-001, ... and long-000, ... by row.
Benchmark LongGenBench();

}  // namespace assay
