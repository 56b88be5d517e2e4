// json.loads of Python 3.11: what official scorers accept from a judge is what this accepts. Not
// for anything else (common/json is the project's JSON). Pure, thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace assay {

// What json.loads returns: dict, list, str, int, float, True/False or None.
struct PythonValue {
  enum class Kind { kNone, kBool, kInt, kFloat, kString, kList, kDict };

  Kind kind = Kind::kNone;
  bool boolean = false;
  double number = 0;  // kFloat, and kInt as float(int) gives it (infinite: OverflowError)
  std::string text;   // kString, lone surrogates in three bytes each; kInt as decimal digits
  std::vector<PythonValue> list;
  bool tuple = false;  // of a kList that PythonJsonPairs made: a tuple
  std::map<std::string, PythonValue> dict;
  std::vector<std::string> keys;  // of dict, in its own order: that of each key's first occurrence
};

// Accepts NaN, Infinity and -Infinity, lone surrogate escapes and integers of up to 4,300 digits;
// of duplicate keys the last wins. Refuses raw control characters in strings, trailing commas, a
// byte order mark, anything after the value, and nesting deeper than kMaxPythonJsonDepth (Python
// raises RecursionError). InvalidArgument names the byte offset. `text` is taken as UTF-8; invalid
// bytes inside strings are kept.
absl::StatusOr<PythonValue> PythonJsonLoads(std::string_view text);

// json.loads(text, object_pairs_hook=list): an object is the list of its (key, value), duplicates
// among them.
absl::StatusOr<PythonValue> PythonJsonPairs(std::string_view text);

// The same of an object, pair by pair as they are read, those before an error too; what goes to
// `pair` is good during the call. InvalidArgument also where the text is no object.
absl::Status ForEachPythonJsonPair(
    std::string_view text,
    absl::FunctionRef<void(std::string_view key, const PythonValue& value)> pair);

inline constexpr int kMaxPythonJsonDepth = 1000;

// float(value): nullopt where Python raises (None, dict, list, a string that is no number, an int
// too large).
std::optional<double> PythonFloat(const PythonValue& value);

// `key in value`: nullopt where Python raises TypeError. For a dict its keys, for a list its string
// elements, for a string a substring.
std::optional<bool> PythonContains(const PythonValue& value, std::string_view key);

}  // namespace assay
