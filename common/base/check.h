// ASSAY_CHECK: for defects of ours only, on in every build. Never for input from a file, the
// network, an endpoint or a model.
#pragma once

#include <source_location>

namespace assay {

[[noreturn]] void CheckFailed(const char* condition,
                              std::source_location where = std::source_location::current());

}  // namespace assay

#define ASSAY_CHECK(condition)                          \
  do {                                                  \
    if (!(condition)) ::assay::CheckFailed(#condition); \
  } while (false)
