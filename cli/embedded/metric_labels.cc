#include "cli/embedded/metric_labels.h"

#include <string_view>

namespace assay {
namespace {

std::string LowerWithout(std::string_view prefix, const std::string& name) {
  if (!name.starts_with(prefix)) return "unknown";
  std::string label = name.substr(prefix.size());
  for (char& c : label) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return label;
}

}  // namespace

std::string ClassLabel(v1::ErrorClass error_class) {
  if (error_class == v1::ERROR_CLASS_UNSPECIFIED) return "ok";
  return LowerWithout("ERROR_CLASS_", v1::ErrorClass_Name(error_class));
}

std::string OutcomeLabel(v1::Outcome outcome) {
  return LowerWithout("OUTCOME_", v1::Outcome_Name(outcome));
}

std::string KindLabel(v1::UnitKind kind) {
  return LowerWithout("UNIT_KIND_", v1::UnitKind_Name(kind));
}

std::string SettlementLabel(v1::Settlement settlement) {
  return LowerWithout("SETTLEMENT_", v1::Settlement_Name(settlement));
}

}  // namespace assay
