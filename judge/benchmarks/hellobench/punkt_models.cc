#include "judge/benchmarks/hellobench/punkt_models.h"

#include <algorithm>
#include <utility>

#include "common/base/status.h"

namespace assay {

absl::StatusOr<std::shared_ptr<const PunktModel>> PunktModels::Of(std::string_view lines) {
  // Parsing is done under the lock: others who want the same wait for it, and few want others.
  const MutexLock lock(mutex_);
  if (std::shared_ptr<const PunktModel> model = Find(lines)) return model;
  ASSAY_ASSIGN_OR_RETURN(PunktModel parsed, PunktModel::Parse(lines));
  auto model = std::make_shared<const PunktModel>(std::move(parsed));
  if (entries_.size() == kMost) entries_.erase(entries_.begin());
  entries_.push_back({std::string(lines), model});
  return model;
}

std::shared_ptr<const PunktModel> PunktModels::Find(std::string_view lines) {
  // The tables themselves are compared: it costs less than a digest of them.
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [lines](const Entry& entry) { return entry.lines == lines; });
  if (found == entries_.end()) return nullptr;
  std::rotate(found, found + 1, entries_.end());
  return entries_.back().model;
}

PunktModels& SharedPunktModels() {
  static auto* const models = new PunktModels;
  return *models;
}

}  // namespace assay
