// LongGenBench (Spinning the Golden Thread, ICLR 2025, arXiv 2409.02076): a long text is taken
// apart into blocks, one a week, day, floor or city block, and its checks are put to the blocks
// that they are about (mozhu621/LongGenBench eval.py; reference
// longgenbench-longproc-longweave-longeval.md 1.3 and 1.6). Pure functions, thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace assay {

// In the order in which they are judged.
inline constexpr std::array<std::string_view, 3> kLongGenBenchKinds = {"once", "range", "periodic"};

inline constexpr std::string_view kLongGenBenchDelimiter = "#*#";

// Block `id` must mention `event`. Single, range and periodic instructions are all of this form.
struct LongGenBenchCheck {
  std::size_t kind = 0;  // of kLongGenBenchKinds
  std::int64_t id = 0;
  std::string event;
};

struct LongGenBenchItem {
  std::string type;                       // what a block is, e.g. "Menu Week"
  std::int64_t number = 0;                // of blocks that were asked for, 1 or more
  std::vector<LongGenBenchCheck> checks;  // by kind, each kind as it is written
};

// {"once": {"19": "..."}, "range": {...}, "periodic": {...}}, the ids as int() reads them.
// InvalidArgument names the kind and the id.
absl::StatusOr<std::vector<LongGenBenchCheck>> ParseLongGenBenchChecks(std::string_view json);

// A reply to a chat may have left the prefix, with which the prompt ends, out or not.
std::string WithLongGenBenchPrefix(std::string_view text, std::string_view prefix);

struct LongGenBenchText {
  std::vector<std::string_view> blocks;       // split at the delimiter; views of the text
  std::map<std::int64_t, std::size_t> by_id;  // place of the first block with this id
  std::int64_t words = 0;                     // as str.split() counts them
};

// The id of a block is the number behind the first "<type> " that has digits (of any script)
// behind it; so "Week" also stands in "Menu Week 1", and a block may be taken for another one that
// it speaks of first. A block whose number int() refuses (more than 4,300 digits: the official
// script ends there) has no id.
LongGenBenchText ParseLongGenBenchText(std::string_view text, std::string_view type);

// Share of 1..number that has a block, 0..100. REQUIRES: number >= 1.
double LongGenBenchCompletion(const LongGenBenchText& text, std::int64_t number);

// Places in item.checks of those whose block is there, in their order; only these are judged.
std::vector<std::size_t> LongGenBenchGenerated(const LongGenBenchItem& item,
                                               const LongGenBenchText& text);

// What the judge is asked: `prompt` with {block} and {event} filled in at once. InvalidArgument:
// it lacks one of them, or has it twice.
absl::StatusOr<std::string> LongGenBenchPrompt(std::string_view prompt, std::string_view block,
                                               std::string_view event);

// Official: "yes" where the reply in lower case has "yes" in it ("yesterday" too), else "no".
bool OfficialLongGenBenchYes(std::string_view reply);

// Strict: "no" where the reply has the word no and not the word yes, "yes" where it has yes and
// neither no nor another negation ("not", "cannot", "n't"). What a raw completion writes behind its
// answer in the prompt's own form (from "Context:", "###" or a line "Example ") is not looked at.
// Empty where it is one of the two, else what is wrong, safe to show.
std::string StrictLongGenBenchProblem(std::string_view reply);
bool StrictLongGenBenchYes(std::string_view reply);

}  // namespace assay
