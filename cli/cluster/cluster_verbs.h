// The verbs of a cluster as plain structs, and the functions that carry them out.
#pragma once

#include <string>
#include <vector>

#include "cli/spec_flags.h"

namespace assay {

struct CliContext;
struct FsckVerb;
struct RejudgeVerb;
struct ReportVerb;
struct ResultsVerb;

enum class NodeRole { kCoordinator, kWorker, kJudge };

// The Redis of a cluster.
struct RedisLocation {
  std::string server = "127.0.0.1:6379";  // host:port or unix:/path
  std::vector<std::string> sentinels;     // host:port; they name the server then
  std::string master = "assay";           // its name there
  int wait_replicas = 0;                  // that everything irrevocable waits for
  double wait_timeout_s = 0.1;
};

// assay coordinator, worker, judge: a process that stays.
struct NodeVerb {
  NodeRole role = NodeRole::kCoordinator;
  std::string config;             // file; flags win over it
  std::vector<FlagValue> values;  // .flag: the field of the config message
  bool json = false;
};

struct SubmitVerb {
  ClusterLocation cluster;
  SpecFlags spec;
  std::string run_id;      // empty: made up
  std::string request_id;  // empty: the run id
  bool watch = false;
  bool json = false;
};

struct StatusVerb {
  ClusterLocation cluster;
  std::string run;  // empty: all
  bool scores = false;
  bool json = false;
};

struct WatchVerb {
  ClusterLocation cluster;
  std::string run;
  bool json = false;
};

enum class ControlCommand { kCancel, kPause, kResume };

struct ControlVerb {
  ControlCommand command = ControlCommand::kPause;
  ClusterLocation cluster;
  std::string run;
  bool json = false;
};

struct ExportVerb {
  ClusterLocation cluster;
  std::string run;
  std::string to;  // folder that holds runs
  bool json = false;
};

// assay rebuild: the run store of one run, from the segments alone.
struct RebuildVerb {
  std::string run;
  std::string blob_dir;
  RedisLocation redis;
  bool json = false;
};

int NodeCommand(const CliContext& context, const NodeVerb& verb);
int SubmitCommand(const CliContext& context, const SubmitVerb& verb);
int StatusCommand(const CliContext& context, const StatusVerb& verb);
int WatchCommand(const CliContext& context, const WatchVerb& verb);
int ControlRunCommand(const CliContext& context, const ControlVerb& verb);
int ExportCommand(const CliContext& context, const ExportVerb& verb);

int RebuildCommand(const CliContext& context, const RebuildVerb& verb);
// The segments of a cluster against its Redis.
int ClusterFsckCommand(const CliContext& context, const FsckVerb& verb);

// The verbs of the same names, for a run of a cluster: results go to standard output, a report to
// the output folder, with everything else of the run; a rejudge is handed over as a new run.
int ClusterResultsCommand(const CliContext& context, const ResultsVerb& verb);
int ClusterReportCommand(const CliContext& context, const ReportVerb& verb);
int ClusterRejudgeCommand(const CliContext& context, const RejudgeVerb& verb);

}  // namespace assay
