#include "cli/results/run_results.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "cli/report/html_report.h"
#include "cli/results/message_json.h"
#include "cli/results/run_folder.h"
#include "common/agent/prompt_text.h"
#include "common/base/failpoint.h"
#include "coordinator/core/run_plan.h"
#include "judge/scorer_registry.h"
#include "suites/benchmarks.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

// (suite, sample, model, repeat)
using ResultKey = std::tuple<std::string, std::string, std::string, int>;

// Names of the folders and files of texts, for a whole run.
class TextFiles {
 public:
  explicit TextFiles(const v1::RunRecord& record) : several_suites_(record.suites_size() > 1) {
    std::vector<std::string> models;
    for (const v1::Model& model : record.spec().models()) models.push_back(model.id());
    models_ = SafeFileNames(models);
    std::vector<std::string> suites;
    for (const v1::Suite& suite : record.suites()) {
      suites.push_back(suite.manifest().name());
      std::vector<std::string> samples;
      for (const v1::Sample& sample : suite.samples()) samples.push_back(sample.id());
      samples_[suite.manifest().name()] = SafeFileNames(samples);
    }
    suites_ = SafeFileNames(suites);
  }

  // texts/<model>/<sample>.r<repeat>.txt, with a folder for each suite where there are several.
  std::string PathOf(const v1::SampleResult& result) const {
    const std::string suite = several_suites_ ? suites_.at(result.suite()) + "/" : "";
    return "texts/" + models_.at(result.model()) + "/" + suite +
           samples_.at(result.suite()).at(result.sample_id()) + ".r" +
           std::to_string(result.repeat()) + ".txt";
  }

 private:
  bool several_suites_;
  std::map<std::string, std::string> models_;
  std::map<std::string, std::string> suites_;
  std::map<std::string, std::map<std::string, std::string>> samples_;
};

absl::StatusOr<std::map<ResultKey, const v1::Envelope*>> Generations(const StoredRun& run) {
  ASSAY_ASSIGN_OR_RETURN(const RunPlan plan, RunPlan::Make(run.record, ScorerNeedsCalls));
  std::map<ResultKey, const v1::Envelope*> generations;
  for (UnitIndex unit = 0; unit < plan.unit_count(); ++unit) {
    const StageRange& range = plan.RangeOf(unit);
    if (range.kind != v1::UNIT_KIND_GENERATE) continue;
    const auto stored = run.units.find(plan.IdOf(unit));
    if (stored == run.units.end()) continue;
    const ResultKey key{run.record.suites(range.suite).manifest().name(), plan.SampleOf(unit).id(),
                        run.record.spec().models(range.model).id(), range.repeat};
    generations[key] = &stored->second.envelope;
  }
  return generations;
}

ResultKey KeyOf(const v1::SampleResult& result) {
  return {result.suite(), result.sample_id(), result.model(), result.repeat()};
}

std::string RenderReport(const RunResults& results) {
  std::map<ResultKey, const v1::Envelope*> texts;
  for (std::size_t i = 0; i < results.folded.results.size(); ++i) {
    texts[KeyOf(results.folded.results[i])] = results.generations[i];
  }
  std::map<std::pair<std::string, std::string>, const v1::Sample*> samples;
  for (const v1::Suite& suite : results.run.record.suites()) {
    for (const v1::Sample& sample : suite.samples()) {
      samples[{suite.manifest().name(), sample.id()}] = &sample;
    }
  }
  ReportOptions options;
  options.prompt_of = [&](const v1::SampleResult& result) -> absl::StatusOr<std::string> {
    const auto found = samples.find({result.suite(), result.sample_id()});
    if (found == samples.end()) return NotFound("no such sample");
    return PromptText(*found->second);
  };
  options.reference_of = [&](const v1::SampleResult& result,
                             const std::string& id) -> std::string_view {
    const auto found = samples.find({result.suite(), result.sample_id()});
    if (found == samples.end()) return {};
    for (const v1::Document& document : found->second->references()) {
      if (document.id() == id) return document.text();
    }
    return {};
  };
  const auto text_of = [&](const v1::SampleResult& result) -> absl::StatusOr<std::string> {
    const auto found = texts.find(KeyOf(result));
    if (found == texts.end() || found->second == nullptr) return NotFound("no text");
    return found->second->generation().text();
  };
  return RenderHtmlReport(results.folded.summary, results.folded.results, text_of, options);
}

