#include "cli/cluster/cluster_command_line.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>

#include "assay/v1/node_config.pb.h"
#include "cli/help_texts.h"

namespace assay {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// What each field of a config message is, for --help. Every field has a flag of its name.
const std::map<std::string, std::string>& FieldHelp() {
  static const auto& help = *new std::map<std::string, std::string>{
      {"listen", "host:port to serve on; port 0 takes a free one"},
      {"insecure_listen", "allow other machines to connect, though there is no TLS"},
      {"advertise", "address told to others; default: the one it listens on"},
      {"blob_dir", "folder of segments, shared by all coordinators"},
      {"writer", "name of this process in that folder"},
      {"store", "redis, or memory: one coordinator alone"},
      {"redis", "host:port or unix:/path of the Redis server"},
      {"redis_sentinel", "host:port of a sentinel that knows the server; may be repeated"},
      {"redis_master", "name of the server there; default: assay"},
      {"redis_wait_replicas", "how many replicas there are: what is irrevocable waits for all"},
      {"redis_wait_timeout_s", "how long one wait for them may take"},
      {"lease_s", "how long an agent may stay silent"},
      {"lease_grace_s", "added on the coordinator's side"},
      {"sync_hold_s", "how long a Sync without news is held"},
      {"progress_limit_s", "an attempt without progress for longer loses its lease"},
      {"cancel_grace_s", "an agent that ignores a cancel for longer gets no work"},
      {"storage_retry_s", "between two tries of a write that failed"},
      {"election_ttl_s", "a leader that is silent for longer has lost"},
      {"election_renew_s", "between two renewals"},
      {"election_demote_s", "without an answered renewal it stops leading"},
      {"drain_s", "after SIGTERM, for what is under way"},
      {"metrics_port", "serve Prometheus metrics on this loopback port"},
      {"max_connection_age_s", "connections are renewed after this time"},
      {"coordinators", "host:port of a coordinator; may be repeated"},
      {"id", "name of this agent; default: host name and a random part"},
      {"slots", "attempts at once"},
      {"wait_for", "base URL of an inference server: start once it serves"},
      {"key_env", "environment variable that endpoints may name; may be repeated"},
      {"sync_deadline_s", "of a Sync"},
      {"rpc_deadline_s", "of every other call"},
      {"programs_at_once", "programs run for scorers at once; default: one a processor, at most 8"},
  };
  return help;
}

std::string FlagOf(const FieldDescriptor& field) {
  std::string name = field.name() == "coordinators" ? "coordinator" : field.name();
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

void AddField(CLI::App* verb, const FieldDescriptor& field, NodeVerb* node) {
  const std::string name = field.name();
  const std::string& help = FieldHelp().at(name);
  if (field.type() == FieldDescriptor::TYPE_BOOL) {
    verb->add_flag_callback(
        FlagOf(field),
        [node, name] {
          node->values.push_back({name, "true"});
        },
        help);
    return;
  }
  if (field.is_repeated()) {
    verb->add_option_function<std::vector<std::string>>(
            FlagOf(field),
            [node, name](const std::vector<std::string>& texts) {
              for (const std::string& text : texts) node->values.push_back({name, text});
            },
            help)
        ->allow_extra_args(false)
        ->type_name("NAME");
    return;
  }
  verb->add_option_function<std::string>(
          FlagOf(field),
          [node, name](const std::string& text) {
            node->values.push_back({name, text});
          },
          help)
      ->type_name(name.ends_with("_s") ? "SECONDS" : "VALUE");
}

void DefineNode(CLI::App* app, const std::string& name, const std::string& help,
                const Descriptor& config, NodeVerb* node, const SharedFlags& shared) {
  CLI::App* verb = app->add_subcommand(name, help);
  verb->add_option("--config", node->config, "YAML file with the same fields")->type_name("FILE");
  for (int i = 0; i < config.field_count(); ++i) AddField(verb, *config.field(i), node);
  verb->add_flag("--json", node->json, "machine-readable records");
  shared.verbose(verb);
}

void AddCluster(CLI::App* verb, ClusterLocation* cluster) {
  verb->add_option("--coordinator", cluster->coordinators,
                   "host:port of a coordinator; default $ASSAY_COORDINATOR or 127.0.0.1:7400")
      ->allow_extra_args(false)
      ->type_name("ADDR");
}

template <typename Verb>
CLI::App* DefineRunVerb(CLI::App* app, const std::string& name, const std::string& help,
                        Verb* parsed, const SharedFlags& shared) {
  CLI::App* verb = app->add_subcommand(name, help);
  verb->add_option("RUN", parsed->run, "run id")->required();
  AddCluster(verb, &parsed->cluster);
  verb->add_flag("--json", parsed->json, "machine-readable records");
  shared.verbose(verb);
  return verb;
}

void DefineSubmit(CLI::App* app, SubmitVerb* submit, const SharedFlags& shared) {
  CLI::App* verb = app->add_subcommand("submit", "hand a run over to a cluster");
  shared.spec_flags(verb, &submit->spec);
  AddCluster(verb, &submit->cluster);
  verb->add_option("--run-id", submit->run_id, "id of the new run; default: made up");
  verb->add_option("--request-id", submit->request_id,
                   "submitting again with the same one starts nothing new; default: the run id");
  verb->add_flag("--watch", submit->watch, "show its progress until it ends");
  verb->add_flag("--json", submit->json, "machine-readable records");
  shared.verbose(verb);
}

void DefineStatus(CLI::App* app, StatusVerb* status, const SharedFlags& shared) {
  CLI::App* verb = app->add_subcommand("status", "runs of a cluster, or one of them");
  verb->add_option("RUN", status->run, "run id; default: all");
  AddCluster(verb, &status->cluster);
  verb->add_flag("--scores", status->scores, "means so far, with how many are judged of how many");
  verb->add_flag("--json", status->json, "machine-readable records");
  shared.verbose(verb);
}

void DefineRebuild(CLI::App* app, RebuildVerb* rebuild, const SharedFlags& shared) {
  CLI::App* verb =
      app->add_subcommand("rebuild", "restore a run in an empty Redis from the segments alone");
  verb->add_option("RUN", rebuild->run, "run id")->required();
  AddRedis(verb, &rebuild->blob_dir, &rebuild->redis);
  verb->get_option("--blob-dir")->required();
  verb->add_flag("--json", rebuild->json, "machine-readable records");
  verb->footer(kRebuildHelp);
  shared.verbose(verb);
}

}  // namespace

void AddRedis(CLI::App* verb, std::string* blob_dir, RedisLocation* redis) {
  verb->add_option("--blob-dir", *blob_dir, "folder of segments of a cluster")->type_name("DIR");
  verb->add_option("--redis", redis->server, FieldHelp().at("redis"))
      ->capture_default_str()
      ->type_name("ADDR");
  verb->add_option("--redis-sentinel", redis->sentinels, FieldHelp().at("redis_sentinel"))
      ->allow_extra_args(false)
      ->type_name("ADDR");
  verb->add_option("--redis-master", redis->master, FieldHelp().at("redis_master"))
      ->type_name("NAME");
  verb->add_option("--redis-wait-replicas", redis->wait_replicas,
                   FieldHelp().at("redis_wait_replicas"))
      ->type_name("N");
  verb->add_option("--redis-wait-timeout-s", redis->wait_timeout_s,
                   FieldHelp().at("redis_wait_timeout_s"))
      ->type_name("SECONDS");
}

void DefineClusterVerbs(CLI::App* app, ClusterParsed* parsed, const SharedFlags& shared) {
  parsed->worker.role = NodeRole::kWorker;
  parsed->judge.role = NodeRole::kJudge;
  parsed->cancel.command = ControlCommand::kCancel;
  parsed->pause.command = ControlCommand::kPause;
  parsed->resume.command = ControlCommand::kResume;
  DefineSubmit(app, &parsed->submit, shared);
  DefineStatus(app, &parsed->status, shared);
  DefineRunVerb(app, "watch", "progress of a run in a cluster, until it ends", &parsed->watch,
                shared);
  DefineRunVerb(app, "pause", "hand out no more work of a run", &parsed->pause, shared);
  DefineRunVerb(app, "resume", "go on with a run that is paused", &parsed->resume, shared);
  DefineRunVerb(app, "cancel", "end a run: everything open ends as cancelled", &parsed->cancel,
                shared);
  DefineRunVerb(app, "export", "copy a run from a cluster to a folder of this machine",
                &parsed->exported, shared)
      ->add_option("--to", parsed->exported.to, "folder that holds runs")
      ->required()
      ->type_name("DIR");
  DefineRebuild(app, &parsed->rebuild, shared);
  const Descriptor& agent = *v1::AgentConfig::descriptor();
  DefineNode(app, "coordinator", "cluster role: keeps the schedule",
             *v1::CoordinatorConfig::descriptor(), &parsed->coordinator, shared);
  DefineNode(app, "worker", "cluster role: generates texts", agent, &parsed->worker, shared);
  DefineNode(app, "judge", "cluster role: scores texts", agent, &parsed->judge, shared);
}

}  // namespace assay
