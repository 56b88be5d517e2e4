// The table that LongWeave's report task shows of a CSV file: what pandas 2.2 and tabulate 0.9 make
// of it, read_csv(...).to_markdown(index=False). Pure, thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace assay::longweave {

// At most `max_rows` rows, then a line that says that there are more. A column of whole numbers,
// numbers, or True and False is shown as such (numbers with six digits, blanks as nan, the points
// below each other), any other as text. InvalidArgument: no header, a row with
// another number of cells, a blank among True and False (which pandas shows as numbers).
absl::StatusOr<std::string> MarkdownTable(std::string_view csv, std::size_t max_rows);

}  // namespace assay::longweave
