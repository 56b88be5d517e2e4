#include "coordinator/core/envelope_facts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "common/base/digest.h"
#include "common/base/log.h"
#include "common/base/version.h"

namespace assay {
namespace {

constexpr unsigned char kRecordVersion = 1;
constexpr std::string_view kDigestPrefix = "sha256:";

bool IsError(v1::Outcome outcome) {
  return outcome == v1::OUTCOME_FAILED || outcome == v1::OUTCOME_QUARANTINED ||
         outcome == v1::OUTCOME_INFRA_LOST || outcome == v1::OUTCOME_CANCELLED;
}

bool IsGenerationOutcome(v1::Outcome outcome) {
  return outcome == v1::OUTCOME_GENERATED || outcome == v1::OUTCOME_REFUSED ||
         outcome == v1::OUTCOME_EMPTY || outcome == v1::OUTCOME_TOO_SLOW || IsError(outcome);
}

bool IsScoringOutcome(v1::Outcome outcome) {
  return outcome == v1::OUTCOME_SCORED || outcome == v1::OUTCOME_UNJUDGED ||
         outcome == v1::OUTCOME_NO_EVIDENCE || outcome == v1::OUTCOME_NOT_APPLICABLE ||
         IsError(outcome);
}

int Badness(v1::Outcome outcome) {
  constexpr std::array kFromWorst = {v1::OUTCOME_QUARANTINED,    v1::OUTCOME_FAILED,
                                     v1::OUTCOME_INFRA_LOST,     v1::OUTCOME_UNJUDGED,
                                     v1::OUTCOME_CANCELLED,      v1::OUTCOME_NO_EVIDENCE,
                                     v1::OUTCOME_NOT_APPLICABLE, v1::OUTCOME_SCORED};
  const auto found = std::find(kFromWorst.begin(), kFromWorst.end(), outcome);
  return static_cast<int>(kFromWorst.end() - found);
}

bool OnCharacterBoundary(std::string_view text, std::int64_t at) {
  const auto i = static_cast<std::size_t>(at);
  return i == text.size() || (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
}

absl::Status CheckSpan(const v1::Sample& sample, const v1::Span& span, std::string_view text) {
  constexpr std::string_view kReference = "reference:";
  std::string_view source;
  if (span.source() == "output") {
    source = text;
  } else if (span.source().compare(0, kReference.size(), kReference) == 0) {
    const std::string id = span.source().substr(kReference.size());
    const auto found = std::find_if(sample.references().begin(), sample.references().end(),
                                    [&](const v1::Document& d) { return d.id() == id; });
    if (found == sample.references().end()) {
      return InvalidArgument("a span names a reference that the sample does not have: " +
                             EscapeForTerminal(id));
    }
    source = found->text();
  } else {
    return InvalidArgument("a span names no source that exists: " +
                           EscapeForTerminal(span.source()));
  }
  const auto size = static_cast<std::int64_t>(source.size());
  if (span.begin_byte() < 0 || span.end_byte() < span.begin_byte() || span.end_byte() > size ||
      !OnCharacterBoundary(source, span.begin_byte()) ||
      !OnCharacterBoundary(source, span.end_byte())) {
    return InvalidArgument("span [" + std::to_string(span.begin_byte()) + ", " +
                           std::to_string(span.end_byte()) + ") is not a part of " +
                           EscapeForTerminal(span.source()) + ", which has " +
                           std::to_string(size) + " bytes");
  }
  return absl::OkStatus();
}

absl::Status CheckVerdict(const v1::Sample& sample, const v1::Verdict& verdict,
                          std::string_view text) {
  const std::string who = "verdict of " + EscapeForTerminal(verdict.scorer_id()) + ": ";
  if (!IsScoringOutcome(verdict.outcome())) {
    return InvalidArgument(who + "no outcome of a scoring: " + v1::Outcome_Name(verdict.outcome()));
  }
  if (verdict.outcome() != v1::OUTCOME_SCORED && verdict.reason().empty()) {
    return InvalidArgument(who + "an outcome other than scored needs a reason");
  }
  std::set<std::string> names;
  for (const v1::Score& score : verdict.scores()) {
    if (score.name().empty() || !names.insert(score.name()).second) {
      return InvalidArgument(who + "two scores of one name, or one without");
    }
    if (!std::isfinite(score.value())) {
      return InvalidArgument(who + "score " + EscapeForTerminal(score.name()) +
                             " is not a finite number");
    }
  }
  for (const v1::Finding& finding : verdict.findings()) {
    for (const v1::Span& span : finding.spans()) {
      ASSAY_RETURN_IF_ERROR(Annotate(CheckSpan(sample, span, text), who.substr(0, who.size() - 2)));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckGeneration(const v1::Envelope& envelope) {
  if (envelope.verdicts_size() > 0) return InvalidArgument("a generation has no verdicts");
  const bool has_text = !envelope.generation().text().empty();
  if (envelope.outcome() == v1::OUTCOME_GENERATED && !has_text) {
    return InvalidArgument("outcome generated without a text");
  }
  return absl::OkStatus();
}

absl::Status CheckScoring(const RunPlan& plan, UnitIndex unit, const v1::Envelope& envelope,
                          std::string_view text) {
  const StageRange& range = plan.RangeOf(unit);
  std::set<std::string> wanted;
  for (const int i : range.scorers) {
    wanted.insert(plan.ScorersOf(range.suite)[static_cast<std::size_t>(i)].id());
  }
  std::set<std::string> found;
  for (const v1::Verdict& verdict : envelope.verdicts()) {
    if (!found.insert(verdict.scorer_id()).second || wanted.count(verdict.scorer_id()) == 0) {
      return InvalidArgument("verdict of a scorer that the unit does not have, or twice: " +
                             EscapeForTerminal(verdict.scorer_id()));
    }
    ASSAY_RETURN_IF_ERROR(CheckVerdict(plan.SampleOf(unit), verdict, text));
  }
  // An error of the whole unit may stand for all of its scorers.
  if (found.size() != wanted.size() && !(found.empty() && IsError(envelope.outcome()))) {
    return InvalidArgument("the envelope lacks a verdict of one of its unit's scorers");
  }
  const std::string& upstream = envelope.provenance().upstream_digest();
  if (!upstream.empty() && upstream != DigestOf(text)) {
    return InvalidArgument("the upstream digest is not that of the generated text");
  }
  return absl::OkStatus();
}

void AddScores(const std::string& prefix, const v1::Verdict& verdict, IntegerSums& sums) {
  if (verdict.outcome() != v1::OUTCOME_SCORED) return;
  for (const v1::Score& score : verdict.scores()) {
    const double scaled = score.value() * 1e6;
    if (!(std::fabs(scaled) <= static_cast<double>(kMaxSumAddend))) continue;
    const std::string name = prefix + verdict.scorer_id() + "/" + score.name();
    sums[name + ":sum"] += std::llround(scaled);
    sums[name + ":n"] += 1;
  }
}

void AppendBigEndian(std::uint64_t value, int bytes, std::string& out) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

}  // namespace

absl::Status CheckEnvelope(const RunPlan& plan, UnitIndex unit, const v1::Envelope& envelope,
                           std::string_view text) {
  if (envelope.run_id() != plan.run_id() || envelope.unit_id() != plan.IdOf(unit)) {
    return InvalidArgument("the envelope is of another run or unit");
  }
  const bool generates = !IsScoring(plan.RangeOf(unit).kind);
  const v1::Outcome outcome = envelope.outcome();
  // A scoring may leave its outcome to its verdicts.
  const bool left_out = !generates && outcome == v1::OUTCOME_UNSPECIFIED;
  if (!left_out && !(generates ? IsGenerationOutcome(outcome) : IsScoringOutcome(outcome))) {
    return InvalidArgument("no outcome of a " + std::string(generates ? "generation" : "scoring") +
                           ": " + v1::Outcome_Name(outcome));
  }
  const v1::Usage& usage = envelope.usage();
  if (usage.prompt_tokens() < 0 || usage.completion_tokens() < 0) {
    return InvalidArgument("negative usage");
  }
  return generates ? CheckGeneration(envelope) : CheckScoring(plan, unit, envelope, text);
}

v1::Outcome OutcomeOf(const v1::Envelope& envelope) {
  if (envelope.verdicts_size() == 0) return envelope.outcome();
  v1::Outcome worst = v1::OUTCOME_SCORED;
  for (const v1::Verdict& verdict : envelope.verdicts()) {
    if (Badness(verdict.outcome()) > Badness(worst)) worst = verdict.outcome();
  }
  return Badness(envelope.outcome()) > Badness(worst) ? envelope.outcome() : worst;
}

v1::UnitState FinalStateOf(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_FAILED:
    case v1::OUTCOME_INFRA_LOST:
      return v1::UNIT_STATE_FAILED;
    case v1::OUTCOME_QUARANTINED:
      return v1::UNIT_STATE_QUARANTINED;
    case v1::OUTCOME_CANCELLED:
      return v1::UNIT_STATE_CANCELLED;
    default:
      return v1::UNIT_STATE_DONE;
  }
}

IntegerSums LiveSumsOf(const RunPlan& plan, UnitIndex unit, const v1::Envelope& envelope) {
  const StageRange& range = plan.RangeOf(unit);
  const v1::RunRecord& record = plan.record();
  if (range.model < 0) return {};  // live sums are by model
  const std::string prefix = record.suites(range.suite).manifest().name() + "/" +
                             record.spec().models(range.model).id() + "/";
  IntegerSums sums;
  for (const v1::Verdict& verdict : envelope.verdicts()) AddScores(prefix, verdict, sums);
  const std::string tokens = prefix + (range.kind == v1::UNIT_KIND_GENERATE ? "tokens" : "judge");
  const auto add = [&](const char* side, std::int64_t count) {
    if (count > 0 && count <= kMaxSumAddend) sums[tokens + side] += count;
  };
  add(":in", envelope.usage().prompt_tokens());
  add(":out", envelope.usage().completion_tokens());
  return sums;
}

std::string PackRecord(const v1::Envelope& envelope, std::string_view digest) {
  std::string record;
  record += static_cast<char>(kRecordVersion);
  record += static_cast<char>(OutcomeOf(envelope));
  record += static_cast<char>(envelope.generation().truncated() ? 1 : 0);
  const std::string_view hex = digest.substr(std::min(kDigestPrefix.size(), digest.size()));
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    record += static_cast<char>(value(hex[i]) * 16 + value(hex[i + 1]));
  }
  const auto cap = [](std::int64_t n) {
    return static_cast<std::uint64_t>(std::clamp<std::int64_t>(n, 0, 0xFFFFFFFF));
  };
  AppendBigEndian(cap(envelope.usage().prompt_tokens()), 4, record);
  AppendBigEndian(cap(envelope.usage().completion_tokens()), 4, record);
  return record;
}

v1::Envelope EnvelopeWithout(const RunPlan& plan, UnitIndex unit, const AttemptId& attempt,
                             v1::Outcome outcome, std::string_view reason) {
  v1::Envelope envelope;
  envelope.set_schema(1);
  envelope.set_unit_id(plan.IdOf(unit));
  envelope.set_run_id(plan.run_id());
  envelope.set_attempt(attempt.ToString());
  envelope.set_outcome(outcome);
  const StageRange& range = plan.RangeOf(unit);
  if (!IsScoring(range.kind)) {
    FillProvenance(plan, unit, envelope);
    return envelope;
  }
  for (const int i : range.scorers) {
    const v1::ScorerSpec& scorer = plan.ScorersOf(range.suite)[static_cast<std::size_t>(i)];
    v1::Verdict* verdict = envelope.add_verdicts();
    verdict->set_scorer_id(scorer.id());
    verdict->set_outcome(outcome);
    verdict->set_reason(std::string(reason));
    verdict->set_compat(scorer.compat());
  }
  FillProvenance(plan, unit, envelope);
  return envelope;
}

void FillProvenance(const RunPlan& plan, UnitIndex unit, v1::Envelope& envelope) {
  const StageRange& range = plan.RangeOf(unit);
  v1::Provenance& provenance = *envelope.mutable_provenance();
  if (provenance.suite_digest().empty()) {
    provenance.set_suite_digest(plan.record().suites(range.suite).digest());
  }
  if (provenance.config_digest().empty()) provenance.set_config_digest(range.config_digest);
  if (provenance.binary_version().empty()) provenance.set_binary_version(kBinaryVersion);
}

}  // namespace assay
