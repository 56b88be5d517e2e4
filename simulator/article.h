// Writes an article for a WritingTask from the sentence grammars: title, sections with headings,
// paragraphs, every aspect and quoted string that was asked for. Pure in (task, seed).
#pragma once

#include <cstdint>
#include <string>

#include "simulator/writing_task.h"

namespace assay {

struct ArticlePlan {
  std::uint64_t seed = 0;
  std::int64_t units = 0;      // words or hanzi to write, within about 2 %
  std::int64_t loop_from = 0;  // after this many, the last paragraph repeats for ever; 0: never
  int wrong_every = 0;  // so often a fact of the prompt's documents gets another number; 0: never
};

std::string WriteArticle(const WritingTask& task, const ArticlePlan& plan);

// A few sentences about the task without any heading.
std::string WriteNotes(const WritingTask& task, std::uint64_t seed, int sentences);

}  // namespace assay
