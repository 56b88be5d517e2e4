// TfidfVectorizer and cosine_similarity of scikit-learn with their defaults, in its order of
// additions: equal to the bit where the logarithm is (numpy's own one on processors with AVX-512
// may differ in the last place). Pure, thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace assay::longweave {

// For every text of `texts` the index of the most similar one of `originals`, the first of equals
// (argmax): words of two characters and more of the lower-cased texts, smoothed idf over all the
// texts together, rows of length 1. Empty where no text has a word (scikit-learn raises).
std::vector<std::size_t> AlignTexts(std::span<const std::string> originals,
                                    std::span<const std::string> texts);

}  // namespace assay::longweave
