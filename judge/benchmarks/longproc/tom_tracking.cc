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

constexpr WordSet kLeftOutSet(kLeftOut);

constexpr std::string_view kApostrophe = "\u2019";

bool IsBullet(std::string_view line) { return PythonStrip(line).starts_with('-'); }

std::string BulletsOf(std::string_view text) {
  std::string bullets;
  bullets.reserve(text.size());
  for (const std::string_view line : PythonSplitLines(text)) {
    if (!IsBullet(line)) continue;
    if (!bullets.empty()) bullets += '\n';
    bullets += line;
  }
  return bullets;
}

std::string NormalizedBelief(std::string_view content) {
  std::string belief;
  if (content.find(kApostrophe) == std::string_view::npos) {
    AppendNormalized(content, kLeftOutSet, Blanks::kKeep, belief);
    return belief;
  }
  std::string plain;
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t end = std::min(content.find(kApostrophe, at), content.size());
    plain += content.substr(at, end - at);
    at = end + kApostrophe.size();
  }
  AppendNormalized(plain, kLeftOutSet, Blanks::kKeep, belief);
  return belief;
}

// What stands behind the dashes of `bullets`, where it is more than words that are left out.
class Beliefs {
 public:
  explicit Beliefs(std::string_view bullets) : rest_(PythonStrip(bullets)) {}

  std::optional<std::string_view> Next() {
    while (const std::optional<std::string_view> line = TakeLine(rest_)) {
      if (!line->starts_with('-')) continue;
      const std::string_view content = line->substr(1);
      const bool empty = content.find(kApostrophe) == std::string_view::npos
                             ? IsNormalizedToNothing(content, kLeftOutSet)
                             : NormalizedBelief(content).empty();
      if (!empty) return content;
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string_view> rest_;
};

}  // namespace

LongProcScore ScoreTomTracking(std::string_view reference, std::string_view reply) {
  LongProcScore score;
  score.extracted = 1;
  score.parsed = BulletsOf(reply);
  const std::string reference_bullets = BulletsOf(reference);
  Beliefs wanted(reference_bullets);
  Beliefs found(*score.parsed);
  std::size_t wanted_count = 0;
  std::size_t found_count = 0;
  std::size_t equal = 0;
  bool differ = false;
  for (;;) {
    const std::optional<std::string_view> expected = wanted.Next();
    const std::optional<std::string_view> belief = found.Next();
    if (!expected && !belief) break;
    wanted_count += expected ? 1U : 0U;
    found_count += belief ? 1U : 0U;
    if (differ || !expected || !belief) continue;
    if (*expected == *belief) {
      ++equal;
      continue;
    }
    const std::string normalized_expected = NormalizedBelief(*expected);
    const std::string normalized_belief = NormalizedBelief(*belief);
    differ = normalized_expected != normalized_belief;
    if (differ) score.problem = LineProblem(equal, normalized_expected, normalized_belief);
    if (!differ) ++equal;
  }
  if (equal == wanted_count && equal == found_count) {
    score.score = score.partial = 1;
    return score;
  }
  if (!differ) score.problem = absl::StrCat(found_count, " bullets, expected ", wanted_count);
  score.partial =
      wanted_count == 0 ? 0 : static_cast<double>(equal) / static_cast<double>(wanted_count);
  return score;
}

}  // namespace assay
