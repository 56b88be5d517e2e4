// Reading the golden data of tests: gzip or plain files, whole.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace assay {

inline std::string GoldenPath(const std::string& name) {
  return std::string(ASSAY_SOURCE_DIR) + "/../shared/data/" + name;
}

inline std::string ReadGzip(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    ADD_FAILURE() << path;
    return "";
  }
  std::string text;
  std::array<char, 65536> buffer;
  for (int got = 0; (got = gzread(file, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  gzclose(file);
  return text;
}

inline std::vector<std::string> ReadGzipLines(const std::string& path) {
  return absl::StrSplit(ReadGzip(path), '\n', absl::SkipEmpty());
}

}  // namespace assay
