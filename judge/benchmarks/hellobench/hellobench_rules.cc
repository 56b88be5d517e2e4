#include "judge/benchmarks/hellobench/hellobench_rules.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/types/span.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/text/python_format.h"
#include "common/text/python_json.h"
#include "common/text/python_split.h"

namespace assay {
namespace {

constexpr std::size_t kCutBeyond = 15'000;
constexpr std::size_t kCutTo = 16'000;
using Kind = PythonValue::Kind;

// A string as json.dumps(ensure_ascii=False) writes it.
void AppendJsonString(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (byte < 0x20) {
          out += "\\u00";
          out += kHex[byte >> 4];
          out += kHex[byte & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

std::string Without(std::string_view reply, absl::Span<const char* const> gone) {
  std::string text(reply);
  for (const char* what : gone) text = absl::StrReplaceAll(text, {{what, ""}});
  return text;
}

// Strictly a reply is JSON once its fences are off; a quote that a reason escapes stays one. What
// that does not read is read as the benchmark does.
absl::StatusOr<PythonValue> ParseReply(std::string_view reply, bool official) {
  if (!official) {
    const auto parsed = PythonJsonLoads(Without(reply, {"```json", "```python", "```"}));
    if (parsed.ok()) return parsed;
  }
  return PythonJsonLoads(Without(reply, {"```json", "```python", "```", "\n", "\\"}));
}

// Strictly the numbers of the entries are those of the questions, once each; the entries in their
// order. Empty: they are not.
std::vector<PythonValue> InOrder(const std::vector<PythonValue>& entries) {
  std::vector<const PythonValue*> placed(entries.size(), nullptr);
  for (const PythonValue& entry : entries) {
    const auto id = entry.dict.find("checklist_id");
    if (id == entry.dict.end()) return {};
    const std::optional<double> number = PythonFloat(id->second);
    const bool place = number.has_value() && *number >= 0 && *number == std::floor(*number) &&
                       *number < static_cast<double>(entries.size());
    if (!place || placed[static_cast<std::size_t>(*number)] != nullptr) return {};
    placed[static_cast<std::size_t>(*number)] = &entry;
  }
  std::vector<PythonValue> ordered;
  for (const PythonValue* entry : placed) ordered.push_back(*entry);
  return ordered;
}

// int(value) of a checklist_id.
bool IsWhole(const PythonValue& value) {
  switch (value.kind) {
    case Kind::kInt:
    case Kind::kBool:
      return true;
    case Kind::kFloat:
      return std::isfinite(value.number);
    case Kind::kString:
      return PythonInt(value.text).has_value();
    default:
      return false;
  }
}

bool OnGrid(double score) { return score >= 0 && score <= 1 && score * 4 == std::floor(score * 4); }

// The score of one entry; nullopt where the benchmark's program stops.
std::optional<double> ScoreOfEntry(const PythonValue& entry) {
  if (entry.kind != Kind::kDict) return std::nullopt;
  const auto id = entry.dict.find("checklist_id");
  const auto score = entry.dict.find("evaluation_score");
  if (id == entry.dict.end() || score == entry.dict.end() || !IsWhole(id->second)) {
    return std::nullopt;
  }
  return PythonFloat(score->second);
}

std::string ReasonOf(const PythonValue& entry) {
  const auto reason = entry.dict.find("reason");
  return reason == entry.dict.end() ? "" : reason->second.text;
}

}  // namespace

std::string HelloBenchShown(const std::vector<std::string>& tokens) {
  if (tokens.size() <= kCutBeyond) return absl::StrJoin(tokens, " ");
  const auto end = tokens.begin() + static_cast<std::ptrdiff_t>(std::min(kCutTo, tokens.size()));
  return absl::StrJoin(tokens.begin(), end, " ");
}

std::string HelloBenchChecklist(const std::vector<std::string>& questions) {
  std::string json = "[";
  for (std::size_t i = 0; i < questions.size(); ++i) {
    absl::StrAppend(&json, i == 0 ? "" : ", ", "{\"checklist_id\": ", i,
                    ", \"checklist_content\": ");
    AppendJsonString(questions[i], json);
    json += '}';
  }
  return json + "]";
}

absl::StatusOr<std::string> HelloBenchPrompt(std::string_view user_template,
                                             std::string_view instruction,
                                             std::string_view response,
                                             const std::vector<std::string>& questions) {
  const std::string checklist = HelloBenchChecklist(questions);
  const std::string count = absl::StrCat(questions.size());
  return PythonFormat(user_template, {{"instruction", instruction},
                                      {"response", response},
                                      {"checklists", checklist},
                                      {"num_checklist", count}});
}

HelloBenchReply ReadHelloBenchReply(std::string_view reply, std::size_t items, bool official) {
  HelloBenchReply read;
  auto parsed = ParseReply(reply, official);
  const bool list = parsed.ok() && parsed->kind == Kind::kList;
  const std::size_t size = !parsed.ok() ? 0 : list ? parsed->list.size() : parsed->keys.size();
  if (!parsed.ok()) {
    read.problem = "not JSON once fences and backslashes are taken out";
    return read;
  }
  if (size != items || (!list && !official)) {
    read.problem = absl::StrCat("expected a list of ", items, " entries");
    return read;
  }
  if (!official) {
    parsed->list = InOrder(parsed->list);
    if (parsed->list.empty()) {
      read.problem = absl::StrCat("the entries are not numbered 0 to ", items - 1, ", once each");
      return read;
    }
  }
  for (std::size_t i = 0; i < items; ++i) {
    const std::optional<double> score = list ? ScoreOfEntry(parsed->list[i]) : std::nullopt;
    if (!score.has_value()) {
      const std::string what = absl::StrCat("entry ", i, " has no number and score");
      (official ? read.left_out : read.problem) = what;
      read.scores.clear();
      return read;
    }
    if (!official && !OnGrid(*score)) {
      read.problem = absl::StrCat("entry ", i, ": ", *score, " is not 0, 0.25, 0.5, 0.75 or 1");
      read.scores.clear();
      return read;
    }
    if (!(*score >= 0 && *score <= 1)) {
      read.left_out = absl::StrCat("entry ", i, ": ", *score, " is not within 0 to 1");
    }
    read.scores.push_back(*score);
    read.reasons.push_back(ReasonOf(parsed->list[i]));
  }
  return read;
}

double HelloBenchScore(const std::vector<double>& scores, const std::vector<double>& weights) {
  ASSAY_CHECK(scores.size() == weights.size());
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) sum += scores[i] * weights[i];
  return sum;
}

std::optional<double> HelloBenchTaskScore(const std::vector<double>& sample_scores) {
  if (sample_scores.empty()) return std::nullopt;
  double sum = 0;
  for (const double score : sample_scores) sum += score;
  return (sum / static_cast<double>(sample_scores.size()) - 75) * 4;
}

}  // namespace assay
