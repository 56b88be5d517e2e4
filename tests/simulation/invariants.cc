#include "tests/simulation/invariants.h"

#include <utility>

#include "common/base/log.h"
#include "coordinator/core/envelope_facts.h"
#include "coordinator/core/fold.h"
#include "coordinator/core/recovery.h"
#include "judge/scorer_registry.h"

namespace assay {
namespace {

// The disk as one reader sees it that opens it now.
class DiskReader : public BlobStore {
 public:
  explicit DiskReader(const SimDisk& disk) : disk_(disk) {}
  void Put(std::vector<BlobRecord>, Callback<absl::Status>) override {}
  absl::StatusOr<std::string> Get(std::string_view key) const override {
    const auto found = disk_.records.find(key);
    if (found == disk_.records.end()) return NotFound(std::string(key));
    return *found->second.front().value;
  }
  std::vector<BlobInfo> List(std::string_view prefix) const override {
    std::vector<BlobInfo> infos;
    for (auto it = disk_.records.lower_bound(prefix); it != disk_.records.end(); ++it) {
      if (it->first.compare(0, prefix.size(), prefix) != 0) break;
      infos.push_back({it->first, "", it->second.front().value->size()});
    }
    return infos;
  }

 private:
  const SimDisk& disk_;
};

std::string TokenText(const LeaderToken& token) {
  return std::to_string(token.epoch) + ":" + token.nonce;
}

}  // namespace

Invariants::Invariants(SimLoop& loop, SimRunServer& server, SimDisk& disk, ScriptedLlm& llm,
                       const v1::RunRecord& record)
    : loop_(loop), server_(server), disk_(disk), llm_(llm), record_(record) {
  plan_.emplace(RunPlan::Make(record_, ScorerNeedsCalls).value());
}

void Invariants::Violated(const std::string& what) {
  if (violation_.has_value()) return;
  violation_ = what;
  loop_.Trace("", "VIOLATION " + what);
}

std::optional<UnitIndex> Invariants::UnitAt(const UnitAddress& address) const {
  for (const StageRange& range : plan_->ranges()) {
    const std::int32_t at = address.sample_index - range.first_sample;
    if (range.stage == address.stage && at >= 0 && at < range.samples) {
      return range.first + static_cast<UnitIndex>(at);
    }
  }
  return std::nullopt;
}

std::optional<v1::Envelope> Invariants::EnvelopeOnDisk(UnitIndex unit,
                                                       const std::string& attempt) const {
  const auto found = disk_.records.find(
      EnvelopeKey(record_.run_id(), plan_->IdOf(unit), *AttemptId::Parse(attempt)));
  if (found == disk_.records.end()) return std::nullopt;
  v1::Envelope envelope;
  envelope.ParseFromString(*found->second.front().value);
  return envelope;
}

void Invariants::OnApplied(const Transition& transition, const StoreReply& reply, bool again) {
  CheckOwner(transition);
  // What is sent again ends with the cancel.
  if (!again) CheckNoGrantAfterCancel(transition, reply);
  CheckEvidence(transition, reply);
}

// I7: once a leader has taken a run over, no other one has any effect.
void Invariants::CheckOwner(const Transition& transition) {
  const LeaderToken& token =
      std::visit([](const auto& t) -> const LeaderToken& { return t.leader; }, transition);
  const bool stale =
      token.epoch < leader_.epoch || (token.epoch == leader_.epoch && token.nonce != leader_.nonce);
  if (leader_.epoch > 0 && stale && !wiped_) {
    Violated("I7: a transition of leader " + TokenText(token) + " was applied after " +
             TokenText(leader_) + " had taken over");
  }
}

void Invariants::CheckNoGrantAfterCancel(const Transition& transition, const StoreReply& reply) {
  if (!cancelled_ || !std::holds_alternative<GrantUnits>(transition)) return;
  const auto& grants = std::get<GrantUnits>(transition).grants;
  for (std::size_t i = 0; i < reply.units.size(); ++i) {
    const auto unit = UnitAt(grants[i].unit);
    // A leader that brings the store up to a result that was there before grants it to itself.
    const bool known = unit && EnvelopeOnDisk(*unit, grants[i].attempt.ToString()).has_value();
    if (reply.units[i] == StoreCode::kOk && !known) {
      Violated("a unit was granted after the cancel was acknowledged");
    }
  }
}

// I4: whatever the store points at is on the disk, with the journal that it was made from.
void Invariants::CheckEvidence(const Transition& transition, const StoreReply& reply) {
  if (reply.code != StoreCode::kOk) return;
  UnitAddress address;
  AttemptId attempt;
  if (const auto* commit = std::get_if<CommitUnit>(&transition)) {
    address = commit->unit;
    attempt = commit->attempt;
  } else if (const auto* fail = std::get_if<FailUnit>(&transition)) {
    address = fail->unit;
    attempt = fail->attempt;
  } else {
    return;
  }
  const auto unit = UnitAt(address);
  if (!unit.has_value()) return Violated("a transition of a unit that does not exist");
  const auto envelope = EnvelopeOnDisk(*unit, attempt.ToString());
  if (!envelope.has_value()) {
    return Violated("I4: unit " + address.stage + "/" + std::to_string(address.sample_index) +
                    " was committed before its envelope was durable");
  }
  const std::string prefix = JournalPrefix(record_.run_id(), plan_->IdOf(*unit));
  int journaled = 0;
  for (auto it = disk_.records.lower_bound(prefix);
       it != disk_.records.end() && it->first.starts_with(prefix); ++it) {
    ++journaled;
  }
  if (envelope->calls() > journaled) {
    Violated("I9: a result rests on " + std::to_string(envelope->calls()) + " calls, of which " +
             std::to_string(journaled) + " are journaled");
  }
}

void Invariants::OnDurable(const std::string& key, const std::string& value) {
  const auto& values = disk_.records.at(key);
  if (values.size() < 2) return;
  // Two attempts may have made the same call; the first reply that is found counts.
  if (key.find("/journal/") != std::string::npos || key.ends_with("/cancelled")) return;
  (void)value;
  Violated("I5: two writers stored " + key + " with different values");
}

void Invariants::OnSettled(const v1::SyncRequest& request, const v1::SyncResponse& response) {
  std::map<std::string, const v1::FinishedAttempt*> finished;
  for (const v1::FinishedAttempt& attempt : request.finished()) {
    finished[attempt.attempt()] = &attempt;
  }
  for (const v1::SettledAttempt& settled : response.settled()) {
    const auto found = finished.find(settled.attempt());
    if (loop_.tracing()) {
      loop_.Trace(request.agent_id(),
                  "settled " + settled.attempt() + " " + v1::Settlement_Name(settled.settlement()));
    }
    if (found == finished.end() || !settled.durable()) continue;
    if (settled.settlement() != v1::SETTLEMENT_OK &&
        settled.settlement() != v1::SETTLEMENT_DUPLICATE) {
      continue;
    }
    const std::string& digest = found->second->envelope_digest();
    if (digest.empty()) continue;
    const auto [known, added] = acknowledged_.try_emplace(found->second->unit_id(), digest);
    if (!added && known->second != digest) {
      Violated("I2: two results of unit " + known->first + " were acknowledged");
    }
  }
}

void Invariants::OnJournaled(const v1::AppendJournalRequest& request) {
  for (const v1::JournalRecord& record : request.records()) {
    journaled_.insert(record.call_hash());
  }
}

void Invariants::OnLeads(const LeaderToken& token) {
  if (leader_.epoch == token.epoch && leader_.nonce != token.nonce && !wiped_) {
    Violated("I7: two leaders of epoch " + std::to_string(token.epoch));
  }
  if (token.epoch > leader_.epoch) leader_ = token;
}

// Tokens are gone too; what may not happen then either is what I2, I5 and I6 are about.
void Invariants::OnWiped() { wiped_ = true; }

void Invariants::OnPaused(PauseReason reason, const std::string& detail) {
  if (reason == PauseReason::kIntegrity)
    Violated("I3: the run was paused for integrity: " + detail);
}

void Invariants::OnSealed(const SealedRun& sealed) {
  if (root_.has_value() && *root_ != sealed.manifest_root) {
    Violated("I5: the run was sealed twice, with different roots");
  }
  root_ = sealed.manifest_root;
}

void Invariants::OnLimits(const std::string& agent, const v1::SyncResponse& response) {
  for (const v1::EndpointLimit& limit : response.limits()) {
    waits_[agent][limit.endpoint()] = {
        loop_.now(), loop_.now() + absl::Milliseconds(limit.not_before_ms()) * 0.97};
  }
}

void Invariants::OnCall(const std::string& endpoint, const std::string& agent,
                        const std::string& body) {
  const Wait wait = waits_[agent][endpoint];
  // A call that was let through at the same instant is on its way.
  if (loop_.now() < wait.until && loop_.now() > wait.told + absl::Milliseconds(1)) {
    Violated("an agent called endpoint " + endpoint + " before Retry-After had passed");
  }
  v1::Call call;
  call.mutable_llm();
  for (int attempt = 0; attempt < 6; ++attempt) {
    call.mutable_draw()->set_try_(attempt);
    // A leader that does not know that it was deposed renews leases: docs/simulation.md.
    if (!two_believers && journaled_.count(CallHash(call, body)) > 0) {
      Violated("I9: a call whose reply was journaled is made again");
    }
  }
  if (!calm) return;
  for (const v1::Endpoint& known : record_.spec().endpoints()) {
    if (llm_.in_flight[known.id()] > known.max_in_flight()) {
      Violated("more calls at endpoint " + known.id() + " than it may have");
    }
  }
}

// I1: every unit is in exactly one state.
void Invariants::CheckProgress(const RunProgress& progress) {
  const std::int64_t total =
      progress.generations.total + progress.rule_scorings.total + progress.judged_scorings.total;
  if (total != static_cast<std::int64_t>(plan_->unit_count())) Violated("I1: units were lost");
  for (const UnitCounts* counts :
       {&progress.generations, &progress.rule_scorings, &progress.judged_scorings}) {
    if (counts->total != counts->open() + counts->ended()) Violated("I1: states do not add up");
  }
}

// I1 and I3 in the store: counts add up, and the sums are those of the results that it points at.
void Invariants::CheckStore() {
  for (const ShardKey& key : server_.List(record_.run_id())) {
    const absl::StatusOr<ShardView> view = server_.Read(key);
    if (!view.ok()) continue;
    const ShardCounts& c = view->counts;
    if (c.total != c.open() + c.done + c.failed + c.quarantined + c.cancelled) {
      Violated("I1: the store's states do not add up");
    }
    IntegerSums sums;
    for (const StoredUnitState& stored : view->units) {
      const auto unit = UnitAt(stored.unit);
      if (!unit.has_value()) return Violated("the store has a unit that does not exist");
      const UnitIndex generation = plan_->GenerationOf(*unit);
      if (generation != *unit && stored.state != v1::UNIT_STATE_BLOCKED &&
          stored.state != v1::UNIT_STATE_CANCELLED) {
        for (const StoredUnitState& upstream : view->units) {
          if (UnitAt(upstream.unit) != generation) continue;
          if (upstream.state == v1::UNIT_STATE_BLOCKED || upstream.state == v1::UNIT_STATE_QUEUED ||
              upstream.state == v1::UNIT_STATE_LEASED) {
            Violated("a scoring is open to agents before its generation has ended");
          }
        }
      }
      if (stored.state != v1::UNIT_STATE_DONE) continue;
      const auto envelope = EnvelopeOnDisk(*unit, stored.attempt.ToString());
      if (!envelope.has_value()) return Violated("I4: the store points at what is not stored");
      for (const auto& [name, value] : LiveSumsOf(*plan_, *unit, *envelope)) sums[name] += value;
    }
    if (sums != view->sums) Violated("I3: the store's sums are not those of its results");
  }
}

std::string Invariants::Results() {
  const DiskReader disk(disk_);
  std::map<std::string, v1::Envelope> envelopes;
  const auto recovered =
      RecoverRun(*plan_, disk, [&](UnitIndex unit, const v1::Envelope& envelope) {
        envelopes[plan_->IdOf(unit)] = envelope;
      });
  if (!recovered.ok()) {
    Violated("I6: the run cannot be rebuilt: " + std::string(recovered.status().message()));
    return "";
  }
  auto folded = FoldRun(record_, ScorerNeedsCalls, envelopes);
  if (!folded.ok()) {
    Violated("the results cannot be folded: " + std::string(folded.status().message()));
    return "";
  }
  return CanonicalResults(folded->results);
}

void Invariants::CheckEnd(const std::string& expected) {
  const DiskReader disk(disk_);
  v1::Manifest manifest;
  const auto bytes = disk.Get(ManifestKey(record_.run_id(), 0));
  if (!bytes.ok() || !manifest.ParseFromString(*bytes)) return Violated("I8: no manifest");
  if (manifest.entries_size() != static_cast<int>(plan_->unit_count())) {
    Violated("I1: the manifest does not have every unit");
  }
  // I2, I6: what was acknowledged is what was published, and what a rebuild from blobs finds.
  for (const v1::ManifestEntry& entry : manifest.entries()) {
    const auto known = acknowledged_.find(entry.unit_id());
    if (known != acknowledged_.end() && known->second != entry.digest()) {
      Violated("I2: the acknowledged result of unit " + entry.unit_id() + " was replaced");
    }
    const auto commit = ReadCommit(disk, record_.run_id(), entry.unit_id(), 0);
    if (!commit.ok() || commit->envelope_digest() != entry.digest()) {
      Violated("I5: the commit record of unit " + entry.unit_id() + " is not what was published");
    }
  }
  const std::string results = Results();
  if (!expected.empty() && results != expected) {
    std::size_t at = 0;
    while (at < results.size() && at < expected.size() && results[at] == expected[at]) ++at;
    const std::size_t begin = at < 60 ? 0 : at - 60;
    Violated("the results differ from those of an undisturbed run: \"" +
             EscapeForTerminal(results.substr(begin, 120), 200) + "\" instead of \"" +
             EscapeForTerminal(expected.substr(begin, 120), 200) + "\"");
  }
  CheckStore();
}

}  // namespace assay
