// Recorded outputs and verdicts, served as models: a run file PATH.jsonl(.gz) with rows {prompt,
// response, ...} and its twin PATH_judge.jsonl(.gz) with rows {prompt, response, scores, ...} are
// one model, PATH. Immutable after Load; thread-safe.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace assay {

class ReplayArchive {
 public:
  // Reads every run file under `dir`. A text that a run lacks is taken from the run with the same
  // file and parent folder name elsewhere under `dir` (the same outputs judged by somebody else).
  // Other files, and JSONL whose rows have no "response", are no run files. kNotFound: no run file;
  // kInvalidArgument names file and line of a bad row.
  static absl::StatusOr<ReplayArchive> Load(const std::string& dir);

  // "PATH" of every run, and "judge:PATH" where it has verdicts; sorted.
  std::vector<std::string> ModelNames() const;

  bool HasModel(std::string_view name) const;

  // For a run: the text recorded for exactly `prompt`. For a judge: the recorded scores of the row
  // whose prompt and response both stand in `prompt`, as the JSON object (or list) that was
  // recorded, with its keys in their order. kInvalidArgument: nothing was recorded for it.
  // REQUIRES: HasModel(name).
  absl::StatusOr<std::string> Answer(std::string_view name, std::string_view prompt) const;

  struct Judged {
    std::string prompt;
    std::string response;
    std::string verdict;
  };
  struct Run {
    std::map<std::string, std::string, std::less<>> texts;  // response by prompt
    std::vector<Judged> judged;
  };
  const std::map<std::string, Run, std::less<>>& runs() const { return runs_; }

 private:
  void ShareTextsOfTwins();

  std::map<std::string, Run, std::less<>> runs_;
};

inline constexpr std::string_view kReplayJudgePrefix = "judge:";

}  // namespace assay
