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

class LongProcReader {
 public:
  // `data` outlives this.
  explicit LongProcReader(const SourceFolder& data) : data_(data) {}

  // Every item of a set, in the order of its file; ids are "<set>-000", "<set>-001", ... Travel
  // planning's two sets are picked from one file by the tokens that an answer takes. Errors are
  // those of SourceFolder; InvalidArgument also: a prompt with other placeholders, an item without
  // a solution, a page that is missing.
  absl::StatusOr<std::vector<v1::Sample>> Read(const LongProcSet& set);

 private:
  absl::StatusOr<std::string> TemplateOf(const LongProcSet& set);
  absl::StatusOr<const std::string*> PageOf(const std::string& path);
  absl::StatusOr<std::string> TravelExamples();

  const SourceFolder& data_;
  std::map<std::string, std::string> pages_;  // of webpage.tar.gz, or as read
  bool archive_read_ = false;
};

}  // namespace assay
