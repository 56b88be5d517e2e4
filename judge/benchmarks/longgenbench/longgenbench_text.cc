#include "judge/benchmarks/longgenbench/longgenbench_text.h"

#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/check.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/json/json.h"
#include "common/text/python_case.h"
#include "common/text/python_split.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

// End of the digits that begin at `at`.
std::size_t SkipDigits(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const DecodedChar c = DecodeUtf8(text, at);
    if (!IsPythonDigit(c.code_point)) break;
    at += c.bytes;
  }
  return at;
}

// re.search(rf"{type} (\d+)", block) and int(group(1)).
std::optional<std::int64_t> IdOf(std::string_view block, std::string_view head) {
  for (std::size_t at = block.find(head); at != std::string_view::npos;
       at = block.find(head, at + 1)) {
    const std::size_t begin = at + head.size();
    const std::size_t end = SkipDigits(block, begin);
    if (end > begin) return PythonInt(block.substr(begin, end - begin));
  }
  return std::nullopt;
}

// Only where it is there once.
std::size_t FindOnce(std::string_view text, std::string_view piece) {
  const std::size_t at = text.find(piece);
  return at == text.rfind(piece) ? at : std::string_view::npos;
}

// The reply up to where a raw completion runs on with another question of the prompt's form.
std::string_view WithoutRunOn(std::string_view reply) {
  for (const std::string_view next : {"Context:", "###", "\nExample "}) {
    reply = reply.substr(0, reply.find(next));
  }
  return reply;
}

// In lower case; an apostrophe within a word is of it.
std::vector<std::string> WordsOf(std::string_view text) {
  const std::string lower = absl::StrReplaceAll(PythonLower(text), {{"\u2019", "'"}});
  std::vector<std::string> words(1);
  for (std::size_t at = 0; at < lower.size();) {
    const DecodedChar c = DecodeUtf8(lower, at);
    if (IsPythonWord(c.code_point) || (c.code_point == U'\'' && !words.back().empty())) {
      words.back().append(lower, at, c.bytes);
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
    at += c.bytes;
  }
  for (std::string& word : words) word.resize(word.find_last_not_of('\'') + 1);
  return words;
}

// "yes", "no" or empty.
std::string_view StrictAnswer(std::string_view reply) {
  bool yes = false;
  bool no = false;
  bool negated = false;
  for (const std::string& word : WordsOf(WithoutRunOn(reply))) {
    yes = yes || word == "yes";
    no = no || word == "no";
    negated = negated || word == "not" || word == "cannot" || word.ends_with("n't");
  }
  if (yes) return no || negated ? "" : "yes";
  return no ? "no" : "";
}

}  // namespace

absl::StatusOr<std::vector<LongGenBenchCheck>> ParseLongGenBenchChecks(std::string_view json) {
  ASSAY_ASSIGN_OR_RETURN(const OrderedJson root, ParseOrderedJson(json));
  std::vector<LongGenBenchCheck> checks;
  for (std::size_t kind = 0; kind < kLongGenBenchKinds.size(); ++kind) {
    const std::string name(kLongGenBenchKinds[kind]);
    if (!root.is_object() || !root.contains(name) || !root[name].is_object()) {
      return InvalidArgument(name + ": expected an object of texts by number");
    }
    for (const auto& [key, event] : root[name].items()) {
      const std::optional<std::int64_t> id = PythonInt(key);
      if (!id.has_value() || !event.is_string()) {
        return InvalidArgument(absl::StrCat(name, ": expected a text by its number, found \"",
                                            EscapeForTerminal(key, 40), "\""));
      }
      checks.push_back({kind, *id, event.get<std::string>()});
    }
  }
  return checks;
}

std::string WithLongGenBenchPrefix(std::string_view text, std::string_view prefix) {
  const bool begun = text.substr(0, kLongGenBenchDelimiter.size()) == kLongGenBenchDelimiter;
  return begun ? std::string(text) : absl::StrCat(std::string(prefix), std::string(text));
}

LongGenBenchText ParseLongGenBenchText(std::string_view text, std::string_view type) {
  LongGenBenchText parsed;
  parsed.blocks = PythonSplit(text, kLongGenBenchDelimiter);
  parsed.words = CountPythonWords(text);
  const std::string head = std::string(type) + " ";
  for (std::size_t i = 0; i < parsed.blocks.size(); ++i) {
    const std::optional<std::int64_t> id = IdOf(parsed.blocks[i], head);
    if (id.has_value()) parsed.by_id.emplace(*id, i);
  }
  return parsed;
}

double LongGenBenchCompletion(const LongGenBenchText& text, std::int64_t number) {
  ASSAY_CHECK(number >= 1);
  const auto first = text.by_id.lower_bound(1);
  const auto last = text.by_id.upper_bound(number);
  const auto there = static_cast<double>(std::distance(first, last));
  return there / static_cast<double>(number) * 100;
}

std::vector<std::size_t> LongGenBenchGenerated(const LongGenBenchItem& item,
                                               const LongGenBenchText& text) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < item.checks.size(); ++i) {
    if (text.by_id.count(item.checks[i].id) > 0) places.push_back(i);
  }
  return places;
}

absl::StatusOr<std::string> LongGenBenchPrompt(std::string_view prompt, std::string_view block,
                                               std::string_view event) {
  constexpr std::string_view kBlock = "{block}";
  constexpr std::string_view kEvent = "{event}";
  std::pair<std::size_t, std::string_view> first = {FindOnce(prompt, kBlock), block};
  std::pair<std::size_t, std::string_view> second = {FindOnce(prompt, kEvent), event};
  for (const auto& [at, name] : {std::pair(first.first, kBlock), std::pair(second.first, kEvent)}) {
    if (at != std::string_view::npos) continue;
    return InvalidArgument("benchmark.prompts.judge: needs " + std::string(name) + " once");
  }
  if (second.first < first.first) std::swap(first, second);
  static_assert(kBlock.size() == kEvent.size());
  std::string filled;
  filled.reserve(prompt.size() + block.size() + event.size());
  filled.append(prompt.substr(0, first.first)).append(first.second);
  const std::size_t middle = first.first + kBlock.size();
  filled.append(prompt.substr(middle, second.first - middle)).append(second.second);
  return filled.append(prompt.substr(second.first + kBlock.size()));
}

bool OfficialLongGenBenchYes(std::string_view reply) {
  return PythonLower(reply).find("yes") != std::string::npos;
}

std::string StrictLongGenBenchProblem(std::string_view reply) {
  if (!StrictAnswer(reply).empty()) return "";
  return absl::StrCat("not clearly yes or no: \"", EscapeForTerminal(reply, 80), "\"");
}

bool StrictLongGenBenchYes(std::string_view reply) { return StrictAnswer(reply) == "yes"; }

}  // namespace assay
