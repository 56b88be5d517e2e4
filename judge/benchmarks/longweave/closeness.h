// The one curve of LongWeave's rule-based scores. Pure, thread-safe.
#pragma once

namespace assay::longweave {

// 1 / (1 + (distance / scale) ** 2): 1 at distance 0, a half at `scale`.
double Closeness(double distance, double scale);

}  // namespace assay::longweave
