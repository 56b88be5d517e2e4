// The official prompt texts, as prompt_templates.json of the user's copy has them: for every task
// the texts that its functions assign to a variable or add to it, in order; "<<expression>>" stands
// where the script inserts a value. Immutable, thread-safe.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace assay::longweave {

class Templates {
 public:
  // `json`: {"<task file>": [{"function", "variable", "op", "text": text or list of texts}]}.
  // InvalidArgument: "<field>: <problem>".
  static absl::StatusOr<Templates> Parse(std::string_view json);

  // The text that stands at `index` among those of one variable; a list joined with line ends.
  // InvalidArgument names what is missing.
  absl::StatusOr<std::string> Text(const std::string& task, const std::string& function,
                                   const std::string& variable, std::size_t index) const;

 private:
  std::map<std::string, std::vector<std::string>> texts_;  // by "task.function.variable"
};

// One place of a template and what it is filled with, e.g. {"<<self.test_length>>", "1024"}.
using Filling = std::pair<std::string_view, std::string_view>;

// Every place filled in one pass: what is put in is not searched again. InvalidArgument: a place
// that no filling is for, or a filling whose place is missing (other versions of the prompts).
absl::StatusOr<std::string> Fill(std::string_view text, std::initializer_list<Filling> fillings);

}  // namespace assay::longweave
