#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "judge/benchmarks/longproc/travel_planning.h"

namespace assay {
namespace {

constexpr std::size_t kMaxCities = 24;
// A search that takes longer was not made for a model to write down.
constexpr std::size_t kMaxLines = 200'000;

std::string Indent(std::size_t level) { return level == 0 ? "" : std::string(level, ' ') + "|- "; }

std::string Days(int start, int end) { return absl::StrCat("Day ", start, " - ", end); }

std::string NamesOf(const std::vector<const TravelCity*>& cities) {
  return absl::StrCat("[",
                      absl::StrJoin(cities, ", ",
                                    [](std::string* out, const TravelCity* city) {
                                      absl::StrAppend(out, city->name);
                                    }),
                      "]");
}

class Search {
 public:
  explicit Search(const TravelProblem& problem) : problem_(problem) {
    for (const TravelCity& city : problem.cities) {
      (city.fixed_start > 0 ? fixed_ : free_).push_back(&city);
    }
    std::stable_sort(fixed_.begin(), fixed_.end(), [](const TravelCity* a, const TravelCity* b) {
      return a->fixed_start < b->fixed_start;
    });
  }

  void Introduce() {
    Say(0,
        "Read the requirements and identify the cities that have fixed schedules and the cities "
        "that need to be arranged.");
    for (const TravelCity& city : problem_.cities) {
      const std::string fixed =
          city.fixed_start > 0
              ? absl::StrCat(", Fixed Schedule: ", Days(city.fixed_start, city.fixed_end))
              : "";
      Say(0, absl::StrCat("* City: ", city.name, ", Duration: ", city.days, " days", fixed, "."));
    }
    Say(0, "");
    Say(0, fixed_.empty() ? "Cities that have fixed schedules: None."
                          : "Cities that have fixed schedules (sorted by their arrival days):");
    for (const TravelCity* city : fixed_) {
      Say(0, absl::StrCat("* City: ", city->name,
                          ", Fixed Schedule: ", Days(city->fixed_start, city->fixed_end), "."));
    }
    Say(0, "");
    Say(0, free_.empty() ? "Cities needing arrangement: None." : "Cities needing arrangement:");
    for (const TravelCity* city : free_) {
      Say(0, absl::StrCat("* City: ", city->name, ", Duration: ", city->days, " days."));
    }
    Say(0, "");
  }

  bool Arrange(int day) {
    const std::size_t level = 2 * plan_.size();
    Say(level, absl::StrCat("Current day: ", day, ". Current plan: ", NamesOf(plan_), "."));
    if (plan_.size() == problem_.cities.size()) {
      Say(level,
          absl::StrCat("All ", plan_.size(), " cities are arranged. Complete plan is found!"));
      return true;
    }
    for (const TravelCity* city : OptionsOn(day, level)) {
      if (Try(*city, day, level + 1)) return true;
      if (too_long()) return false;
    }
    Say(level + 1, absl::StrCat("Fail to arrange any option on day ", day,
                                " in the current arrangement. Drop this branch."));
    return false;
  }

  bool too_long() const { return lines_.size() > kMaxLines; }
  const std::vector<std::string>& lines() const { return lines_; }

  std::vector<std::string> PlanLines() const {
    std::vector<std::string> lines;
    int day = 1;
    for (std::size_t i = 0; i < plan_.size(); ++i) {
      const TravelCity& city = *plan_[i];
      const int end = day + city.days - 1;
      const std::string visit = absl::StrCat("isit ", city.name, " for ", city.days, " days.");
      lines.push_back(absl::StrCat(
          "**Day ", day, "-", end, ":** ",
          i == 0 ? absl::StrCat("Arriving in ", city.name, " and v", visit) : "V" + visit));
      if (i + 1 < plan_.size()) {
        lines.push_back(absl::StrCat("**Day ", end, ":** Fly from ", city.name, " to ",
                                     plan_[i + 1]->name, "."));
      }
      day = end;
    }
    return lines;
  }

 private:
  void Say(std::size_t level, std::string_view line) {
    lines_.push_back(Indent(level) + std::string(line));
  }

  bool Placed(const TravelCity* city) const {
    return std::find(plan_.begin(), plan_.end(), city) != plan_.end();
  }

