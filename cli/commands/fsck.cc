#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "cli/commands/verbs.h"
#include "cli/embedded/stored_run.h"
#include "cli/results/run_folder.h"
#include "cli/results/run_results.h"
#include "common/base/digest.h"
#include "common/blob/segment_blob_store.h"
#include "common/config/regular_file.h"
#include "common/json/json.h"
#include "common/runtime/asio_executor.h"
#include "coordinator/core/recovery.h"
#include "coordinator/core/run_plan.h"
#include "judge/scorer_registry.h"

namespace assay {
namespace {

constexpr std::size_t kResultFileBytesMax = std::size_t{4} << 30;

// docs/segment_format.md, manifest. Written out again here: a checker that shares the writer's code
// would share its mistakes.
std::string ManifestRoot(const v1::Manifest& manifest) {
  FieldHasher hasher("assay.manifest.v1");
  for (const v1::ManifestEntry& entry : manifest.entries()) {
    hasher.Add(entry.unit_id()).Add(entry.digest());
  }
  return "sha256:" + hasher.FinishHex();
}

// Collects problems and remarks, in the order in which they are found.
class Checker {
 public:
  explicit Checker(std::string folder) : folder_(std::move(folder)) {}

  void Run();

  const std::vector<std::string>& problems() const { return problems_; }
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  void CheckSegments();
  void CheckRecords(const v1::RunRecord& record);
  void CheckJournals(const RunPlan& plan, const BlobStore& blobs);
  void CheckManifest(const RunPlan& plan, const RecoveredRun& recovered, const BlobStore& blobs);
  void CheckFigures(const RunResults& results);
  void CheckFiles(const RunResults& results);
  void CheckSum(const std::string& what, std::int64_t expected, std::int64_t counted);

  void Problem(const std::string& text) { problems_.push_back(text); }
  void Problem(const std::string& where, const absl::Status& status) {
    if (!status.ok()) Problem(where + ": " + std::string(MessageOf(status)));
  }

