// LongEval's judge (arXiv 2502.19103, Wusiwei0410/LongEval evaluator.py; reference
// longgenbench-longproc-longweave-longeval.md section 4): what it is asked about a text that was
// written section by section, and what is taken for its answers. Pure functions, thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/text/python_json.h"

namespace assay {

// A line of one form feed: what stands between two sections of a text.
inline constexpr std::string_view kLongEvalBoundary = "\n\f\n";

enum class LongEvalDataSet { kPaper, kBlog, kWikipedia };

struct LongEvalItem {
  LongEvalDataSet data_set = LongEvalDataSet::kPaper;
  std::vector<std::string> sections;  // the original text
  std::vector<std::string> plan;      // what each section is about, as many
};

enum class LongEvalAsk {
  kRelated,       // a section that speaks of related work, beside the original one
  kWhole,         // Wikipedia: the whole text beside the original one
  kIntroduction,  // beside the original one
  kRedundancy,    // of the whole text
  kInstruction,   // whether a section keeps to its plan
  kExperiment,    // yes or no: whether the original section analyses experiments
  kAnalysis,      // then: the analysis of a section
  kMethod,        // else: the method of a section
};

// Names of the prompts, in the order of LongEvalAsk; "system" goes before all but kExperiment.
inline constexpr std::array<std::string_view, 8> kLongEvalPrompts = {
    "related",     "whole",      "introduction", "redundancy",
    "instruction", "experiment", "analysis",     "method"};

struct LongEvalQuestion {
  LongEvalAsk ask = LongEvalAsk::kRelated;
  std::size_t section = 0;  // of one section
};

// The questions that need no answer to another one, in the order of the official program. `texts`
// are the sections written. InvalidArgument: another number of sections or of plans than the
// original has, or too few for the data set (2 for papers, 1 for the others).
absl::StatusOr<std::vector<LongEvalQuestion>> LongEvalQuestions(
    const LongEvalItem& item, const std::vector<std::string_view>& texts);

// What is asked once kExperiment has this answer.
LongEvalQuestion LongEvalFollowUp(const LongEvalQuestion& experiment, bool yes);

// The user message: `prompt` with <<c>> (the section), <<s>> (the original one), <<h>> (its plan),
// <<context_str>> and <<Context_str>> (the text), <<raw_text>> (the original text),
// <<Introduction>> and <<Introduction_ref>> filled in at once. InvalidArgument: it has another
// <<...>> in it.
absl::StatusOr<std::string> LongEvalPrompt(std::string_view prompt, const LongEvalItem& item,
                                           const std::vector<std::string_view>& texts,
                                           const LongEvalQuestion& question);

// load_response_json: "json", line ends and "```" are deleted, one after the other; what follows
// the first "#" where there is a "##", else the first "*" where there is a "**", is cut off; None
// where the rest has "This is a friendly reminder -" in it, else json.loads of it, stripped.
absl::StatusOr<PythonValue> ParseLongEvalReply(std::string_view reply);

struct LongEvalAnswer {
  enum class Fate {
    kScore,
    kNull,    // no score, and the program goes on
    kBreaks,  // the program raises and ends
  };
  Fate fate = Fate::kBreaks;
  double score = 0;     // kExperiment: 1 is yes
  std::string problem;  // of kBreaks: Python's exception; strict: what is wrong. Safe to show
};

// The program's own rule for each kind of question: where a bare number, null or no JSON is taken,
// skipped or fatal. A score that is no number would end the program later; it breaks here.
LongEvalAnswer ReadOfficialLongEval(LongEvalAsk ask, std::string_view reply);

// One JSON object, in prose or a fence or not, whose "score" is a number from 1 (kInstruction: 0)
// to 10; of kExperiment a first word yes or no. Fate is kScore or kBreaks: ask again.
LongEvalAnswer ReadStrictLongEval(LongEvalAsk ask, std::string_view reply);

}  // namespace assay
