// The part of the command line that belongs to clusters; command_line.cc calls it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/cluster/cluster_verbs.h"

namespace CLI {
class App;
}  // namespace CLI

namespace assay {

// CLI11 writes into these.
struct ClusterParsed {
  NodeVerb coordinator;
  NodeVerb worker;
  NodeVerb judge;
  SubmitVerb submit;
  StatusVerb status;
  WatchVerb watch;
  ControlVerb cancel;
  ControlVerb pause;
  ControlVerb resume;
  ExportVerb exported;
  RebuildVerb rebuild;
};

// `spec_flags` adds the flags that describe a run, `verbose` those of every verb.
struct SharedFlags {
  std::function<void(CLI::App*, SpecFlags*)> spec_flags;
  std::function<void(CLI::App*)> verbose;
};

// Where the segments and the Redis of a cluster are: --blob-dir, --redis and what belongs to it.
void AddRedis(CLI::App* verb, std::string* blob_dir, RedisLocation* redis);

void DefineClusterVerbs(CLI::App* app, ClusterParsed* parsed, const SharedFlags& shared);

}  // namespace assay