  std::string folder_;
  std::vector<std::string> problems_;
  std::vector<std::string> remarks_;
};

void Checker::CheckSegments() {
  const absl::StatusOr<SegmentReport> report = VerifySegments(StoreDir(folder_));
  if (!report.ok()) return Problem("segments", report.status());
  for (const SegmentProblem& problem : report->problems) {
    if (problem.loses_data()) {
      Problem(Describe(problem));
    } else {
      remarks_.push_back(Describe(problem) + " (left by a crash; nothing was acknowledged)");
    }
  }
  remarks_.push_back(absl::StrCat(report->segments, " segments, ", report->records, " records, ",
                                  report->stored_bytes, " bytes"));
}

// Every reply is paid for once: a call that stands twice in a unit's journal was made twice.
void Checker::CheckJournals(const RunPlan& plan, const BlobStore& blobs) {
  std::int64_t calls = 0;
  std::int64_t duplicates = 0;
  for (UnitIndex unit = 0; unit < plan.unit_count(); ++unit) {
    const std::string prefix = JournalPrefix(plan.run_id(), plan.IdOf(unit));
    std::set<std::string> seen;
    for (const BlobInfo& info : blobs.List(prefix)) {
      ++calls;
      v1::JournalRecord record;
      const absl::StatusOr<std::string> bytes = blobs.Get(info.key);
      if (!bytes.ok() || !record.ParseFromString(*bytes)) {
        Problem(info.key + ": not a journal record that can be read");
        continue;
      }
      const std::string call =
          absl::StrCat(record.call_hash(), ".", record.draw().repeat(), ".", record.draw().try_());
      if (record.has_reply() && !seen.insert(call).second) ++duplicates;
    }
  }
  remarks_.push_back(absl::StrCat(calls, " journaled calls, ", duplicates, " made twice"));
}

void Checker::CheckManifest(const RunPlan& plan, const RecoveredRun& recovered,
                            const BlobStore& blobs) {
  if (!recovered.sealed) {
    remarks_.push_back("the run has not ended: there is no manifest yet");
    return;
  }
  v1::Manifest manifest;
  const auto bytes = blobs.Get(ManifestKey(plan.run_id(), recovered.revision));
  if (!bytes.ok()) return Problem("manifest", bytes.status());
  if (!manifest.ParseFromString(*bytes)) return Problem("manifest: cannot be read");
  std::map<std::string, std::string> committed;
  for (const auto& [unit, commit] : recovered.commits) {
    committed[plan.IdOf(unit)] = commit.commit.envelope_digest();
  }
  std::map<std::string, std::string> listed;
  for (const v1::ManifestEntry& entry : manifest.entries()) {
    listed[entry.unit_id()] = entry.digest();
  }
  if (listed != committed) {
    Problem(absl::StrCat("manifest: its ", listed.size(), " envelopes are not the ",
                         committed.size(), " that are committed"));
  }
  if (ManifestRoot(manifest) != manifest.root()) {
    Problem("manifest: the root is not that of its entries");
  }
}

void Checker::CheckRecords(const v1::RunRecord& record) {
  const absl::StatusOr<RunPlan> plan = RunPlan::Make(record, ScorerNeedsCalls);
  if (!plan.ok()) return Problem("run record", plan.status());
  AsioExecutor executor;
  SegmentStoreOptions options;
  options.directory = StoreDir(folder_);
  options.read_only = true;
  const auto blobs = SegmentBlobStore::Open(options, &executor);
  if (!blobs.ok()) return Problem("store", blobs.status());
  const absl::StatusOr<RecoveredRun> recovered = RecoverRun(*plan, **blobs);
  if (!recovered.ok()) return Problem("records", recovered.status());
  remarks_.push_back(
      absl::StrCat(recovered->commits.size(), " of ", plan->unit_count(), " units have ended"));
  if (recovered->sealed && recovered->commits.size() != plan->unit_count()) {
    Problem(absl::StrCat("sealed with ", recovered->commits.size(), " of ", plan->unit_count(),
                         " units ended"));
  }
  CheckJournals(*plan, **blobs);
  CheckManifest(*plan, *recovered, **blobs);
}

void Checker::CheckSum(const std::string& what, std::int64_t expected, std::int64_t counted) {
  if (expected == counted) return;
  Problem(absl::StrCat(what, ": the outcomes add up to ", counted, ", not to ", expected));
}

void Checker::CheckFigures(const RunResults& results) {
  for (const v1::ModelSummary& model : results.folded.summary.models()) {
    const std::string where = model.suite() + ", " + model.model();
    std::int64_t sum = 0;
    for (const v1::OutcomeCount& count : model.outcomes()) sum += count.count();
    CheckSum(where, model.expected(), sum);
    for (const v1::ScorerSummary& scorer : model.scorers()) {
      sum = 0;
      for (const v1::OutcomeCount& count : scorer.outcomes()) sum += count.count();
      CheckSum(where + ", " + scorer.scorer(), model.expected(), sum);
    }
  }
  for (std::size_t i = 0; i < results.generations.size(); ++i) {
    const v1::SampleResult& result = results.folded.results[i];
    if (result.text_file().empty()) continue;
    if (DigestOf(results.generations[i]->generation().text()) != result.text_digest()) {
      Problem(result.sample_id() + ", " + result.model() + ": the text is not the one scored");
    }
  }
}

void Checker::CheckFiles(const RunResults& results) {
  const bool written = std::filesystem::exists(folder_ + "/summary.json");
  if (!written) {
    remarks_.push_back("the result files are not written yet");
    return;
  }
  const absl::Status compared =
      ForEachResultFile(results, [&](const std::string& path, std::string_view content) {
        const auto stored = ReadRegularFile(folder_ + "/" + path, kResultFileBytesMax);
        if (!stored.ok()) {
          Problem(path, stored.status());
        } else if (*stored != content) {
          Problem(path + ": differs from what the store says; `assay report` writes it anew");
        }
        return absl::OkStatus();
      });
  Problem("result files", compared);
}

void Checker::Run() {
  CheckSegments();
  const absl::StatusOr<RunResults> results = LoadResults(folder_);
  if (!results.ok()) {
    Problem("run", results.status());
    return;
  }
  CheckRecords(results->run.record);
  CheckFigures(*results);
  if (results->run.manifest.has_value()) CheckFiles(*results);
}

}  // namespace

int FsckCommand(const CliContext& context, const FsckVerb& verb) {
  context.console->UseJson(verb.json);
  const absl::StatusOr<std::string> folder = FindRunFolder(verb.location);
  if (!folder.ok()) return Fail(context, "fsck", folder.status());
  Checker checker(*folder);
  checker.Run();
  for (const std::string& remark : checker.remarks()) context.console->Say("  " + remark + "\n");
  for (const std::string& problem : checker.problems()) {
    context.console->Say("PROBLEM " + problem + "\n");
  }
  const bool clean = checker.problems().empty();
  context.console->Say(
      RunIdOf(*folder) + ": " +
      (clean ? "clean\n" : std::to_string(checker.problems().size()) + " problems\n"));
  context.console->Record(DumpJson(OrderedJson{{"record", "fsck"},
                                               {"run_id", RunIdOf(*folder)},
                                               {"clean", clean},
                                               {"problems", checker.problems()},
                                               {"remarks", checker.remarks()}}));
  return clean ? kExitOk : kExitLosses;
}

}  // namespace assay
