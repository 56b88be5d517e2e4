#include "judge/benchmarks/writingbench/writingbench_scores.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace assay {
namespace {

double Sum(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

double Mean(const std::vector<double>& values) {
  return values.empty() ? 0 : Sum(values) / static_cast<double>(values.size());
}

absl::Status CheckLine(const WritingBenchLine& line) {
  const bool none = line.scores.empty() ||
                    std::any_of(line.scores.begin(), line.scores.end(),
                                [](const auto& criterion) { return criterion.second.empty(); });
  if (!none) return absl::OkStatus();
  return InvalidArgument(absl::StrCat("query ", line.index, ": a criterion without scores"));
}

// Groups in order of appearance, with what they hold.
using Groups = std::vector<std::pair<std::string, std::vector<double>>>;

void AddTo(Groups& groups, const std::string& name, double value) {
  auto group = std::find_if(groups.begin(), groups.end(),
                            [&](const auto& entry) { return entry.first == name; });
  if (group == groups.end()) group = groups.insert(groups.end(), {name, {}});
  group->second.push_back(value);
}

// Lines by index, each index at the place of its first line and with its last one's scores.
class LastLines {
 public:
  explicit LastLines(const std::vector<WritingBenchLine>& lines) {
    for (const WritingBenchLine& line : lines) {
      if (by_index_.insert_or_assign(line.index, &line).second) order_.push_back(line.index);
    }
  }

  const std::vector<std::int64_t>& order() const { return order_; }
  const WritingBenchLine* Find(std::int64_t index) const {
    const auto found = by_index_.find(index);
    return found == by_index_.end() ? nullptr : found->second;
  }

 private:
  std::map<std::int64_t, const WritingBenchLine*> by_index_;
  std::vector<std::int64_t> order_;
};

absl::Status AddRequirement(const std::string& name, const WritingBenchRequirement& requirement,
                            const LastLines& lines, WritingBenchFigures& figures) {
  std::vector<double> whole;
  std::vector<double> part;
  for (const std::int64_t index : requirement.queries) {
    const WritingBenchLine* line = lines.Find(index);
    if (line == nullptr) continue;
    whole.push_back(WritingBenchQueryMean(*line));
    const auto criteria = requirement.criteria.find(index);
    if (criteria == requirement.criteria.end()) {
      return InvalidArgument(absl::StrCat("query ", index, ": no criteria for ", name));
    }
    for (const std::string& criterion : criteria->second) {
      const auto found =
          std::find_if(line->scores.begin(), line->scores.end(),
                       [&](const auto& scores) { return scores.first == criterion; });
      if (found == line->scores.end()) {
        return InvalidArgument(absl::StrCat("query ", index, ": no score for criterion \"",
                                            EscapeForTerminal(criterion), "\", which is about ",
                                            name));
      }
      part.push_back(Mean(found->second));
    }
  }
  figures.whole[name] = Mean(whole);
  figures.part[name] = Mean(part);
  return absl::OkStatus();
}

}  // namespace

std::string WritingBenchCriterionScore(std::size_t index) {
  return "criterion_" + std::to_string(index + 1);
}

double WritingBenchQueryMean(const WritingBenchLine& line) {
  double sum = 0;
  std::size_t count = 0;
  for (const auto& [name, scores] : line.scores) {
    sum += Sum(scores);
    count += scores.size();
  }
  return sum / static_cast<double>(count);
}

absl::StatusOr<WritingBenchFigures> WritingBenchAggregate(
    const std::vector<WritingBenchLine>& lines, const WritingBenchBenchmark& benchmark) {
  if (lines.empty()) return InvalidArgument("no scores");
  WritingBenchFigures figures;
  double sum = 0;
  std::size_t count = 0;
  for (const WritingBenchLine& line : lines) {
    ASSAY_RETURN_IF_ERROR(CheckLine(line));
    for (const auto& [name, scores] : line.scores) {
      sum += Sum(scores);
      count += scores.size();
    }
  }
  figures.overall = sum / static_cast<double>(count);
  figures.count = static_cast<std::int64_t>(lines.size());

  const LastLines last(lines);
  Groups first;
  Groups second;
  for (const std::int64_t index : last.order()) {
    const auto domain = benchmark.domains.find(index);
    if (domain == benchmark.domains.end()) continue;
    const double mean = WritingBenchQueryMean(*last.Find(index));
    AddTo(first, domain->second.first, mean);
    AddTo(second, domain->second.second, mean);
  }
  for (const auto& [name, means] : first) figures.first[name] = Mean(means);
  for (const auto& [name, means] : second) figures.second.emplace_back(name, Mean(means));
  for (const auto& [name, requirement] : benchmark.requirements) {
    ASSAY_RETURN_IF_ERROR(AddRequirement(name, requirement, last, figures));
  }
  return figures;
}

std::vector<std::string> WritingBenchSecondDomains(const std::vector<WritingBenchFigures>& models,
                                                   const WritingBenchBenchmark& benchmark) {
  std::map<std::string, std::string> first_of;
  for (const auto& [index, domain] : benchmark.domains) first_of[domain.second] = domain.first;
  Groups means;
  for (const WritingBenchFigures& model : models) {
    for (const auto& [name, mean] : model.second) AddTo(means, name, mean);
  }
  std::stable_sort(means.begin(), means.end(),
                   [](const auto& a, const auto& b) { return Mean(a.second) > Mean(b.second); });
  std::vector<std::string> columns;
  for (const std::string_view domain : kWritingBenchDomains) {
    for (const auto& [name, values] : means) {
      if (first_of.at(name) == domain) columns.push_back(name);
    }
  }
  return columns;
}

}  // namespace assay
