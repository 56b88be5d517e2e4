#include "cli/report/report_input.h"

#include <algorithm>
#include <utility>

namespace assay {

ReportInput GroupReport(const v1::RunSummary& summary,
                        const std::vector<v1::SampleResult>& results) {
  ReportInput input;
  input.summary = &summary;
  input.results = &results;
  const auto color_of = [&](const std::string& model) {
    const int next = static_cast<int>(input.model_color.size());
    return input.model_color.try_emplace(model, next).first->second;
  };
  std::map<std::pair<std::string, std::string>, std::vector<const v1::SampleResult*>> grouped;
  for (const v1::SampleResult& result : results) {
    grouped[{result.suite(), result.model()}].push_back(&result);
  }
  for (const v1::ModelSummary& model : summary.models()) {
    auto suite =
        std::find_if(input.suites.begin(), input.suites.end(),
                     [&](const ReportSuite& known) { return known.name == model.suite(); });
    if (suite == input.suites.end()) {
      input.suites.push_back({model.suite(), model.suite_digest(), {}});
      suite = std::prev(input.suites.end());
    }
    suite->models.push_back(
        {&model, color_of(model.model()), grouped[{model.suite(), model.model()}]});
  }
  for (const v1::SampleResult& result : results) color_of(result.model());
  return input;
}

bool IsLoss(v1::Outcome outcome) {
  return outcome != v1::OUTCOME_GENERATED && outcome != v1::OUTCOME_SCORED &&
         outcome != v1::OUTCOME_NOT_APPLICABLE && outcome != v1::OUTCOME_NO_EVIDENCE;
}

}  // namespace assay
