// Suites that are part of the binary: the files of suites/<name>/, embedded by the build.
#pragma once

#include <string_view>
#include <vector>

namespace assay {

struct BuiltinSuite {
  std::string_view name;
  std::string_view manifest;  // suite.yaml
  std::string_view samples;   // samples.jsonl
};

// Sorted by name.
const std::vector<BuiltinSuite>& BuiltinSuites();

}  // namespace assay
