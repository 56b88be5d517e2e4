// Every model the simulator answers for: profiles, the lexical judge, and recorded runs. Immutable;
// thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "simulator/completion_request.h"
#include "simulator/replay_archive.h"
#include "simulator/reply_body.h"
#include "simulator/simulator.h"

namespace assay {

inline constexpr std::string_view kLexicalJudge = "sim/judge";

class ModelCatalog {
 public:
  static absl::StatusOr<ModelCatalog> Load(const SimulatorOptions& options);

  std::vector<std::string> Names() const;  // sorted

  // The answer, a pure function of the request. `body_sha256` seeds the judge's defects.
  // kNotFound: no such model. kInvalidArgument: not recorded, or nothing to judge.
  absl::StatusOr<SimulatedAnswer> Answer(const CompletionRequest& request,
                                         std::string_view body_sha256) const;

 private:
  absl::StatusOr<SimulatedAnswer> Write(const CompletionRequest& request,
                                        std::string_view body_sha256) const;

  SimulatedJudgeOptions judge_;
  std::optional<ReplayArchive> replay_;
};

}  // namespace assay
