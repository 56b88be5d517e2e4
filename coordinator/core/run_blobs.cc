#include "coordinator/core/run_blobs.h"

#include <charconv>
#include <map>
#include <utility>

#include "coordinator/core/envelope_facts.h"

namespace assay {
std::string RunKey(std::string_view run_id, std::string_view what) {
  return "run/" + std::string(run_id) + "/" + std::string(what);
}

std::optional<int> ParseInt(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string RecordKey(std::string_view run_id) { return RunKey(run_id, "record"); }

std::vector<std::string> StoredRunIds(const BlobStore& blobs) {
  constexpr std::string_view kRunPrefix = "run/";
  constexpr std::string_view kRecordSuffix = "/record";
  std::vector<std::string> ids;
  for (const BlobInfo& info : blobs.List(kRunPrefix)) {
    const std::string_view key = info.key;
    if (!key.ends_with(kRecordSuffix) || key.size() <= kRunPrefix.size() + kRecordSuffix.size()) {
      continue;
    }
    const std::string id(
        key.substr(kRunPrefix.size(), key.size() - kRunPrefix.size() - kRecordSuffix.size()));
    if (RecordKey(id) == key && id.find('/') == std::string::npos) ids.push_back(id);
  }
  return ids;
}

std::string JournalPrefix(std::string_view run_id, std::string_view unit_id) {
  return RunKey(run_id, "journal/") + std::string(unit_id) + "/";
}

std::string JournalKey(std::string_view run_id, std::string_view unit_id, int revision,
                       const v1::JournalRecord& record) {
  return JournalPrefix(run_id, unit_id) +
         (revision > 0 ? "r" + std::to_string(revision) + "/" : std::string()) +
         record.call_hash() + "." + std::to_string(record.draw().repeat()) + "." +
         std::to_string(record.draw().try_());
}

std::string EnvelopeKey(std::string_view run_id, std::string_view unit_id,
                        const AttemptId& attempt) {
  return RunKey(run_id, "envelope/") + std::string(unit_id) + "/" + attempt.ToString();
}

std::string CommitKey(std::string_view run_id, std::string_view unit_id, int revision,
                      std::uint64_t epoch) {
  return RunKey(run_id, "commit/") + std::string(unit_id) + "/" + std::to_string(revision) +
         (epoch > 1 ? "." + std::to_string(epoch) : std::string());
}

absl::StatusOr<v1::CommitRecord> ReadCommit(const BlobStore& blobs, std::string_view run_id,
                                            std::string_view unit_id, int revision) {
  const std::string key = CommitKey(run_id, unit_id, revision);
  std::optional<v1::CommitRecord> newest;
  for (const BlobInfo& info : blobs.List(key)) {
    ASSAY_ASSIGN_OR_RETURN(auto record, ReadRecord<v1::CommitRecord>(blobs, info.key));
    if (CommitKey(run_id, unit_id, revision, record.epoch()) != info.key) continue;
    if (!newest.has_value() || newest->epoch() < record.epoch()) newest = std::move(record);
  }
  if (!newest.has_value()) return NotFound(key);
  return *std::move(newest);
}

std::string RevisionKey(std::string_view run_id, int revision) {
  return RunKey(run_id, "revision/") + std::to_string(revision);
}

std::string CancelKey(std::string_view run_id) { return RunKey(run_id, "cancelled"); }

std::string TermKey(std::string_view run_id, std::uint64_t epoch) {
  return RunKey(run_id, "term/") + std::to_string(epoch);
}

std::string JudgePausePrefix(std::string_view run_id, int revision) {
  return RunKey(run_id, "judge_pause/") + std::to_string(revision) + "/";
}

std::string JudgePauseKey(std::string_view run_id, int revision, int judge) {
  return JudgePausePrefix(run_id, revision) + std::to_string(judge);
}

std::string ManifestKey(std::string_view run_id, int revision) {
  return RunKey(run_id, "manifest/") + std::to_string(revision);
}

absl::StatusOr<std::vector<v1::JournalRecord>> ReadJournal(const RunPlan& plan, UnitIndex unit,
                                                           int revision, const BlobStore& blobs) {
  const std::string id = plan.IdOf(unit);
  const std::string prefix = JournalPrefix(plan.run_id(), id);
  struct Found {
    int revision = 0;
    v1::JournalRecord record;
  };
  std::map<std::string, Found> by_call;
  // The newest revision whose replies are not to be used again.
  int spoilt = -1;
  for (int r = 0; r < revision; ++r) {
    const auto commit = ReadCommit(blobs, plan.run_id(), id, r);
    if (absl::IsNotFound(commit.status())) continue;
    ASSAY_RETURN_IF_ERROR(commit.status());
    const auto attempt = AttemptId::Parse(commit->attempt());
    if (!attempt.has_value()) return DataLoss("commit of unit " + id + ": no attempt");
    ASSAY_ASSIGN_OR_RETURN(
        const auto envelope,
        ReadRecord<v1::Envelope>(blobs, EnvelopeKey(plan.run_id(), id, *attempt)));
    if (OutcomeOf(envelope) == v1::OUTCOME_UNJUDGED) spoilt = r;
  }
  for (const BlobInfo& info : blobs.List(prefix)) {
    std::string_view tail = std::string_view(info.key).substr(prefix.size());
    int of_revision = 0;
    const std::size_t slash = tail.find('/');
    if (slash != std::string_view::npos) {
      const std::optional<int> parsed =
          tail[0] == 'r' ? ParseInt(tail.substr(1, slash - 1)) : std::nullopt;
      if (!parsed.has_value()) return DataLoss(info.key + ": no revision");
      of_revision = *parsed;
      tail = tail.substr(slash + 1);
    }
    if (of_revision <= spoilt) continue;
    ASSAY_ASSIGN_OR_RETURN(auto record, ReadRecord<v1::JournalRecord>(blobs, info.key));
    if (of_revision < revision && record.has_error()) continue;
    Found& found = by_call[std::string(tail)];
    if (found.record.call_hash().empty() || of_revision > found.revision) {
      found = {of_revision, std::move(record)};
    }
  }
  std::vector<v1::JournalRecord> records;
  for (auto& [call, found] : by_call) records.push_back(std::move(found.record));
  return records;
}

}  // namespace assay
