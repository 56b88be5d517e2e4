// Regular expressions of users: RE2, so in time linear in the text whatever the pattern. Immutable,
// thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/text/words.h"

namespace assay {

class Pattern {
 public:
  // UTF-8, "." does not match a line end, ^ and $ are those of the text ("(?m)" for lines).
  // InvalidArgument: why it cannot be compiled, or that it needs more than 1 MiB.
  static absl::StatusOr<Pattern> Compile(std::string_view pattern);

  // Matches in order, not overlapping, at most `most`; empty ones are left out.
  std::vector<TextRange> FindAll(std::string_view text, std::size_t most) const;

 private:
  struct Compiled;
  explicit Pattern(std::shared_ptr<const Compiled> compiled);
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace assay
