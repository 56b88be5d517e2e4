#include "suites/importers.h"

#include "common/base/status.h"
#include "common/config/config_errors.h"
#include "common/config/message_decoder.h"
#include "suites/longbench_write/import.h"

namespace assay {

const std::vector<Importer>& Importers() {
  static const auto* const kImporters = new std::vector<Importer>{
      {"longbench-write",
       "LongBench-Write (LongWriter, 2024): 120 writing tasks of 100 to 20,000 words, Chinese and "
       "English, and its 60 English ones",
       &ImportLongBenchWrite},
  };
  return *kImporters;
}

absl::StatusOr<std::vector<ImportedSuite>> ImportBenchmark(std::string_view name,
                                                           const ImportRequest& request) {
  std::vector<std::string> names;
  std::string list;
  for (const Importer& importer : Importers()) {
    if (importer.name == name) return importer.import(request);
    names.emplace_back(importer.name);
    list += (list.empty() ? "" : ", ") + names.back();
  }
  const std::string near = NearestName(name, names);
  return InvalidArgument("there is no importer " + QuoteForError(name) +
                         (near.empty() ? "" : "; did you mean " + near + "?") + " (known: " + list +
                         ")");
}

}  // namespace assay
