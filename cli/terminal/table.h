// A table of short texts for a terminal or a pipe: aligned columns where they fit, else turned over
// (rows become columns), else one block a row. Pure.
#pragma once

#include <string>
#include <vector>

namespace assay {

class Table {
 public:
  // The first column holds row names and is aligned left, all others right. Cells are shown as they
  // are: escape foreign text first.
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}

  // REQUIRES: as many cells as the header has.
  void AddRow(std::vector<std::string> cells);

  bool empty() const { return rows_.empty(); }

  // Lines ending in "\n", none wider than `columns` unless a single cell with its name is. Row
  // names longer than 40 columns are cut.
  std::string Render(int columns) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace assay
