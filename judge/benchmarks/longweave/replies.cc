#include "judge/benchmarks/longweave/replies.h"

#include <algorithm>
#include <string>

#include "absl/status/statusor.h"
#include "common/text/python_case.h"
#include "common/text/python_json.h"
#include "common/text/python_text.h"
#include "judge/benchmarks/longweave/ignore_case.h"

namespace assay::longweave {
namespace {

using Kind = PythonValue::Kind;

constexpr std::string_view kRelevanceKey = "is_relevant_and_complete";
constexpr std::size_t kNone = std::string_view::npos;

const PythonValue* FindKey(const PythonValue& value, const char* key) {
  const auto found = value.dict.find(key);
  return found == value.dict.end() ? nullptr : &found->second;
}

bool IsTruthy(const PythonValue& value) {
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
      return !value.dict.empty();
  }
  return false;
}

// End of "key"\s*:\s*(true|false) at `at`, without case.
std::optional<std::size_t> EndOfRelevance(std::string_view text, std::size_t at) {
  const std::optional<std::size_t> key = EndOfWord(text, at + 1, kRelevanceKey);
  if (!key || text.substr(*key, 1) != "\"") return std::nullopt;
  const std::size_t colon = SkipSpace(text, *key + 1);
  if (text.substr(colon, 1) != ":") return std::nullopt;
  const std::size_t value = SkipSpace(text, colon + 1);
  const std::optional<std::size_t> end = EndOfWord(text, value, "true");
  return end ? end : EndOfWord(text, value, "false");
}

// First match of \{.*?"key"\s*:\s*(true|false).*?\}, with "." for every character.
std::optional<std::string_view> RelevanceObject(std::string_view text) {
  const std::size_t begin = text.find('{');
  if (begin == kNone) return std::nullopt;
  for (std::size_t at = text.find('"', begin); at != kNone; at = text.find('"', at + 1)) {
    const std::optional<std::size_t> value = EndOfRelevance(text, at);
    if (!value) continue;
    const std::size_t end = text.find('}', *value);
    if (end == kNone) return std::nullopt;
    return text.substr(begin, end + 1 - begin);
  }
  return std::nullopt;
}

std::optional<bool> BoolOfWord(std::string_view word) {
  word = PythonStrip(word);
  std::string lower(word);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (lower == "true") return true;
  if (lower == "false") return false;
  return std::nullopt;
}

// A list of booleans, or of booleans and words for them.
std::vector<bool> BoolsOfList(std::string_view json) {
  const absl::StatusOr<PythonValue> list = PythonJsonLoads(json);
  std::vector<bool> bools;
  if (!list.ok()) return bools;
  for (const PythonValue& item : list->list) {
    std::optional<bool> value;
    if (item.kind == Kind::kBool) value = item.boolean;
    if (item.kind == Kind::kString) value = BoolOfWord(item.text);
    if (!value) return {};
    bools.push_back(*value);
  }
  return bools;
}

std::vector<bool> BoolsBetweenCommas(std::string_view text) {
  std::vector<bool> bools;
  for (text = PythonStrip(text);;) {
    const std::size_t comma = text.find(',');
    const std::optional<bool> value = BoolOfWord(text.substr(0, comma));
    if (!value) return {};
    bools.push_back(*value);
    if (comma == kNone) return bools;
    text.remove_prefix(comma + 1);
  }
}

// First match of \[[^\]\[]*\]
std::optional<std::string_view> InnerList(std::string_view text) {
  std::size_t open = kNone;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '[') open = at;
    if (text[at] == ']' && open != kNone) return text.substr(open, at + 1 - open);
  }
  return std::nullopt;
}

// First match of \[\s*(\{.*?\})\s*(?:,\s*(\{.*?\})\s*)*\], with "." for every character. Whether
// the rest behind a "}" can match depends on where that stands only, so it is found out from the
// end on.
std::optional<std::string_view> ObjectList(std::string_view text) {
  struct Close {
    std::size_t at = 0;
    std::size_t end = 0;  // of the match
  };
  std::vector<Close> closes;  // that a match can go on from, the last first
  const auto first_behind = [&closes](std::size_t at) -> std::optional<std::size_t> {
    const auto behind = std::partition_point(closes.begin(), closes.end(),
                                             [at](const Close& close) { return close.at > at; });
    if (behind == closes.begin()) return std::nullopt;
    return (behind - 1)->end;
  };
  for (std::size_t at = text.rfind('}'); at != kNone;
       at = at == 0 ? kNone : text.rfind('}', at - 1)) {
    const std::size_t next = SkipSpace(text, at + 1);
    if (text.substr(next, 1) == "]") {
      closes.push_back({at, next + 1});
    } else if (text.substr(next, 1) == ",") {
      const std::size_t open = SkipSpace(text, next + 1);
      if (text.substr(open, 1) != "{") continue;
      if (const auto end = first_behind(open)) closes.push_back({at, *end});
    }
  }
  for (std::size_t at = text.find('['); at != kNone; at = text.find('[', at + 1)) {
    const std::size_t open = SkipSpace(text, at + 1);
    if (text.substr(open, 1) != "{") continue;
    if (const auto end = first_behind(open)) return text.substr(at, *end - at);
  }
  return std::nullopt;
}

