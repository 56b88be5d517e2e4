// Parts of several verbs: where runs live, and the flags that describe a run. Values.
#pragma once

#include <string>
#include <vector>

namespace assay {

// Where runs live and which one is meant.
struct RunLocation {
  std::string output_dir = "runs";
  std::string run;  // a run id, or the path of a run's folder
};

// Where to look for the leader of a cluster. Empty: $ASSAY_COORDINATOR, or 127.0.0.1:7400.
struct ClusterLocation {
  std::vector<std::string> coordinators;
};

// A value as typed, with the flag that it came from: "--max-tokens".
struct FlagValue {
  std::string flag;
  std::string text;
};

// Flags that describe a run; values stay text until they are merged into a spec.
struct SpecFlags {
  std::string target;               // spec file, suite folder or suite name; empty: none
  std::vector<std::string> models;  // "openai/NAME"
  std::vector<std::string> judges;
  std::string base_url;
  std::string judge_base_url;
  std::string api_key_env;
  std::string judge_api_key_env;
  std::vector<std::string> scorers;
  bool no_stream = false;
  bool allow_self_judge = false;
  std::string name;
  // Everything with one place in the spec: --limit, --temperature, --max-tokens, --repeats, ...
  std::vector<FlagValue> values;
  std::vector<std::string> overrides;  // --set a.b.c=value, applied last
};

}  // namespace assay
