// Folders of runs under an output folder: naming, finding, listing. Main thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cli/command_line.h"
#include "common/base/random.h"
#include "common/base/status.h"

namespace assay {

// "20261125-013000-k3f9": UTC and a random suffix, so that ids sort by time.
std::string MakeRunId(absl::Time now, Random* random);

// InvalidArgument unless [A-Za-z0-9][A-Za-z0-9._-]{0,63}.
absl::Status CheckRunId(std::string_view run_id);

// The folder that `location.run` means: a path that holds a run, or an id under output_dir.
// NotFound says where was looked, and which ids there are.
absl::StatusOr<std::string> FindRunFolder(const RunLocation& location);

// Last part of a run folder's path: its run id.
std::string RunIdOf(const std::string& run_folder);

// Folders under `output_dir` that hold a run, newest id first; none when there is no such folder.
std::vector<std::string> RunFolders(const std::string& output_dir);

// Names as names of files: [A-Za-z0-9._-], not beginning with a dot, at most 100 bytes. Where two
// names would be one file, also on a file system that does not tell a from A, or a name had to be
// cut, it ends in eight digits of its hash. The same names give the same files.
std::map<std::string, std::string> SafeFileNames(const std::vector<std::string>& names);

// Writes <path>.tmp and renames it, so that a reader finds the old file or the new one. Not synced:
// everything that is written with it can be made again from the store. Unavailable or
// ResourceExhausted with the system's words.
absl::Status ReplaceFile(const std::string& path, std::string_view content);

// The same for a file that nothing points at yet: written in place when it is new, left alone when
// it has this content, replaced when it has another one (a crash may have cut it).
absl::Status WriteOnce(const std::string& path, std::string_view content);

}  // namespace assay
