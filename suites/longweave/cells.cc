#include "suites/longweave/cells.h"

#include <algorithm>
#include <set>

#include "common/base/status.h"
#include "common/config/config_errors.h"
#include "common/config/document.h"
#include "judge/benchmarks/longweave/tasks.h"
#include "suites/source_files.h"

namespace assay::longweave {
namespace {

constexpr std::int64_t kMaxItems = 100'000;
constexpr std::int64_t kMaxSize = 1'000'000;

bool NeedsWords(const std::string& task) {
  return task == "KG_TO_TEXT" || task == "SALES_REPORT_GENERATION" || task == "AP_STYLE_WRITING";
}

// The task and length of "GEN_KV_DICT/1k"; false: there is no such thing.
bool SplitPath(const std::string& path, Cell& cell) {
  const std::size_t slash = path.find('/');
  if (slash == std::string::npos) return false;
  cell.task = path.substr(0, slash);
  cell.length = path.substr(slash + 1);
  const auto task = std::find_if(kTasks.begin(), kTasks.end(),
                                 [&](const Task& each) { return cell.task == each.name; });
  const auto length = std::find_if(kLengths.begin(), kLengths.end(),
                                   [&](const char* each) { return cell.length == each; });
  return task != kTasks.end() && length != kLengths.end();
}

Cell CellOf(const RowReader& row, const ConfigNode& node, ConfigErrors& errors,
            const std::string& where, const std::string& advice) {
  Cell cell;
  const ConfigNode* const path = node.Find("task_path");
  if (path == nullptr || !SplitPath(path->scalar, cell)) {
    row.Fail("task_path", "expected a task of LongWeave and 1k, 2k, 4k or 8k, as GEN_KV_DICT/1k");
    return cell;
  }
  const ConfigNode* const arguments = row.Object("args");
  if (arguments == nullptr) return cell;
  const RowReader fields(*arguments, &errors, where + ".args", advice);
  cell.items = fields.Whole("sample_num", 1, kMaxItems);
  if (NeedsWords(cell.task)) cell.words = fields.Whole("test_length", 1, kMaxSize);
  if (cell.task == "GEN_KV_DICT") cell.entries = fields.Whole("num_entries", 2, kMaxSize);
  if (cell.task == "STATE_MACHINE") cell.input = fields.Whole("input_string_length", 3, kMaxSize);
  return cell;
}

}  // namespace

absl::StatusOr<std::vector<Cell>> ReadCells(const std::string& yaml, const std::string& file,
                                            const std::string& advice) {
  absl::StatusOr<ConfigNode> document = ParseYamlDocument(yaml, file);
  if (!document.ok()) {
    return absl::Status(document.status().code(),
                        std::string(document.status().message()) + "; " + advice);
  }
  ConfigErrors errors(file, &*document);
  std::vector<Cell> cells;
  const RowReader root(*document, &errors, "", advice);
  const ConfigNode* const tasks = root.List("selected_tasks");
  std::set<std::string> seen;
  for (std::size_t i = 0; tasks != nullptr && i < tasks->children.size(); ++i) {
    const ConfigNode& node = tasks->children[i];
    const std::string where = "selected_tasks[" + std::to_string(i) + "]";
    const RowReader row(node, &errors, where, advice);
    const Cell cell = CellOf(row, node, errors, where, advice);
    if (!cell.task.empty() && !seen.insert(cell.path()).second) {
      row.Fail("task_path", cell.path() + " stands here twice");
    }
    cells.push_back(cell);
  }
  ASSAY_RETURN_IF_ERROR(errors.ToStatus());
  if (cells.empty()) return InvalidArgument(file + ": selected_tasks: is empty; " + advice);
  return cells;
}

}  // namespace assay::longweave
