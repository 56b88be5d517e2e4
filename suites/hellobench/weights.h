// The weights of HelloBench's checklists, out of the benchmark's own Python. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace assay {

using HelloBenchWeights = std::map<std::string, std::vector<double>>;  // by category

// Every 'name': [number, ...] of `text`; nothing is run. With `only_weights` a list of anything
// else is an error, without it such a list is another matter of the program's. `path` and `advice`
// are for messages. InvalidArgument: "<path>:<line>: <name>[<i>]: ...": not a number above 0, a
// list without an end, weights that do not add up to 100, two lists for one name; or no list at
// all.
absl::StatusOr<HelloBenchWeights> ParseHelloBenchWeights(std::string_view text,
                                                         const std::string& path, bool only_weights,
                                                         const std::string& advice);

}  // namespace assay
