// csv.reader of Python 3.11 in its default dialect (quote '"', doubled within quotes, not strict)
// but for the delimiter. Pure, thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace assay {

using CsvRow = std::vector<std::string>;

// list(csv.reader(lines, delimiter=delimiter)): `lines` are what the reader iterates over, with or
// without their line ends. A quoted cell that is open at the end of a line goes on in the next one,
// with nothing in between unless the line has its end; one open at the end of all ends there. An
// empty line is a row without cells. `delimiter` is ASCII. InvalidArgument where Python raises
// csv.Error: something behind a line end within a line, a cell of more than 131,072 characters.
//
// Each row goes to `row` as it is read; its cells are good during the call.
absl::Status ForEachPythonCsvRow(std::span<const std::string_view> lines, char delimiter,
                                 absl::FunctionRef<void(std::span<const std::string_view>)> row);

absl::StatusOr<std::vector<CsvRow>> PythonCsvRows(std::span<const std::string_view> lines,
                                                  char delimiter);

}  // namespace assay
