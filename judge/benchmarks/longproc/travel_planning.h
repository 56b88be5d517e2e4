// LongProc's travel planning: order cities so that fixed stays and flights fit, and the search that
// finds the order (reference longgenbench-longproc-longweave-longeval.md 2.3 and appendix A). Pure,
// thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "judge/benchmarks/longproc/answer_text.h"

namespace assay {

struct TravelCity {
  std::string name;
  int days = 0;
  int fixed_start = 0;  // day of arrival where the schedule is fixed; 0: it is not
  int fixed_end = 0;
};

struct TravelProblem {
  std::vector<TravelCity> cities;                            // in the order of the constraints
  std::vector<std::pair<std::string, std::string>> flights;  // from, to
};

// The reference answer: the search day by day up to the first complete plan, and the plan.
// InvalidArgument: more than 24 cities, or no plan.
absl::StatusOr<std::string> TravelReference(const TravelProblem& problem);

// A city and the days that are spent there.
using TravelStay = std::pair<std::string, std::int64_t>;

// The stays that NaturalPlan's parser finds in a plan; empty where it finds none. Names of cities
// are single words.
std::vector<TravelStay> ParseTravelPlan(std::string_view plan);

// "Rome**Oslo" and "5**6"; InvalidArgument: as many names as numbers are expected.
absl::StatusOr<std::vector<TravelStay>> ReadTravelStays(std::string_view cities,
                                                        std::string_view durations);

// `reply` must hold the plan between <Plan> and </Plan>, and its first stays must be `wanted`.
// Where they are not, partial compares the search with `reference`, line by line, each line of the
// reference within the one in its place: the index of the last line compared over their number.
LongProcScore ScoreTravelPlan(const std::vector<TravelStay>& wanted, std::string_view reference,
                              std::string_view reply);

}  // namespace assay
