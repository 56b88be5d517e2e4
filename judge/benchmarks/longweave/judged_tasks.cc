#include "judge/benchmarks/longweave/judged_tasks.h"

#include <algorithm>

#include "common/text/python_case.h"
#include "common/text/python_json.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay::longweave {
namespace {

constexpr double kNothing = 1e-9;
using Kind = PythonValue::Kind;

template <typename Word>
void ForEachWord(std::string_view text, const Word& word) {
  std::size_t begin = 0;
  bool inside = false;
  std::size_t at = 0;
  while (at < text.size()) {
    const DecodedChar c = DecodeUtf8(text, at);
    const bool letter = IsPythonWord(c.code_point);
    if (letter && !inside) begin = at;
    if (!letter && inside) word(text.substr(begin, at - begin));
    inside = letter;
    at += c.bytes;
  }
  if (inside) word(text.substr(begin));
}

// The first "[...]" that holds no "[" or "]"... of `text`; nullopt where there is none.
std::optional<std::string_view> InnermostList(std::string_view text) {
  std::size_t open = std::string_view::npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') open = i;
    if (text[i] == ']' && open != std::string_view::npos) return text.substr(open, i - open + 1);
  }
  return std::nullopt;
}

// true, false, "true", "false"; nullopt for anything else.
std::optional<bool> BoolOf(const PythonValue& value) {
  if (value.kind == Kind::kBool) return value.boolean;
  if (value.kind != Kind::kString) return std::nullopt;
  const std::string word = PythonLower(value.text);
  if (word == "true") return true;
  if (word == "false") return false;
  return std::nullopt;
}

std::optional<std::vector<bool>> BoolsOf(std::string_view json) {
  const auto parsed = PythonJsonLoads(json);
  if (!parsed.ok() || parsed->kind != Kind::kList) return std::nullopt;
  std::vector<bool> bools;
  for (const PythonValue& item : parsed->list) {
    const std::optional<bool> value = BoolOf(item);
    if (!value.has_value()) return std::nullopt;
    bools.push_back(*value);
  }
  return bools;
}

// "true, false, true"; nullopt where a part is neither.
std::optional<std::vector<bool>> CommaBools(std::string_view text) {
  std::vector<bool> bools;
  for (;;) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string word = PythonLower(PythonStrip(text.substr(0, comma)));
    if (word != "true" && word != "false") return std::nullopt;
    bools.push_back(word == "true");
    if (comma == text.size()) return bools;
    text.remove_prefix(comma + 1);
  }
}

// From the first "[" to the last "]".
std::optional<std::string_view> OuterList(std::string_view text) {
  const std::size_t open = text.find('[');
  const std::size_t close = text.rfind(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  return text.substr(open, close - open + 1);
}

// Python's notion of true.
bool Truthy(const PythonValue& value) {
  switch (value.kind) {
    case Kind::kNone:
      return false;
    case Kind::kBool:
      return value.boolean;
    case Kind::kInt:
    case Kind::kFloat:
      return value.number != 0;
    case Kind::kString:
      return !value.text.empty();
    case Kind::kList:
      return !value.list.empty();
    case Kind::kDict:
      return !value.keys.empty();
  }
  return false;
}

}  // namespace

std::string FirstWords(std::string_view text, std::int64_t most) {
  std::string words;
  std::int64_t count = 0;
  ForEachWord(text, [&](std::string_view word) {
    if (count++ >= most) return;
    words += (words.empty() ? "" : " ") + std::string(word);
  });
  return words;
}

std::int64_t CountWords(std::string_view text) {
  std::int64_t count = 0;
  ForEachWord(text, [&](std::string_view) { ++count; });
  return count;
}

double HarmonicMean(double a, double b) {
  return a <= kNothing || b <= kNothing ? 0 : 2 * a * b / (a + b);
}

double RoundedRate(std::int64_t part, std::int64_t all) {
  return all == 0 ? 0 : PythonRound(static_cast<double>(part) / static_cast<double>(all), 4);
}

