// Collects what is wrong with one file, so that a user sees everything at once. Not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/config/document.h"

namespace assay {

class ConfigErrors {
 public:
  // `file` is shown; `root` (may be nullptr, outlives this) gives positions for paths.
  ConfigErrors(std::string_view file, const ConfigNode* root);

  // Adds `path`: `what`, at the position of `path` in the root.
  void Add(std::string_view path, std::string_view what);
  // Same at a position of its own.
  void AddAt(int line, int column, std::string_view path, std::string_view what);
  // Like Add, unless something at, above or below `path` is wrong already: a consequence is noise.
  void AddUnlessBroken(std::string_view path, std::string_view what);
  // True when an error was added at `path`, above it or below it.
  bool Broken(std::string_view path) const;

  // True when `path` is written in the file (with no root: false).
  bool Written(std::string_view path) const;

  bool empty() const { return errors_.empty(); }
  std::size_t size() const { return errors_.size(); }

  // OK, or InvalidArgument with one line an error, in file order:
  //   spec.yaml:12:5: models[0].sampling.max_token: unknown field; did you mean max_tokens?
  // At most 20; then "... and 3 more". Without a position the file name and path stand alone.
  absl::Status ToStatus() const;

 private:
  struct Entry {
    int line;
    int column;
    std::string path;
    std::string what;
  };
  std::string file_;
  const ConfigNode* root_;
  std::vector<Entry> errors_;
  std::size_t dropped_ = 0;  // more than anybody reads
};

// A value for an error message: escaped, at most 80 bytes, in quotes; what looks like a key or a
// password is not shown.
std::string QuoteForError(std::string_view value);

// True when `value` holds something shaped like the API key of a known provider, a bearer token or
// a private key.
bool LooksLikeSecret(std::string_view value);

}  // namespace assay
