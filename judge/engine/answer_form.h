// The form of an answer that a judge is asked for: said to it in words and as a JSON schema, and
// held against what it says. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assay/v1/unit.pb.h"

namespace assay {

// The form of one field of an answer.
struct AnswerField {
  enum class Kind {
    kLabel,    // one of `labels`, compared after NormalizeForMatch
    kInteger,  // JSON integer in least..most
    kText,     // string, at most `most` bytes; may be empty
    kTexts,    // list of strings, at most `most` of them
    kIds,      // list of ids out of `labels`
    kRecords,  // list of objects with `fields`, at most `most`
  };
  std::string name;
  Kind kind = Kind::kText;
  std::vector<std::string> labels;
  std::int64_t least = 0;
  std::int64_t most = 0;
  bool required = true;  // false: may be absent or null
  std::vector<AnswerField> fields;
  // kText: must not be blank or absent where the field `needed_by` of the same answer is a label
  // out of `needed_for`, or a number above `needed_above`.
  std::string needed_by;
  std::vector<std::string> needed_for;
  std::optional<std::int64_t> needed_above;
};

// A value of a field. Only the member of its kind is set.
struct AnswerValue {
  std::string text;  // kLabel (as it stands in `labels`), kText
  std::int64_t number = 0;
  std::vector<std::string> texts;                           // kTexts, kIds
  std::vector<std::map<std::string, AnswerValue>> records;  // kRecords
  double expected = 0;  // kInteger: mean over the rivals' log probabilities; number when none came
};
using Answer = std::map<std::string, AnswerValue>;  // absent fields are not in it

// The form in words, the same for every call with these fields: what one answer looks like and what
// its fields may hold.
std::string DescribeForm(const std::vector<AnswerField>& fields);

// JSON schema of {"nonce", "answers": [{"id", <fields>}]}.
v1::ResponseFormat AnswerSchema(const std::vector<AnswerField>& fields);

}  // namespace assay
