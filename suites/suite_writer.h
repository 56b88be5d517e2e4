// Writing suite folders. Thread-safe as long as two calls do not write the same folder.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "assay/v1/suite.pb.h"

namespace assay {

struct SuiteFolder {
  v1::Suite suite;                           // digest is not looked at
  std::map<std::string, std::string> files;  // further files by name, such as judge.txt
  std::string note;                          // ImportedSuite.note; not written
};

// Writes <parent>/<suite name>/ with suite.yaml (samples_digest filled in), samples.jsonl in
// canonical form and the further files; `parent` is made when it is missing. The folder appears at
// once or not at all. AlreadyExists: it is there and `replace` is false. FailedPrecondition: it
// cannot be written.
absl::Status WriteSuiteFolder(const std::string& parent, const SuiteFolder& folder, bool replace);

}  // namespace assay