Covered ReadCovered(std::string_view reply, std::size_t batch) {
  std::string text(PythonStrip(reply));
  std::replace(text.begin(), text.end(), '\'', '"');
  const std::optional<std::string_view> list = InnermostList(text);
  const auto bools = list.has_value() ? BoolsOf(*list) : CommaBools(text);
  Covered read;
  if (bools.has_value()) read.covered = *bools;
  read.usable = bools.has_value();
  read.whole = read.usable && read.covered.size() == batch;
  read.covered.resize(batch, false);
  return read;
}

AnsweredBatch ReadAnswered(std::string_view reply, std::size_t batch) {
  AnsweredBatch read;
  read.items.resize(batch);
  // A list of objects anywhere in the reply, or else all between its first and last bracket.
  std::optional<std::string_view> list = OuterList(reply);
  for (std::size_t at = 0; list.has_value() && at < reply.size(); ++at) {
    if (reply[at] != '[') continue;
    std::size_t next = at + 1;
    while (next < reply.size() && IsPythonSpace(DecodeUtf8(reply, next).code_point)) {
      next += DecodeUtf8(reply, next).bytes;
    }
    if (next < reply.size() && reply[next] == '{') {
      list = OuterList(reply.substr(at));
      break;
    }
  }
  if (!list.has_value()) return read;
  const auto parsed = PythonJsonLoads(*list);
  if (!parsed.ok() || parsed->kind != Kind::kList) return read;
  read.usable = true;
  read.whole = parsed->list.size() == batch;
  for (std::size_t i = 0; i < std::min(batch, parsed->list.size()); ++i) {
    const PythonValue& item = parsed->list[i];
    const auto field = [&](const char* name) -> const PythonValue* {
      const auto found = item.dict.find(name);
      const bool usable =
          item.kind == Kind::kDict && found != item.dict.end() && found->second.kind == Kind::kBool;
      return usable ? &found->second : nullptr;
    };
    const PythonValue* answered = field("answered");
    const PythonValue* correct = field("correct");
    if (answered == nullptr || correct == nullptr) {
      read.whole = false;
      continue;
    }
    read.items[i] = {answered->boolean, answered->boolean && correct->boolean};
  }
  return read;
}

SalesScores ScoreSales(const std::vector<Answered>& items) {
  std::int64_t answered = 0;
  std::int64_t correct = 0;
  for (const Answered& item : items) {
    answered += item.answered ? 1 : 0;
    correct += item.correct ? 1 : 0;
  }
  SalesScores scores;
  const auto all = static_cast<std::int64_t>(items.size());
  scores.answered_rate = RoundedRate(answered, all);
  scores.correctness_rate = RoundedRate(correct, all);
  scores.total = HarmonicMean(scores.answered_rate, scores.correctness_rate);
  return scores;
}

StyleCategory ReadStyle(std::string_view reply, std::size_t statements) {
  StyleCategory read;
  const std::optional<std::string_view> list = OuterList(reply);
  if (!list.has_value() || statements == 0) return read;
  const auto parsed = PythonJsonLoads(*list);
  if (!parsed.ok() || parsed->kind != Kind::kList) return read;
  double exists = 0;
  double follows = 0;
  bool whole = parsed->list.size() == statements;
  for (const PythonValue& item : parsed->list) {
    if (item.kind != Kind::kDict) return read;
    const auto there = item.dict.find("exists_in_article");
    const auto right = item.dict.find("follows_rules");
    if (there == item.dict.end() || right == item.dict.end()) return read;
    whole = whole && there->second.kind == Kind::kBool && right->second.kind == Kind::kBool;
    if (!Truthy(there->second)) continue;
    exists += 1;
    follows += Truthy(right->second) ? 1 : 0;
  }
  read.usable = true;
  read.whole = whole;
  read.recall = exists / static_cast<double>(statements);
  read.compliance = follows / static_cast<double>(statements);
  return read;
}

StyleScores ScoreStyle(const std::vector<StyleCategory>& categories) {
  StyleScores scores;
  if (categories.empty()) return scores;
  for (const StyleCategory& category : categories) {
    scores.recall += category.recall;
    scores.ap_total += category.compliance;
  }
  scores.recall /= static_cast<double>(categories.size());
  scores.ap_total /= static_cast<double>(categories.size());
  scores.total = HarmonicMean(scores.ap_total, scores.recall);
  return scores;
}

}  // namespace assay::longweave
