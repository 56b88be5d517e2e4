#include "suites/builtin_suites.h"

namespace assay {

// Defined in files that suites/embed_suite.cmake writes.
extern const std::string_view kStarterManifest;
extern const std::string_view kStarterSamples;

const std::vector<BuiltinSuite>& BuiltinSuites() {
  static const auto* const kSuites =
      new std::vector<BuiltinSuite>{{"starter", kStarterManifest, kStarterSamples}};
  return *kSuites;
}

}  // namespace assay