// From the first "[" to the last "]".
std::optional<std::string_view> OuterList(std::string_view text) {
  const std::size_t begin = text.find('[');
  const std::size_t end = text.rfind(']');
  if (begin == kNone || end == kNone || begin >= end) return std::nullopt;
  return text.substr(begin, end + 1 - begin);
}

std::optional<Answer> AnswerOf(const PythonValue& item) {
  const PythonValue* const answered = FindKey(item, "answered");
  const PythonValue* const correct = FindKey(item, "correct");
  const auto is_bool = [](const PythonValue* value) {
    return value != nullptr && value->kind == Kind::kBool;
  };
  if (!is_bool(answered) || !is_bool(correct)) return std::nullopt;
  return Answer{answered->boolean, answered->boolean && correct->boolean};
}

}  // namespace

std::optional<bool> RelevanceOf(std::string_view reply) {
  reply = PythonStrip(reply);
  if (const std::optional<std::string_view> object = RelevanceObject(reply)) {
    const absl::StatusOr<PythonValue> parsed = PythonJsonLoads(*object);
    if (!parsed.ok()) return std::nullopt;
    const PythonValue* const value = FindKey(*parsed, std::string(kRelevanceKey).c_str());
    if (value == nullptr || value->kind != Kind::kBool) return std::nullopt;
    return value->boolean;
  }
  const std::string lower = PythonLower(reply);
  const std::string key = "\"" + std::string(kRelevanceKey) + "\": ";
  if (lower.find(key + "true") != kNone) return true;
  if (lower.find(key + "false") != kNone) return false;
  return std::nullopt;
}

CoverageReply CoverageOf(std::string_view reply, std::size_t count) {
  std::string quoted(reply);
  std::replace(quoted.begin(), quoted.end(), '\'', '"');
  const std::optional<std::string_view> list = InnerList(quoted);
  CoverageReply coverage;
  coverage.covered = list ? BoolsOfList(*list) : BoolsBetweenCommas(reply);
  coverage.given = coverage.covered.size();
  coverage.covered.resize(count);
  return coverage;
}

AnswersReply AnswersOf(std::string_view reply, std::size_t count) {
  AnswersReply answers;
  const std::optional<std::string_view> objects = ObjectList(reply);
  const std::optional<std::string_view> list = objects ? objects : OuterList(reply);
  const absl::StatusOr<PythonValue> parsed = PythonJsonLoads(list.value_or(""));
  if (parsed.ok()) {
    for (const PythonValue& item : parsed->list) {
      const std::optional<Answer> answer = AnswerOf(item);
      answers.given += answer ? 1 : 0;
      answers.answers.push_back(answer.value_or(Answer{}));
    }
  }
  answers.items = answers.answers.size();
  answers.answers.resize(count);
  return answers;
}

std::optional<StyleReply> StyleOf(std::string_view reply) {
  const std::optional<std::string_view> list = OuterList(reply);
  const absl::StatusOr<PythonValue> parsed = PythonJsonLoads(list.value_or(""));
  if (!parsed.ok()) return std::nullopt;
  StyleReply style;
  style.items = parsed->list.size();
  for (const PythonValue& item : parsed->list) {
    const PythonValue* const exists = FindKey(item, "exists_in_article");
    if (exists == nullptr) return std::nullopt;
    style.booleans = style.booleans && exists->kind == Kind::kBool;
    if (!IsTruthy(*exists)) continue;
    ++style.found;
    const PythonValue* const follows = FindKey(item, "follows_rules");
    if (follows == nullptr) return std::nullopt;
    style.booleans = style.booleans && follows->kind == Kind::kBool;
    if (IsTruthy(*follows)) ++style.correct;
  }
  return style;
}

}  // namespace assay::longweave
