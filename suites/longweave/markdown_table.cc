#include "suites/longweave/markdown_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <vector>

#include "common/base/status.h"
#include "common/text/python_csv.h"
#include "common/text/python_text.h"

namespace assay::longweave {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kHeaderPadding = 2;  // tabulate's MIN_PADDING: columns are wider than names

// What pandas reads as a missing value.
constexpr std::array<std::string_view, 19> kBlanks = {
    "",     "#N/A", "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A",  "NA",       "NULL", "NaN",     "None",     "n/a",  "nan",  "null"};

bool IsBlank(std::string_view cell) {
  return std::find(kBlanks.begin(), kBlanks.end(), cell) != kBlanks.end();
}

std::optional<bool> BoolOf(std::string_view cell) {
  if (cell == "True" || cell == "TRUE" || cell == "true") return true;
  if (cell == "False" || cell == "FALSE" || cell == "false") return false;
  return std::nullopt;
}

std::optional<std::int64_t> WholeOf(std::string_view cell) {
  cell = PythonStrip(cell);
  if (cell.size() > 1 && cell[0] == '+' && cell[1] != '-') cell.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size()) return std::nullopt;
  return value;
}

std::optional<double> NumberOf(std::string_view cell) {
  if (cell.find('_') != std::string_view::npos) return std::nullopt;
  return PythonFloat(cell);
}

// format(value, "g")
std::string General(double value) {
  if (value != value) return "nan";
  std::array<char, 32> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%g", value);
  return buffer.data();
}

enum class Kind { kWhole, kNumber, kBool, kText };

struct Column {
  std::string name;
  std::vector<std::string> cells;
  Kind kind = Kind::kText;

  // Aligned at the point.
  bool numeric() const { return kind == Kind::kWhole || kind == Kind::kNumber; }
};

template <typename Reads>
bool All(const std::vector<std::string>& cells, const Reads& reads, bool blanks) {
  return std::all_of(cells.begin(), cells.end(), [&](const std::string& cell) {
    return IsBlank(cell) ? blanks : reads(cell).has_value();
  });
}

Kind KindOf(const std::vector<std::string>& cells) {
  if (All(cells, WholeOf, false)) return Kind::kWhole;
  if (All(cells, NumberOf, true)) return Kind::kNumber;
  return All(cells, BoolOf, true) ? Kind::kBool : Kind::kText;
}

// pandas keeps a table of numbers only as one of doubles, where one of them is.
absl::Status FindKinds(std::vector<Column>& columns) {
  bool numbers_only = true;
  bool any_number = false;
  for (Column& column : columns) {
    column.kind = KindOf(column.cells);
    numbers_only = numbers_only && column.numeric();
    any_number = any_number || column.kind == Kind::kNumber;
    if (column.kind == Kind::kBool && !All(column.cells, BoolOf, false)) {
      return InvalidArgument("column " + column.name + ": a blank among True and False");
    }
  }
  for (Column& column : columns) {
    if (numbers_only && any_number) column.kind = Kind::kNumber;
  }
  return absl::OkStatus();
}

std::string Shown(std::string_view cell, Kind kind) {
  if (IsBlank(cell)) return "nan";
  switch (kind) {
    case Kind::kWhole:
      return std::to_string(*WholeOf(cell));
    case Kind::kNumber:
      return General(*NumberOf(cell));
    case Kind::kBool:
      return *BoolOf(cell) ? "True" : "False";
    case Kind::kText:
      break;
  }
  return std::string(PythonStrip(cell));
}

// Characters behind the point, or behind the "e" of a number without one; -1: neither.
std::ptrdiff_t AfterPoint(std::string_view number) {
  std::size_t place = number.rfind('.');
  if (place == std::string_view::npos) place = number.rfind('e');
  if (place == std::string_view::npos) return -1;
  return static_cast<std::ptrdiff_t>(number.size() - place) - 1;
}

std::string Padded(const std::string& cell, std::size_t width, bool left) {
  const std::size_t length = CountCodePoints(cell);
  const std::string padding(width > length ? width - length : 0, ' ');
  return left ? padding + cell : cell + padding;
}

// Makes all cells as wide as the widest, and returns the width.
std::size_t Align(Column& column) {
  if (column.numeric()) {
    std::ptrdiff_t most = -1;
    for (const std::string& cell : column.cells) most = std::max(most, AfterPoint(cell));
    for (std::string& cell : column.cells) {
      cell.append(static_cast<std::size_t>(most - AfterPoint(cell)), ' ');
    }
  }
  std::size_t width = CountCodePoints(column.name) + kHeaderPadding;
  for (const std::string& cell : column.cells) width = std::max(width, CountCodePoints(cell));
  for (std::string& cell : column.cells) cell = Padded(cell, width, column.numeric());
  column.name = Padded(column.name, width, column.numeric());
  return width;
}

// A cell may hold line ends within quotes, so the lines keep theirs.
std::vector<std::string_view> LinesOf(std::string_view csv) {
  std::vector<std::string_view> lines;
  while (!csv.empty()) {
    const std::size_t end = csv.find('\n');
    const std::size_t size = end == std::string_view::npos ? csv.size() : end + 1;
    lines.push_back(csv.substr(0, size));
    csv.remove_prefix(size);
  }
  return lines;
}

absl::StatusOr<std::vector<Column>> ReadColumns(std::string_view csv, std::size_t max_rows,
                                                bool* more) {
  if (csv.substr(0, kByteOrderMark.size()) == kByteOrderMark) csv.remove_prefix(3);
  const std::vector<std::string_view> lines = LinesOf(csv);
  ASSAY_ASSIGN_OR_RETURN(const std::vector<CsvRow> rows, PythonCsvRows(lines, ','));
  std::vector<Column> columns;
  std::size_t count = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const CsvRow& row = rows[i];
    if (row.empty()) continue;
    if (columns.empty()) {
      for (const std::string& name : row) columns.push_back({name, {}, Kind::kText});
      continue;
    }
    if (row.size() != columns.size()) {
      return InvalidArgument("row " + std::to_string(i + 1) + ": " + std::to_string(row.size()) +
                             " cells, expected " + std::to_string(columns.size()));
    }
    *more = ++count > max_rows;
    if (*more) break;
    for (std::size_t c = 0; c < row.size(); ++c) columns[c].cells.push_back(row[c]);
  }
  if (count == 0) return InvalidArgument("row 2: is missing, expected a header and rows");
  return columns;
}

}  // namespace

absl::StatusOr<std::string> MarkdownTable(std::string_view csv, std::size_t max_rows) {
  bool more = false;
  ASSAY_ASSIGN_OR_RETURN(std::vector<Column> columns, ReadColumns(csv, max_rows, &more));
  ASSAY_RETURN_IF_ERROR(FindKinds(columns));
  std::string head = "|";
  std::string rule = "|";
  for (Column& column : columns) {
    for (std::string& cell : column.cells) cell = Shown(cell, column.kind);
    const std::size_t width = Align(column);
    head += " " + column.name + " |";
    const std::string dashes(width + 1, '-');
    rule += (column.numeric() ? dashes + ":" : ":" + dashes) + "|";
  }
  std::string table = head + "\n" + rule;
  for (std::size_t row = 0; row < columns[0].cells.size(); ++row) {
    table += "\n|";
    for (const Column& column : columns) table += " " + column.cells[row] + " |";
  }
  return more ? table + "\n... (data truncated)" : table;
}

}  // namespace assay::longweave
