#include <algorithm>
#include <cmath>

#include "common/base/status.h"
#include "common/text/python_json.h"
#include "common/text/python_random.h"
#include "common/text/python_repr.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"
#include "judge/benchmarks/longweave/item_seed.h"
#include "judge/benchmarks/longweave/rule_tasks.h"

namespace assay::longweave {
namespace {

constexpr double kLength = 32;      // of keys and values
constexpr double kLengthWidth = 8;  // at which the length score halves
constexpr std::string_view kKeyLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kValueLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

// `'` read as `"`, and a comma before a closing brace left out.
std::string AsJson(std::string_view braces) {
  std::string json(braces);
  std::replace(json.begin(), json.end(), '\'', '"');
  std::string out;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i] == ',') {
      std::size_t next = i + 1;
      while (next < json.size()) {
        const DecodedChar c = DecodeUtf8(json, next);
        if (!IsPythonSpace(c.code_point)) break;
        next += c.bytes;
      }
      if (next < json.size() && json[next] == '}') {
        i = next - 1;
        continue;
      }
    }
    out += json[i];
  }
  return out;
}

std::string Show(const PythonValue& value);

// The program keeps nested objects as lists of pairs.
std::string ShowPairs(const PythonValue& dict) {
  std::string out = "[";
  for (const std::string& key : dict.keys) {
    if (out.size() > 1) out += ", ";
    out += "(" + PythonRepr(key) + ", " + Show(dict.dict.at(key)) + ")";
  }
  return out + "]";
}

// repr(), objects as pairs.
std::string Show(const PythonValue& value) {
  if (value.kind == PythonValue::Kind::kDict) return ShowPairs(value);
  if (value.kind != PythonValue::Kind::kList) return PythonRepr(value);
  std::string out = "[";
  for (const PythonValue& item : value.list) out += (out.size() > 1 ? ", " : "") + Show(item);
  return out + "]";
}

std::string StrOf(const PythonValue& value) {
  return value.kind == PythonValue::Kind::kString ? value.text : Show(value);
}

double MeanLength(const std::vector<std::string>& texts) {
  double sum = 0;
  for (const std::string& text : texts) sum += static_cast<double>(CountCodePoints(text));
  return sum / static_cast<double>(texts.size());
}

std::string Letters(std::string_view alphabet, const std::vector<std::size_t>& positions) {
  std::string text;
  for (const std::size_t position : positions) text += alphabet[position];
  return text;
}

}  // namespace

double Closeness(double distance, double width) {
  const double relative = distance / width;
  return 1 / (1 + relative * relative);
}

absl::StatusOr<KvScores> ScoreKvDict(const KvItem& item, std::string_view text) {
  const std::size_t open = text.find('{');
  const std::size_t close = text.rfind('}');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return KvScores();
  }
  const auto parsed = PythonJsonLoads(AsJson(text.substr(open, close - open + 1)));
  if (!parsed.ok() || parsed->kind != PythonValue::Kind::kDict || parsed->keys.empty()) {
    return KvScores();
  }
  std::vector<std::string> values;
  for (const std::string& key : parsed->keys) values.push_back(StrOf(parsed->dict.at(key)));
  const auto found = std::find(parsed->keys.begin(), parsed->keys.end(), item.key);
  const bool value_found = std::find(values.begin(), values.end(), item.value) != values.end();
  if (found == parsed->keys.end() || !value_found) return KvScores();

  const auto index = static_cast<double>(found - parsed->keys.begin());
  const auto entries = static_cast<double>(item.entries);
  const auto count = static_cast<double>(parsed->keys.size());
  const double position =
      Closeness(std::abs(index - static_cast<double>(item.index)), 0.25 * entries);
  const double entry = Closeness(std::abs(count - entries), std::max(1.0, 0.25 * entries));
  const double keys = Closeness(std::abs(MeanLength(parsed->keys) - kLength), kLengthWidth);
  const double lengths = Closeness(std::abs(MeanLength(values) - kLength), kLengthWidth);
  KvScores scores;
  scores.key_existence = 1;
  scores.position = PythonRound(position, 4);
  scores.entry_num = PythonRound(entry, 4);
  scores.avg_length = PythonRound((keys + lengths) / 2, 4);
  if (scores.avg_length == 0) return InvalidArgument("the average length scores 0");
  scores.total = 3 / (1 / position + 1 / entry + 1 / scores.avg_length);
  return scores;
}

KvItem MakeKvItem(std::string_view sample_id, std::int64_t entries) {
  PythonRandom random(std::uint64_t{ItemSeed(sample_id)});
  KvItem item;
  item.entries = entries;
  item.key = Letters(kKeyLetters, random.Choices(kKeyLetters.size(), 32));
  item.value = Letters(kValueLetters, random.Choices(kValueLetters.size(), 32));
  // One of 5, 10, ..., 95 per cent.
  const double percent = 5.0 * static_cast<double>(1 + random.Below(19));
  const double index = PythonRound(percent / 100 * static_cast<double>(entries - 1), 0);
  item.index = std::clamp<std::int64_t>(static_cast<std::int64_t>(index), 0, entries - 1);
  return item;
}

}  // namespace assay::longweave
