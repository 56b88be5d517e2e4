#include "common/agent/envelope_completion.h"

#include <algorithm>

#include "common/base/version.h"

namespace assay {
namespace {

constexpr int kEnvelopeSchema = 1;

v1::Timings SumTimings(std::span<const CallOutcome> outcomes) {
  v1::Timings sum;
  bool first = true;
  for (const CallOutcome& outcome : outcomes) {
    if (!outcome.reply) continue;
    const v1::Timings& part = outcome.reply->timings();
    if (first) sum.set_first_token_ms(part.first_token_ms());
    first = false;
    sum.set_queue_ms(sum.queue_ms() + part.queue_ms());
    sum.set_total_ms(sum.total_ms() + part.total_ms());
    sum.set_max_gap_ms(std::max(sum.max_gap_ms(), part.max_gap_ms()));
    sum.set_chunks(sum.chunks() + part.chunks());
  }
  return sum;
}

void FillModelReturned(std::span<const CallOutcome> outcomes, v1::Generation& generation) {
  if (generation.model_returned_size() > 0) return;
  for (const CallOutcome& outcome : outcomes) {
    if (!outcome.reply || outcome.reply->model().empty()) continue;
    const auto& seen = generation.model_returned();
    if (std::find(seen.begin(), seen.end(), outcome.reply->model()) != seen.end()) continue;
    generation.add_model_returned(outcome.reply->model());
  }
}

}  // namespace

void AddUsage(const v1::Usage& part, v1::Usage& sum) {
  sum.set_prompt_tokens(sum.prompt_tokens() + part.prompt_tokens());
  sum.set_completion_tokens(sum.completion_tokens() + part.completion_tokens());
  sum.set_reasoning_tokens(sum.reasoning_tokens() + part.reasoning_tokens());
  sum.set_cached_tokens(sum.cached_tokens() + part.cached_tokens());
  sum.set_estimated(sum.estimated() || part.estimated());
}

void CompleteEnvelope(const AttemptFacts& facts, v1::Envelope& envelope) {
  const v1::Unit& unit = facts.inputs.unit();
  envelope.set_schema(kEnvelopeSchema);
  envelope.set_unit_id(unit.id());
  envelope.set_run_id(unit.run_id());
  envelope.set_attempt(facts.assignment.attempt());
  envelope.set_worker(facts.worker);
  envelope.set_finished_unix_ms(facts.finished_unix_ms);
  envelope.set_calls(static_cast<std::int32_t>(facts.outcomes.size()));
  envelope.clear_usage();
  for (const CallOutcome& outcome : facts.outcomes) {
    if (outcome.reply) AddUsage(outcome.reply->usage(), *envelope.mutable_usage());
  }
  *envelope.mutable_timings() = SumTimings(facts.outcomes);
  if (envelope.has_generation()) FillModelReturned(facts.outcomes, *envelope.mutable_generation());

  v1::Provenance& provenance = *envelope.mutable_provenance();
  provenance.set_binary_version(kBinaryVersion);
  provenance.set_endpoint(facts.assignment.endpoint().id());
  provenance.set_upstream_digest(facts.inputs.text_digest());
}

}  // namespace assay
