#include "simulator/replay_archive.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "common/base/log.h"
#include "common/json/json.h"
#include "suites/gzip_reader.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kJudgeSuffix = "_judge";

// The model name of a run file: its path under the folder without .jsonl, .gz and _judge; empty for
// any other file.
std::string ModelNameOf(std::string path) {
  if (path.ends_with(".gz")) path.resize(path.size() - 3);
  if (!path.ends_with(".jsonl")) return "";
  path.resize(path.size() - 6);
  if (path.ends_with(kJudgeSuffix)) path.resize(path.size() - kJudgeSuffix.size());
  return path;
}

absl::StatusOr<std::vector<std::string>> FilesUnder(const std::string& dir) {
  std::error_code error;
  if (!fs::is_directory(dir, error)) {
    return NotFound("replay folder " + EscapeForTerminal(dir, 200) + ": not a folder");
  }
  std::vector<std::string> files;
  fs::recursive_directory_iterator at(dir, error);
  const fs::recursive_directory_iterator end;
  while (!error && at != end) {
    if (at->is_regular_file(error)) {
      files.push_back(fs::path(at->path()).lexically_relative(dir).generic_string());
    }
    at.increment(error);
  }
  if (error)
    return NotFound("replay folder " + EscapeForTerminal(dir, 200) + ": " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

absl::Status AddRow(std::string_view line, const std::string& where, bool& is_run,
                    ReplayArchive::Run& run) {
  absl::StatusOr<OrderedJson> row = ParseOrderedJson(line);
  if (!row.ok()) return Annotate(row.status(), where);
  if (!row->is_object()) return InvalidArgument(where + ": expected an object");
  const auto response = row->find("response");
  if (response == row->end() && run.texts.empty() && run.judged.empty()) {
    is_run = false;
    return absl::OkStatus();
  }
  const auto prompt = row->find("prompt");
  if (prompt == row->end() || !prompt->is_string()) {
    return InvalidArgument(where + ".prompt: expected a string");
  }
  if (response == row->end() || !response->is_string()) {
    return InvalidArgument(where + ".response: expected a string");
  }
  auto prompt_text = prompt->get<std::string>();
  auto response_text = response->get<std::string>();
  const auto scores = row->find("scores");
  if (scores != row->end()) {
    if (!scores->is_object() && !scores->is_array()) {
      return InvalidArgument(where + ".scores: expected an object or a list");
    }
    run.judged.push_back({prompt_text, response_text, DumpJson(*scores)});
  }
  run.texts.insert_or_assign(std::move(prompt_text), std::move(response_text));
  return absl::OkStatus();
}

// False when the file is no run file.
absl::StatusOr<bool> ReadRunFile(const std::string& path, ReplayArchive::Run& run) {
  ASSAY_ASSIGN_OR_RETURN(const std::unique_ptr<ByteReader> bytes, OpenByteReader(path));
  LineReader lines(bytes.get(), path);
  std::string_view line;
  ReplayArchive::Run read;
  bool is_run = true;
  while (is_run) {
    ASSAY_ASSIGN_OR_RETURN(const bool more, lines.Next(&line));
    if (!more) break;
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    const std::string where = path + ": line " + std::to_string(lines.line_number());
    ASSAY_RETURN_IF_ERROR(AddRow(line, where, is_run, read));
  }
  if (!is_run || read.texts.empty()) return false;
  for (ReplayArchive::Judged& judged : read.judged) run.judged.push_back(std::move(judged));
  run.texts.merge(read.texts);
  return true;
}

// memmem: a judge prompt is searched for every row of a run, and std::string_view::find is slow.
std::size_t Find(std::string_view text, std::string_view part) {
  const void* at = ::memmem(text.data(), text.size(), part.data(), part.size());
  if (at == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
}

// Prompt and response both stand in `text`, apart from each other: either may hold the other.
bool HoldsBoth(std::string_view text, const ReplayArchive::Judged& judged) {
  std::size_t from = 0;
  while (from <= text.size()) {
    const std::size_t at = Find(text.substr(from), judged.prompt);
    if (at == std::string_view::npos) return false;
    const std::string_view before = text.substr(0, from + at);
    const std::string_view after = text.substr(from + at + judged.prompt.size());
    if (Find(after, judged.response) != std::string_view::npos) return true;
    if (Find(before, judged.response) != std::string_view::npos) return true;
    from += at + 1;
  }
  return false;
}

// The last two parts of a path: model folder and file name.
std::string_view TwinKey(std::string_view path) {
  const std::size_t file = path.rfind('/');
  if (file == std::string_view::npos || file == 0) return path;
  const std::size_t folder = path.rfind('/', file - 1);
  return folder == std::string_view::npos ? path : path.substr(folder + 1);
}

}  // namespace

absl::StatusOr<ReplayArchive> ReplayArchive::Load(const std::string& dir) {
  ASSAY_ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesUnder(dir));
  ReplayArchive archive;
  for (const std::string& file : files) {
    const std::string name = ModelNameOf(file);
    if (name.empty()) continue;
    Run& run = archive.runs_[name];
    ASSAY_RETURN_IF_ERROR(ReadRunFile((fs::path(dir) / file).string(), run).status());
  }
  std::erase_if(archive.runs_, [](const auto& item) { return item.second.texts.empty(); });
  if (archive.runs_.empty()) {
    return NotFound("replay folder " + EscapeForTerminal(dir, 200) +
                    ": no .jsonl or .jsonl.gz file with prompt and response");
  }
  archive.ShareTextsOfTwins();
  return archive;
}

void ReplayArchive::ShareTextsOfTwins() {
  std::map<std::string, std::vector<const Run*>, std::less<>> twins;
  for (const auto& [name, run] : runs_) twins[std::string(TwinKey(name))].push_back(&run);
  for (auto& [name, run] : runs_) {
    for (const Run* twin : twins.find(TwinKey(name))->second) {
      if (twin != &run) run.texts.insert(twin->texts.begin(), twin->texts.end());
    }
  }
}

std::vector<std::string> ReplayArchive::ModelNames() const {
  std::vector<std::string> names;
  for (const auto& [name, run] : runs_) {
    names.push_back(name);
    if (!run.judged.empty()) names.push_back(std::string(kReplayJudgePrefix) + name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool ReplayArchive::HasModel(std::string_view name) const {
  const bool judge = name.starts_with(kReplayJudgePrefix);
  if (judge) name.remove_prefix(kReplayJudgePrefix.size());
  const auto run = runs_.find(name);
  return run != runs_.end() && (!judge || !run->second.judged.empty());
}

absl::StatusOr<std::string> ReplayArchive::Answer(std::string_view name,
                                                  std::string_view prompt) const {
  const bool judge = name.starts_with(kReplayJudgePrefix);
  const std::string shown = EscapeForTerminal(name, 200);
  if (judge) name.remove_prefix(kReplayJudgePrefix.size());
  const Run& run = runs_.find(name)->second;
  if (!judge) {
    const auto text = run.texts.find(prompt);
    if (text != run.texts.end()) return text->second;
    return InvalidArgument("replay: " + shown + " has no recorded answer to this prompt: \"" +
                           EscapeForTerminal(prompt) + "\"");
  }
  const Judged* best = nullptr;
  std::size_t best_size = 0;
  for (const Judged& judged : run.judged) {
    const std::size_t size = judged.prompt.size() + judged.response.size();
    if (size <= best_size || size > prompt.size()) continue;
    if (!HoldsBoth(prompt, judged)) continue;
    best = &judged;
    best_size = size;
  }
  if (best != nullptr) return best->verdict;
  return InvalidArgument("replay: " + shown +
                         " has no recorded verdict for the prompt and response in this request");
}

}  // namespace assay
