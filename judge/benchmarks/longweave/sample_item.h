// What a LongWeave sample carries for its scorers (Sample.scorer_data): "task", and "item", a JSON
// object. The importer writes it, the scorers read it. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/v1/suite.pb.h"
#include "judge/benchmarks/longweave/judged_tasks.h"
#include "judge/benchmarks/longweave/kv_dict.h"

namespace assay::longweave {

struct SampleItem {
  std::string task;                   // Task.name
  KvItem kv;                          // GEN_KV_DICT
  std::string input;                  // STATE_MACHINE
  std::string code;                   // CODE_FIXING: the file to be mended
  std::vector<std::string> texts;     // paragraphs in order; sentences; selected categories
  std::vector<Question> questions;    // SALES_REPORT_GENERATION
  std::vector<Statement> statements;  // AP_STYLE_WRITING, of the selected categories
  std::int64_t words = 0;             // KG_TO_TEXT, AP_STYLE_WRITING: of the text that are judged
};

void WriteItem(const SampleItem& item, v1::Sample& sample);

// InvalidArgument names the sample and the field.
absl::StatusOr<SampleItem> ReadItem(const v1::Sample& sample);

}  // namespace assay::longweave
