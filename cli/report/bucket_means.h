// Means by required length over the fixed buckets that every report has beside the suite's own.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "assay/v1/results.pb.h"

namespace assay {

inline constexpr const char* kLongBuckets[] = {"[2K,4K)", "[4K,8K)", "[8K,16K)", "[16K,∞)"};

// One mean a bucket of kLongBuckets, for the results of one model on one suite; judged, required
// and stderr are those of coordinator/core/fold.h.
std::vector<v1::BucketMean> LongBucketMeans(const std::vector<const v1::SampleResult*>& results,
                                            const std::string& scorer, const std::string& metric);

}  // namespace assay
