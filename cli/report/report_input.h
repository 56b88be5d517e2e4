// What the parts of the report page share: the run, grouped. Points into the caller's messages.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "assay/v1/results.pb.h"

namespace assay {

struct ReportModel {
  const v1::ModelSummary* summary = nullptr;
  int color = 0;  // position of the model among all models of the run
  std::vector<const v1::SampleResult*> results;
};

struct ReportSuite {
  std::string name;
  std::string digest;
  std::vector<ReportModel> models;
};

struct ReportInput {
  const v1::RunSummary* summary = nullptr;
  const std::vector<v1::SampleResult>* results = nullptr;
  std::vector<ReportSuite> suites;  // in the order of the summary
  std::map<std::string, int> model_color;
};

ReportInput GroupReport(const v1::RunSummary& summary,
                        const std::vector<v1::SampleResult>& results);

// A generation or scoring that ended in anything but generated, scored or not applicable.
bool IsLoss(v1::Outcome outcome);

}  // namespace assay
