#include "judge/benchmarks/longproc/html_to_tsv.h"

#include <set>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/text/python_csv.h"
#include "common/text/python_split.h"
#include "common/text/python_text.h"

namespace assay {
namespace {

constexpr std::string_view kFence = "```tsv";
// In no normalised cell: it is white space.
constexpr char kCellEnd = '\x1f';

struct Table {
  std::size_t columns = 0;
  std::vector<std::string> rows;  // normalised cells, each with kCellEnd behind it
};

std::string RowKey(const CsvRow& row, std::size_t columns) {
  std::string key;
  for (std::size_t i = 0; i < columns; ++i) {
    const bool whole = row.size() == columns;
    key += NormalizedAnswer(whole ? std::string_view(row[i]) : "N/A", Articles(), Blanks::kDrop);
    key += kCellEnd;
  }
  return key;
}

absl::StatusOr<Table> ReadTable(std::string_view text) {
  ASSAY_ASSIGN_OR_RETURN(std::vector<CsvRow> rows,
                         PythonCsvRows(PythonSplit(PythonStrip(text), "\n"), '\t'));
  if (rows.size() < 2) return InvalidArgument("no rows below a header");
  Table table;
  const CsvRow& header = rows.front();
  table.columns = header.size();
  // A last row of another width is taken for a closing remark.
  if (rows.back().size() != table.columns) rows.pop_back();
  if (rows.size() < 2) return InvalidArgument("no rows below a header");
  if (std::set<std::string>(rows[0].begin(), rows[0].end()).size() != table.columns) {
    return InvalidArgument("a name stands twice in the header");
  }
  for (std::size_t i = 1; i < rows.size(); ++i) {
    table.rows.push_back(RowKey(rows[i], table.columns));
  }
  return table;
}

std::string_view Payload(std::string_view reply) {
  if (const auto fenced = FencedPart(reply, kFence)) return PythonStrip(*fenced);
  const std::size_t open = reply.find(kFence);
  if (open != std::string_view::npos) {
    reply.remove_prefix(open + kFence.size());
    reply = reply.substr(0, reply.find(kFence));
  }
  return PythonStrip(reply);
}

// How many of `rows` are among `others`.
std::size_t CountAmong(const std::vector<std::string>& rows,
                       const std::vector<std::string>& others) {
  const absl::flat_hash_set<std::string_view> known(others.begin(), others.end());
  std::size_t found = 0;
  for (const std::string& row : rows) found += known.contains(row) ? 1U : 0U;
  return found;
}

double Share(std::size_t part, const std::vector<std::string>& rows) {
  return static_cast<double>(part) / static_cast<double>(rows.size());
}

}  // namespace

LongProcScore ScoreHtmlToTsv(std::string_view reference, std::string_view reply) {
  LongProcScore score;
  const std::string_view payload = Payload(reply);
  score.parsed = payload;
  const absl::StatusOr<Table> wanted = ReadTable(reference);
  const absl::StatusOr<Table> found = ReadTable(payload);
  if (!wanted.ok() || !found.ok()) {
    const absl::Status& bad = wanted.ok() ? found.status() : wanted.status();
    score.problem = absl::StrCat(wanted.ok() ? "" : "reference: ", std::string(MessageOf(bad)));
    return score;
  }
  if (found->columns != wanted->columns) {
    score.problem =
        absl::StrCat("the table has ", found->columns, " columns, expected ", wanted->columns);
    return score;
  }
  score.extracted = 1;
  const std::size_t right = CountAmong(found->rows, wanted->rows);
  const std::size_t covered = CountAmong(wanted->rows, found->rows);
  score.precision = Share(right, found->rows);
  score.recall = Share(covered, wanted->rows);
  const double sum = score.recall + score.precision;
  if (sum > 0) score.score = 2 * score.recall * score.precision / sum;
  score.partial = score.score;
  if (score.score < 1) {
    score.problem = absl::StrCat(right, " of ", found->rows.size(), " rows are right, ", covered,
                                 " of ", wanted->rows.size(), " of the reference are there");
  }
  return score;
}

}  // namespace assay
