// numpy.random.default_rng of NumPy 1.17 and later, as far as benchmarks draw their items with it.
// Pure, thread-safe.
#pragma once

#include <cstdint>
#include <vector>

namespace assay {

// default_rng(seed).permutation(count), which is also the order that Hugging Face's
// Dataset.shuffle(seed) puts `count` rows into.
std::vector<std::uint32_t> NumpyPermutation(std::uint32_t seed, std::uint32_t count);

}  // namespace assay
