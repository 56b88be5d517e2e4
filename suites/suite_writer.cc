#include "suites/suite_writer.h"

#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "common/base/status.h"
#include "common/config/message_writer.h"
#include "suites/suite_loader.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

absl::Status WriteFile(const fs::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) return FailedPrecondition(path.string() + ": cannot be written");
  return absl::OkStatus();
}

absl::Status WriteFiles(const fs::path& target, const SuiteFolder& folder) {
  v1::SuiteManifest manifest = folder.suite.manifest();
  manifest.set_samples_file("samples.jsonl");
  manifest.set_samples_digest(SamplesDigest(folder.suite));
  ASSAY_RETURN_IF_ERROR(WriteFile(target / "suite.yaml", WriteYaml(manifest)));
  std::string samples;
  for (const v1::Sample& sample : folder.suite.samples()) {
    samples += CanonicalJson(sample) + "\n";
  }
  ASSAY_RETURN_IF_ERROR(WriteFile(target / "samples.jsonl", samples));
  for (const auto& [name, content] : folder.files) {
    ASSAY_RETURN_IF_ERROR(WriteFile(target / name, content));
  }
  return absl::OkStatus();
}

absl::Status Failed(const fs::path& path, const std::error_code& error) {
  return FailedPrecondition(path.string() + ": " + error.message());
}

}  // namespace

absl::Status WriteSuiteFolder(const std::string& parent, const SuiteFolder& folder, bool replace) {
  const std::string& name = folder.suite.manifest().name();
  const fs::path target = fs::path(parent) / name;
  const fs::path fresh = fs::path(parent) / ("." + name + ".new");
  const fs::path old = fs::path(parent) / ("." + name + ".old");
  std::error_code error;
  const bool exists = fs::exists(fs::symlink_status(target, error));
  if (exists && !replace) {
    return AlreadyExists(target.string() + ": is there already");
  }
  fs::create_directories(parent, error);
  if (error) return Failed(parent, error);
  fs::remove_all(fresh, error);
  fs::remove_all(old, error);
  fs::create_directory(fresh, error);
  if (error) return Failed(fresh, error);
  if (const absl::Status written = WriteFiles(fresh, folder); !written.ok()) {
    fs::remove_all(fresh, error);
    return written;
  }
  if (exists) {
    fs::rename(target, old, error);
    if (error) return Failed(target, error);
  }
  fs::rename(fresh, target, error);
  if (error) return Failed(target, error);
  fs::remove_all(old, error);
  return absl::OkStatus();
}

}  // namespace assay
