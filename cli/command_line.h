// The command line as plain structs, one per verb. Parsing only: whether a value makes sense is
// decided where it is used, by the same checks as for a spec file. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/cluster/cluster_verbs.h"
#include "cli/spec_flags.h"
#include "simulator/simulator.h"

namespace assay {

struct RunVerb {
  SpecFlags spec;
  RunLocation location;               // .run: --run-id, for a new run
  std::optional<std::string> resume;  // set and empty: the newest run that has not ended
  std::string retry_errors;           // run whose losses are tried again
  bool dry_run = false;
  bool json = false;
  std::optional<int> metrics_port;
};

struct QuickstartVerb {
  std::string output_dir = "runs";
  std::string limit;
  bool json = false;
};

struct ImportVerb {
  std::string name;  // which importer
  std::string from;
  std::string to;  // folder to write; empty: suites/<name>
  std::string references;
  bool force = false;
  bool json = false;
};

struct BenchmarksVerb {
  bool json = false;
};

struct ValidateVerb {
  std::vector<std::string> paths;  // spec files or suite folders
  bool json = false;
};

enum class ResultsFormat { kTable, kJson, kCanonical, kCsv };

struct ResultsVerb {
  RunLocation location;
  ClusterLocation cluster;  // named: a run of that cluster
  ResultsFormat format = ResultsFormat::kTable;
};

struct ReportVerb {
  RunLocation location;
  ClusterLocation cluster;
};

struct RejudgeVerb {
  RunLocation location;  // the run whose texts are scored again
  ClusterLocation cluster;
  SpecFlags spec;      // judge and scorer flags only
  std::string run_id;  // of the new run; empty: made up
  bool dry_run = false;
  bool json = false;
  std::optional<int> metrics_port;
};

struct RunsListVerb {
  std::string output_dir = "runs";
  bool json = false;
};

struct RunsDeleteVerb {
  RunLocation location;
  bool yes = false;
};

struct SimulateVerb {
  SimulatorOptions simulator;
  std::string faults_file;
  std::string api_key_env;
};

struct FsckVerb {
  RunLocation location;
  std::string blob_dir;  // named: a run of a cluster's segments, against its Redis
  RedisLocation redis;
  bool json = false;
};

using AnyVerb =
    std::variant<RunVerb, QuickstartVerb, ImportVerb, BenchmarksVerb, ValidateVerb, ResultsVerb,
                 ReportVerb, RejudgeVerb, RunsListVerb, RunsDeleteVerb, SimulateVerb, FsckVerb,
                 NodeVerb, SubmitVerb, StatusVerb, WatchVerb, ControlVerb, ExportVerb, RebuildVerb>;

struct CommandLine {
  AnyVerb verb;
  int verbosity = 0;  // -v: info, -vv: debug
};

// What to do instead of a verb: print and leave.
struct PrintAndExit {
  std::string out;  // to standard output
  std::string err;  // to standard error
  int exit_code = 0;
};

// `arguments` without the program's name.
std::variant<CommandLine, PrintAndExit> ParseCommandLine(std::vector<std::string> arguments);

}  // namespace assay
