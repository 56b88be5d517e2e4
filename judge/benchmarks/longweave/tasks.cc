#include "judge/benchmarks/longweave/tasks.h"

#include <string>

#include "common/base/digest.h"

namespace assay::longweave {

std::uint32_t SeedOf(std::string_view id) {
  const std::string digest = Sha256(id);
  std::uint32_t seed = 0;
  for (std::size_t i = digest.size() - 4; i < digest.size(); ++i) {
    seed = (seed << 8) | static_cast<unsigned char>(digest[i]);
  }
  return seed;
}

}  // namespace assay::longweave
