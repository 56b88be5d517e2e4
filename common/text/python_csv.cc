#include "common/text/python_csv.h"

#include <algorithm>
#include <cstddef>
#include <deque>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

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
    for (std::size_t at = 0; at < line.size();) {
      ASSAY_ASSIGN_OR_RETURN(const std::size_t taken, Take(line.substr(at)));
      at += taken;
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
  absl::StatusOr<std::size_t> Take(std::string_view rest) {
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
        return InvalidArgument(absl::StrCat("line ", line_, ": text behind a line end"));
    }
    return 1;
  }

  std::string_view UpToCellEnd(std::string_view rest) const {
    const auto end = std::find_if(rest.begin(), rest.end(), [this](char c) {
      return c == delimiter_ || c == '\n' || c == '\r';
    });
    return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  }

  absl::StatusOr<std::size_t> AtStart(std::string_view rest, bool line_end) {
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
    ASSAY_RETURN_IF_ERROR(CheckSize(cell_));
    return cell_.size();
  }

  void EndOfLine() {
    if (state_ == State::kInQuotes) return;
    if (state_ != State::kStartRow && state_ != State::kLineEnd) EndCell();
    EndRow();
  }

  // A cell with quotes does not stand in its line as it is.
  absl::StatusOr<std::size_t> Add(std::string_view part) {
    if (!assembled_) rooms_.emplace_back(cell_);
    assembled_ = true;
    rooms_.back() += part;
    cell_ = rooms_.back();
    ASSAY_RETURN_IF_ERROR(CheckSize(part));
    return part.size();
  }

  absl::Status CheckSize(std::string_view part) {
    for (const char c : part) characters_ += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (characters_ <= kMaxCellCharacters) return absl::OkStatus();
    return InvalidArgument(
        absl::StrCat("line ", line_, ": a cell of more than ", kMaxCellCharacters, " characters"));
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
    characters_ = 0;
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
  std::size_t characters_ = 0;
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
