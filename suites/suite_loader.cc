#include "suites/suite_loader.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/config/config_errors.h"
#include "common/config/message_decoder.h"
#include "common/config/message_writer.h"
#include "common/config/regular_file.h"
#include "common/config/run_spec.h"
#include "suites/builtin_suites.h"
#include "suites/gzip_reader.h"
#include "suites/prompt_files.h"
#include "suites/suite_manifest.h"
#include "suites/suite_samples.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr char kManifestFile[] = "suite.yaml";
constexpr std::size_t kMaxManifestBytes = std::size_t{1} << 20;

class MemoryReader : public ByteReader {
 public:
  explicit MemoryReader(std::string_view content) : rest_(content) {}
  absl::StatusOr<std::size_t> Read(char* buffer, std::size_t size) override {
    const std::size_t count = rest_.copy(buffer, size);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

void AddSamples(const v1::Suite& suite, Sha256Stream* digest) {
  for (const v1::Sample& sample : suite.samples()) {
    digest->Update(CanonicalJson(sample));
    digest->Update("\n");
  }
}

absl::Status Finish(const std::string& manifest_file, LoadedSuite* loaded) {
  const std::string stated = loaded->suite.manifest().samples_digest();
  const std::string actual = SamplesDigest(loaded->suite);
  if (!stated.empty() && stated != actual) {
    return FailedPrecondition(manifest_file + ": samples_digest is " + stated +
                              ", but the samples have " + actual +
                              "; they were changed, or the line is old");
  }
  loaded->suite.set_digest(SuiteDigest(loaded->suite));
  return absl::OkStatus();
}

absl::StatusOr<LoadedSuite> LoadBuiltin(const BuiltinSuite& builtin) {
  const std::string folder = "<built-in>/" + std::string(builtin.name) + "/";
  LoadedSuite loaded;
  ASSAY_ASSIGN_OR_RETURN(*loaded.suite.mutable_manifest(),
                         ParseSuiteManifest(builtin.manifest, folder + kManifestFile));
  MemoryReader reader(builtin.samples);
  ASSAY_RETURN_IF_ERROR(ReadSamples(&reader, folder + loaded.suite.manifest().samples_file(),
                                    SuiteLimits{}, &loaded));
  ASSAY_RETURN_IF_ERROR(Finish(folder + kManifestFile, &loaded));
  return loaded;
}

bool IsSuiteFolder(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / kManifestFile, error);
}

absl::Status NoSuchSuite(const std::string& name, const SuiteLocations& locations) {
  const std::vector<std::string> names = SuiteNames(locations);
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
  const std::string near = NearestName(name, names);
  return NotFound("there is no suite " + QuoteForError(name) +
                  (near.empty() ? "" : "; did you mean " + near + "?") + " (known: " + list +
                  "; `assay import` adds more, and a folder can be given as path)");
}

}  // namespace

