#include "common/text/python_csv.h"

#include <cstddef>
#include <deque>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr std::size_t kMaxCellCharacters = 131072;  // csv.field_size_limit()

// The states of CPython's Modules/_csv.c, so that its behaviour on odd input is ours too.
enum class State { kStartRow, kStartCell, kInCell, kInQuotes, kQuoteInQuotes, kLineEnd };

using OnRow = absl::FunctionRef<void(std::span<const std::string_view>)>;

class CsvReader {
 public:
  CsvReader(char delimiter, OnRow on_row) : delimiter_(delimiter), on_row_(on_row) {}

  absl::Status Line(std::string_view line) {
    ++line_;
    has_ends_ =
        line.find('\n') != std::string_view::npos || line.find('\r') != std::string_view::npos;
    for (std::size_t at = 0; at < line.size();) {
      at += Take(line.substr(at));
      if (!problem_.empty()) return InvalidArgument(absl::StrCat("line ", line_, ": ", problem_));
    }
    EndOfLine();
    return absl::OkStatus();
  }

  void Finish() {
    if (state_ != State::kInQuotes) return;
    EndCell();
    EndRow();
  }

 private:
  // Takes the first character of `rest`, and with it those behind it that mean the same. Answers
  // how many bytes that was.
  std::size_t Take(std::string_view rest) {
    const char c = rest.front();
    const bool line_end = c == '\n' || c == '\r';
    switch (state_) {
      case State::kStartRow:
      case State::kStartCell:
        return AtStart(rest, line_end);
      case State::kInCell:
        if (line_end) return CellThen(State::kLineEnd);
        if (c == delimiter_) return CellThen(State::kStartCell);
        return Add(UpToCellEnd(rest));
      case State::kInQuotes:
        if (c != '"') return Add(rest.substr(0, rest.find('"')));
        state_ = State::kQuoteInQuotes;
        return 1;
      case State::kQuoteInQuotes:
        if (line_end) return CellThen(State::kLineEnd);
        if (c == delimiter_) return CellThen(State::kStartCell);
        state_ = c == '"' ? State::kInQuotes : State::kInCell;
        return Add(rest.substr(0, 1));
      case State::kLineEnd:
        if (line_end) return 1;
        problem_ = "text behind a line end";
        return 1;
    }
    return 1;
  }

  std::string_view UpToCellEnd(std::string_view rest) const {
    rest = rest.substr(0, rest.find(delimiter_));
    return has_ends_ ? rest.substr(0, rest.find_first_of("\n\r")) : rest;
  }

  std::size_t AtStart(std::string_view rest, bool line_end) {
    const char c = rest.front();
    if (line_end) {
      if (state_ == State::kStartCell) EndCell();
      state_ = State::kLineEnd;
      return 1;
    }
    if (c == delimiter_) return CellThen(State::kStartCell);
    state_ = c == '"' ? State::kInQuotes : State::kInCell;
    if (c == '"') return 1;
    cell_ = UpToCellEnd(rest);
    CheckSize();
    return cell_.size();
  }

  void EndOfLine() {
    if (state_ == State::kInQuotes) return;
    if (state_ != State::kStartRow && state_ != State::kLineEnd) EndCell();
    EndRow();
  }

  // A cell with quotes does not stand in its line as it is.
  std::size_t Add(std::string_view part) {
    if (!assembled_) rooms_.emplace_back(cell_);
    assembled_ = true;
    rooms_.back() += part;
    cell_ = rooms_.back();
    CheckSize();
    return part.size();
  }

  void CheckSize() {
    if (cell_.size() <= kMaxCellCharacters) return;
    characters_ += CountCodePoints(cell_.substr(counted_));
    counted_ = cell_.size();
    if (characters_ <= kMaxCellCharacters) return;
    problem_ = absl::StrCat("a cell of more than ", kMaxCellCharacters, " characters");
  }

  std::size_t CellThen(State next) {
    EndCell();
    state_ = next;
    return 1;
  }

  void EndCell() {
    row_.push_back(cell_);
    cell_ = {};
    assembled_ = false;
    characters_ = counted_ = 0;
  }

  void EndRow() {
    on_row_(row_);
    row_.clear();
    rooms_.clear();
    state_ = State::kStartRow;
  }

  const char delimiter_;
  const OnRow on_row_;
  State state_ = State::kStartRow;
  std::size_t line_ = 0;
  bool has_ends_ = false;  // the line has line ends, which may stand before its own end
  std::string problem_;
  std::size_t characters_ = 0;  // of the cell's first counted_ bytes, once it is long
  std::size_t counted_ = 0;
  std::string_view cell_;
  bool assembled_ = false;         // the cell is the last of rooms_
  std::deque<std::string> rooms_;  // of the row
  std::vector<std::string_view> row_;
};

}  // namespace

absl::Status ForEachPythonCsvRow(std::span<const std::string_view> lines, char delimiter,
                                 absl::FunctionRef<void(std::span<const std::string_view>)> row) {
  CsvReader reader(delimiter, row);
  for (const std::string_view line : lines) ASSAY_RETURN_IF_ERROR(reader.Line(line));
  reader.Finish();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CsvRow>> PythonCsvRows(std::span<const std::string_view> lines,
                                                  char delimiter) {
  std::vector<CsvRow> rows;
  ASSAY_RETURN_IF_ERROR(
      ForEachPythonCsvRow(lines, delimiter, [&rows](std::span<const std::string_view> row) {
        rows.emplace_back(row.begin(), row.end());
      }));
  return rows;
}

}  // namespace assay
