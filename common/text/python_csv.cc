#include "common/text/python_csv.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace assay {
namespace {

constexpr std::size_t kMaxCellCharacters = 131072;  // csv.field_size_limit()

// The states of CPython's Modules/_csv.c, so that its behaviour on odd input is ours too.
enum class State { kStartRow, kStartCell, kInCell, kInQuotes, kQuoteInQuotes, kLineEnd };

class CsvReader {
 public:
  explicit CsvReader(char delimiter) : delimiter_(delimiter) {}

  absl::Status Line(std::string_view line) {
    ++line_;
    for (const char c : line) ASSAY_RETURN_IF_ERROR(Take(c));
    EndOfLine();
    return absl::OkStatus();
  }

  std::vector<CsvRow> Finish() {
    if (state_ == State::kInQuotes) {
      EndCell();
      EndRow();
    }
    return std::move(rows_);
  }

 private:
  absl::Status Take(char c) {
    const bool line_end = c == '\n' || c == '\r';
    switch (state_) {
      case State::kStartRow:
      case State::kStartCell:
        return AtStart(c, line_end);
      case State::kInCell:
        if (line_end) return CellThen(State::kLineEnd);
        return c == delimiter_ ? CellThen(State::kStartCell) : Add(c);
      case State::kInQuotes:
        if (c != '"') return Add(c);
        state_ = State::kQuoteInQuotes;
        return absl::OkStatus();
      case State::kQuoteInQuotes:
        if (line_end) return CellThen(State::kLineEnd);
        if (c == delimiter_) return CellThen(State::kStartCell);
        state_ = c == '"' ? State::kInQuotes : State::kInCell;
        return Add(c);
      case State::kLineEnd:
        if (line_end) return absl::OkStatus();
        return InvalidArgument(absl::StrCat("line ", line_, ": text behind a line end"));
    }
    return absl::OkStatus();
  }

  absl::Status AtStart(char c, bool line_end) {
    if (line_end) {
      if (state_ == State::kStartCell) EndCell();
      state_ = State::kLineEnd;
      return absl::OkStatus();
    }
    if (c == delimiter_) return CellThen(State::kStartCell);
    state_ = c == '"' ? State::kInQuotes : State::kInCell;
    return c == '"' ? absl::OkStatus() : Add(c);
  }

  void EndOfLine() {
    if (state_ == State::kInQuotes) return;
    if (state_ != State::kStartRow && state_ != State::kLineEnd) EndCell();
    EndRow();
  }

  absl::Status Add(char c) {
    const bool begins_character = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (begins_character && ++characters_ > kMaxCellCharacters) {
      return InvalidArgument(absl::StrCat("line ", line_, ": a cell of more than ",
                                          kMaxCellCharacters, " characters"));
    }
    cell_.push_back(c);
    return absl::OkStatus();
  }

  absl::Status CellThen(State next) {
    EndCell();
    state_ = next;
    return absl::OkStatus();
  }

  void EndCell() {
    row_.push_back(std::exchange(cell_, {}));
    characters_ = 0;
  }

  void EndRow() {
    rows_.push_back(std::exchange(row_, {}));
    state_ = State::kStartRow;
  }

  const char delimiter_;
  State state_ = State::kStartRow;
  std::size_t line_ = 0;
  std::size_t characters_ = 0;
  std::string cell_;
  CsvRow row_;
  std::vector<CsvRow> rows_;
};

}  // namespace

absl::StatusOr<std::vector<CsvRow>> PythonCsvRows(std::span<const std::string_view> lines,
                                                  char delimiter) {
  CsvReader reader(delimiter);
  for (const std::string_view line : lines) ASSAY_RETURN_IF_ERROR(reader.Line(line));
  return reader.Finish();
}

}  // namespace assay
