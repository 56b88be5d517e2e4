// Every metric of the program: the one place where a name is written down. docs/metrics.md says
// what each means, and a test holds it against a scrape.
#pragma once

#include <vector>

#include "common/metrics/metrics.h"

namespace assay::metric {

// --- what a coordinator knows of its runs ---
inline constexpr MetricFamily kUnits{"assay_units", "Units by kind and state.", "kind,state"};
inline constexpr MetricFamily kOutcomes{
    "assay_outcomes", "Ended generations and scorings by how they ended.", "kind,outcome"};
inline constexpr MetricFamily kTruncated{"assay_truncated_generations",
                                         "Generations that ended at a token limit.", ""};
inline constexpr MetricFamily kCost{"assay_cost_usd",
                                    "Price of committed units at endpoints that have one.", ""};
inline constexpr MetricFamily kRetries{"assay_retries_total",
                                       "Attempts that failed and were queued again.", ""};
inline constexpr MetricFamily kThrottles{"assay_throttles_total",
                                         "Of the retries, those after a 429.", ""};
inline constexpr MetricFamily kLostLeases{"assay_lost_leases_total",
                                          "Leases that ended without a word of their agent.", ""};
inline constexpr MetricFamily kQueueStalled{
    "assay_queue_stalled_seconds", "Since the queue of a kind last moved, while it holds units.",
    "kind"};
inline constexpr MetricFamily kEndpointLimit{"assay_endpoint_limit", "Calls that may be in flight.",
                                             "endpoint"};
inline constexpr MetricFamily kEndpointLeased{"assay_endpoint_leased",
                                              "Units leased at an endpoint.", "endpoint"};
inline constexpr MetricFamily kEndpointPaused{"assay_endpoint_paused",
                                              "1 while nothing is started there.", "endpoint"};
inline constexpr MetricFamily kRequiredVerdicts{"assay_required_verdicts",
                                                "Verdicts that complete runs have.", "scorer"};
inline constexpr MetricFamily kJudgedVerdicts{
    "assay_judged_verdicts", "Of the required verdicts, those committed as scored.", "scorer"};
inline constexpr MetricFamily kOldestQueued{
    "assay_oldest_queued_seconds", "How long the unit waits that was queued first.", "kind"};
inline constexpr MetricFamily kLaneLimit{"assay_lane_limit",
                                         "Learned: calls that may be in flight.", "endpoint,kind"};
inline constexpr MetricFamily kLaneInFlight{
    "assay_lane_in_flight", "Units handed out that the learned limit counts.", "endpoint,kind"};
inline constexpr MetricFamily kBreakers{"assay_breakers", "Circuit breakers by state.",
                                        "endpoint,state"};
inline constexpr MetricFamily kUndurableResults{
    "assay_undurable_results", "Results stored whose commit may still be lost.", ""};
inline constexpr MetricFamily kDurableLag{
    "assay_durable_lag_seconds", "Age of the oldest result or write that may still be lost.", ""};
inline constexpr MetricFamily kInvariantViolations{"assay_invariant_violations_total",
                                                   "Checks of runs that found an invariant broken.",
                                                   "invariant"};

// --- what a coordinator process knows of its store and of who leads ---
inline constexpr MetricFamily kLeader{"assay_leader", "1 while this process leads.", ""};
inline constexpr MetricFamily kLeaderEpoch{"assay_leader_epoch",
                                           "Epoch of the last term of this process.", ""};
inline constexpr MetricFamily kStoreReplies{
    "assay_store_replies_total", "Transitions of the run store by answer.", "code,transition"};
inline constexpr MetricFamily kStoreSeconds{"assay_store_seconds",
                                            "From a transition to its answer.", "transition"};
inline constexpr MetricFamily kFencedWrites{
    "assay_fenced_writes_total", "Transitions refused since another leader owns the shard.", ""};
inline constexpr MetricFamily kRedisErrors{"assay_redis_errors_total",
                                           "Commands of Redis without a result.", "error,script"};
inline constexpr MetricFamily kRedisWait{"assay_redis_wait_seconds",
                                         "Time that WAIT took for its replicas.", ""};
inline constexpr MetricFamily kRedisWaitShortfalls{
    "assay_redis_wait_shortfalls_total", "WAITs that fewer replicas answered than there are.", ""};
inline constexpr MetricFamily kUndurableWrites{
    "assay_undurable_writes", "Writes to Redis that are not on every replica.", ""};
inline constexpr MetricFamily kRedisMemory{"assay_redis_memory_bytes", "Memory that Redis uses.",
                                           ""};

// --- what an agent sees ---
inline constexpr MetricFamily kCalls{"assay_calls_total",
                                     "LLM calls by endpoint and how they ended.", "class,endpoint"};
inline constexpr MetricFamily kCallsInFlight{"assay_calls_in_flight", "LLM calls that are running.",
                                             "endpoint,purpose"};
inline constexpr MetricFamily kCallSeconds{"assay_call_seconds", "From start to end of a call.",
                                           "endpoint,purpose"};
inline constexpr MetricFamily kTokens{"assay_tokens_total", "Tokens of finished calls.",
                                      "endpoint,kind,purpose"};
inline constexpr MetricFamily kFirstToken{
    "assay_first_token_seconds", "From sending a request to its first content.", "endpoint"};
inline constexpr MetricFamily kInterTokenGap{
    "assay_inter_token_gap_seconds", "Longest wait between two pieces of content of one call.",
    "endpoint"};
inline constexpr MetricFamily kUnitAttempts{"assay_unit_attempts_total",
                                            "Attempts at units by how they ended.", "class"};
inline constexpr MetricFamily kSettlements{
    "assay_settlements_total", "Finished attempts by the coordinator's answer.", "settlement"};
inline constexpr MetricFamily kWastedTokens{"assay_wasted_tokens_total",
                                            "Tokens of attempts that gave no result.", "reason"};
inline constexpr MetricFamily kVerdicts{"assay_verdicts_total", "Verdicts stored.",
                                        "outcome,scorer"};
inline constexpr MetricFamily kJudgeReplies{"assay_judge_replies_total",
                                            "Replies of judges by whether they could be used.",
                                            "judge,result,scorer"};
inline constexpr MetricFamily kJudgeItems{"assay_judge_items_total",
                                          "Questions put to judges by whether there is an answer.",
                                          "judge,result,scorer"};
inline constexpr MetricFamily kJudgeRepeats{"assay_judge_repeat_pairs_total",
                                            "Pairs of draws of one question by whether they agree.",
                                            "judge,result,scorer"};
inline constexpr MetricFamily kJudgeForgeries{
    "assay_judge_forged_replies_total", "Replies with the nonce of another call.", "judge,scorer"};
inline constexpr MetricFamily kLeases{"assay_leases", "Attempts that agents here hold.", ""};
inline constexpr MetricFamily kOldestLease{"assay_oldest_lease_seconds",
                                           "Age of the oldest of these attempts.", ""};
inline constexpr MetricFamily kLeaseHold{"assay_lease_hold_seconds",
                                         "From the start of an attempt to its settlement.", "kind"};
inline constexpr MetricFamily kJournalPut{"assay_journal_put_seconds",
                                          "Until a journal record is durable.", ""};
inline constexpr MetricFamily kEnvelopePut{"assay_envelope_put_seconds",
                                           "Until an envelope is durable.", ""};
inline constexpr MetricFamily kSyncs{"assay_syncs_total", "Syncs by whether they were answered.",
                                     "result"};

// Upper limits of buckets, in seconds.
inline std::vector<double> FirstTokenBounds() {
  return {0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120};
}
inline std::vector<double> InterTokenGapBounds() {
  return {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}
inline std::vector<double> CallBounds() {
  return {0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600};
}
inline std::vector<double> LeaseHoldBounds() {
  return {0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200};
}
inline std::vector<double> StoreBounds() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};
}
inline std::vector<double> PutBounds() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};
}

}  // namespace assay::metric
