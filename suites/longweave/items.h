// The samples of LongWeave: two tasks that are drawn from their ids, five that are read from the
// folder data of the user's copy, with the prompts that the official script sends. Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/v1/suite.pb.h"
#include "judge/benchmarks/longweave/judged_tasks.h"
#include "judge/benchmarks/longweave/templates.h"
#include "suites/longweave/cells.h"
#include "suites/source_files.h"

namespace assay::longweave {

class ItemReader {
 public:
  // All outlive it.
  ItemReader(const SourceFolder& source, const Templates& templates,
             const std::map<std::string, StyleRules>& rules)
      : source_(source), templates_(templates), rules_(rules) {}

  // Every sample of a cell; nullopt: its input is not in the copy at all. InvalidArgument,
  // NotFound: a file of it is malformed or missing, or there are fewer items than the cell asks
  // for.
  absl::StatusOr<std::optional<std::vector<v1::Sample>>> Read(const Cell& cell);

 private:
  using Samples = std::vector<v1::Sample>;

  absl::StatusOr<Samples> DrawDictionaries(const Cell& cell) const;
  absl::StatusOr<Samples> DrawTraces(const Cell& cell) const;
  absl::StatusOr<Samples> ReadCode(const Cell& cell) const;
  absl::StatusOr<Samples> ReadBiographies(const Cell& cell) const;
  absl::StatusOr<Samples> ReadReports(const Cell& cell) const;
  absl::StatusOr<Samples> ReadArticles(const Cell& cell) const;
  absl::StatusOr<Samples> ReadDocuments(const Cell& cell) const;

  const SourceFolder& source_;
  const Templates& templates_;
  const std::map<std::string, StyleRules>& rules_;
};

}  // namespace assay::longweave
