#include "coordinator/core/recovery.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/base/digest.h"
#include "common/base/log.h"
#include "coordinator/core/envelope_facts.h"
#include "coordinator/core/unit_table.h"

namespace assay {
namespace {

// Attempts of taken-over generations, which nobody was ever granted, have this nonce.
constexpr std::uint64_t kTakenNonce = 0x7ab3e00000000000;

std::string Prefix(std::string_view run_id, std::string_view what) {
  return "run/" + std::string(run_id) + "/" + std::string(what);
}

std::optional<int> ParseInt(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <typename Message>
absl::StatusOr<Message> Read(const BlobStore& blobs, const std::string& key) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, blobs.Get(key));
  Message message;
  if (!message.ParseFromString(bytes)) return DataLoss(key + ": not a record of its kind");
  return message;
}

// "<unit id>/<rest>" after a prefix.
struct UnitKey {
  UnitIndex unit = 0;
  std::string_view rest;
};
absl::StatusOr<UnitKey> ParseUnitKey(const RunPlan& plan, const std::string& key,
                                     std::size_t prefix) {
  const std::string_view tail = std::string_view(key).substr(prefix);
  const std::size_t slash = tail.find('/');
  const std::optional<UnitIndex> unit = plan.Find(tail.substr(0, slash));
  if (slash == std::string_view::npos || !unit.has_value()) {
    return DataLoss(key + ": no unit of this run");
  }
  return UnitKey{*unit, tail.substr(slash + 1)};
}

struct CommitsOfUnit {
  std::optional<v1::CommitRecord> newest;      // not older than the unit's opening
  std::optional<v1::CommitRecord> superseded;  // the newest one that is
};

class Recoverer {
 public:
  Recoverer(const RunPlan& plan, const BlobStore& blobs, const StoredUnits& stored,
            const EnvelopeVisitor& visit)
      : plan_(plan), blobs_(blobs), stored_(stored), visit_(visit) {}

  absl::StatusOr<RecoveredRun> Recover() {
    ASSAY_RETURN_IF_ERROR(ReadRevisions());
    ASSAY_RETURN_IF_ERROR(ReadCommits());
    ASSAY_RETURN_IF_ERROR(ListEnvelopes());
    for (auto& [unit, commits] : commits_) {
      if (!commits.newest.has_value()) continue;
      ASSAY_RETURN_IF_ERROR(Take(unit, *commits.newest));
    }
    for (const auto& [unit, attempts] : envelopes_) ASSAY_RETURN_IF_ERROR(Adopt(unit, attempts));
    ASSAY_RETURN_IF_ERROR(CheckEvidence());
    return std::move(run_);
  }

 private:
  absl::Status ReadRevisions() {
    const std::string prefix = Prefix(plan_.run_id(), "revision/");
    for (const BlobInfo& info : blobs_.List(prefix)) {
      ASSAY_ASSIGN_OR_RETURN(const auto record, Read<v1::RevisionRecord>(blobs_, info.key));
      if (RevisionKey(plan_.run_id(), record.revision()) != info.key) {
        return DataLoss(info.key + ": holds another revision");
      }
      run_.revision = std::max(run_.revision, record.revision());
      for (const std::string& id : record.reopened_unit_ids()) {
        const std::optional<UnitIndex> unit = plan_.Find(id);
        if (!unit.has_value()) return DataLoss(info.key + ": opens a unit that does not exist");
        int& opened = run_.opened_in[*unit];
        opened = std::max(opened, record.revision());
      }
    }
    const std::string terms = Prefix(plan_.run_id(), "term/");
    for (const BlobInfo& info : blobs_.List(terms)) {
      std::uint64_t epoch = 0;
      if (!absl::SimpleAtoi(info.key.substr(terms.size()), &epoch)) {
        return DataLoss(info.key + ": no epoch");
      }
      run_.last_epoch = std::max(run_.last_epoch, epoch);
    }
    run_.cancelled = !blobs_.List(CancelKey(plan_.run_id())).empty();
    run_.sealed = !blobs_.List(ManifestKey(plan_.run_id(), run_.revision)).empty();
    return absl::OkStatus();
  }

