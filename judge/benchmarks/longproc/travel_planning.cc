#include "judge/benchmarks/longproc/travel_planning.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/text/python_split.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr std::string_view kOpening = "<Solving Procedure>";
constexpr std::string_view kInstruction = "Output the plan in the required format:";

// The longest run from `at` on of characters that are `is`.
template <typename Is>
std::string_view RunFrom(std::string_view text, std::size_t at, Is is) {
  std::size_t end = at;
  while (end < text.size()) {
    const DecodedChar next = DecodeUtf8(text, end);
    if (!is(next.code_point)) break;
    end += next.bytes;
  }
  return text.substr(at, end - at);
}

std::string_view DigitsFrom(std::string_view text, std::size_t at) {
  return RunFrom(text, at, IsPythonDigit);
}

// The last day of the first "a-b" in a line: \d+-\d+.
std::optional<std::string_view> LastDayOfVisit(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size()) {
    const std::string_view first = DigitsFrom(line, at);
    if (first.empty()) {
      at += DecodeUtf8(line, at).bytes;
      continue;
    }
    at += first.size();
    if (at >= line.size() || line[at] != '-') continue;
    const std::string_view second = DigitsFrom(line, at + 1);
    if (!second.empty()) return second;
  }
  return std::nullopt;
}

struct Flight {
  std::string_view day;
  std::string_view from;
  std::string_view to;
};

// "from A to B" at `at`.
std::optional<Flight> RouteAt(std::string_view line, std::size_t at) {
  constexpr std::string_view kFrom = "from ";
  constexpr std::string_view kTo = " to ";
  const std::string_view from = RunFrom(line, at + kFrom.size(), IsPythonWord);
  const std::size_t after = at + kFrom.size() + from.size();
  if (from.empty() || line.substr(after, kTo.size()) != kTo) return std::nullopt;
  const std::string_view to = RunFrom(line, after + kTo.size(), IsPythonWord);
  if (to.empty()) return std::nullopt;
  return Flight{{}, from, to};
}

// .*Day (\d+).*from (\w+) to (\w+): the last day that a route follows, and the last route.
std::optional<Flight> FlightOf(std::string_view line) {
  std::size_t route_at = line.rfind("from ");
  std::optional<Flight> flight;
  while (route_at != std::string_view::npos && !(flight = RouteAt(line, route_at))) {
    if (route_at == 0) return std::nullopt;
    route_at = line.rfind("from ", route_at - 1);
  }
  if (!flight) return std::nullopt;
  std::size_t day_at = line.substr(0, route_at).rfind("Day ");
  while (day_at != std::string_view::npos) {
    flight->day = DigitsFrom(line, day_at + 4);
    if (!flight->day.empty()) return flight;
    if (day_at == 0) break;
    day_at = line.rfind("Day ", day_at - 1);
  }
  return std::nullopt;
}

// European cities for (\d+) days.
std::optional<std::int64_t> TotalDaysOf(std::string_view line) {
  constexpr std::string_view kBefore = "European cities for ";
  for (std::size_t at = line.find(kBefore); at != std::string_view::npos;
       at = line.find(kBefore, at + 1)) {
    const std::string_view digits = DigitsFrom(line, at + kBefore.size());
    if (digits.empty()) continue;
    if (line.substr(at + kBefore.size() + digits.size()).starts_with(" days")) {
      return PythonInt(digits);
    }
  }
  return std::nullopt;
}

std::string Without(std::string_view text, std::string_view part) {
  std::string out(text);
  for (std::size_t at = out.find(part); at != std::string::npos; at = out.find(part, at)) {
    out.erase(at, part.size());
  }
  return out;
}

// The lines of a search that are not blank, from its opening tag on.
class SearchLines {
 public:
  explicit SearchLines(std::string_view text) {
    if (text.find(kInstruction) != std::string_view::npos) {
      room_ = Without(text, kInstruction);
      text = room_;
    }
    const std::size_t opening = text.find(kOpening);
    rest_ = text.substr(opening == std::string_view::npos ? 0 : opening);
  }
  SearchLines(const SearchLines&) = delete;
  SearchLines& operator=(const SearchLines&) = delete;

  std::optional<std::string_view> Next() {
    std::optional<std::string_view> line = TakeLine(rest_);
    while (line && PythonStrip(*line).empty()) line = TakeLine(rest_);
    return line;
  }

