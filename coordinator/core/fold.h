// The final figures of a run, from the envelopes that count. Pure: the same record and envelopes
// give the same bytes, whatever the order in which work was done. Thread-safe.
//
// Every figure is folded from the doubles in the stored verdicts, in sample order, then repeat. For
// every model and suite: expected = samples x repeats = sum of all outcome counts, and the same for
// every scorer; units that have not ended (a partial run) are counted as OUTCOME_UNSPECIFIED.
//
// judged:   scores that went into a mean.
// required: generations whose score should be there: all but those where the generation has a text
//           and the scorer says not_applicable (no required length; truncated and excluded) or
//           no_evidence (the sample has no documents).
// stderr:   cluster-robust standard error of the mean (Liang and Zeger 1986), a cluster being a
//           sample with its repeats, G clusters of n scores in all:
//             SE = (1/n) sqrt( G/(G-1) * sum over clusters ( sum in cluster (x - mean) )^2 )
//           With one repeat it equals s / sqrt(n). 0 when G < 2.
// cost:     tokens x price of the endpoint, reasoning tokens being part of completion tokens.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assay/v1/envelope.pb.h"
#include "assay/v1/results.pb.h"
#include "assay/v1/run_record.pb.h"
#include "common/base/status.h"
#include "coordinator/core/run_plan.h"

namespace assay {

// The envelope that counts for a unit id; empty while the unit is open.
using EnvelopeSource =
    std::function<absl::StatusOr<std::optional<v1::Envelope>>(const std::string& unit_id)>;

struct FoldOptions {
  int revision = 0;
  // "sealed", "partial" or "cancelled"; empty: "sealed" when every unit has an envelope,
  // "cancelled" when any of them says so, otherwise "partial".
  std::string state;
  std::string partial_reason;
};

struct FoldedRun {
  // One a (model, sample, repeat), in order of sample, then model, then repeat. text_file is left
  // empty: whoever writes the text names the file.
  std::vector<v1::SampleResult> results;
  // The same of probes, which are in no figure but judge_health.
  std::vector<v1::SampleResult> probes;
  v1::RunSummary summary;
};

// kInvalidArgument: the record cannot be planned. kDataLoss: an envelope that is not of its unit.
absl::StatusOr<FoldedRun> FoldRun(const v1::RunRecord& record, const NeedsCalls& needs_calls,
                                  const EnvelopeSource& envelopes, const FoldOptions& options = {});
absl::StatusOr<FoldedRun> FoldRun(const v1::RunRecord& record, const NeedsCalls& needs_calls,
                                  const std::map<std::string, v1::Envelope>& envelopes,
                                  const FoldOptions& options = {});

// The results as stable JSON lines, sorted by suite, sample, model and repeat: without run id,
// attempts, timings, endpoints and their messages, cached tokens, text files, binary versions and
// the texts of judges' replies (strict ones quote a nonce of their run).
// Two runs are equal when these are.
std::string CanonicalResults(const std::vector<v1::SampleResult>& results);

// "sha256:<hex>" of CanonicalResults.
std::string ResultsDigest(const std::vector<v1::SampleResult>& results);

}  // namespace assay
