#include "judge/benchmarks/longweave/item_seed.h"

#include <charconv>
#include <string>

#include "common/base/digest.h"

namespace assay::longweave {

std::uint32_t ItemSeed(std::string_view id) {
  const std::string hex = Sha256Hex(id);
  std::uint32_t seed = 0;
  std::from_chars(hex.data() + hex.size() - 8, hex.data() + hex.size(), seed, 16);
  return seed;
}

}  // namespace assay::longweave
