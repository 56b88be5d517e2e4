// Regular expressions of users, RE2: no pattern takes more than time linear in the text for one
// match. Immutable, thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/text/words.h"

namespace assay {

struct PatternMatches {
  std::vector<TextRange> places;  // in order, not overlapping, none empty
  // True: the search ended before the text and before it had found as many as wanted. A pattern
  // such as "a.*b|a" may have to read to the end of the text for every match; all matches together
  // may read 1 GiB.
  bool gave_up = false;
};

class Pattern {
 public:
  // UTF-8, "." does not match a line end, ^ and $ are those of the text ("(?m)" for lines).
  // InvalidArgument: why it cannot be compiled, or that it needs more than 1 MiB.
  static absl::StatusOr<Pattern> Compile(std::string_view pattern);

  // The first `most` matches.
  PatternMatches FindAll(std::string_view text, std::size_t most) const;

 private:
  struct Compiled;
  explicit Pattern(std::shared_ptr<const Compiled> compiled);
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace assay
