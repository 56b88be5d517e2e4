// Named points where a test build can crash or fail, chosen by environment (reliability.md 2.2):
//   ASSAY_FAILPOINT=name:crash       the process kills itself with SIGKILL at the first hit
//   ASSAY_FAILPOINT=name:crash:3     at the third hit
//   ASSAY_FAILPOINT=name:error       the point returns an error (only points that can)
// Compiled to nothing unless ASSAY_FAILPOINTS is defined. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Every failpoint of the program by name, so that a test can crash at each of them. A name that is
// hit but not listed here is a failed check.
std::vector<std::string> FailpointNames();

#ifdef ASSAY_FAILPOINTS
// Crashes when the environment says so; true when it says that this point shall fail.
bool HitFailpoint(const char* name);
#else
inline bool HitFailpoint(const char*) { return false; }
#endif

// The guard that a test wants taken away, so that it can be seen to matter: ASSAY_MUTANT=name
// (docs/faults.md). Empty otherwise, and always unless ASSAY_FAILPOINTS is defined.
#ifdef ASSAY_FAILPOINTS
std::string_view MutantName();
#else
inline std::string_view MutantName() { return {}; }
#endif

}  // namespace assay

// A protocol step: crash here, when asked.
#define ASSAY_FAILPOINT(name)            \
  do {                                   \
    (void)::assay::HitFailpoint((name)); \
  } while (false)
