// Files of a benchmark that are not as they should be: what every importer must refuse with file,
// line and field, and with what to do.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <string>

#include "common/base/status.h"
#include "suites/benchmarks.h"
#include "tests/unit/suites/temp_folder.h"

namespace assay {

// As gzip stores it, without its last `cut` bytes.
inline std::string GzipOf(const std::string& text, std::size_t cut = 0) {
  const std::string path = testing::TempDir() + "malformed_" + std::to_string(getpid()) + ".gz";
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  std::string bytes = TempFolder::Read(path);
  std::filesystem::remove(path);
  bytes.resize(bytes.size() - cut);
  return bytes;
}

// A file of one line of 1 GB, of which nothing is written.
inline void WriteHugeLine(const TempFolder& folder, const std::string& name) {
  std::filesystem::resize_file(folder.Write(name, "{"), std::uintmax_t{1} << 30);
}

// What the import says, with the paths relative to `from`; checks that nothing was written.
inline std::string ImportProblem(std::string_view benchmark, const TempFolder& from) {
  const TempFolder to;
  const auto imported = ImportBenchmark(benchmark, {from.path(), to.path(), false});
  if (imported.ok()) return "accepted";
  EXPECT_TRUE(std::filesystem::is_empty(to.path()));
  std::string message(MessageOf(imported.status()));
  const std::string prefix = from.path() + "/";
  for (std::size_t at = 0; (at = message.find(prefix, at)) != std::string::npos;) {
    message.erase(at, prefix.size());
  }
  return message;
}

}  // namespace assay
