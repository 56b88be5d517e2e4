#include "cli/command_line.h"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

#include "cli/cluster/cluster_command_line.h"
#include "cli/help_texts.h"
#include "common/base/log.h"
#include "common/base/version.h"
#include "common/config/message_decoder.h"

namespace assay {
namespace {

// Options of every verb, of which one is used; CLI11 writes into them.
struct Parsed {
  RunVerb run;
  QuickstartVerb quickstart;
  ImportVerb import;
  BenchmarksVerb benchmarks;
  ValidateVerb validate;
  ResultsVerb results;
  ReportVerb report;
  RejudgeVerb rejudge;
  RunsListVerb runs_list;
  RunsDeleteVerb runs_delete;
  SimulateVerb simulate;
  FsckVerb fsck;
  ClusterParsed cluster;
  int verbosity = 0;
  bool as_json = false;
  bool as_csv = false;
  bool canonical = false;
};

void AddVerbose(CLI::App* verb, Parsed* parsed) {
  verb->add_flag("-v,--verbose", parsed->verbosity, "log what happens; -vv logs more");
}

void AddOutputDir(CLI::App* verb, std::string* output_dir) {
  verb->add_option("-o,--output-dir", *output_dir, "folder that holds runs")
      ->capture_default_str()
      ->type_name("DIR");
}

void AddRun(CLI::App* verb, RunLocation* location) {
  verb->add_option("RUN", location->run, "run id, or folder of a run")->required();
  AddOutputDir(verb, &location->output_dir);
}

// The same verb for a run that is in a cluster.
void AddCluster(CLI::App* verb, ClusterLocation* cluster) {
  verb->add_option("--coordinator", cluster->coordinators, "of the cluster that has the run")
      ->allow_extra_args(false)
      ->type_name("ADDR");
}

void AddMetricsPort(CLI::App* verb, std::optional<int>* port) {
  verb->add_option("--metrics-port", *port, "serve Prometheus metrics on this loopback port")
      ->type_name("PORT")
      ->check(CLI::Range(0, 65535));
}

// A flag that may be given several times, one value each.
CLI::Option* AddList(CLI::App* verb, const std::string& flag, std::vector<std::string>* values,
                     const std::string& help) {
  return verb->add_option(flag, *values, help)->allow_extra_args(false)->type_name("NAME");
}

// A flag whose text goes into the spec.
void AddSpecValue(CLI::App* verb, SpecFlags* spec, const std::string& flags,
                  const std::string& type, const std::string& help) {
  const std::size_t comma = flags.rfind(',');
  const std::string name = comma == std::string::npos ? flags : flags.substr(comma + 1);
  verb->add_option_function<std::string>(
          flags,
          [spec, name](const std::string& text) {
            spec->values.push_back({name, text});
          },
          help)
      ->type_name(type);
}

void AddJudgeFlags(CLI::App* verb, SpecFlags* spec) {
  AddList(verb, "--judge", &spec->judges, "model that scores, openai/NAME");
  verb->add_option("--judge-base-url", spec->judge_base_url, "its server; default: --base-url")
      ->type_name("URL");
  verb->add_option("--judge-api-key-env", spec->judge_api_key_env,
                   "environment variable that holds the judge's key")
      ->type_name("VAR");
  AddList(
      verb, "--scorer", &spec->scorers,
      "of the suite, by id, or one of coherence, constraints, factual_coverage[:PRESET], length, "
      "repetition, rubric[:PRESET]; default: the suite's own");
  AddSpecValue(verb, spec, "--compat", "official|strict",
               "a benchmark's own rules exactly, or validate every reply (default)");
  AddSpecValue(verb, spec, "-j,--max-connections", "N", "calls in flight at each endpoint");
  AddSpecValue(verb, spec, "--timeout", "SECONDS", "longest time for one call");
  verb->add_flag("--no-stream", spec->no_stream, "ask for whole answers instead of streams");
  verb->add_option("--set,-O", spec->overrides,
                   "any field of the spec, e.g. retry.infra_attempts=3")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

void AddModelFlags(CLI::App* verb, SpecFlags* spec) {
  AddList(verb, "--model,-m", &spec->models, "model under test, openai/NAME; may be repeated");
  verb->add_option("--base-url", spec->base_url, "its server, e.g. http://127.0.0.1:8000/v1")
      ->type_name("URL");
  verb->add_option("--api-key-env", spec->api_key_env,
                   "environment variable that holds the key; default OPENAI_API_KEY")
      ->type_name("VAR");
  AddSpecValue(verb, spec, "--limit", "N|F|A-B", "first N samples, a fraction, or from A to B");
  AddSpecValue(verb, spec, "--temperature", "T", "sampling temperature, 0 to 2");
  AddSpecValue(verb, spec, "--top-p", "P", "nucleus sampling, 0 to 1");
  AddSpecValue(verb, spec, "--top-k", "K", "top-k sampling");
  AddSpecValue(verb, spec, "--max-tokens", "N", "longest answer");
  AddSpecValue(verb, spec, "--seed", "N", "sampling seed");
  AddSpecValue(verb, spec, "--system-prompt", "TEXT", "sent before every prompt");
  AddSpecValue(verb, spec, "--strategy", "NAME",
               "how texts are made: direct (default), agentwrite, cogwriter-style, longeval");
  AddSpecValue(verb, spec, "--epochs,--repeats", "N", "answers to each sample");
  AddSpecValue(verb, spec, "--on-truncation", "score|exclude",
               "what to do with answers that hit the token cap");
}

// Everything that describes a new run.
void AddSpec(CLI::App* verb, SpecFlags* spec) {
  verb->add_option("TARGET", spec->target, "spec file, suite folder or suite name");
  verb->add_option("-c,--config", spec->target, "the same as TARGET")->type_name("FILE");
  AddModelFlags(verb, spec);
  AddJudgeFlags(verb, spec);
  verb->add_flag("--allow-self-judge", spec->allow_self_judge,
                 "let a model under test score itself");
  verb->add_option("--name", spec->name, "a name for the report")->type_name("TEXT");
}

void DefineRun(CLI::App* app, Parsed* parsed) {
  CLI::App* verb = app->add_subcommand("run", "generate, score and report");
  RunVerb& run = parsed->run;
  AddSpec(verb, &run.spec);
  AddOutputDir(verb, &run.location.output_dir);
  verb->add_option("--run-id", run.location.run, "id of the new run; default: made up");
  verb->add_option_function<std::vector<std::string>>(
          "--resume",
          [&run](const std::vector<std::string>& text) {
            run.resume = text.empty() ? "" : text.front();
          },
          "go on with a run; without RUN: the newest that has not ended")
      ->expected(0, 1)
      ->type_name("RUN");
  verb->add_option("--retry-errors", run.retry_errors, "try again what a run has lost")
      ->type_name("RUN");
  verb->add_flag("--dry-run", run.dry_run, "units, calls, tokens and cost; creates nothing");
  verb->add_flag("--json", run.json, "machine-readable records on standard output");
  AddMetricsPort(verb, &run.metrics_port);
  AddVerbose(verb, parsed);
  verb->footer(kRunHelp);
}

void DefineRejudge(CLI::App* app, Parsed* parsed) {
  CLI::App* verb = app->add_subcommand("rejudge", "score the texts of a run again, as a new run");
  RejudgeVerb& rejudge = parsed->rejudge;
  AddRun(verb, &rejudge.location);
  AddCluster(verb, &rejudge.cluster);
  AddJudgeFlags(verb, &rejudge.spec);
  verb->add_option("--run-id", rejudge.run_id, "id of the new run; default: made up");
  verb->add_flag("--dry-run", rejudge.dry_run, "units, calls, tokens and cost; creates nothing");
  verb->add_flag("--json", rejudge.json, "machine-readable records on standard output");
  AddMetricsPort(verb, &rejudge.metrics_port);
  AddVerbose(verb, parsed);
  verb->footer(kRejudgeHelp);
}

void DefineSuiteVerbs(CLI::App* app, Parsed* parsed) {
  CLI::App* quickstart =
      app->add_subcommand("quickstart", "run the starter suite on a simulator, over loopback");
  AddOutputDir(quickstart, &parsed->quickstart.output_dir);
  quickstart->add_option("--limit", parsed->quickstart.limit, "first N samples only")
      ->type_name("N");
  quickstart->add_flag("--json", parsed->quickstart.json, "machine-readable records");
  AddVerbose(quickstart, parsed);

  CLI::App* import = app->add_subcommand("import", "make a suite from a benchmark's own files");
  import->add_option("NAME", parsed->import.name, "as assay benchmarks lists it")->required();
  import->add_option("--from", parsed->import.from, "your copy of the benchmark")
      ->required()
      ->type_name("DIR");
  import
      ->add_option("--to", parsed->import.to,
                   "folder of suites to write to; default $ASSAY_HOME/suites")
      ->type_name("DIR");
  import
      ->add_option("--references", parsed->import.references,
                   "reference texts that your copy lacks (deepresearch-bench)")
      ->type_name("PATH");
  import->add_flag("--force", parsed->import.force, "replace a suite that is there already");
  import->add_flag("--json", parsed->import.json, "machine-readable record");
  import->footer(kImportHelp);

  CLI::App* benchmarks =
      app->add_subcommand("benchmarks", "list the published benchmarks that can be imported");
  benchmarks->add_flag("--json", parsed->benchmarks.json, "machine-readable records");

  CLI::App* validate = app->add_subcommand("validate", "check spec files and suite folders");
  validate->add_option("PATH", parsed->validate.paths, "spec files or suite folders")->required();
  validate->add_flag("--json", parsed->validate.json, "machine-readable records");
  validate->footer(kValidateHelp);
}

void DefineRunVerbs(CLI::App* app, Parsed* parsed) {
  CLI::App* results = app->add_subcommand("results", "print the results of a run");
  AddRun(results, &parsed->results.location);
  AddCluster(results, &parsed->results.cluster);
  CLI::Option* json = results->add_flag("--json", parsed->as_json, "one JSON object a sample");
  CLI::Option* csv = results->add_flag("--csv", parsed->as_csv, "one line a sample");
  CLI::Option* canonical = results->add_flag("--canonical", parsed->canonical,
                                             "what two equal runs have in common, sorted");
  json->excludes(csv, canonical);
  csv->excludes(canonical);
  results->footer(kResultsHelp);

  CLI::App* report =
      app->add_subcommand("report", "write a run's report page and result files anew");
  AddRun(report, &parsed->report.location);
  AddCluster(report, &parsed->report.cluster);

  CLI::App* fsck = app->add_subcommand("fsck", "check that a run's records are whole");
  AddRun(fsck, &parsed->fsck.location);
  AddRedis(fsck, &parsed->fsck.blob_dir, &parsed->fsck.redis);
  fsck->add_flag("--json", parsed->fsck.json, "machine-readable records");
  fsck->footer(kFsckHelp);

  CLI::App* runs = app->add_subcommand("runs", "list and delete runs");
  runs->require_subcommand(1);
  CLI::App* list = runs->add_subcommand("list", "runs with their state, newest first");
  AddOutputDir(list, &parsed->runs_list.output_dir);
  list->add_flag("--json", parsed->runs_list.json, "machine-readable records");
  CLI::App* remove = runs->add_subcommand("delete", "delete a run with all its texts");
  AddRun(remove, &parsed->runs_delete.location);
  remove->add_flag("-y,--yes", parsed->runs_delete.yes, "do not ask");
}

void DefineSimulate(CLI::App* app, Parsed* parsed) {
  CLI::App* verb = app->add_subcommand("simulate", "an OpenAI-compatible server for trying out");
  SimulateVerb& simulate = parsed->simulate;
  SimulatorOptions& options = simulate.simulator;
  verb->add_option("--port", options.port, "loopback port; 0: a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  verb->add_option("--replay", options.replay_dir, "recorded outputs and verdicts to serve")
      ->type_name("DIR");
  verb->add_option("--dialect", options.dialect, "whose habits to copy: openai or llama")
      ->transform(CLI::CheckedTransformer(std::vector<std::pair<std::string, SimulatorDialect>>{
          {"openai", SimulatorDialect::kOpenAi}, {"llama", SimulatorDialect::kLlama}}))
      ->type_name("NAME");
  verb->add_option("--latency-ms", options.latency_ms, "before the first byte")
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--tokens-per-s", options.tokens_per_s, "pace of an answer; 0: at once")
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--slots", options.slots, "answers at once; 0: no limit")
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--judge-noise", options.judge.noise, "share of scores that are one off")
      ->check(CLI::Range(0.0, 1.0));
  verb->add_option("--judge-position-bias", options.judge.position_bias,
                   "share of calls whose first item gets the best label")
      ->check(CLI::Range(0.0, 1.0));
  verb->add_option("--judge-verbosity-bias", options.judge.verbosity_bias,
                   "share of items on long texts that get the best label")
      ->check(CLI::Range(0.0, 1.0));
  verb->add_option("--judge-garbage", options.judge.garbage_rate, "share of unusable replies")
      ->check(CLI::Range(0.0, 1.0));
  verb->add_option("--api-key-env", simulate.api_key_env,
                   "environment variable with the key to ask for")
      ->type_name("VAR");
  verb->add_option("--api-key", options.api_key, "the key to ask for (a made-up one)")
      ->type_name("KEY");
  verb->add_option("--faults", simulate.faults_file, "fault script, JSON")->type_name("FILE");
  AddVerbose(verb, parsed);
  verb->footer(kSimulateHelp);
}

AnyVerb Chosen(const CLI::App& app, Parsed* parsed) {
  const CLI::App* verb = app.get_subcommands().front();
  const std::string& name = verb->get_name();
  if (name == "run") return std::move(parsed->run);
  if (name == "quickstart") return std::move(parsed->quickstart);
  if (name == "import") return std::move(parsed->import);
  if (name == "benchmarks") return std::move(parsed->benchmarks);
  if (name == "validate") return std::move(parsed->validate);
  if (name == "report") return std::move(parsed->report);
  if (name == "rejudge") return std::move(parsed->rejudge);
  if (name == "simulate") return std::move(parsed->simulate);
  if (name == "fsck") return std::move(parsed->fsck);
  if (name == "submit") return std::move(parsed->cluster.submit);
  if (name == "status") return std::move(parsed->cluster.status);
  if (name == "watch") return std::move(parsed->cluster.watch);
  if (name == "cancel") return std::move(parsed->cluster.cancel);
  if (name == "pause") return std::move(parsed->cluster.pause);
  if (name == "resume") return std::move(parsed->cluster.resume);
  if (name == "export") return std::move(parsed->cluster.exported);
  if (name == "rebuild") return std::move(parsed->cluster.rebuild);
  if (name == "coordinator") return std::move(parsed->cluster.coordinator);
  if (name == "worker") return std::move(parsed->cluster.worker);
  if (name == "judge") return std::move(parsed->cluster.judge);
  if (name == "results") {
    parsed->results.format = parsed->as_json     ? ResultsFormat::kJson
                             : parsed->as_csv    ? ResultsFormat::kCsv
                             : parsed->canonical ? ResultsFormat::kCanonical
                                                 : ResultsFormat::kTable;
    return std::move(parsed->results);
  }
  if (verb->get_subcommands().front()->get_name() == "list") return std::move(parsed->runs_list);
  return std::move(parsed->runs_delete);
}

std::string VerbPrefix(const CLI::App& app) {
  std::string prefix = "assay";
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    prefix += " " + at->get_name();
  }
  return prefix;
}

std::optional<PrintAndExit> RefuseUnknownVerb(const CLI::App& app,
                                              const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0].starts_with("-")) return std::nullopt;
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  if (std::find(names.begin(), names.end(), arguments[0]) != names.end()) return std::nullopt;
  const std::string near = NearestName(arguments[0], names);
  return PrintAndExit{"",
                      "assay: there is no verb \"" + EscapeForTerminal(arguments[0]) + "\"" +
                          (near.empty() ? "" : "; did you mean " + near + "?") +
                          "\nTry: assay --help\n",
                      2};
}

}  // namespace