  absl::Status ReadCommits() {
    const std::string prefix = Prefix(plan_.run_id(), "commit/");
    for (const BlobInfo& info : blobs_.List(prefix)) {
      ASSAY_ASSIGN_OR_RETURN(const UnitKey key, ParseUnitKey(plan_, info.key, prefix.size()));
      ASSAY_ASSIGN_OR_RETURN(auto record, Read<v1::CommitRecord>(blobs_, info.key));
      if (record.unit_id() != plan_.IdOf(key.unit) ||
          CommitKey(plan_.run_id(), record.unit_id(), record.revision(), record.epoch()) !=
              info.key) {
        return DataLoss(info.key + ": holds the commit of another unit or revision");
      }
      run_.last_epoch = std::max<std::uint64_t>(run_.last_epoch, record.epoch());
      if (!Possible(key.unit, record)) continue;
      const auto opened = run_.opened_in.find(key.unit);
      const bool counts = opened == run_.opened_in.end() || record.revision() >= opened->second;
      CommitsOfUnit& commits = commits_[key.unit];
      std::optional<v1::CommitRecord>& slot = counts ? commits.newest : commits.superseded;
      if (!slot.has_value() || Rank(*slot) < Rank(record)) slot = std::move(record);
    }
    return absl::OkStatus();
  }

  static std::pair<int, std::uint64_t> Rank(const v1::CommitRecord& record) {
    return {record.revision(), record.epoch()};
  }

  const StoredUnit* StoredOf(UnitIndex unit) const {
    const auto found = stored_.find(unit);
    return found == stored_.end() ? nullptr : &found->second;
  }

  // False for a record of this revision that the store contradicts: a leader of the past wrote it
  // after its successor had looked, so that nobody was told of it.
  bool Possible(UnitIndex unit, const v1::CommitRecord& record) const {
    const StoredUnit* stored = StoredOf(unit);
    const std::optional<AttemptId> attempt = AttemptId::Parse(record.attempt());
    if (stored == nullptr || record.revision() < run_.revision || !attempt.has_value()) return true;
    if (!IsOpenState(stored->state)) {
      return record.state() == stored->state &&
             (record.state() == v1::UNIT_STATE_CANCELLED || *attempt == stored->attempt);
    }
    return attempt->n > stored->attempt.n || *attempt == stored->attempt;
  }

