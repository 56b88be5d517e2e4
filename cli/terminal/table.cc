#include "cli/terminal/table.h"

#include <algorithm>

#include "cli/terminal/display_width.h"
#include "common/base/check.h"

namespace assay {
namespace {

constexpr int kNameColumnsMax = 40;
constexpr int kGap = 2;

using Grid = std::vector<std::vector<std::string>>;

std::vector<int> ColumnWidths(const Grid& grid) {
  std::vector<int> widths(grid.front().size(), 0);
  for (const auto& row : grid) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i]));
    }
  }
  return widths;
}

int TotalWidth(const std::vector<int>& widths) {
  int total = kGap * static_cast<int>(widths.size() - 1);
  for (const int width : widths) total += width;
  return total;
}

std::string RenderGrid(const Grid& grid, const std::vector<int>& widths) {
  std::string out;
  for (const auto& row : grid) {
    std::string line = PadRight(row[0], widths[0]);
    for (std::size_t i = 1; i < row.size(); ++i) {
      line += std::string(kGap, ' ') + PadLeft(row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

Grid TurnedOver(const Grid& grid) {
  Grid turned(grid.front().size(), std::vector<std::string>(grid.size()));
  for (std::size_t r = 0; r < grid.size(); ++r) {
    for (std::size_t c = 0; c < grid[r].size(); ++c) turned[c][r] = grid[r][c];
  }
  return turned;
}

std::string RenderBlocks(const Grid& grid) {
  const auto& header = grid.front();
  int name_width = 0;
  for (std::size_t c = 1; c < header.size(); ++c) {
    name_width = std::max(name_width, DisplayWidth(header[c]));
  }
  std::string out;
  for (std::size_t r = 1; r < grid.size(); ++r) {
    out += grid[r][0] + "\n";
    for (std::size_t c = 1; c < header.size(); ++c) {
      out += "  " + PadRight(header[c], name_width) + "  " + grid[r][c] + "\n";
    }
  }
  return out;
}

}  // namespace

void Table::AddRow(std::vector<std::string> cells) {
  ASSAY_CHECK(cells.size() == header_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::Render(int columns) const {
  if (rows_.empty()) return "";
  Grid grid = {header_};
  grid.insert(grid.end(), rows_.begin(), rows_.end());
  for (auto& row : grid) row[0] = FitToWidth(row[0], kNameColumnsMax);
  if (const auto widths = ColumnWidths(grid); TotalWidth(widths) <= columns) {
    return RenderGrid(grid, widths);
  }
  const Grid turned = TurnedOver(grid);
  if (const auto widths = ColumnWidths(turned); TotalWidth(widths) <= columns) {
    return RenderGrid(turned, widths);
  }
  return RenderBlocks(grid);
}

}  // namespace assay
