// LongWeave (EMNLP 2025 Findings, arXiv 2510.24345; MIT), from the user's own copy.
#pragma once

#include "suites/benchmarks.h"

namespace assay {

// Reads prompts/prompt_templates.json, config/global_config.yaml, rubric/AP_Style_Evaluation.json
// and, where it is there, the folder data under request.from, laid out as data.tar.xz is. Makes the
// suite longweave: every item that the configuration asks for and whose input is there, under the
// official ids with a point for the slash (GEN_KV_DICT.1k_0). Tasks without input are left out, and
// the suite's description says so.
Benchmark LongWeave();

}  // namespace assay
