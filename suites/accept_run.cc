#include "suites/accept_run.h"

#include <map>
#include <utility>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/base/version.h"
#include "common/config/config_errors.h"
#include "common/config/message_writer.h"
#include "common/config/run_spec.h"
#include "common/config/run_spec_checks.h"
#include "suites/panels.h"
#include "suites/probes.h"
#include "suites/prompt_files.h"

namespace assay {
namespace {

using Scorers = google::protobuf::RepeatedPtrField<v1::ScorerSpec>;

std::string Canonical(const Scorers& scorers) {
  v1::RunSpec holder;
  *holder.mutable_scorers() = scorers;
  return CanonicalJson(holder);
}

absl::StatusOr<Scorers> ResolveScorers(const v1::RunSpec& spec, Scorers scorers,
                                       const std::string& owner, const AcceptOptions& options) {
  for (v1::ScorerSpec& scorer : scorers) {
    ResolveScorerDefaults(spec, &scorer);
    absl::StatusOr<v1::ScorerSpec> resolved = options.resolve_scorer(scorer);
    if (!resolved.ok()) return Annotate(resolved.status(), owner + ": scorer " + scorer.id());
    scorer = *std::move(resolved);
    ResolveScorerDefaults(spec, &scorer);
    if (IsJudged(scorer) && scorer.judge().empty() && scorer.panel().empty()) {
      const std::string what =
          spec.judges_size() == 0
              ? "needs a judge, and the run has none: add one (judges: in a spec, --judge on the "
                "command line), or name scorers that need none"
              : "needs a judge, and the run has more than one: name scorers in the spec, each with "
                "its judge";
      return FailedPrecondition(owner + ": scorer " + scorer.id() + " " + what);
    }
  }
  ASSAY_RETURN_IF_ERROR(ExpandPanels(spec, &scorers));
  return scorers;
}

// Sets record->spec.scorers and the same list in every suite.
absl::Status SettleScorers(const AcceptOptions& options, v1::RunRecord* record) {
  v1::RunSpec* spec = record->mutable_spec();
  const bool own = spec->scorers_size() > 0;
  Scorers settled;
  if (own) {
    ASSAY_RETURN_IF_ERROR(ResolvePromptFiles(options.locations.spec_folder, /*beneath=*/false,
                                             spec->mutable_scorers()));
    ASSAY_ASSIGN_OR_RETURN(settled, ResolveScorers(*spec, spec->scorers(), "spec", options));
  }
  for (int i = 0; i < record->suites_size() && !own; ++i) {
    const v1::SuiteManifest& manifest = record->suites(i).manifest();
    absl::StatusOr<Scorers> scorers =
        ResolveScorers(*spec, manifest.scorers(), "suite " + manifest.name(), options);
    ASSAY_RETURN_IF_ERROR(scorers.status());
    if (i > 0 && Canonical(*scorers) != Canonical(settled)) {
      return FailedPrecondition("suites " + record->suites(0).manifest().name() + " and " +
                                manifest.name() +
                                " are scored in different ways; name scorers in "
                                "the spec, or run each suite by itself");
    }
    settled = *std::move(scorers);
  }
  if (settled.empty()) {
    return FailedPrecondition(
        "nothing scores this run: neither the spec nor the suite names "
        "scorers; add scorers: [{length: {}}]");
  }
  *spec->mutable_scorers() = settled;
  for (v1::Suite& suite : *record->mutable_suites()) {
    *suite.mutable_manifest()->mutable_scorers() = settled;
  }
  return absl::OkStatus();
}

// Prompts that the suites bring for a strategy; a model's own win.
absl::Status TakeSuitePrompts(const v1::RunRecord& record, v1::Strategy* strategy) {
  const v1::Strategy* brought = nullptr;
  for (const v1::Suite& suite : record.suites()) {
    for (const v1::Strategy& one : suite.manifest().strategies()) {
      if (one.name() != strategy->name()) continue;
      if (brought != nullptr && CanonicalJson(*brought) != CanonicalJson(one)) {
        return FailedPrecondition(
            "two suites of the run bring different prompts for it; name "
            "prompt_files, or run each suite by itself");
      }
      brought = &one;
    }
  }
  if (brought == nullptr || strategy->prompts_size() > 0) return absl::OkStatus();
  *strategy->mutable_prompts() = brought->prompts();
  return absl::OkStatus();
}

absl::Status SettleStrategies(const AcceptOptions& options, v1::RunRecord* record) {
  for (v1::Model& model : *record->mutable_spec()->mutable_models()) {
    if (model.has_probe()) continue;
    const std::string who = "model " + model.id() + ": strategy";
    v1::Strategy* strategy = model.mutable_strategy();
    if (absl::Status read = ResolveStrategyPrompts(options.locations.spec_folder,
                                                   /*beneath=*/false, strategy);
        !read.ok()) {
      return Annotate(read, who);
    }
    if (absl::Status taken = TakeSuitePrompts(*record, strategy); !taken.ok()) {
      return Annotate(taken, who);
    }
    absl::StatusOr<v1::Strategy> resolved = options.resolve_strategy(*strategy);
    if (!resolved.ok()) return Annotate(resolved.status(), who);
    *strategy = *std::move(resolved);
  }
  return absl::OkStatus();
}

// samples x models x repeats x (1 generation + rule scorings together + each judged scoring).
absl::StatusOr<std::int64_t> CountUnits(const v1::RunRecord& record) {
  std::int64_t samples = 0;
  for (const v1::Suite& suite : record.suites()) samples += suite.samples_size();
  std::int64_t stages = 1;
  std::int64_t preparations = 0;
  bool rules = false;
  for (const v1::ScorerSpec& scorer : record.spec().scorers()) {
    if (IsJudged(scorer)) ++stages;
    if (scorer.accepted().prepares()) preparations += samples;
    if (!IsJudged(scorer)) rules = true;
  }
  if (rules) ++stages;
  std::int64_t units = samples;
  bool overflow = false;
  for (const std::int64_t factor :
       {std::int64_t{record.spec().models_size()}, std::int64_t{record.spec().repeats()}, stages}) {
    overflow = overflow || __builtin_mul_overflow(units, factor, &units);
  }
  overflow = overflow || __builtin_add_overflow(units, preparations, &units);
  if (overflow || units > kMaxRunUnits) {
    return ResourceExhausted("the run is too large: " + std::to_string(samples) + " samples x " +
                             std::to_string(record.spec().models_size()) + " models x " +
                             std::to_string(record.spec().repeats()) + " repeats x " +
                             std::to_string(stages) + " stages is more than " +
                             std::to_string(kMaxRunUnits) + " units; use limit, or split it");
  }
  return units;
}

absl::Status LoadSuites(const v1::RunSpec& spec, const AcceptOptions& options,
                        AcceptedRun* accepted) {
  std::map<std::string, int> names;
  for (int i = 0; i < spec.suites_size(); ++i) {
    const v1::SuiteRef& ref = spec.suites(i);
    absl::StatusOr<LoadedSuite> loaded = FindSuite(ref, options.locations);
    ASSAY_RETURN_IF_ERROR(loaded.status());
    ASSAY_RETURN_IF_ERROR(ApplyLimit(ref.limit(), &loaded->suite));
    const std::string& name = loaded->suite.manifest().name();
    if (const auto [earlier, added] = names.emplace(name, i); !added) {
      return InvalidArgument("suites[" + std::to_string(i) + "] and suites[" +
                             std::to_string(earlier->second) + "] are both named " +
                             QuoteForError(name));
    }
    accepted->warnings.insert(accepted->warnings.end(), loaded->warnings.begin(),
                              loaded->warnings.end());
    *accepted->record.add_suites() = std::move(loaded->suite);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AcceptedRun> AcceptRun(const v1::RunSpec& spec, const AcceptOptions& options) {
  ASSAY_CHECK(options.resolve_scorer != nullptr);
  ASSAY_CHECK(options.resolve_strategy != nullptr);
  AcceptedRun accepted;
  v1::RunRecord& record = accepted.record;
  record.set_schema(1);
  record.set_run_id(options.run_id);
  *record.mutable_spec() = spec;
  record.set_run_secret(options.run_secret);
  record.set_created_unix_ms(options.created_unix_ms);
  record.set_binary_version(kBinaryVersion);
  record.set_spec_yaml(options.spec_yaml);
  record.set_source_run(options.source_run);
  ASSAY_RETURN_IF_ERROR(LoadSuites(spec, options, &accepted));
  ASSAY_RETURN_IF_ERROR(SettleScorers(options, &record));
  ASSAY_RETURN_IF_ERROR(SettleStrategies(options, &record));
  SettleProbes(&record);
  ASSAY_ASSIGN_OR_RETURN(accepted.units, CountUnits(record));
  return accepted;
}

}  // namespace assay
