#include "judge/benchmarks/longweave/kv_dict.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "common/base/status.h"
#include "common/text/python_format.h"
#include "common/text/python_json.h"
#include "common/text/python_repr.h"
#include "common/text/python_text.h"
#include "judge/benchmarks/longweave/closeness.h"
#include "judge/benchmarks/longweave/ignore_case.h"
#include "judge/benchmarks/longweave/tasks.h"

namespace assay::longweave {
namespace {

constexpr std::string_view kKeyLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kValueLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

std::string Draw(PythonRandom& random, std::string_view letters, std::int64_t count) {
  std::string drawn;
  for (const std::size_t i : random.Choices(letters.size(), static_cast<std::size_t>(count))) {
    drawn.push_back(letters[i]);
  }
  return drawn;
}

// re.sub(r",\s*}", "}", text) after text.replace("'", '"')
std::string AsJson(std::string_view text) {
  std::string json;
  json.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ',') {
      const std::size_t next = SkipSpace(text, at + 1);
      if (next < text.size() && text[next] == '}') at = next;
    }
    json.push_back(text[at] == '\'' ? '"' : text[at]);
  }
  return json;
}

// len() of text in which a lone surrogate stands in three bytes.
std::int64_t PythonLength(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

bool IsLimitOfPython(std::string_view problem) {
  return problem.find("4300 digits") != std::string_view::npos ||
         problem.find("nested too deeply") != std::string_view::npos;
}

struct Entry {
  std::string key;
  std::string value;  // str() of it
};

// dict(pairs): a key stands where it came first and has the value that came last.
std::vector<Entry> EntriesOf(const PythonValue& pairs) {
  std::vector<Entry> entries;
  std::map<std::string_view, std::size_t> places;
  for (const PythonValue& pair : pairs.list) {
    const PythonValue& value = pair.list[1];
    std::string text = value.kind == PythonValue::Kind::kString ? value.text : PythonRepr(value);
    const auto [place, added] = places.emplace(pair.list[0].text, entries.size());
    if (added) {
      entries.push_back({pair.list[0].text, std::move(text)});
    } else {
      entries[place->second].value = std::move(text);
    }
  }
  return entries;
}

}  // namespace

KvItem DrawKvItem(std::string_view id, std::int64_t entries, std::int64_t key_length,
                  std::int64_t value_length) {
  PythonRandom random = RandomOf(id);
  KvItem item;
  item.entries = entries;
  item.key_length = key_length;
  item.value_length = value_length;
  item.key = Draw(random, kKeyLetters, key_length);
  item.value = Draw(random, kValueLetters, value_length);
  const auto percent = static_cast<double>(5 + 5 * random.Below(19));
  const double place = PythonRound(percent / 100 * static_cast<double>(entries - 1), 0);
  item.index = std::clamp<std::int64_t>(static_cast<std::int64_t>(place), 0, entries - 1);
  return item;
}

absl::StatusOr<std::string> KvPrompt(const Templates& templates, const KvItem& item) {
  ASSAY_ASSIGN_OR_RETURN(const std::string text, templates.Text("gen_kv_dictionary_task",
                                                                "generate_prompt", "template", 0));
  const std::string entries = std::to_string(item.entries);
  const std::string index = std::to_string(item.index);
  const std::string key_length = std::to_string(item.key_length);
  const std::string value_length = std::to_string(item.value_length);
  return PythonFormat(text, {{"num", entries},
                             {"key", item.key},
                             {"value", item.value},
                             {"index", index},
                             {"key_length", key_length},
                             {"value_length", value_length}});
}

KvScores ScoreKvDict(const KvItem& item, std::string_view response) {
  KvScores scores;
  const std::size_t begin = response.find('{');
  const std::size_t end = response.rfind('}');
  if (begin == std::string_view::npos || end == std::string_view::npos || begin >= end) {
    return scores;
  }
  const absl::StatusOr<PythonValue> parsed =
      PythonJsonPairs(AsJson(response.substr(begin, end + 1 - begin)));
  if (!parsed.ok()) {
    scores.raises = IsLimitOfPython(MessageOf(parsed.status()));
    return scores;
  }
  const std::vector<Entry> entries = EntriesOf(*parsed);
  const auto place = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.key == item.key; });
  const bool has_value = std::any_of(entries.begin(), entries.end(),
                                     [&](const Entry& entry) { return entry.value == item.value; });
  if (place == entries.end() || !has_value) return scores;
  scores.key_existence = 1;

  const auto wanted = static_cast<double>(item.entries);
  const auto count = static_cast<double>(entries.size());
  const double position =
      Closeness(static_cast<double>(std::abs(place - entries.begin() - item.index)), wanted * 0.25);
  const double number = Closeness(std::abs(count - wanted), std::max(1.0, wanted * 0.25));
  scores.position = PythonRound(position, 4);
  scores.entries = PythonRound(number, 4);

  std::int64_t key_letters = 0;
  std::int64_t value_letters = 0;
  for (const Entry& entry : entries) {
    key_letters += PythonLength(entry.key);
    value_letters += PythonLength(entry.value);
  }
  const auto length_score = [count](std::int64_t letters, std::int64_t asked) {
    const auto length = static_cast<double>(asked);
    return Closeness(std::abs(static_cast<double>(letters) / count - length),
                     std::max(1.0, length * 0.25));
  };
  scores.avg_length = PythonRound((length_score(key_letters, item.key_length) +
                                   length_score(value_letters, item.value_length)) /
                                      2,
                                  4);
  scores.raises = scores.avg_length == 0;
  if (!scores.raises) scores.total = 3 / (1 / position + 1 / number + 1 / scores.avg_length);
  return scores;
}

}  // namespace assay::longweave
