// Parsed Punkt tables. Every text of a run is cut by the same ones, and a judge holds few runs at
// once: 20,000 lines are not read anew for each text. Thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/text/nltk_tokenize.h"

namespace assay {

class PunktModels {
 public:
  static constexpr std::size_t kMost = 4;

  // What PunktModel::Parse makes of `lines`; kept until kMost others have been asked for since.
  absl::StatusOr<std::shared_ptr<const PunktModel>> Of(std::string_view lines);

 private:
  struct Entry {
    std::string lines;
    std::shared_ptr<const PunktModel> model;
  };

  std::shared_ptr<const PunktModel> Find(std::string_view lines)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  std::vector<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // the last used one at the end
};

// The process's own.
PunktModels& SharedPunktModels();

}  // namespace assay
