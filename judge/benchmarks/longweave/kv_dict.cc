#include "judge/benchmarks/longweave/kv_dict.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "common/text/python_format.h"
#include "common/text/python_json.h"
#include "common/text/python_repr.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"
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
  std::size_t kept = 0;
  for (std::size_t at = text.find(','); at != std::string_view::npos; at = text.find(',', at + 1)) {
    const std::size_t next = SkipSpace(text, at + 1);
    if (next == text.size() || text[next] != '}') continue;
    json += text.substr(kept, at - kept);
    kept = next;
  }
  json += text.substr(kept);
  std::replace(json.begin(), json.end(), '\'', '"');
  return json;
}

// len() of text in which a lone surrogate stands in three bytes.
std::int64_t PythonLength(std::string_view text) {
  if (SkipAscii(text, 0) == text.size()) return static_cast<std::int64_t>(text.size());
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

bool IsLimitOfPython(std::string_view problem) {
  return problem.find("4300 digits") != std::string_view::npos ||
         problem.find("nested too deeply") != std::string_view::npos;
}

// What counts of dict(pairs): a key stands where it came first and has the value that came last.
class Entries {
 public:
  // Of an item; `room` bytes are enough for all keys together.
  Entries(const KvItem& item, std::size_t room) : item_(item) {
    constexpr std::size_t kBytesPerEntry = 32;
    keys_.reserve(room);
    places_.reserve(room / kBytesPerEntry);
    values_.reserve(room / kBytesPerEntry);
  }

  void Add(std::string_view key, const PythonValue& value) {
    const std::size_t begin = keys_.size();
    keys_ += key;  // stays where it is: there is room
    const auto [place, added] =
        places_.try_emplace(absl::string_view(keys_.data() + begin, key.size()), values_.size());
    if (added) {
      if (key == item_.key) key_place_ = values_.size();
      key_letters_ += PythonLength(key);
      values_.emplace_back();
    } else {
      keys_.resize(begin);
    }
    values_[place->second] =
        value.kind == PythonValue::Kind::kString ? Look(value.text) : Look(PythonRepr(value));
  }

  std::size_t size() const { return values_.size(); }
  std::optional<std::size_t> key_place() const { return key_place_; }
  std::int64_t key_letters() const { return key_letters_; }
  bool has_value() const {
    return std::any_of(values_.begin(), values_.end(), [](const Value& v) { return v.wanted; });
  }
  std::int64_t value_letters() const {
    std::int64_t letters = 0;
    for (const Value& value : values_) letters += value.letters;
    return letters;
  }

 private:
  struct Value {
    std::int64_t letters = 0;  // of str() of it
    bool wanted = false;
  };

  Value Look(std::string_view value) const { return {PythonLength(value), value == item_.value}; }

  const KvItem& item_;
  std::string keys_;
  absl::flat_hash_map<absl::string_view, std::size_t> places_;
  std::vector<Value> values_;
  std::optional<std::size_t> key_place_;
  std::int64_t key_letters_ = 0;
};

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
  const std::string json = AsJson(response.substr(begin, end + 1 - begin));
  Entries entries(item, json.size());
  const absl::Status parsed = ForEachPythonJsonPair(
      json, [&](std::string_view key, const PythonValue& value) { entries.Add(key, value); });
  if (!parsed.ok()) {
    scores.raises = IsLimitOfPython(MessageOf(parsed));
    return scores;
  }
  if (!entries.key_place() || !entries.has_value()) return scores;
  scores.key_existence = 1;

  const auto wanted = static_cast<double>(item.entries);
  const auto count = static_cast<double>(entries.size());
  const auto distance = static_cast<std::int64_t>(*entries.key_place()) - item.index;
  const double position = Closeness(static_cast<double>(std::abs(distance)), wanted * 0.25);
  const double number = Closeness(std::abs(count - wanted), std::max(1.0, wanted * 0.25));
  scores.position = PythonRound(position, 4);
  scores.entries = PythonRound(number, 4);

  const auto length_score = [count](std::int64_t letters, std::int64_t asked) {
    const auto length = static_cast<double>(asked);
    return Closeness(std::abs(static_cast<double>(letters) / count - length),
                     std::max(1.0, length * 0.25));
  };
  scores.avg_length = PythonRound((length_score(entries.key_letters(), item.key_length) +
                                   length_score(entries.value_letters(), item.value_length)) /
                                      2,
                                  4);
  scores.raises = scores.avg_length == 0;
  if (!scores.raises) scores.total = 3 / (1 / position + 1 / number + 1 / scores.avg_length);
  return scores;
}

}  // namespace assay::longweave
