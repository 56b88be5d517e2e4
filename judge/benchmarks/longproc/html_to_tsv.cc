#include "judge/benchmarks/longproc/html_to_tsv.h"

#include <algorithm>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "common/text/python_csv.h"
#include "common/text/python_split.h"
#include "common/text/python_text.h"

namespace assay {
namespace {

constexpr std::string_view kFence = "```tsv";
// In no normalised cell: it is white space.
constexpr char kCellEnd = '\x1f';

// Rows as keys, the normalised cells with kCellEnd behind each; the keys one behind the other.
struct Table {
  std::size_t columns = 0;
  std::string keys;
  std::vector<std::size_t> ends;  // of each row's key

  std::size_t rows() const { return ends.size(); }
  std::string_view row(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    return std::string_view(keys).substr(begin, ends[i] - begin);
  }
};

bool HasTwice(std::span<const std::string_view> names) {
  std::vector<std::string_view> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

absl::StatusOr<Table> ReadTable(std::string_view text) {
  Table table;
  table.keys.reserve(text.size() + text.size() / 8);
  bool header = true;
  bool twice = false;
  bool whole = true;  // the last row has all cells
  const auto take = [&](std::span<const std::string_view> row) {
    if (header) {
      header = false;
      table.columns = row.size();
      twice = HasTwice(row);
      return;
    }
    whole = row.size() == table.columns;
    for (std::size_t i = 0; i < table.columns; ++i) {
      AppendNormalized(whole ? row[i] : "N/A", Articles(), Blanks::kDrop, table.keys);
      table.keys += kCellEnd;
    }
    table.ends.push_back(table.keys.size());
  };
  ASSAY_RETURN_IF_ERROR(ForEachPythonCsvRow(PythonSplit(PythonStrip(text), "\n"), '\t', take));
  // A last row of another width is taken for a closing remark.
  if (!whole) table.ends.pop_back();
  if (table.rows() == 0) return InvalidArgument("no rows below a header");
  if (twice) return InvalidArgument("a name stands twice in the header");
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

struct Matches {
  std::size_t right = 0;    // rows of `found` that are rows of `wanted`
  std::size_t covered = 0;  // and the other way round
};

Matches Match(const Table& wanted, const Table& found) {
  const auto key = [](std::string_view row) { return absl::string_view(row.data(), row.size()); };
  // Rows that are the same share a place.
  absl::flat_hash_map<absl::string_view, std::size_t> places;
  places.reserve(wanted.rows());
  std::vector<std::size_t> place_of;
  place_of.reserve(wanted.rows());
  for (std::size_t i = 0; i < wanted.rows(); ++i) {
    place_of.push_back(places.try_emplace(key(wanted.row(i)), i).first->second);
  }
  std::vector<bool> there(wanted.rows());
  Matches matches;
  for (std::size_t i = 0; i < found.rows(); ++i) {
    const auto place = places.find(key(found.row(i)));
    if (place == places.end()) continue;
    ++matches.right;
    there[place->second] = true;
  }
  for (const std::size_t place : place_of) matches.covered += there[place] ? 1U : 0U;
  return matches;
}

double Share(std::size_t part, const Table& table) {
  return static_cast<double>(part) / static_cast<double>(table.rows());
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
  const auto [right, covered] = Match(*wanted, *found);
  score.precision = Share(right, *found);
  score.recall = Share(covered, *wanted);
  const double sum = score.recall + score.precision;
  if (sum > 0) score.score = 2 * score.recall * score.precision / sum;
  score.partial = score.score;
  if (score.score < 1) {
    score.problem = absl::StrCat(right, " of ", found->rows(), " rows are right, ", covered, " of ",
                                 wanted->rows(), " of the reference are there");
  }
  return score;
}

}  // namespace assay
