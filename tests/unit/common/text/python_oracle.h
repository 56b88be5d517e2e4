// Asks Python 3.11 itself, so that tests can compare with it. Tests skip where it is not installed.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/digest.h"

namespace assay {

inline std::string HexOf(std::string_view bytes) { return ToHex(bytes); }

inline std::string HexOf(double value) {
  if (value != value) return "nan";
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return ToHex(std::string(bytes.rbegin(), bytes.rend()));
}

// Path of a Python 3.11 interpreter with Unicode 14; nullopt, with the reason printed, without one.
inline std::optional<std::string> FindPython() {
  for (const char* candidate : {"/usr/bin/python3.11", "python3.11", "python3"}) {
    const std::string probe =
        std::string(candidate) +
        " -c 'import sys,unicodedata; sys.exit(sys.version_info[:2]!=(3,11) or "
        "unicodedata.unidata_version!=\"14.0.0\")' >/dev/null 2>&1";
    if (std::system(probe.c_str()) == 0) return candidate;
  }
  std::cout << "SKIPPED: no Python 3.11 with Unicode 14 to compare with\n";
  return std::nullopt;
}

// One answer per question; empty when the interpreter failed. `script` is a path in the source
// tree.
inline std::vector<std::string> AskPython(
    const std::string& python, const std::vector<std::string>& questions,
    const std::string& script = "tests/unit/common/text/python_oracle.py") {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("assay_oracle_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  {
    std::ofstream out(folder / "questions");
    for (const std::string& question : questions) out << question << '\n';
  }
  const std::string command = python + " " + ASSAY_SOURCE_DIR + "/" + script + " " +
                              (folder / "questions").string() + " " + (folder / "answers").string();
  std::vector<std::string> answers;
  if (std::system(command.c_str()) == 0) {
    std::ifstream in(folder / "answers");
    for (std::string line; std::getline(in, line);) answers.push_back(line);
  }
  std::filesystem::remove_all(folder);
  return answers;
}

}  // namespace assay