  absl::Status ListEnvelopes() {
    const std::string prefix = Prefix(plan_.run_id(), "envelope/");
    for (const BlobInfo& info : blobs_.List(prefix)) {
      ASSAY_ASSIGN_OR_RETURN(const UnitKey key, ParseUnitKey(plan_, info.key, prefix.size()));
      const std::optional<AttemptId> attempt = AttemptId::Parse(key.rest);
      if (!attempt.has_value()) return DataLoss(info.key + ": no attempt id");
      envelopes_[key.unit].push_back(*attempt);
      if (*attempt == kCancelledAttempt) continue;
      AttemptId& last = run_.last_attempt[key.unit];
      last = std::max(last, *attempt);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<v1::Envelope> ReadEnvelope(UnitIndex unit, const AttemptId& attempt,
                                            std::string* digest) {
    const std::string id = plan_.IdOf(unit);
    const std::string key = EnvelopeKey(plan_.run_id(), id, attempt);
    const absl::StatusOr<std::string> bytes = blobs_.Get(key);
    if (absl::IsNotFound(bytes.status())) return DataLoss(key + ": committed, but not stored");
    ASSAY_RETURN_IF_ERROR(bytes.status());
    v1::Envelope envelope;
    if (!envelope.ParseFromString(*bytes) || envelope.unit_id() != id ||
        envelope.attempt() != attempt.ToString()) {
      return DataLoss(key + ": not the envelope of this unit and attempt");
    }
    *digest = DigestOf(*bytes);
    return envelope;
  }

  absl::Status Take(UnitIndex unit, const v1::CommitRecord& commit) {
    const std::optional<AttemptId> attempt = AttemptId::Parse(commit.attempt());
    if (!attempt.has_value())
      return DataLoss("commit of unit " + plan_.IdOf(unit) + ": no attempt");
    std::string digest;
    ASSAY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ReadEnvelope(unit, *attempt, &digest));
    if (digest != commit.envelope_digest()) {
      return DataLoss(CommitKey(plan_.run_id(), plan_.IdOf(unit), commit.revision()) +
                      ": names an envelope of another digest");
    }
    run_.commits[unit] = {commit, OutcomeOf(envelope), false};
    if (visit_) visit_(unit, envelope);
    return absl::OkStatus();
  }

  // The lowest attempt newer than what an earlier revision committed. An envelope of a scoring is
  // left alone when the text it scored is not the one that counts.
  absl::Status Adopt(UnitIndex unit, std::vector<AttemptId> attempts) {
    const auto known = commits_.find(unit);
    if (known != commits_.end() && known->second.newest.has_value()) return absl::OkStatus();
    std::uint32_t floor = 0;
    if (known != commits_.end() && known->second.superseded.has_value()) {
      const auto old = AttemptId::Parse(known->second.superseded->attempt());
      if (old.has_value()) floor = old->n;
    }
    std::sort(attempts.begin(), attempts.end());
    if (const StoredUnit* stored = StoredOf(unit)) {
      attempts = Candidates(*stored, std::move(attempts));
    }
    for (const AttemptId& attempt : attempts) {
      if (attempt.n <= floor) continue;
      v1::CommitRecord commit;
      commit.set_unit_id(plan_.IdOf(unit));
      commit.set_attempt(attempt.ToString());
      ASSAY_ASSIGN_OR_RETURN(const v1::Envelope envelope,
                             ReadEnvelope(unit, attempt, commit.mutable_envelope_digest()));
      if (!ScoresWhatCounts(unit, envelope)) continue;
      commit.set_revision(run_.revision);
      commit.set_state(FinalStateOf(OutcomeOf(envelope)));
      run_.commits[unit] = {commit, OutcomeOf(envelope), true};
      if (visit_) visit_(unit, envelope);
      return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  // Newest first.
  static std::vector<AttemptId> Candidates(const StoredUnit& stored,
                                           std::vector<AttemptId> attempts) {
    std::erase_if(attempts, [&](const AttemptId& attempt) {
      if (attempt == stored.attempt) return stored.state == v1::UNIT_STATE_CANCELLED;
      return !IsOpenState(stored.state) || attempt.n <= stored.attempt.n ||
             attempt.n == kCancelledAttempt.n;
    });
    std::reverse(attempts.begin(), attempts.end());
    return attempts;
  }

  // Every unit that ended in the store has its evidence.
  absl::Status CheckEvidence() const {
    for (const auto& [unit, stored] : stored_) {
      if (IsOpenState(stored.state) || stored.state == v1::UNIT_STATE_CANCELLED) continue;
      if (run_.commits.count(unit) > 0) continue;
      return DataLoss(EnvelopeKey(plan_.run_id(), plan_.IdOf(unit), stored.attempt) +
                      ": the run store says that the unit ended with it, and it is not stored");
    }
    return absl::OkStatus();
  }

  bool ScoresWhatCounts(UnitIndex unit, const v1::Envelope& envelope) {
    const UnitIndex generation = plan_.GenerationOf(unit);
    if (generation == unit) return true;
    const auto upstream = run_.commits.find(generation);
    if (upstream == run_.commits.end()) return false;
    if (envelope.provenance().upstream_digest().empty()) return true;
    const auto attempt = AttemptId::Parse(upstream->second.commit.attempt());
    std::string digest;
    const auto text = ReadEnvelope(generation, *attempt, &digest);
    return text.ok() &&
           DigestOf(text->generation().text()) == envelope.provenance().upstream_digest();
  }

  const RunPlan& plan_;
  const BlobStore& blobs_;
  const StoredUnits& stored_;
  const EnvelopeVisitor& visit_;
  RecoveredRun run_;
  std::map<UnitIndex, CommitsOfUnit> commits_;
  std::map<UnitIndex, std::vector<AttemptId>> envelopes_;
};

}  // namespace

std::string RecordKey(std::string_view run_id) { return Prefix(run_id, "record"); }

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
  return Prefix(run_id, "journal/") + std::string(unit_id) + "/";
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
  return Prefix(run_id, "envelope/") + std::string(unit_id) + "/" + attempt.ToString();
}

std::string CommitKey(std::string_view run_id, std::string_view unit_id, int revision,
                      std::uint64_t epoch) {
  return Prefix(run_id, "commit/") + std::string(unit_id) + "/" + std::to_string(revision) +
         (epoch > 1 ? "." + std::to_string(epoch) : std::string());
}

absl::StatusOr<v1::CommitRecord> ReadCommit(const BlobStore& blobs, std::string_view run_id,
                                            std::string_view unit_id, int revision) {
  const std::string key = CommitKey(run_id, unit_id, revision);
  std::optional<v1::CommitRecord> newest;
  for (const BlobInfo& info : blobs.List(key)) {
    ASSAY_ASSIGN_OR_RETURN(auto record, Read<v1::CommitRecord>(blobs, info.key));
    if (CommitKey(run_id, unit_id, revision, record.epoch()) != info.key) continue;
    if (!newest.has_value() || newest->epoch() < record.epoch()) newest = std::move(record);
  }
  if (!newest.has_value()) return NotFound(key);
  return *std::move(newest);
}

std::string RevisionKey(std::string_view run_id, int revision) {
  return Prefix(run_id, "revision/") + std::to_string(revision);
}

std::string CancelKey(std::string_view run_id) { return Prefix(run_id, "cancelled"); }

std::string TermKey(std::string_view run_id, std::uint64_t epoch) {
  return Prefix(run_id, "term/") + std::to_string(epoch);
}

std::string JudgePausePrefix(std::string_view run_id, int revision) {
  return Prefix(run_id, "judge_pause/") + std::to_string(revision) + "/";
}

std::string JudgePauseKey(std::string_view run_id, int revision, int judge) {
  return JudgePausePrefix(run_id, revision) + std::to_string(judge);
}

std::string ManifestKey(std::string_view run_id, int revision) {
  return Prefix(run_id, "manifest/") + std::to_string(revision);
}

absl::StatusOr<RecoveredRun> RecoverRun(const RunPlan& plan, const BlobStore& blobs,
                                        const EnvelopeVisitor& visit, const StoredUnits& stored) {
  return Recoverer(plan, blobs, stored, visit).Recover();
}

absl::Status CheckAgainstManifest(const RunPlan& plan, const RecoveredRun& run,
                                  const BlobStore& blobs) {
  const std::string key = ManifestKey(plan.run_id(), run.revision);
  ASSAY_ASSIGN_OR_RETURN(const auto manifest, Read<v1::Manifest>(blobs, key));
  for (const v1::ManifestEntry& entry : manifest.entries()) {
    const std::optional<UnitIndex> unit = plan.Find(entry.unit_id());
    const auto found = unit.has_value() ? run.commits.find(*unit) : run.commits.end();
    if (found == run.commits.end() || found->second.commit.envelope_digest() != entry.digest()) {
      return DataLoss(key + ": the envelope of unit " + EscapeForTerminal(entry.unit_id()) +
                      " that it names is not the one that counts");
    }
  }
  if (run.commits.size() != static_cast<std::size_t>(manifest.entries_size())) {
    return DataLoss(key + ": it names " + std::to_string(manifest.entries_size()) + " envelopes, " +
                    std::to_string(run.commits.size()) + " count");
  }
  return absl::OkStatus();
}

std::span<const v1::Outcome> RetryableOutcomes() {
  static constexpr std::array kOutcomes = {v1::OUTCOME_FAILED, v1::OUTCOME_INFRA_LOST,
                                           v1::OUTCOME_UNJUDGED, v1::OUTCOME_QUARANTINED};
  return kOutcomes;
}

absl::StatusOr<v1::RevisionRecord> PlanReopen(const RunPlan& plan, const RecoveredRun& run,
                                              std::span<const v1::Outcome> outcomes) {
  if (run.cancelled) return FailedPrecondition("the run was cancelled");
  std::vector<UnitIndex> opened;
  for (const auto& [unit, recovered] : run.commits) {
    if (std::find(outcomes.begin(), outcomes.end(), recovered.outcome) == outcomes.end()) continue;
    opened.push_back(unit);
    for (const UnitIndex scoring : plan.ScoringsOf(unit)) {
      if (run.commits.count(scoring) > 0) opened.push_back(scoring);
    }
    for (const UnitIndex scoring : plan.PreparedBy(unit)) {
      if (run.commits.count(scoring) > 0) opened.push_back(scoring);
    }
  }
  if (opened.empty()) return NotFound("no unit ended in a way that can be tried again");
  std::sort(opened.begin(), opened.end());
  opened.erase(std::unique(opened.begin(), opened.end()), opened.end());
  v1::RevisionRecord record;
  record.set_revision(run.revision + 1);
  for (const UnitIndex unit : opened) record.add_reopened_unit_ids(plan.IdOf(unit));
  return record;
}

absl::StatusOr<TakenGenerations> TakeGenerations(const RunPlan& plan, const RunPlan& source,
                                                 const RecoveredRun& source_run,
                                                 const BlobStore& source_blobs) {
  std::map<std::string, UnitIndex> by_name;
  const auto name_of = [](const RunPlan& p, UnitIndex unit) {
    const StageRange& range = p.RangeOf(unit);
    return p.record().suites(range.suite).digest() + "\n" +
           p.record().spec().models(range.model).id() + ", " + p.SampleOf(unit).id() + ", repeat " +
           std::to_string(range.repeat);
  };
  for (const auto& [unit, recovered] : source_run.commits) {
    if (source.RangeOf(unit).kind == v1::UNIT_KIND_GENERATE) by_name[name_of(source, unit)] = unit;
  }
  TakenGenerations taken;
  for (UnitIndex unit = 0; unit < plan.unit_count(); ++unit) {
    const StageRange& range = plan.RangeOf(unit);
    if (range.kind != v1::UNIT_KIND_GENERATE) continue;
    // A probe is made anew, at no cost.
    if (plan.record().spec().models(range.model).has_probe()) continue;
    const std::string name = name_of(plan, unit);
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      taken.missing.push_back(name.substr(name.find('\n') + 1));
      continue;
    }
    const v1::CommitRecord& commit = source_run.commits.at(found->second).commit;
    const std::string key =
        EnvelopeKey(source.run_id(), commit.unit_id(), *AttemptId::Parse(commit.attempt()));
    ASSAY_ASSIGN_OR_RETURN(auto envelope, Read<v1::Envelope>(source_blobs, key));
    const AttemptId attempt{1, kTakenNonce};
    if (envelope.provenance().reused_from().empty()) {
      envelope.mutable_provenance()->set_reused_from(source.run_id());
    }
    envelope.set_run_id(plan.run_id());
    envelope.set_unit_id(plan.IdOf(unit));
    envelope.set_attempt(attempt.ToString());
    taken.envelopes.push_back(
        {EnvelopeKey(plan.run_id(), plan.IdOf(unit), attempt), envelope.SerializeAsString()});
  }
  return taken;
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
    ASSAY_ASSIGN_OR_RETURN(const auto envelope,
                           Read<v1::Envelope>(blobs, EnvelopeKey(plan.run_id(), id, *attempt)));
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
    ASSAY_ASSIGN_OR_RETURN(auto record, Read<v1::JournalRecord>(blobs, info.key));
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
