// Public benchmark data beside the source tree, for tests that skip without it.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "common/json/json.h"

namespace assay {

inline std::filesystem::path GoldenFolder(const std::string& name) {
  return std::filesystem::path(ASSAY_SOURCE_DIR) / "../shared/data" / name;
}

inline bool HasGolden(const std::string& name) {
  if (std::filesystem::exists(GoldenFolder(name) / "SOURCE.md")) return true;
  std::cout << "SKIPPED: no " << GoldenFolder(name) << "\n";
  return false;
}

inline std::string ReadGolden(const std::filesystem::path& path) {  // plain files too
  gzFile file = gzopen(path.c_str(), "rb");
  EXPECT_NE(file, nullptr) << path;
  if (file == nullptr) return "";
  std::string text;
  std::array<char, 65536> buffer;
  for (int got = 0; (got = gzread(file, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  gzclose(file);
  return text;
}

inline Json GoldenJson(const std::filesystem::path& path) {
  absl::StatusOr<Json> json = ParseJson(ReadGolden(path));
  EXPECT_TRUE(json.ok()) << path << ": " << json.status();
  return json.ok() ? *std::move(json) : Json();
}

inline std::vector<Json> GoldenRows(const std::filesystem::path& path) {
  std::vector<Json> rows;
  const std::string text = ReadGolden(path);
  JsonLimits limits;
  limits.reject_duplicate_keys = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) {
      absl::StatusOr<Json> row = ParseJson(std::string_view(text).substr(at, end - at), limits);
      EXPECT_TRUE(row.ok()) << path << ": " << row.status();
      if (row.ok()) rows.push_back(*std::move(row));
    }
    at = end + 1;
  }
  return rows;
}

}  // namespace assay
