// How far raters agree beyond chance. Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace assay {

// Two raters over the same items: the label of each, as a number for weighted kappa.
using RatingPair = std::pair<double, double>;

// Fraction of pairs with equal ratings; nullopt for no pairs.
std::optional<double> ExactAgreement(const std::vector<RatingPair>& pairs);

// Cohen (1960): (po - pe) / (1 - pe). nullopt for no pairs, or when both raters only ever gave one
// and the same label (0/0).
std::optional<double> CohenKappa(const std::vector<RatingPair>& pairs);

// Cohen (1968) with weights (i - j)^2 on the values themselves: 1 - observed / expected squared
// distance. nullopt as above.
std::optional<double> QuadraticKappa(const std::vector<RatingPair>& pairs);

enum class AlphaLevel { kNominal, kInterval };

// Krippendorff's alpha = 1 - Do/De over units (items) of any number of ratings each; a missing
// rating is simply not in its unit, and a unit with fewer than two ratings says nothing. nullopt
// when nothing can be compared, or all ratings are the same.
std::optional<double> KrippendorffAlpha(const std::vector<std::vector<double>>& units,
                                        AlphaLevel level);

}  // namespace assay
