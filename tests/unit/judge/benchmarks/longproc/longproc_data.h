// The user's copy of LongProc, for tests that compare with it.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "common/json/json.h"
#include "judge/benchmarks/longproc/countdown.h"
#include "judge/benchmarks/longproc/travel_planning.h"

namespace assay {

inline std::filesystem::path LongProcFolder() {
  return std::filesystem::path(ASSAY_SOURCE_DIR) / "../shared/data/longproc";
}

inline std::string ReadGzip(const std::filesystem::path& path) {  // plain files too
  const gzFile file = gzopen(path.c_str(), "rb");
  EXPECT_NE(file, nullptr) << path;
  std::string text;
  std::array<char, 65536> buffer;
  for (int got = 0; (got = gzread(file, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  gzclose(file);
  return text;
}

inline Json ReadJsonFile(const std::filesystem::path& path) {
  absl::StatusOr<Json> json = ParseJson(
      ReadGzip(path), {.max_bytes = std::size_t{1} << 30, .reject_duplicate_keys = false});
  EXPECT_TRUE(json.ok()) << path << ": " << json.status();
  return json.ok() ? *std::move(json) : Json();
}

inline std::vector<Json> ReadJsonLines(const std::filesystem::path& path) {
  std::vector<Json> rows;
  const std::string text = ReadGzip(path);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    absl::StatusOr<Json> row = ParseJson(std::string_view(text).substr(at, end - at));
    EXPECT_TRUE(row.ok()) << path << ": " << row.status();
    if (row.ok()) rows.push_back(*std::move(row));
    at = end + 1;
  }
  return rows;
}

inline CountdownProblem CountdownOf(const Json& item) {
  return {item.at("nums").get<std::vector<std::int64_t>>(), item.at("target").get<std::int64_t>()};
}

inline TravelProblem TravelOf(const Json& item) {
  TravelProblem problem;
  for (const Json& constraint : item.at("constraints")) {
    const std::string city = constraint.at("city").get<std::string>();
    if (constraint.at("type") == "duration") {
      problem.cities.push_back({city, constraint.at("num_days").get<int>()});
    } else {
      EXPECT_EQ(problem.cities.back().name, city);
      problem.cities.back().fixed_start = constraint.at("start_day").get<int>();
      problem.cities.back().fixed_end = constraint.at("end_day").get<int>();
    }
  }
  for (const Json& flight : item.at("connected_cities")) {
    problem.flights.emplace_back(flight.at(0).get<std::string>(), flight.at(1).get<std::string>());
  }
  return problem;
}

}  // namespace assay
