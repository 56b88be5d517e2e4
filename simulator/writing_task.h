// What the simulated writers read out of a prompt: how long, in which language, about what, and
// what must be in it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct WritingTask {
  std::int64_t units = 0;  // words, or hanzi in Chinese; kDefaultUnits when the prompt says nothing
  bool chinese = false;
  bool narrative = false;            // asked for a story rather than an exposition
  std::string subject;               // a short noun phrase, never empty
  std::vector<std::string> topics;   // content words of the prompt
  std::vector<std::string> aspects;  // bullet points, "cover a, b and c"
  std::vector<std::string> musts;    // short quoted strings
  // Sentences of the reference documents in the prompt ("--- Reference document: Title ---").
  std::vector<std::string> facts;
};

inline constexpr std::int64_t kDefaultUnits = 600;

WritingTask ReadWritingTask(std::string_view prompt);

// The largest length asked for: "500-word", "8,000 words", "800 to 1000 words", "3000字", "三千字",
// "2万字". 0 when there is none.
std::int64_t RequiredUnits(std::string_view prompt);

// Words as LongBench-Write counts them, near enough: runs of ASCII letters, digits and underscore,
// plus each hanzi.
std::int64_t CountUnits(std::string_view text);

}  // namespace assay