std::variant<CommandLine, PrintAndExit> ParseCommandLine(std::vector<std::string> arguments) {
  Parsed parsed;
  CLI::App app("Assay evaluates long texts written by language models.", "assay");
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(kBinaryVersion));
  app.footer(kMainHelp);
  app.get_formatter()->column_width(34);
  DefineRun(&app, &parsed);
  DefineSuiteVerbs(&app, &parsed);
  DefineRunVerbs(&app, &parsed);
  DefineRejudge(&app, &parsed);
  DefineSimulate(&app, &parsed);
  DefineClusterVerbs(
      &app, &parsed.cluster,
      {.spec_flags = AddSpec, .verbose = [&parsed](CLI::App* verb) { AddVerbose(verb, &parsed); }});
  if (auto leave = RefuseUnknownVerb(app, arguments); leave.has_value()) return *leave;
  std::reverse(arguments.begin(), arguments.end());  // what CLI11 expects
  try {
    app.parse(std::move(arguments));
    return CommandLine{Chosen(app, &parsed), parsed.verbosity};
  } catch (const CLI::Success& wanted) {
    std::ostringstream out;
    app.exit(wanted, out, out);
    return PrintAndExit{out.str(), "", 0};
  } catch (const CLI::Error& error) {
    const std::string prefix = VerbPrefix(app);
    return PrintAndExit{"", prefix + ": " + error.what() + "\nTry: " + prefix + " --help\n", 2};
  }
}

}  // namespace assay
