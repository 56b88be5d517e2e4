// HelloBench (arXiv 2409.16191; Quehry/HelloBench, MIT), from the user's own copy.
#pragma once

#include "suites/benchmarks.h"

namespace assay {

// Suites hellobench (647 samples of five tasks) and, for those files that are there, hellobench-2k,
// -4k, -8k and -16k (123 each). Read: data/main_data/<task>.jsonl,
// data/length_constrained_data/heuristic_text_generation_<length>.jsonl, the weights
// (weighted_scores.txt or results/scripts/compute.py), the judge's prompts (prompts/*.txt or
// llm_judge.py, told by their SHA-256), and NLTK's English Punkt tables in punkt_english/ or
// punkt_tab/english/. Sample ids are the benchmark's.
Benchmark HelloBench();

}  // namespace assay
