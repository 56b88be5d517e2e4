// LongProc's items as samples: prompts as its own loader builds them (longproc_data.py; reference
// longgenbench-longproc-longweave-longeval.md 2.1), references for its scorer. Not thread-safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/v1/suite.pb.h"
#include "judge/benchmarks/longproc/longproc_task.h"
#include "suites/source_files.h"

namespace assay {

// One of the benchmark's sets: a task at a length.
struct LongProcSet {
  LongProcTask task;
  std::string task_name;
  std::string length;  // "0.5k", "2k", "8k"
  std::string file;    // of its rows, relative to the data folder, without ".gz"

  std::string name() const { return task_name + "_" + length; }
};

// All sixteen, in the order of the published tables.
std::vector<LongProcSet> LongProcSets();

struct LongProcItems {
  std::vector<v1::Sample> samples;
  std::string sha256;  // hex, of the rows' file
};

class LongProcReader {
 public:
  // `data` outlives this.
  explicit LongProcReader(const SourceFolder& data) : data_(data) {}

  // Every item of a set, in the order of its file; ids are "<set>-000", "<set>-001", ... Travel
  // planning's two sets are picked from one file by the tokens that an answer takes. Errors are
  // those of SourceFolder; InvalidArgument also: a prompt with other placeholders, an item without
  // a solution, a page that is missing.
  absl::StatusOr<LongProcItems> Read(const LongProcSet& set);

  // Which of the prompts that were read are not the published ones; empty: none.
  const std::string& note() const { return note_; }

 private:
  struct Item;
  using Reader = void (LongProcReader::*)(const RowReader& row, Item& item);

  static Reader ReaderOf(LongProcTask task);
  absl::StatusOr<std::string> TemplateOf(const LongProcSet& set);
  absl::Status ReadShared(const LongProcSet& set);

  void ReadCountdown(const RowReader& row, Item& item);
  void ReadHtml(const RowReader& row, Item& item);
  void ReadPath(const RowReader& row, Item& item);
  void ReadCode(const RowReader& row, Item& item);
  void ReadTom(const RowReader& row, Item& item);
  void ReadTravel(const RowReader& row, Item& item);

  const SourceFolder& data_;
  std::string note_;
  std::string countdown_examples_;
  std::string travel_examples_;
  std::map<std::string, std::string> pages_;  // by html_path
};

}  // namespace assay
