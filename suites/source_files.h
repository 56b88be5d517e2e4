// Reading a benchmark's own files and writing the suites made of them: what all importers share.
// Every error names file, line and field, says what was expected, and ends in what to do (the
// `advice` of a source, e.g. "take the file again from https://..."). Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/config/config_errors.h"
#include "common/config/document.h"
#include "suites/benchmarks.h"
#include "suites/suite_writer.h"

namespace assay {

// The user's copy of a benchmark.
class SourceFolder {
 public:
  // `advice` without a leading semicolon. The user may give the folder that holds a clone, or a
  // folder within it: the first of `roots` (relative to `from`, "" is `from` itself) that holds
  // `marker` (a file, plain or with ".gz") is taken. NotFound says what was looked for.
  static absl::StatusOr<SourceFolder> Find(const std::string& from,
                                           const std::vector<std::string>& roots,
                                           const std::string& marker, std::string advice);
  // The same for copies that need not be whole: any of `markers` will do.
  static absl::StatusOr<SourceFolder> FindAny(const std::string& from,
                                              const std::vector<std::string>& roots,
                                              const std::vector<std::string>& markers,
                                              std::string advice);

  // Whether `name` is there, plain or with ".gz".
  bool Has(const std::string& name) const;
  // Path of `name`, with ".gz" added where only that is there.
  std::string PathOf(const std::string& name) const;
  const std::string& advice() const { return advice_; }

  // A text file, byte for byte; UTF-8 is checked. `sha256` (hex; empty: any) is what it must be.
  absl::StatusOr<std::string> ReadText(const std::string& name, std::size_t max_bytes,
                                       std::string_view sha256 = {}) const;

  // A JSON document. The limits of nodes and bytes are those of data files. `digest` (may be
  // nullptr) becomes the SHA-256 (hex) of the file, decompressed.
  absl::StatusOr<ConfigNode> ReadJson(const std::string& name, std::string* digest = nullptr) const;

  // InvalidArgument: `digest` (hex), of file `name`, is not what it must be.
  absl::Status ExpectDigest(const std::string& name, std::string_view digest,
                            std::string_view expected) const;

  // What an import says of a text that it takes all the same; empty: it is the published one.
  std::string NoteOnDigest(const std::string& what, std::string_view text,
                           std::string_view expected) const;

  // A YAML document, such as prompts.
  absl::StatusOr<ConfigNode> ReadYaml(const std::string& name) const;

  // The files of a tar archive, plain or gzip, by their names; UTF-8 is not checked.
  absl::StatusOr<std::map<std::string, std::string>> ReadArchive(const std::string& name) const;

  // Every row of a JSONL file that is not blank, in order. `row` may add errors; the first row that
  // has any ends the reading. Returns the SHA-256 (hex) of the decompressed lines, each with "\n".
  // InvalidArgument also: not one row.
  absl::StatusOr<std::string> ForEachRow(
      const std::string& name,
      const std::function<void(const ConfigNode& row, ConfigErrors& errors)>& row) const;

 private:
  // The same with what to do.
  absl::Status Told(const absl::Status& status) const;

  std::string folder_;
  std::string advice_;
};

// Fields of an object; a field that is not as asked for is an error, and the value is empty.
// `path` of the object is shown before the field's name ("" for a row itself).
class RowReader {
 public:
  RowReader(const ConfigNode& node, ConfigErrors* errors, std::string path = "",
            std::string advice = "")
      : node_(node), errors_(errors), path_(std::move(path)), advice_(std::move(advice)) {}

  std::string Text(const std::string& name) const;                        // not blank
  std::string AnyText(const std::string& name) const;                     // may be empty
  std::string TextOr(const std::string& name, std::string absent) const;  // absent or null
  std::int64_t Whole(const std::string& name, std::int64_t low, std::int64_t high) const;
  double Number(const std::string& name, double low, double high) const;
  std::vector<std::string> Texts(const std::string& name) const;  // a list of texts
  // A list or an object; nullptr with an error added when it is not there.
  const ConfigNode* List(const std::string& name) const;
  const ConfigNode* Object(const std::string& name) const;
  bool Has(const std::string& name) const { return node_.Find(name) != nullptr; }
  void Fail(const std::string& name, const std::string& what) const;

 private:
  const ConfigNode* Find(const std::string& name, ConfigNode::Kind kind, const char* what) const;

  const ConfigNode& node_;
  ConfigErrors* errors_;
  std::string path_;
  std::string advice_;
};

// Fails on a value that was seen before: ids of rows.
class UniqueIds {
 public:
  // Adds an error at `field` when `id` was there, naming the line that had it.
  void Add(const std::string& id, int line, const RowReader& row, const std::string& field);

 private:
  std::map<std::string, int> lines_;
};

// For prompts of benchmarks that are in these two: "zh" when ideographs (U+4E00..U+9FFF) are at
// least a third of the ideographs and Latin words of the text, "en" otherwise.
std::string ChineseOrEnglish(std::string_view text);

// Writes every suite under request.to (all or, after an error, those before it) and loads each
// again, which is what a run will do.
absl::StatusOr<std::vector<ImportedSuite>> WriteImported(const ImportRequest& request,
                                                         const std::vector<SuiteFolder>& suites);

}  // namespace assay
