#include "coordinator/core/recovery.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/base/digest.h"
#include "common/base/log.h"
#include "coordinator/core/envelope_facts.h"
#include "coordinator/core/unit_table.h"

namespace assay {
namespace {

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
    const std::string prefix = RunKey(plan_.run_id(), "revision/");
    for (const BlobInfo& info : blobs_.List(prefix)) {
      ASSAY_ASSIGN_OR_RETURN(const auto record, ReadRecord<v1::RevisionRecord>(blobs_, info.key));
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
    const std::string terms = RunKey(plan_.run_id(), "term/");
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
    const std::string prefix = RunKey(plan_.run_id(), "commit/");
    for (const BlobInfo& info : blobs_.List(prefix)) {
      ASSAY_ASSIGN_OR_RETURN(const UnitKey key, ParseUnitKey(plan_, info.key, prefix.size()));
      ASSAY_ASSIGN_OR_RETURN(auto record, ReadRecord<v1::CommitRecord>(blobs_, info.key));
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
    const std::string prefix = RunKey(plan_.run_id(), "envelope/");
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

absl::StatusOr<RecoveredRun> RecoverRun(const RunPlan& plan, const BlobStore& blobs,
                                        const EnvelopeVisitor& visit, const StoredUnits& stored) {
  return Recoverer(plan, blobs, stored, visit).Recover();
}

absl::Status CheckAgainstManifest(const RunPlan& plan, const RecoveredRun& run,
                                  const BlobStore& blobs) {
  const std::string key = ManifestKey(plan.run_id(), run.revision);
  ASSAY_ASSIGN_OR_RETURN(const auto manifest, ReadRecord<v1::Manifest>(blobs, key));
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

}  // namespace assay
