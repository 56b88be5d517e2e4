#include "judge/benchmarks/longproc/tom_tracking.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "common/text/python_split.h"
#include "common/text/python_text.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 18> kLeftOut = {
    "a",        "an",      "the", "on",  "in", "at",       "step", "thinks", "think",
    "believes", "believe", "is",  "are", "of", "location", "know", "knows",  "belief"};

constexpr std::string_view kApostrophe = "\u2019";

std::string BulletsOf(std::string_view text) {
  std::string bullets;
  for (const std::string_view line : PythonSplitLines(text)) {
    if (!PythonStrip(line).starts_with('-')) continue;
    if (!bullets.empty()) bullets += '\n';
    bullets += line;
  }
  return bullets;
}

std::vector<std::string> Beliefs(std::string_view bullets) {
  std::vector<std::string> beliefs;
  for (const std::string_view line : PythonSplit(PythonStrip(bullets), "\n")) {
    if (!line.starts_with('-')) continue;
    std::string content(PythonStrip(line.substr(1)));
    for (std::size_t at = content.find(kApostrophe); at != std::string::npos;
         at = content.find(kApostrophe, at)) {
      content.erase(at, kApostrophe.size());
    }
    std::string belief = NormalizedAnswer(content, kLeftOut, Blanks::kKeep);
    if (!belief.empty()) beliefs.push_back(std::move(belief));
  }
  return beliefs;
}

}  // namespace

LongProcScore ScoreTomTracking(std::string_view reference, std::string_view reply) {
  LongProcScore score;
  score.extracted = 1;
  score.parsed = BulletsOf(reply);
  const std::vector<std::string> wanted = Beliefs(BulletsOf(reference));
  const std::vector<std::string> found = Beliefs(*score.parsed);
  if (found == wanted) {
    score.score = score.partial = 1;
    return score;
  }
  const std::size_t common = std::min(wanted.size(), found.size());
  std::size_t equal = 0;
  while (equal < common && wanted[equal] == found[equal]) ++equal;
  score.problem = equal < common ? LineProblem(equal, wanted[equal], found[equal])
                                 : absl::StrCat(found.size(), " bullets, expected ", wanted.size());
  score.partial =
      wanted.empty() ? 0 : static_cast<double>(equal) / static_cast<double>(wanted.size());
  return score;
}

}  // namespace assay
