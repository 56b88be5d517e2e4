#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#include "common/base/log.h"
#include "common/config/config_errors.h"
#include "common/config/message_decoder.h"
#include "common/config/run_spec_checks.h"

namespace assay {
namespace {

constexpr std::size_t kMaxPromptBytes = std::size_t{256} << 10;
constexpr int kMaxDimensions = 50;
constexpr int kMaxTries = 20;
constexpr int kMaxScale = 1000;

void CheckDimensions(const v1::RubricScorer& rubric, const std::string& base,
                     ConfigErrors* errors) {
  if (rubric.dimensions_size() > kMaxDimensions) {
    errors->AddUnlessBroken(base + ".dimensions", "at most 50 dimensions, are " +
                                                      std::to_string(rubric.dimensions_size()));
  }
  std::set<std::string> names;
  for (int i = 0; i < rubric.dimensions_size(); ++i) {
    const std::string here = base + ".dimensions[" + std::to_string(i) + "].name";
    const std::string& name = rubric.dimensions(i).name();
    if (name.empty()) {
      errors->AddUnlessBroken(here, "is missing");
    } else if (name.size() > 128 || name.find_first_of("\r\n\t.\"") != std::string::npos) {
      errors->AddUnlessBroken(here, "must be one line of at most 128 bytes without '.' and '\"'");
    } else if (!names.insert(name).second) {
      errors->AddUnlessBroken(here, QuoteForError(name) + " is here twice");
    }
  }
}

void CheckRubric(const v1::RubricScorer& rubric, const std::string& base, ConfigErrors* errors) {
  if (!rubric.prompt().empty() && !rubric.prompt_file().empty()) {
    errors->AddUnlessBroken(base + ".prompt_file",
                            "only one of prompt and prompt_file may be given");
  }
  if (rubric.prompt().size() > kMaxPromptBytes) {
    errors->AddUnlessBroken(base + ".prompt", "must be at most 262144 bytes, has " +
                                                  std::to_string(rubric.prompt().size()));
  }
  static constexpr const char* kMethods[] = {"",         "dimensions", "checklist",
                                             "weighted", "points",     "relative"};
  if (std::find(std::begin(kMethods), std::end(kMethods), rubric.method()) == std::end(kMethods)) {
    errors->AddUnlessBroken(base + ".method",
                            "expected dimensions, checklist, weighted, points or relative, found " +
                                QuoteForError(rubric.method()));
  }
  CheckDimensions(rubric, base, errors);
  const bool scale_given = rubric.scale_min() != 0 || rubric.scale_max() != 0;
  if (scale_given && rubric.scale_min() >= rubric.scale_max()) {
    errors->AddUnlessBroken(base + ".scale_min", "must be less than scale_max (" +
                                                     std::to_string(rubric.scale_max()) + "), is " +
                                                     std::to_string(rubric.scale_min()));
  }
  if (rubric.scale_min() < 0 || rubric.scale_max() > kMaxScale) {
    errors->AddUnlessBroken(base + ".scale_max", "the scale must lie in 0 to 1000");
  }
  const bool tries_given = rubric.max_tries() != 0 || errors->Written(base + ".max_tries");
  if (tries_given && (rubric.max_tries() < 1 || rubric.max_tries() > kMaxTries)) {
    errors->AddUnlessBroken(base + ".max_tries",
                            "must be from 1 to 20, is " + std::to_string(rubric.max_tries()));
  }
  CheckSampling(rubric.sampling(), base + ".sampling", errors);
}

}  // namespace

bool IsJudged(const v1::ScorerSpec& scorer) {
  switch (scorer.type_case()) {
    case v1::ScorerSpec::kRubric:
    case v1::ScorerSpec::kCoherence:
    case v1::ScorerSpec::kConstraints:
    case v1::ScorerSpec::kFactualCoverage:
      return true;
    case v1::ScorerSpec::kBenchmark:
      return scorer.accepted().judged();
    case v1::ScorerSpec::kLength:
    case v1::ScorerSpec::kRepetition:
    case v1::ScorerSpec::TYPE_NOT_SET:
      return false;
  }
  return false;
}

std::string DefaultScorerId(const v1::ScorerSpec& scorer) {
  if (!scorer.benchmark().name().empty()) return scorer.benchmark().name();
  const auto* type =
      v1::ScorerSpec::descriptor()->FindFieldByNumber(static_cast<int>(scorer.type_case()));
  return type == nullptr ? "" : type->name();
}

void CheckScorer(const v1::ScorerSpec& scorer, std::string_view path, ConfigErrors* errors) {
  const std::string base(path);
  switch (scorer.type_case()) {
    case v1::ScorerSpec::TYPE_NOT_SET:
      errors->AddUnlessBroken(base,
                              "has no type; add one of length: {}, repetition: {}, coherence: {}, "
                              "constraints: {}, factual_coverage: {}, rubric: {preset: general}");
      return;
    case v1::ScorerSpec::kLength: {
      const std::string& counting = scorer.length().counting();
      if (!counting.empty() && counting != "longbench_write") {
        errors->AddUnlessBroken(base + ".length.counting",
                                "expected longbench_write, found " + QuoteForError(counting));
      }
      break;
    }
    case v1::ScorerSpec::kRubric:
      CheckRubric(scorer.rubric(), base + ".rubric", errors);
      break;
    case v1::ScorerSpec::kRepetition: {
      const std::string here = base + ".repetition.ngram";
      const int ngram = scorer.repetition().ngram();
      if ((ngram != 0 || errors->Written(here)) && (ngram < 2 || ngram > 1000)) {
        errors->AddUnlessBroken(here, "must be from 2 to 1000, is " + std::to_string(ngram));
      }
      break;
    }
    case v1::ScorerSpec::kCoherence:
    case v1::ScorerSpec::kConstraints:
    case v1::ScorerSpec::kFactualCoverage:
    case v1::ScorerSpec::kBenchmark:
      break;  // judge/ checks the rest when the run is accepted
  }
  if (scorer.has_accepted()) {
    errors->AddUnlessBroken(base + ".accepted", "is filled in when a run is accepted; remove it");
  }
  const bool may_ask = IsJudged(scorer) || scorer.has_benchmark();
  if (!scorer.judge().empty() && !may_ask) {
    errors->AddUnlessBroken(base + ".judge", "this type of scorer asks no judge; remove the line");
  }
}

}  // namespace assay
