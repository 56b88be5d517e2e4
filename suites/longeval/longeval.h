// LongEval (arXiv 2502.19103), from the user's own copies of Wusiwei0410/LongEval and of its data
// set (Hugging Face, SiweiWu/LongEval).
#pragma once

#include "suites/benchmarks.h"

namespace assay {

// Reads Paper.jsonl, Blog.jsonl and Wikipedia.jsonl (one row of the data set a line, also as .gz;
// one of them at least) and the prompts of evaluator.py and inference.py, all in request.from.
// Makes the suites longeval-paper, longeval-blog and longeval-wikipedia of those that are there.
// Sample ids are paper-000, paper-001, ... by row. A sample carries the prompts of its sections for
// strategy longeval.
Benchmark LongEval();

}  // namespace assay
