#include "common/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace assay {

void CheckFailed(const char* condition, std::source_location where) {
  std::fprintf(stderr, "assay: check failed: %s at %s:%u\n", condition, where.file_name(),
               where.line());
  std::abort();
}

}  // namespace assay
