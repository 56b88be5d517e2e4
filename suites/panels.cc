#include "suites/panels.h"

#include <algorithm>
#include <set>
#include <string>

#include "common/base/status.h"
#include "common/config/config_errors.h"

namespace assay {
namespace {

std::string IdOf(const v1::Judge& judge) { return judge.id().empty() ? judge.model() : judge.id(); }

// Ids of scorers are parts of dotted names.
std::string AsId(std::string judge) {
  for (char& c : judge) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && c != '-') c = '_';
  }
  return judge;
}

absl::Status CheckPanel(const v1::RunSpec& spec, const v1::ScorerSpec& scorer) {
  const std::string who = "scorer " + QuoteForError(scorer.id());
  std::set<std::string> seen;
  for (const std::string& name : scorer.panel()) {
    if (!seen.insert(name).second) {
      return InvalidArgument(who + ": panel: judge " + QuoteForError(name) + " stands there twice");
    }
    const bool known = std::any_of(spec.judges().begin(), spec.judges().end(),
                                   [&](const v1::Judge& judge) { return IdOf(judge) == name; });
    if (!known) {
      return InvalidArgument(who + ": panel: there is no judge " + QuoteForError(name) +
                             "; judges of the run go into panel by their id");
    }
  }
  const std::string& combine = scorer.combine();
  if (!combine.empty() && combine != "mean" && combine != "median" && combine != "majority") {
    return InvalidArgument(who + ": combine: expected mean, median or majority, found " +
                           QuoteForError(combine));
  }
  if (scorer.min_valid() < 0 || scorer.min_valid() > scorer.panel_size()) {
    return InvalidArgument(who + ": min_valid: " + std::to_string(scorer.min_valid()) +
                           " is not between 1 and the " + std::to_string(scorer.panel_size()) +
                           " judges of the panel");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ExpandPanels(const v1::RunSpec& spec,
                          google::protobuf::RepeatedPtrField<v1::ScorerSpec>* scorers) {
  google::protobuf::RepeatedPtrField<v1::ScorerSpec> expanded;
  for (const v1::ScorerSpec& scorer : *scorers) {
    if (scorer.panel().empty()) {
      *expanded.Add() = scorer;
      continue;
    }
    ASSAY_RETURN_IF_ERROR(CheckPanel(spec, scorer));
    for (const std::string& judge : scorer.panel()) {
      v1::ScorerSpec& part = *expanded.Add();
      part = scorer;
      part.clear_panel();
      part.set_id(scorer.id() + "@" + AsId(judge));
      part.set_judge(judge);
      part.set_combine(scorer.combine().empty() ? "mean" : scorer.combine());
      part.set_min_valid(scorer.min_valid() > 0 ? scorer.min_valid() : scorer.panel_size() / 2 + 1);
      part.mutable_accepted()->set_panel(scorer.id());
    }
  }
  *scorers = std::move(expanded);
  return absl::OkStatus();
}

}  // namespace assay
