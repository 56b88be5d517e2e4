// How LongWeave seeds the generator of an item. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

namespace assay::longweave {

// SHA-256 of the id as one whole number, modulo 2^32.
std::uint32_t ItemSeed(std::string_view id);

}  // namespace assay::longweave
