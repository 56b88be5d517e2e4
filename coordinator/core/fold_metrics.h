// Means over scores with their denominators and standard errors: the arithmetic of the final fold.
// Pure. Formulas: fold.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "assay/v1/results.pb.h"
#include "assay/v1/suite.pb.h"

namespace assay {

// What a mean may be split by.
struct RowFacts {
  std::int32_t sample = 0;  // position in the suite: the cluster
  std::int32_t required_words = 0;
  bool complete = false;   // the generation has a text and ended by itself
  bool truncated = false;  // it ended at its token cap
};
using RowFilter = std::function<bool(const RowFacts&)>;

struct ScoredRow {
  RowFacts row;
  double value = 0;
};

// REQUIRES: rows of a sample stand together.
v1::MeanOf MeanOfRows(const std::vector<ScoredRow>& scored, const std::vector<RowFacts>& required,
                      const RowFilter& filter);

// Everything that one scorer said about one model on one suite, in order of sample, then repeat.
struct ScorerFold {
  std::map<v1::Outcome, std::int64_t> outcomes;
  std::vector<RowFacts> required;  // without a score: each of the scorer's figures lacks one
  std::vector<std::string> names;  // of scores, in order of first appearance
  std::map<std::string, std::vector<ScoredRow>> scores;

  void Add(const RowFacts& row, const v1::ScorerResult& result, bool is_required);
};

// The suite's own buckets, then those of [2K,4K) [4K,8K) [8K,16K) [16K,inf) that hold a sample and
// whose label the suite does not use.
std::vector<v1::LengthBucket> BucketsOf(const v1::Suite& suite);

// One summary a score name.
std::vector<v1::MetricSummary> MetricsOf(const std::string& scorer, const ScorerFold& fold,
                                         const std::vector<v1::LengthBucket>& buckets);

// Those derived metrics all of whose parts were judged at least once.
std::vector<v1::DerivedValue> DerivedOf(const v1::SuiteManifest& manifest,
                                        const std::vector<v1::MetricSummary>& metrics);

}  // namespace assay
