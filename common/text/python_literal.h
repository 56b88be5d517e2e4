// Texts that a Python file assigns to names, read without running it: official prompts stand in
// such files. Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace assay {

// One assignment to one name: "name = ...", "name: type = ..." or, never a plain text, "name +=
// ...". Behind a colon on its line ("if x: name = ...") it is not seen.
struct PythonAssignment {
  std::string name;
  int line = 0;            // from 1
  bool top_level = false;  // it is not indented
  // Where the right side is nothing but a string: literals, joined by standing side by side or by
  // "+", in parentheses or not, of any quotes, raw or with escapes, with ".strip()" behind them or
  // not. nullopt: something else, also an f-string, bytes, and a literal with "\N{...}".
  std::optional<std::string> text;
};

// All of them in the order of the file. `source` is UTF-8; "\r\n" and "\r" count as "\n", as Python
// reads them. InvalidArgument ("line 7: ...") where a string or a bracket is never closed.
absl::StatusOr<std::vector<PythonAssignment>> PythonAssignments(std::string_view source);

// What `name` is once the module has been run, as far as its top level says: the last assignment
// counts. InvalidArgument: it is not a plain text; NotFound: there is none.
absl::StatusOr<std::string> PythonStringConstant(std::string_view source, std::string_view name);

}  // namespace assay
