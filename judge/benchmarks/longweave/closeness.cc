#include "judge/benchmarks/longweave/closeness.h"

#include <cmath>

namespace assay::longweave {

double Closeness(double distance, double scale) {
  // Python's ** calls pow(), and the compiler would make a product of a constant exponent.
  static const volatile double kTwo = 2;
  return 1 / (1 + std::pow(distance / scale, kTwo));
}

}  // namespace assay::longweave
