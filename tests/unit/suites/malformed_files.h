// A benchmark's own files, spoilt one way after the other: every importer must say file, line,
// field and what to do, and write nothing.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "common/base/status.h"
#include "common/json/json.h"
#include "suites/benchmarks.h"
#include "tests/unit/judge/claims/golden_data.h"
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

class MalformedFiles : public testing::Test {
 protected:
  // Copies the user's files; false, with the reason printed, where they are not here.
  bool Copy(const std::string& data) {
    if (!HasGolden(data)) return false;
    std::filesystem::copy(GoldenFolder(data), from_.path(),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(from_.path())) {
      std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_write,
                                   std::filesystem::perm_options::add);
    }
    return true;
  }

  // Lines of `file` (relative; ".gz" is unpacked and removed), the second one replaced.
  void WriteSecondLine(const std::string& file, const std::string& line) {
    const std::string text = ReadGolden(from_.path() + "/" + file);
    const std::size_t first = text.find('\n') + 1;
    const std::size_t second = text.find('\n', first);
    Write(file, text.substr(0, first) + line + text.substr(second));
  }
  std::string SecondLine(const std::string& file) {
    const std::string text = ReadGolden(from_.path() + "/" + file);
    const std::size_t first = text.find('\n') + 1;
    return text.substr(first, text.find('\n', first) - first);
  }
  void Write(const std::string& file, const std::string& bytes) {
    std::string path = from_.path() + "/" + file;
    if (path.ends_with(".gz")) {
      gzFile out = gzopen(path.c_str(), "wb");
      ASSERT_NE(out, nullptr);
      gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size()));
      gzclose(out);
      return;
    }
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  std::string Problem(const std::string& benchmark) {
    const auto imported = ImportBenchmark(benchmark, {from_.path(), to_.path(), false});
    if (imported.ok()) return "accepted";
    EXPECT_TRUE(std::filesystem::is_empty(to_.path())) << "something was written";
    return std::string(MessageOf(imported.status()));
  }

  // The seven ways, on a JSONL file (plain or .gz) whose rows have a text field and an id.
  void Spoil(const std::string& benchmark, const std::string& file, const std::string& text_field,
             const std::string& id_field, const std::string& what_to_do) {
    using ::testing::AllOf;
    using ::testing::HasSubstr;
    const std::string path = from_.path() + "/" + file;
    const std::string whole = ReadGolden(path);
    const Json row = *ParseJson(SecondLine(file));
    const auto says = [&](const Json& changed) {
      WriteSecondLine(file, DumpJson(changed));
      std::string problem = Problem(benchmark);
      Write(file, whole);
      return problem;
    };
    const auto located = [&](const std::string& what) {
      return AllOf(HasSubstr(file + ":2:"), HasSubstr(what), HasSubstr(what_to_do));
    };
    Json changed = row;
    changed.erase(text_field);
    EXPECT_THAT(says(changed), located(text_field + ": is missing"));
    changed = row;
    changed[text_field] = 7;
    EXPECT_THAT(says(changed), located(text_field + ": expected a text"));
    changed = row;
    changed[id_field] = (*ParseJson(whole.substr(0, whole.find('\n'))))[id_field];
    EXPECT_THAT(says(changed), located(id_field + ": "));
    WriteSecondLine(file, "{\"" + text_field + "\": \"\xff\xfe\"}");
    EXPECT_THAT(Problem(benchmark),
                AllOf(HasSubstr(file + ":2"), HasSubstr("UTF-8"), HasSubstr(what_to_do)));
    Write(file, whole);
    if (file.ends_with(".gz")) {
      std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
      EXPECT_THAT(Problem(benchmark), AllOf(HasSubstr(file), HasSubstr(what_to_do)));
      Write(file, whole);
    }
    LongLine(file);
    // Packed, it is refused for what it unpacks to before its length is known.
    EXPECT_THAT(Problem(benchmark),
                AllOf(HasSubstr(file),
                      testing::AnyOf(HasSubstr("line 2"), HasSubstr("decompresses to more than")),
                      HasSubstr(what_to_do)));
    Write(file, whole);
  }

  TempFolder from_;
  TempFolder to_;

 private:
  // A second line of 1 GiB, written without holding it: zeros pack to a megabyte, and a plain file
  // is sparse.
  void LongLine(const std::string& file) {
    const std::string path = from_.path() + "/" + file;
    constexpr std::int64_t kLine = std::int64_t{1} << 30;
    const std::string first = ReadGolden(path);
    const std::string head = first.substr(0, first.find('\n') + 1);
    if (!file.ends_with(".gz")) {
      Write(file, head);
      std::filesystem::resize_file(path, head.size() + static_cast<std::uintmax_t>(kLine));
      return;
    }
    gzFile out = gzopen(path.c_str(), "wb1");
    gzwrite(out, head.data(), static_cast<unsigned>(head.size()));
    const std::string block(1 << 20, ' ');
    for (std::int64_t written = 0; written < kLine; written += 1 << 20) {
      gzwrite(out, block.data(), static_cast<unsigned>(block.size()));
    }
    gzclose(out);
  }
};

}  // namespace assay
