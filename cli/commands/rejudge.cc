#include <algorithm>

#include "cli/commands/accept.h"
#include "cli/commands/dry_run.h"
#include "cli/commands/run_session.h"
#include "cli/commands/verbs.h"
#include "cli/embedded/embedded_run.h"
#include "cli/embedded/stored_run.h"
#include "cli/results/run_folder.h"
#include "common/base/version.h"
#include "judge/scorer_registry.h"
#include "suites/panels.h"
#include "suites/prompt_files.h"

namespace assay {
namespace {

// An accepted spec as its user wrote it: without probes, and with the scorers that a panel was made
// into put together again.
v1::RunSpec AsWritten(v1::RunSpec spec) {
  auto& models = *spec.mutable_models();
  models.erase(std::remove_if(models.begin(), models.end(),
                              [](const v1::Model& model) { return model.has_probe(); }),
               models.end());
  google::protobuf::RepeatedPtrField<v1::ScorerSpec> scorers;
  for (v1::ScorerSpec& scorer : *spec.mutable_scorers()) {
    const std::string panel = scorer.accepted().panel();
    const std::string judge = scorer.judge();
    scorer.clear_accepted();
    if (panel.empty()) {
      *scorers.Add() = std::move(scorer);
      continue;
    }
    if (scorers.empty() || scorers.rbegin()->id() != panel) {
      v1::ScorerSpec& whole = *scorers.Add();
      whole = std::move(scorer);
      whole.set_id(panel);
      whole.clear_judge();
    }
    scorers.rbegin()->add_panel(judge);
  }
  *spec.mutable_scorers() = std::move(scorers);
  return spec;
}

}  // namespace

absl::StatusOr<v1::RunRecord> RejudgeRecord(const CliContext& context, const RejudgeVerb& verb,
                                            const v1::RunRecord& source) {
  ASSAY_ASSIGN_OR_RETURN(SpecRequest request,
                         MakeRejudgeSpec(AsWritten(source.spec()), verb.spec, context.environment));
  ASSAY_RETURN_IF_ERROR(ResolvePromptFiles(".", false, request.spec.mutable_scorers()));
  for (v1::ScorerSpec& scorer : *request.spec.mutable_scorers()) {
    ASSAY_ASSIGN_OR_RETURN(scorer, ResolveScorer(scorer));
    if (scorer.compat() == v1::COMPAT_UNSPECIFIED) scorer.set_compat(request.spec.compat());
    if (!ScorerNeedsCalls(scorer) || !scorer.judge().empty() || !scorer.panel().empty()) continue;
    if (request.spec.judges_size() != 1) {
      return FailedPrecondition("scorer " + scorer.id() +
                                " needs a judge: give --judge openai/NAME");
    }
    scorer.set_judge(request.spec.judges(0).id());
  }
  ASSAY_RETURN_IF_ERROR(ExpandPanels(request.spec, request.spec.mutable_scorers()));
  // The probes whose texts are there.
  for (const v1::Model& model : source.spec().models()) {
    if (model.has_probe()) *request.spec.add_models() = model;
  }
  v1::RunRecord record = source;
  *record.mutable_spec() = request.spec;
  for (v1::Suite& suite : *record.mutable_suites()) {
    *suite.mutable_manifest()->mutable_scorers() = request.spec.scorers();
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string run_id, ChooseRunId(context, verb.run_id));
  record.set_run_id(run_id);
  record.set_run_secret(MakeRunSecret(request.spec, context.random));
  record.set_created_unix_ms(absl::ToUnixMillis(context.clock->WallNow()));
  record.set_binary_version(kBinaryVersion);
  record.set_spec_yaml(request.yaml);
  record.set_source_run(source.run_id());
  return record;
}

int RejudgeCommand(const CliContext& context, const RejudgeVerb& verb) {
  context.console->UseJson(verb.json);
  const absl::StatusOr<std::string> source_folder = FindRunFolder(verb.location);
  if (!source_folder.ok()) return Fail(context, "rejudge", source_folder.status());
  const absl::StatusOr<StoredRun> source = LoadRun(*source_folder);
  if (!source.ok()) return Fail(context, "rejudge", source.status());
  const absl::StatusOr<v1::RunRecord> record = RejudgeRecord(context, verb, source->record);
  if (!record.ok()) return Fail(context, "rejudge", record.status());
  if (verb.dry_run) {
    absl::StatusOr<RunEstimate> estimate = EstimateRun(*record);
    if (!estimate.ok()) return Fail(context, "rejudge", estimate.status());
    context.console->Say(DescribeEstimate(*estimate) + "The texts are taken from " +
                         source->record.run_id() + ": no generation is called.\n");
    context.console->Record(EstimateJson(*estimate));
    return kExitOk;
  }
  if (const absl::Status keys = CheckKeys(record->spec(), context.environment); !keys.ok()) {
    return Fail(context, "rejudge", keys);
  }
  const absl::StatusOr<std::string> folder =
      CreateRunFolder(verb.location.output_dir, *record, [&](const std::string& path) {
        return CreateRejudgeRun(path, *record, *source_folder, false);
      });
  if (!folder.ok()) return Fail(context, "rejudge", folder.status());
  SessionOptions session;
  session.run_folder = *folder;
  session.verb = "rejudge";
  session.metrics_port = verb.metrics_port;
  session.spec = record->spec();
  return RunToItsEnd(context, session);
}

}  // namespace assay
