#include "judge/benchmarks/longweave/paragraph_order.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/text/python_text.h"
#include "judge/benchmarks/longweave/ignore_case.h"
#include "judge/benchmarks/longweave/tasks.h"
#include "judge/benchmarks/longweave/tfidf.h"

namespace assay::longweave {
namespace {

constexpr std::string_view kOpen = "[[Segment";
constexpr std::size_t kMaxDigits = 4300;  // int() of more raises ValueError, and the score is 0

struct Segment {
  std::size_t number = 0;  // SIZE_MAX: too large for any paragraph
  std::size_t digits = 0;
  std::string_view content;
  std::size_t end = 0;  // of the match
};

// \[\[Segment\s*(\d+)\]\]\s*\n(.*?)(?=\n\[\[Segment|$) at `at`, with "." for every character.
std::optional<Segment> SegmentAt(std::string_view text, std::size_t at) {
  Segment segment;
  at = SkipSpace(text, at + kOpen.size());
  while (at < text.size()) {
    const DecodedChar c = DecodeUtf8(text, at);
    if (!IsPythonDigit(c.code_point)) break;
    const auto digit = static_cast<std::size_t>(PythonDigitValue(c.code_point));
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
    segment.number = segment.number > (kMost - digit) / 10 ? kMost : segment.number * 10 + digit;
    ++segment.digits;
    at += c.bytes;
  }
  if (segment.digits == 0 || text.substr(at, 2) != "]]") return std::nullopt;
  const std::string_view gap = text.substr(at + 2, SkipSpace(text, at + 2) - (at + 2));
  const std::size_t line_end = gap.rfind('\n');
  if (line_end == std::string_view::npos) return std::nullopt;
  const std::size_t begin = at + 2 + line_end + 1;
  std::size_t end = text.find("\n[[Segment", begin);
  if (end == std::string_view::npos) {
    end = text.size() > begin && text.back() == '\n' ? text.size() - 1 : text.size();
  }
  segment.content = text.substr(begin, end - begin);
  segment.end = end;
  return segment;
}

// Contents in the order of the response, each number once; nullopt where Python raises.
std::optional<std::vector<std::string>> SegmentsOf(std::string_view text, std::size_t count) {
  std::vector<bool> taken(count);
  std::vector<std::string> contents;
  for (std::size_t at = text.find(kOpen); at != std::string_view::npos;) {
    const std::optional<Segment> segment = SegmentAt(text, at);
    if (!segment) {
      at = text.find(kOpen, at + 1);
      continue;
    }
    if (segment->digits > kMaxDigits) return std::nullopt;
    if (segment->number < count && !taken[segment->number]) {
      taken[segment->number] = true;
      contents.emplace_back(PythonStrip(segment->content));
    }
    at = text.find(kOpen, segment->end);
  }
  return contents;
}

// scipy.stats.kendalltau(range(n), order): tau-b, in its order of divisions; NaN where all of
// `order` are the same.
double KendallTau(const std::vector<std::size_t>& order) {
  const auto pairs = [](std::size_t n) { return static_cast<std::int64_t>(n * (n - 1) / 2); };
  std::map<std::size_t, std::size_t> counts;
  std::int64_t discordant = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    ++counts[order[i]];
    for (std::size_t j = 0; j < i; ++j) discordant += order[j] > order[i] ? 1 : 0;
  }
  std::int64_t tied = 0;
  for (const auto& [index, count] : counts) tied += pairs(count);
  const std::int64_t all = pairs(order.size());
  if (tied == all) return std::numeric_limits<double>::quiet_NaN();
  const double tau = static_cast<double>(all - tied - 2 * discordant) /
                     std::sqrt(static_cast<double>(all)) /
                     std::sqrt(static_cast<double>(all - tied));
  return std::clamp(tau, -1.0, 1.0);
}

}  // namespace

std::vector<std::string> ShuffledParagraphs(std::string_view id,
                                            std::vector<std::string> paragraphs) {
  RandomOf(id).Shuffle(paragraphs);
  return paragraphs;
}

absl::StatusOr<std::string> ParagraphPrompt(const Templates& templates,
                                            std::span<const std::string> shuffled) {
  ASSAY_ASSIGN_OR_RETURN(std::string text,
                         templates.Text("paragraph_ordering_task", "generate_prompt", "return", 0));
  for (const std::size_t number : {shuffled.size() - 1, shuffled.size()}) {
    const std::size_t place = text.find("{}", text.find(">>"));
    if (place == std::string::npos) {
      return InvalidArgument("prompt text: has no {} (another version of the prompts?)");
    }
    text.replace(place, 2, std::to_string(number));
  }
  std::string paragraphs;
  for (std::size_t i = 0; i < shuffled.size(); ++i) {
    absl::StrAppend(&paragraphs, i == 0 ? "" : "\n\n", "[[Segment ", i, "]]\n", shuffled[i]);
  }
  return Fill(text, {{"<<'\\n\\n'.join([f'[[Segment {i}]]\\n{text}' for i, text in "
                      "enumerate(current_doc['shuffled'])])>>",
                      paragraphs}});
}

ParagraphScores ScoreParagraphs(std::span<const std::string> originals, std::string_view response) {
  ParagraphScores scores;
  const auto contents = SegmentsOf(response, originals.size());
  if (!contents) return scores;
  scores.found = contents->size();
  if (scores.found != originals.size()) return scores;
  scores.aligned = AlignTexts(originals, *contents);
  const double tau = KendallTau(scores.aligned);
  if (!std::isnan(tau)) scores.kendalls_tau = (1 + tau) / 2;
  return scores;
}

}  // namespace assay::longweave