absl::StatusOr<LoadedSuite> LoadSuite(const std::string& folder, const SuiteLimits& limits) {
  std::error_code error;
  if (fs::is_regular_file(folder, error)) {
    return InvalidArgument(folder + ": is a file; a suite is a folder with a suite.yaml");
  }
  const std::string prefix = folder.empty() || folder.back() == '/' ? folder : folder + "/";
  const std::string manifest_file = prefix + kManifestFile;
  if (!IsSuiteFolder(folder)) {
    return NotFound(folder + ": no suite there; a suite is a folder with a suite.yaml");
  }
  absl::StatusOr<std::string> path = ResolveBeneath(folder, kManifestFile);
  if (!path.ok()) return Annotate(path.status(), folder);
  const absl::StatusOr<std::string> text = ReadRegularFile(*path, kMaxManifestBytes);
  ASSAY_RETURN_IF_ERROR(text.status());

  LoadedSuite loaded;
  v1::SuiteManifest* manifest = loaded.suite.mutable_manifest();
  ASSAY_ASSIGN_OR_RETURN(*manifest, ParseSuiteManifest(*text, manifest_file));
  path = ResolveBeneath(folder, manifest->samples_file());
  if (!path.ok()) return Annotate(path.status(), manifest_file + ": samples_file");
  const absl::StatusOr<std::unique_ptr<ByteReader>> reader =
      OpenByteReader(*path, {.max_bytes = limits.max_file_bytes});
  ASSAY_RETURN_IF_ERROR(reader.status());
  ASSAY_RETURN_IF_ERROR(
      ReadSamples(reader->get(), prefix + manifest->samples_file(), limits, &loaded));
  if (const absl::Status prompts =
          ResolvePromptFiles(folder, /*beneath=*/true, manifest->mutable_scorers());
      !prompts.ok()) {
    return Annotate(prompts, manifest_file);
  }
  for (v1::Strategy& strategy : *manifest->mutable_strategies()) {
    const absl::Status prompts = ResolveStrategyPrompts(folder, /*beneath=*/true, &strategy);
    if (!prompts.ok()) {
      return Annotate(prompts, manifest_file + ": strategies: " + strategy.name());
    }
  }
  ASSAY_RETURN_IF_ERROR(Finish(manifest_file, &loaded));
  return loaded;
}

absl::StatusOr<LoadedSuite> FindSuite(const v1::SuiteRef& ref, const SuiteLocations& locations) {
  if (!ref.path().empty()) {
    const fs::path path(ref.path());
    const bool relative = path.is_relative() && !locations.spec_folder.empty();
    return LoadSuite(relative ? (fs::path(locations.spec_folder) / path).string() : ref.path());
  }
  const std::vector<std::string> names = SuiteNames(locations);
  if (std::find(names.begin(), names.end(), ref.name()) == names.end()) {
    return NoSuchSuite(ref.name(), locations);
  }
  if (!locations.imported_folder.empty()) {
    const fs::path imported = fs::path(locations.imported_folder) / ref.name();
    if (IsSuiteFolder(imported)) return LoadSuite(imported.string());
  }
  for (const BuiltinSuite& builtin : BuiltinSuites()) {
    if (builtin.name == ref.name()) return LoadBuiltin(builtin);
  }
  return NoSuchSuite(ref.name(), locations);
}

std::vector<std::string> SuiteNames(const SuiteLocations& locations) {
  std::set<std::string> names;
  for (const BuiltinSuite& builtin : BuiltinSuites()) names.emplace(builtin.name);
  std::error_code error;
  if (!locations.imported_folder.empty()) {
    for (fs::directory_iterator it(locations.imported_folder, error), end; !error && it != end;
         it.increment(error)) {
      const std::string name = it->path().filename().string();
      if (name.front() != '.' && IsSuiteFolder(it->path())) names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

absl::Status ApplyLimit(std::string_view limit, v1::Suite* suite) {
  const absl::StatusOr<SampleRange> range = ParseLimit(limit, suite->samples_size());
  if (!range.ok()) return Annotate(range.status(), suite->manifest().name() + ": limit");
  auto* samples = suite->mutable_samples();
  samples->DeleteSubrange(static_cast<int>(range->end),
                          samples->size() - static_cast<int>(range->end));
  samples->DeleteSubrange(0, static_cast<int>(range->begin));
  return absl::OkStatus();
}

std::string SamplesDigest(const v1::Suite& suite) {
  Sha256Stream digest;
  AddSamples(suite, &digest);
  return "sha256:" + digest.FinishHex();
}

std::string SuiteDigest(const v1::Suite& suite) {
  v1::SuiteManifest manifest = suite.manifest();
  manifest.clear_samples_file();
  manifest.clear_samples_digest();
  Sha256Stream digest;
  digest.Update(CanonicalJson(manifest));
  digest.Update("\n");
  AddSamples(suite, &digest);
  return "sha256:" + digest.FinishHex();
}

}  // namespace assay
