// What travels beside Sync: inputs, journals and envelopes.
#include <utility>

#include "common/agent/prompt_text.h"
#include "common/base/digest.h"
#include "common/base/failpoint.h"
#include "coordinator/core/coordinator_state.h"
#include "coordinator/core/envelope_facts.h"

namespace assay {
namespace {

const v1::Judge* JudgeOf(const v1::RunSpec& spec, int index) {
  return index < 0 ? nullptr : &spec.judges(index);
}

std::shared_ptr<const GeneratedText> TextIn(v1::Envelope envelope) {
  auto text = std::make_shared<GeneratedText>();
  text->text = std::move(*envelope.mutable_generation()->mutable_text());
  text->text_digest = DigestOf(text->text);
  text->outcome = envelope.outcome();
  text->truncated = envelope.generation().truncated();
  return text;
}

constexpr char kOtherReply[] = "another attempt journaled this call";

// Whether a call was journaled, by whatever attempt, with this reply. Aborted: with another one, or
// nobody can tell.
absl::StatusOr<bool> WasJournaled(const BlobStore& blobs, const std::string& key,
                                  const v1::JournalRecord& record) {
  const absl::StatusOr<std::string> bytes = blobs.Get(key);
  if (absl::IsNotFound(bytes.status())) return false;
  v1::JournalRecord stored;
  if (!bytes.ok() || !stored.ParseFromString(*bytes)) {
    return Aborted("the stored reply to this call cannot be read: " +
                   (bytes.ok() ? "not a journal record" : std::string(bytes.status().message())));
  }
  v1::JournalRecord sent = record;
  sent.clear_attempt();
  stored.clear_attempt();
  if (stored.SerializeAsString() != sent.SerializeAsString()) return Aborted(kOtherReply);
  return true;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const GeneratedText>> Coordinator::State::GeneratedTextOf(
    RunState& run, UnitIndex unit) {
  return TextOf(run, run.plan.GenerationOf(unit));
}

absl::StatusOr<std::shared_ptr<const GeneratedText>> Coordinator::State::TextOf(RunState& run,
                                                                                UnitIndex unit) {
  const std::string key =
      EnvelopeKey(run.plan.run_id(), run.plan.IdOf(unit), run.units[unit].attempt);
  if (std::shared_ptr<const GeneratedText> known = recent_texts.Find(key)) return known;
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, seams.blobs.Get(key));
  v1::Envelope envelope;
  if (!envelope.ParseFromString(bytes)) return DataLoss(key + ": not an envelope");
  std::shared_ptr<const GeneratedText> text = TextIn(std::move(envelope));
  recent_texts.Add(key, text);
  return text;
}

absl::StatusOr<v1::UnitInputs> Coordinator::State::InputsOf(RunState& run, UnitIndex unit) {
  const StageRange& range = run.plan.RangeOf(unit);
  const v1::RunSpec& spec = run.record->spec();
  v1::UnitInputs inputs;
  *inputs.mutable_unit() = run.plan.UnitOf(unit);
  *inputs.mutable_sample() = run.plan.SampleOf(unit);
  *inputs.mutable_model() = run.plan.ModelFor(range);
  if (const v1::Judge* judge = JudgeOf(spec, range.judge)) *inputs.mutable_judge() = *judge;
  for (const int i : range.scorers) {
    *inputs.add_scorers() = run.plan.ScorersOf(range.suite)[static_cast<std::size_t>(i)];
  }
  if (IsScoring(range.kind)) {
    ASSAY_ASSIGN_OR_RETURN(const auto generation, GeneratedTextOf(run, unit));
    inputs.set_text_digest(generation->text_digest);
    inputs.set_text(generation->text);
    inputs.set_generation_outcome(generation->outcome);
    inputs.set_truncated(generation->truncated);
  }
  if (const std::optional<UnitIndex> preparation = run.plan.PreparationOf(unit)) {
    ASSAY_ASSIGN_OR_RETURN(const auto prepared, TextOf(run, *preparation));
    inputs.set_preparation(prepared->text);
    inputs.set_preparation_outcome(prepared->outcome);
  }
  for (const v1::Endpoint& endpoint : spec.endpoints()) {
    if (endpoint.id() == range.endpoint) inputs.set_context_tokens(endpoint.context_tokens());
  }
  ASSAY_ASSIGN_OR_RETURN(const std::vector<v1::JournalRecord> journal,
                         ReadJournal(run.plan, unit, run.units[unit].opened_in, seams.blobs));
  for (const v1::JournalRecord& record : journal) *inputs.add_journal() = record;
  inputs.set_run_secret(run.record->run_secret());
  inputs.set_on_truncation(spec.on_truncation() == v1::ON_TRUNCATION_UNSPECIFIED
                               ? v1::ON_TRUNCATION_SCORE
                               : spec.on_truncation());
  inputs.set_prompt_text(PromptText(run.plan.SampleOf(unit)));
  return inputs;
}

absl::StatusOr<v1::UnitInputs> Coordinator::State::FetchInputs(
    const v1::FetchInputsRequest& request) {
  if (fenced) return Unavailable("not the leader");
  const auto [run, unit] = FindUnit(request.unit_id());
  if (run == nullptr) return NotFound("no such unit");
  const auto lease = run->leases.find(unit);
  if (lease == run->leases.end() || lease->second.attempt.ToString() != request.attempt()) {
    return Aborted("the attempt does not hold the unit");
  }
  // The next attempt must not miss what the one before is being told is kept.
  if (run->journaling.count(unit) > 0) {
    return Unavailable("replies of an earlier attempt are being stored");
  }
  return InputsOf(*run, unit);
}

void Coordinator::State::AppendJournal(v1::AppendJournalRequest request,
                                       Callback<absl::Status> done) {
  const auto answer = [this, &done](absl::Status status) {
    seams.executor.Post([done = std::move(done), status = std::move(status)]() mutable {
      std::move(done)(status);
    });
  };
  if (fenced) return answer(Unavailable("not the leader"));
  const auto [run, unit] = FindUnit(request.unit_id());
  if (run == nullptr) return answer(NotFound("no such unit"));
  const UnitCell& cell = run->units[unit];
  // An attempt whose lease ended and whose unit nobody else got may still save what it paid for.
  if (!IsOpenState(cell.unit_state()) || cell.attempt.none() ||
      cell.attempt.ToString() != request.attempt()) {
    return answer(Aborted("the attempt does not hold the unit"));
  }
  std::vector<BlobRecord> records;
  for (v1::JournalRecord& record : *request.mutable_records()) {
    if (record.call_hash().empty() ||
        record.call_hash().find_first_not_of("0123456789abcdef") != std::string::npos ||
        record.has_reply() == record.has_error()) {
      return answer(InvalidArgument("a journal record needs a call hash, and a reply or an error"));
    }
    BlobRecord blob{JournalKey(run->plan.run_id(), request.unit_id(), cell.opened_in, record), ""};
    const absl::StatusOr<bool> journaled = WasJournaled(seams.blobs, blob.key, record);
    if (!journaled.ok()) return answer(journaled.status());
    if (*journaled) continue;
    record.set_attempt(request.attempt());
    blob.value = record.SerializeAsString();
    records.push_back(std::move(blob));
  }
  if (request.records().empty()) return answer(absl::OkStatus());
  auto shared = std::make_shared<Callback<absl::Status>>(std::move(done));
  const auto confirm = [this, shared](const RunState& owned_run, UnitIndex of) {
    Confirm(owned_run.ShardKeyOf(of),
            [shared](const absl::Status& owned) { std::move (*shared)(owned); });
  };
  if (records.empty()) return confirm(*run, unit);
  ++run->journaling[unit];
  seams.blobs.Put(std::move(records),
                  [run = run, unit = unit, shared, confirm](absl::Status status) {
                    if (--run->journaling[unit] == 0) run->journaling.erase(unit);
                    if (absl::IsAlreadyExists(status)) status = Aborted(kOtherReply);
                    if (!status.ok()) return std::move(*shared)(status);
                    confirm(*run, unit);
                  });
}

void Coordinator::State::PutEnvelope(v1::Envelope envelope,
                                     Callback<absl::StatusOr<std::string>> done) {
  const auto answer = [this, &done](absl::StatusOr<std::string> digest) {
    seams.executor.Post([done = std::move(done), digest = std::move(digest)]() mutable {
      std::move(done)(std::move(digest));
    });
  };
  if (fenced) return answer(Unavailable("not the leader"));
  const auto [found, unit] = FindUnit(envelope.unit_id());
  if (found == nullptr) return answer(NotFound("no such unit"));
  RunState& run = *found;
  const std::optional<AttemptId> attempt = AttemptId::Parse(envelope.attempt());
  if (!attempt.has_value() || !run.EverGranted(unit, *attempt)) {
    return answer(Aborted("the attempt was never granted"));
  }
  if (OutcomeOf(envelope) == v1::OUTCOME_CANCELLED) {
    return answer(InvalidArgument("only the coordinator ends a unit as cancelled"));
  }
  auto text = std::make_shared<const GeneratedText>();
  if (IsScoring(run.plan.RangeOf(unit).kind)) {
    auto generation = GeneratedTextOf(run, unit);
    if (!generation.ok()) return answer(generation.status());
    text = *std::move(generation);
  }
  if (absl::Status status = CheckEnvelope(run.plan, unit, envelope, text->text); !status.ok()) {
    return answer(std::move(status));
  }
  FillProvenance(run.plan, unit, envelope);
  ASSAY_FAILPOINT("coordinator.envelope_verified");
  std::string bytes = envelope.SerializeAsString();
  std::string digest = DigestOf(bytes);
  const std::string key = EnvelopeKey(run.plan.run_id(), run.plan.IdOf(unit), *attempt);
  seams.blobs.Put(
      {{key, std::move(bytes)}},
      [this, &run, unit = unit, attempt = *attempt, key, envelope = std::move(envelope),
       digest = std::move(digest), done = std::move(done)](absl::Status status) mutable {
        if (absl::IsAlreadyExists(status)) {
          const absl::StatusOr<std::string> first = seams.blobs.Get(key);
          if (!first.ok()) return std::move(done)(first.status());
          return std::move(done)(DigestOf(*first));
        }
        if (!status.ok()) return std::move(done)(status);
        OnEnvelopeStored(run, unit, envelope, digest);
        std::move(done)(std::move(digest));
      });
}

void Coordinator::State::OnEnvelopeStored(RunState& run, UnitIndex unit,
                                          const v1::Envelope& envelope, std::string digest) {
  const UnitCell& cell = run.units[unit];
  const std::optional<AttemptId> attempt = AttemptId::Parse(envelope.attempt());
  if (!IsOpenState(cell.unit_state()) || cell.attempt != *attempt) return;
  run.undurable.try_emplace(unit, Now());
  run.stored[{unit, *attempt}] = FactsOf(run.plan, unit, envelope, std::move(digest));
  if (!IsScoring(run.plan.RangeOf(unit).kind)) {
    // It will be scored in a moment.
    recent_texts.Add(EnvelopeKey(run.plan.run_id(), run.plan.IdOf(unit), *attempt),
                     TextIn(envelope));
  }
}

}  // namespace assay
