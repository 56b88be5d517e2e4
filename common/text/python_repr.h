// repr() of Python 3.11 for what json.loads can return: official scorers put lists and dicts into
// their prompts as Python prints them. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "common/text/python_json.h"

namespace assay {

// repr(str). Of `text` a lone surrogate stands in three bytes (as PythonValue has it), and a byte
// that is not valid counts as U+FFFD.
std::string PythonRepr(std::string_view text);

// repr(float), which is also str(float): the shortest digits that read back as `value`.
std::string PythonRepr(double value);

// repr of any value: dicts in the order of their keys, int without limits.
std::string PythonRepr(const PythonValue& value);

}  // namespace assay