absl::StatusOr<std::optional<v1::Envelope>> EnvelopeOf(const StoredRun& run,
                                                       const std::string& unit_id) {
  const auto stored = run.units.find(unit_id);
  if (stored == run.units.end()) return std::optional<v1::Envelope>();
  return std::optional<v1::Envelope>(stored->second.envelope);
}

}  // namespace

absl::StatusOr<RunResults> LoadResults(const std::string& run_folder) {
  RunResults results;
  ASSAY_ASSIGN_OR_RETURN(results.run, LoadRun(run_folder));
  const StoredRun& run = results.run;
  FoldOptions options;
  options.revision = run.revision;
  if (!run.manifest.has_value()) options.state = "partial";
  ASSAY_ASSIGN_OR_RETURN(
      results.folded,
      FoldRun(
          run.record, ScorerNeedsCalls,
          [&run](const std::string& unit_id) { return EnvelopeOf(run, unit_id); }, options));
  std::vector<std::string> models;
  for (const v1::ModelSummary& model : results.folded.summary.models()) {
    if (std::find(models.begin(), models.end(), model.model()) == models.end()) {
      models.push_back(model.model());
    }
  }
  for (v1::ResultTable& table :
       BenchmarkTables(run.record.suites(), models, results.folded.results)) {
    *results.folded.summary.add_tables() = std::move(table);
  }
  ASSAY_ASSIGN_OR_RETURN(const auto generations, Generations(run));
  const TextFiles text_files(run.record);
  for (v1::SampleResult& result : results.folded.results) {
    const auto found =
        generations.find({result.suite(), result.sample_id(), result.model(), result.repeat()});
    const v1::Envelope* envelope = found == generations.end() ? nullptr : found->second;
    results.generations.push_back(envelope);
    if (envelope != nullptr && !envelope->generation().text().empty()) {
      result.set_text_file(text_files.PathOf(result));
    }
  }
  return results;
}

absl::Status ForEachResultFile(const RunResults& results, const ResultFileSink& file) {
  std::string lines;
  for (std::size_t i = 0; i < results.folded.results.size(); ++i) {
    const v1::SampleResult& result = results.folded.results[i];
    if (!result.text_file().empty()) {
      ASSAY_RETURN_IF_ERROR(file(result.text_file(), results.generations[i]->generation().text()));
    }
    lines += MessageToJson(result) + "\n";
  }
  ASSAY_RETURN_IF_ERROR(file("results.jsonl", lines));
  lines = std::string();  // the page is large enough
  ASSAY_RETURN_IF_ERROR(file("summary.json", MessageToPrettyJson(results.folded.summary)));
  return file("report.html", RenderReport(results));
}

absl::Status WriteResultFiles(const std::string& run_folder, const RunResults& results) {
  std::set<std::string> made;
  ASSAY_RETURN_IF_ERROR(ForEachResultFile(results, [&](const std::string& path,
                                                       std::string_view content) {
    const fs::path target = fs::path(run_folder) / path;
    std::error_code error;
    if (made.insert(target.parent_path().string()).second) {
      fs::create_directories(target.parent_path(), error);
    }
    if (error)
      return Unavailable("cannot create " + target.parent_path().string() + ": " + error.message());
    // Texts are pointed at by results.jsonl, which comes after them.
    const bool is_text = path.starts_with("texts/");
    return is_text ? WriteOnce(target.string(), content) : ReplaceFile(target.string(), content);
  }));
  ASSAY_FAILPOINT("run.results_written");
  return absl::OkStatus();
}

}  // namespace assay