 private:
  std::string room_;
  std::optional<std::string_view> rest_;
};

// Whether the normalised line stands within the other one.
bool StandsIn(std::string_view wanted, std::string_view found) {
  if (wanted == found) return true;
  std::string normalized_wanted;
  std::string normalized_found;
  AppendNormalized(wanted, Articles(), Blanks::kKeep, normalized_wanted);
  AppendNormalized(found, Articles(), Blanks::kKeep, normalized_found);
  return normalized_found.find(normalized_wanted) != std::string::npos;
}

double PartialSearch(std::string_view reference, std::string_view reply, std::string& problem) {
  SearchLines wanted(reference);
  SearchLines found(reply);
  std::optional<std::string_view> wanted_line = wanted.Next();
  std::optional<std::string_view> found_line = found.Next();
  if (!wanted_line || !found_line) return 0;
  std::size_t last = 0;
  std::size_t lines = 0;
  for (bool same = true; wanted_line; wanted_line = wanted.Next()) {
    if (same && found_line) {
      last = lines;
      same = StandsIn(*wanted_line, *found_line);
      if (!same) problem = LineProblem(lines, *wanted_line, *found_line);
      if (same) found_line = found.Next();
    }
    ++lines;
  }
  return static_cast<double>(last) / static_cast<double>(lines);
}

}  // namespace

std::vector<TravelStay> ParseTravelPlan(std::string_view plan) {
  std::optional<std::int64_t> total_days;
  std::optional<std::string_view> last_day;
  std::vector<Flight> flights;
  for (const std::string_view line : PythonSplit(plan, "\n")) {
    if (const auto total = TotalDaysOf(line)) total_days = total;
    if (const auto day = LastDayOfVisit(line)) {
      last_day = day;
      if (total_days && PythonInt(*day) == total_days) break;
    }
    if (const auto flight = FlightOf(line)) flights.push_back(*flight);
  }
  if (!last_day || flights.empty()) return {};
  std::vector<std::int64_t> days = {1};
  std::vector<std::string_view> day_texts;
  for (const Flight& flight : flights) day_texts.push_back(flight.day);
  day_texts.push_back(*last_day);
  constexpr std::int64_t kMostDays = 1'000'000'000;
  for (const std::string_view text : day_texts) {
    const std::optional<std::int64_t> day = PythonInt(text);
    if (!day || *day > kMostDays) return {};
    days.push_back(*day);
  }
  std::vector<TravelStay> stays;
  for (std::size_t i = 0; i <= flights.size(); ++i) {
    const std::string_view city = i == 0 ? flights[0].from : flights[i - 1].to;
    stays.emplace_back(city, days[i + 1] - days[i] + 1);
  }
  return stays;
}

absl::StatusOr<std::vector<TravelStay>> ReadTravelStays(std::string_view cities,
                                                        std::string_view durations) {
  const std::vector<std::string> names =
      absl::StrSplit(std::string(cities), "**", absl::SkipEmpty());
  const std::vector<std::string> days =
      absl::StrSplit(std::string(durations), "**", absl::SkipEmpty());
  if (names.size() != days.size() || names.empty()) {
    return InvalidArgument(absl::StrCat(names.size(), " cities and ", days.size(), " durations"));
  }
  std::vector<TravelStay> stays;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::optional<std::int64_t> number = PythonInt(days[i]);
    if (!number) {
      return InvalidArgument(
          absl::StrCat("\"", EscapeForTerminal(days[i]), "\" is no number of days"));
    }
    stays.emplace_back(names[i], *number);
  }
  return stays;
}

LongProcScore ScoreTravelPlan(const std::vector<TravelStay>& wanted, std::string_view reference,
                              std::string_view reply) {
  LongProcScore score;
  const std::optional<std::string_view> plan = TaggedPart(reply, "Plan");
  score.extracted = plan ? 1 : 0;
  score.problem = "no <Plan> ... </Plan>";
  if (plan) {
    score.parsed = *plan;
    const std::vector<TravelStay> found = ParseTravelPlan(*plan);
    const bool right =
        found.size() >= wanted.size() && std::equal(wanted.begin(), wanted.end(), found.begin());
    score.problem = right ? "" : "the plan is not the one that fits";
    if (right) score.score = score.partial = 1;
    if (right) return score;
  }
  score.partial = PartialSearch(reference, reply, score.problem);
  return score;
}

}  // namespace assay
