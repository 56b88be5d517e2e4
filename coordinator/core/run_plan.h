// RunPlan: every unit of a run, enumerated from its record. Pure and immutable; the same record
// gives the same units with the same ids in every process. Holds 36 bytes a unit; strings are built
// on demand. Thread-safe after Make.
//
// Samples are numbered over all (suite, sample) pairs of the run in their order; 256 of them are a
// shard. For every model, repeat and suite there is a generation of each sample, one unit for all
// scorers that need no call ("s.rules.<model>.<repeat>"), and one unit for each scorer that does. A
// scorer that prepares has one more unit a sample, whatever the model ("p.<scorer>"), before all
// others. A probe has the first samples of a suite only.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/run_record.pb.h"
#include "assay/v1/unit.pb.h"
#include "common/base/status.h"

namespace assay {

// Whether a scorer makes calls (and so is a unit of its own). judge/ knows; the coordinator is
// told.
using NeedsCalls = std::function<bool(const v1::ScorerSpec&)>;

// It has verdicts; the others, generations and preparations, have a text.
bool IsScoring(v1::UnitKind kind);

// Position of a unit in its run, from 0.
using UnitIndex = std::uint32_t;

inline constexpr int kSamplesPerShard = 256;

// The units of one stage in one suite: consecutive unit indexes, one a sample.
struct StageRange {
  std::string stage;
  std::string config_digest;  // "sha256:<hex>" of model, or judge and scorers, without endpoints
  std::string store_digest;   // of the stage in all suites: what a RunStore compares
  v1::UnitKind kind = v1::UNIT_KIND_UNSPECIFIED;
  int model = 0;  // index into spec.models; -1: a preparation
  int repeat = 0;
  int suite = 0;             // index into record.suites
  std::vector<int> scorers;  // indexes into ScorersOf(suite)
  int judge = -1;            // index into spec.judges; -1: none
  std::string endpoint;      // empty: makes no calls
  int generation = 0;  // index of the range of the generations that this range scores, or its own
  int preparation =
      -1;  // index of the range that makes what this range needs of a sample; -1: none
  UnitIndex first = 0;
  std::int32_t first_sample = 0;
  std::int32_t samples = 0;
};

class RunPlan {
 public:
  // `record` must outlive the plan. kInvalidArgument: an id that names nothing, two of a name, no
  // model, no sample, more units than fit (checked multiplication), or a judged scorer for which no
  // judge can be told.
  static absl::StatusOr<RunPlan> Make(const v1::RunRecord& record, const NeedsCalls& needs_calls);

  const v1::RunRecord& record() const { return *record_; }
  const std::string& run_id() const { return record_->run_id(); }
  std::uint32_t unit_count() const { return static_cast<std::uint32_t>(ids_.size()); }
  std::int32_t sample_count() const { return sample_count_; }
  std::int32_t shard_count() const {
    return (sample_count_ + kSamplesPerShard - 1) / kSamplesPerShard;
  }
  // In order of unit index; a generation range comes before the ranges that score it.
  const std::vector<StageRange>& ranges() const { return ranges_; }
  // The scorers that apply to a suite: the run's, or the suite's own when the run names none, with
  // ids and judges filled in.
  const std::vector<v1::ScorerSpec>& ScorersOf(int suite) const;

  const StageRange& RangeOf(UnitIndex unit) const;
  std::int32_t SampleIndexOf(UnitIndex unit) const;
  std::int32_t ShardOf(UnitIndex unit) const { return SampleIndexOf(unit) / kSamplesPerShard; }
  const v1::Sample& SampleOf(UnitIndex unit) const;

  // The generation that a scoring unit scores; the unit itself when it is none.
  UnitIndex GenerationOf(UnitIndex unit) const;
  // The preparation that a scoring unit needs.
  std::optional<UnitIndex> PreparationOf(UnitIndex unit) const;
  // The units that need a preparation, in order; empty for every other unit.
  std::vector<UnitIndex> PreparedBy(UnitIndex preparation) const;
  // The units that score a generation, in order; empty for every other unit.
  std::vector<UnitIndex> ScoringsOf(UnitIndex generation) const;

  std::string IdOf(UnitIndex unit) const;  // 64 hex digits
  std::optional<UnitIndex> Find(std::string_view unit_id) const;
  // The same for whoever looks in many plans.
  using RawId = std::array<unsigned char, 32>;
  static std::optional<RawId> Decode(std::string_view unit_id);  // empty: not 64 hex digits
  std::optional<UnitIndex> Find(const RawId& unit_id) const;

  // The unit as it is sent to an agent.
  v1::Unit UnitOf(UnitIndex unit) const;
  // The model with the suite's sampling under its own: what a strategy is to use.
  v1::Model ModelFor(const StageRange& range) const;
  // Its sampling alone. REQUIRES: a range with a model.
  v1::Sampling SamplingFor(const StageRange& range) const;

 private:
  RunPlan() = default;
  friend class RunPlanBuilder;

  const v1::RunRecord* record_ = nullptr;
  std::int32_t sample_count_ = 0;
  std::vector<std::int32_t> suite_first_sample_;
  std::vector<std::vector<v1::ScorerSpec>> suite_scorers_;
  std::vector<StageRange> ranges_;
  std::vector<std::array<unsigned char, 32>> ids_;
  std::vector<UnitIndex> by_id_;  // sorted by id
};

}  // namespace assay
