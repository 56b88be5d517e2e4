#include "common/sandbox/program_profile.h"

namespace assay {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

ProgramProfile Cpp11TestCases() {
  const std::vector<const char*> tools = {"PATH=/usr/bin:/bin", "TMPDIR=.", "LC_ALL=C"};
  const CommandLimits compiling = {.cpu_s = 30,
                                   .memory_bytes = 2048 * kMiB,
                                   .file_bytes = 64 * kMiB,
                                   .output_bytes = kMiB,
                                   .processes = 8,
                                   .open_files = 256};
  const CommandLimits running = {.cpu_s = 3,
                                 .memory_bytes = 1024 * kMiB,
                                 .file_bytes = 16 * kMiB,
                                 .output_bytes = 16 * kMiB,
                                 .processes = 4,
                                 .open_files = 64};
  return {
      .name = kCpp11TestCases,
      .source_file = "program.cc",
      .version = {.argv = {"/usr/bin/g++", "-dumpfullversion"},
                  .environment = tools,
                  .errors_to_output = true,
                  .limits = compiling},
      .compile = {.argv = {"/usr/bin/g++", "-std=c++11", "-O", "program.cc", "-o", "program"},
                  .environment = tools,
                  .errors_to_output = true,
                  .limits = compiling},
      .run = {
          .argv = {"./program"}, .environment = {}, .errors_to_output = false, .limits = running}};
}

}  // namespace

const std::vector<ProgramProfile>& ProgramProfiles() {
  static const auto* const kProfiles = new std::vector<ProgramProfile>{Cpp11TestCases()};
  return *kProfiles;
}

const ProgramProfile* FindProgramProfile(std::string_view name) {
  for (const ProgramProfile& profile : ProgramProfiles()) {
    if (profile.name == name) return &profile;
  }
  return nullptr;
}

}  // namespace assay
