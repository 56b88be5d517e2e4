#include "cli/results/run_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "cli/embedded/stored_run.h"
#include "common/base/digest.h"
#include "common/base/log.h"
#include "common/blob/file_ops.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRunIdMax = 64;
constexpr std::size_t kFileNameMax = 100;

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

std::string Plain(std::string_view name) {
  std::string plain;
  for (const char c : name) plain += IsPlain(c) ? c : '_';
  if (!plain.empty() && plain[0] == '.') plain[0] = '_';
  return plain;
}

bool HoldsRun(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(StoreDir(folder.string()), ignored);
}

}  // namespace

std::string MakeRunId(absl::Time now, Random* random) {
  static constexpr char kLetters[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string id = absl::FormatTime("%Y%m%d-%H%M%S-", now, absl::UTCTimeZone());
  for (int i = 0; i < 4; ++i) id += kLetters[random->Below(sizeof(kLetters) - 1)];
  return id;
}

absl::Status CheckRunId(std::string_view run_id) {
  const bool plain = !run_id.empty() && run_id.size() <= kRunIdMax &&
                     std::all_of(run_id.begin(), run_id.end(), IsPlain) && run_id[0] != '.' &&
                     run_id[0] != '_' && run_id[0] != '-';
  if (plain) return absl::OkStatus();
  return InvalidArgument("run id \"" + EscapeForTerminal(run_id) +
                         "\": expected 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or "
                         "digit");
}

std::string RunIdOf(const std::string& run_folder) {
  fs::path path = fs::path(run_folder).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  return path.filename().string();
}

std::vector<std::string> RunFolders(const std::string& output_dir) {
  std::vector<std::string> folders;
  std::error_code error;
  for (fs::directory_iterator at(output_dir, error), end; !error && at != end;
       at.increment(error)) {
    if (HoldsRun(at->path())) folders.push_back(at->path().string());
  }
  std::sort(folders.rbegin(), folders.rend());
  return folders;
}

absl::StatusOr<std::string> FindRunFolder(const RunLocation& location) {
  if (location.run.find('/') != std::string::npos || HoldsRun(location.run)) {
    if (HoldsRun(location.run)) return fs::path(location.run).lexically_normal().string();
    return NotFound(EscapeForTerminal(location.run, 200) + " holds no run");
  }
  ASSAY_RETURN_IF_ERROR(CheckRunId(location.run));
  const fs::path folder = fs::path(location.output_dir) / location.run;
  if (HoldsRun(folder)) return folder.string();
  std::vector<std::string> ids;
  for (const std::string& one : RunFolders(location.output_dir)) {
    if (ids.size() == 5) {
      ids.push_back("...");
      break;
    }
    ids.push_back(RunIdOf(one));
  }
  return NotFound("there is no run " + location.run + " in " + location.output_dir +
                  (ids.empty() ? " (it holds none)" : "; it has " + absl::StrJoin(ids, ", ")));
}

std::map<std::string, std::string> SafeFileNames(const std::vector<std::string>& names) {
  std::map<std::string, std::set<std::string>> by_file;  // in lower case
  for (const std::string& name : names) {
    by_file[absl::AsciiStrToLower(Plain(name))].insert(name);
  }
  std::map<std::string, std::string> files;
  for (const auto& [lower, same] : by_file) {
    for (const std::string& name : same) {
      const std::string plain = Plain(name);
      const bool hashed = same.size() > 1 || plain.empty() || plain.size() > kFileNameMax;
      const std::string hash = "-" + Sha256Hex(name).substr(0, 8);
      files[name] = hashed ? plain.substr(0, kFileNameMax - hash.size()) + hash : plain;
    }
  }
  return files;
}

absl::Status WriteOnce(const std::string& path, std::string_view content) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) {
    const int error = errno;
    if (error != EEXIST) return ErrnoStatus("create", path, error);
    const absl::StatusOr<std::string> known = ReadFile(path);
    return known.ok() && *known == content ? absl::OkStatus() : ReplaceFile(path, content);
  }
  absl::Status written = PosixFileOps().WriteAll(file, content);
  if (::close(file) != 0 && written.ok()) written = ErrnoStatus("close", path, errno);
  return written;
}

absl::Status ReplaceFile(const std::string& path, std::string_view content) {
  const std::string temporary = path + ".tmp";
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return ErrnoStatus("create", temporary, errno);
  absl::Status written = PosixFileOps().WriteAll(file, content);
  if (::close(file) != 0 && written.ok()) written = ErrnoStatus("close", temporary, errno);
  if (written.ok() && std::rename(temporary.c_str(), path.c_str()) != 0) {
    written = ErrnoStatus("rename", temporary, errno);
  }
  if (!written.ok()) ::unlink(temporary.c_str());
  return written;
}

}  // namespace assay