  // Which cities may come on `day`: the one that is fixed to it, or all that are free.
  std::vector<const TravelCity*> OptionsOn(int day, std::size_t level) {
    const std::string arrival = absl::StrCat("the city with an arrival day of Day ", day, " - ");
    Say(level, absl::StrCat("Check whether ", arrival, "is fixed."));
    for (const TravelCity* city : fixed_) {
      if (city->fixed_start != day || Placed(city)) continue;
      Say(level, absl::StrCat("Yes. T", arrival.substr(1), "is fixed: ", city->name, "."));
      return {city};
    }
    std::vector<const TravelCity*> options;
    for (const TravelCity* city : free_) {
      if (!Placed(city)) options.push_back(city);
    }
    Say(level, absl::StrCat("No. Consider possible options from cities needing arrangement: ",
                            NamesOf(options), " and explore these options in order."));
    return options;
  }

  bool Try(const TravelCity& city, int day, std::size_t level) {
    const int end = day + city.days - 1;
    Say(level, absl::StrCat("Try arranging to visit ", city.name, " from Day ", day,
                            ". Duration: ", city.days, " days. Schedule: ", Days(day, end), "."));
    Say(level, absl::StrCat("Check for direct flight from ",
                            plan_.empty() ? "the starting point" : plan_.back()->name, " to ",
                            city.name, "."));
    if (!plan_.empty() && !Flies(plan_.back()->name, city.name)) {
      Say(level, "No. Drop this branch.");
      return false;
    }
    Say(level, "Yes.");
    if (!FitsBeforeFixed(city, day, end, level)) return false;
    Say(level, "This arrangement is feasible for now. Continue to arrange the rest of the plan.");
    plan_.push_back(&city);
    if (Arrange(end)) return true;
    plan_.pop_back();
    return false;
  }

  bool Flies(const std::string& from, const std::string& to) const {
    return std::find(problem_.flights.begin(), problem_.flights.end(), std::pair(from, to)) !=
           problem_.flights.end();
  }

  bool FitsBeforeFixed(const TravelCity& city, int day, int end, std::size_t level) {
    const auto next = std::find_if(fixed_.begin(), fixed_.end(), [&](const TravelCity* fixed) {
      return fixed->fixed_start > day;
    });
    const std::string check = absl::StrCat(
        "Check whether this arrangement is compatible with the next fixed schedule after Day ", day,
        ": ");
    if (next == fixed_.end()) {
      Say(level, check + "None.");
      Say(level, "No following fixed schedules. This arrangement is compatible.");
      return true;
    }
    const TravelCity& fixed = **next;
    Say(level,
        absl::StrCat(check, fixed.name, " (", Days(fixed.fixed_start, fixed.fixed_end), ")."));
    const bool late = end > fixed.fixed_start;
    Say(level, absl::StrCat("The departure day of ", city.name, " is Day ", end,
                            ". The arrival day of ", fixed.name, " is Day ", fixed.fixed_start,
                            ". Day ", end, late ? " is later than (>)" : " is not later than (<=)",
                            " Day ", fixed.fixed_start,
                            late ? ". This arrangement is incompatible. Drop this branch."
                                 : ". This arrangement is compatible."));
    return !late;
  }

  const TravelProblem& problem_;
  std::vector<const TravelCity*> fixed_;  // by day of arrival
  std::vector<const TravelCity*> free_;
  std::vector<const TravelCity*> plan_;
  std::vector<std::string> lines_;
};

}  // namespace

absl::StatusOr<std::string> TravelReference(const TravelProblem& problem) {
  if (problem.cities.empty() || problem.cities.size() > kMaxCities) {
    return InvalidArgument(
        absl::StrCat(problem.cities.size(), " cities, expected 1 to ", kMaxCities));
  }
  Search search(problem);
  search.Introduce();
  if (!search.Arrange(1)) {
    return InvalidArgument(search.too_long()
                               ? absl::StrCat("no plan within ", kMaxLines, " lines of search")
                               : "no plan fits the constraints");
  }
  return absl::StrCat("<Solving Procedure>\n", absl::StrJoin(search.lines(), "\n"),
                      "\n</Solving Procedure>\n\nOutput the plan in the required format:\n<Plan>\n",
                      absl::StrJoin(search.PlanLines(), "\n"), "\n</Plan>");
}

}  // namespace assay
