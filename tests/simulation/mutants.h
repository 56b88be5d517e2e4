// Every mutant by name, for the test that each is found and for the command line.
#pragma once

#include <map>
#include <string>

#include "tests/simulation/fault_plan.h"

namespace assay {

inline const std::map<std::string, Mutants>& AllMutants() {
  static const std::map<std::string, Mutants> kAll = {
      {"no_fence", {.no_fence = true}},
      {"no_nonce", {.no_nonce = true}},
      {"pointer_before_blob", {.pointer_before_blob = true}},
      {"publish_without_wait", {.publish_without_wait = true}},
      {"double_count", {.double_count = true}},
      {"lost_requeue", {.lost_requeue = true}},
      {"ignore_retry_after", {.ignore_retry_after = true}},
#ifdef ASSAY_FAILPOINTS
      {"journal_after_step", {.journal_after_step = true}},
#endif
  };
  return kAll;
}

}  // namespace assay
