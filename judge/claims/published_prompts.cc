#include "judge/claims/published_prompts.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/check.h"
#include "common/base/log.h"
#include "common/text/python_format.h"
#include "judge/engine/verdict.h"

namespace assay {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

constexpr char kSystem[] = "_system";

const PublishedStage* FindStage(const std::string& preset, std::string_view name) {
  for (const PublishedStage& stage : PublishedStagesOf(preset)) {
    if (stage.name == name) return &stage;
  }
  return nullptr;
}

std::string Bracketed(std::string_view name) {
  return absl::StrCat("[", absl::AsciiStrToUpper(std::string(name)), "]");
}

bool HasBracketed(const PublishedStage& stage, const std::string& text) {
  return std::any_of(stage.fields.begin(), stage.fields.end(), [&](const PublishedField& field) {
    return text.find(Bracketed(field.name)) != std::string::npos;
  });
}

// In one pass: what a value says is not looked at again.
std::string FillBracketed(const std::string& text, const Values& values) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto value = std::find_if(values.begin(), values.end(), [&](const auto& one) {
      const std::string mark = Bracketed(one.first);
      return text.compare(at, mark.size(), mark) == 0;
    });
    if (value == values.end()) {
      out += text[at++];
    } else {
      out += value->second;
      at += value->first.size() + 2;
    }
  }
  return out;
}

absl::StatusOr<std::string> Fill(const PublishedStage& stage, const std::string& text,
                                 const Values& values) {
  if (HasBracketed(stage, text)) return FillBracketed(text, values);
  std::vector<std::pair<std::string_view, std::string_view>> arguments;
  for (const auto& [name, value] : values) {
    arguments.emplace_back(name, value);
    for (const PublishedField& field : stage.fields) {
      if (field.name == name && *field.alias != '\0') arguments.emplace_back(field.alias, value);
    }
  }
  return PythonFormat(text, arguments);
}

absl::Status CheckText(const PublishedStage& stage, const std::string& text) {
  Values marks;
  for (const PublishedField& field : stage.fields) {
    marks.emplace_back(field.name, absl::StrCat("\x01", field.name, "\x01"));
  }
  const absl::StatusOr<std::string> filled = Fill(stage, text, marks);
  ASSAY_RETURN_IF_ERROR(filled.status());
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (!stage.fields[i].required || filled->find(marks[i].second) != std::string::npos) continue;
    return InvalidArgument(absl::StrCat("has no {", marks[i].first, "} (or ",
                                        Bracketed(marks[i].first), ") to be filled in"));
  }
  return absl::OkStatus();
}

template <typename Map>
absl::Status CheckNames(const std::string& preset, const Map& given, const std::string& field) {
  for (const auto& [name, value] : given) {
    std::string_view stage = name;
    if (stage.ends_with(kSystem)) stage.remove_suffix(sizeof(kSystem) - 1);
    if (FindStage(preset, stage) != nullptr) continue;
    const std::string known =
        absl::StrJoin(PublishedStagesOf(preset), ", ",
                      [](std::string* out, const PublishedStage& one) { *out += one.name; });
    return InvalidArgument(absl::StrCat("factual_coverage.", field, ": \"", EscapeForTerminal(name),
                                        "\" is not known, preset ", preset, " has ", known,
                                        ", and _system behind each"));
  }
  return absl::OkStatus();
}

}  // namespace

const std::vector<PublishedStage>& PublishedStagesOf(std::string_view preset) {
  static const std::vector<PublishedField> kTriplets = {{"response", "a", true},
                                                        {"question", "q", false}};
  static const std::vector<PublishedField> kJoint = {
      {"claims", "", true}, {"reference", "", true}, {"question", "", false}};
  static const std::map<std::string, std::vector<PublishedStage>, std::less<>> kStages = {
      {"icat",
       {{"claims", true, {{"response", "", true}}, 0.0, 2048},
        {"align",
         true,
         {{"topics", "subtopics", true}, {"claims", "facts", true}, {"query", "", false}},
         0.0,
         2048},
        {"aspects", false, {{"query", "", true}}, 0.0, 2048}}},
      {"factscore",
       {{"claims", true, {{"sentence", "", true}}, 0.7, 0},
        {"verify",
         true,
         {{"claim", "atom", true}, {"context", "", true}, {"topic", "", false}},
         0.7,
         0}}},
      {"veriscore",
       {{"claims", true, {{"snippet", "", true}, {"sentence", "", false}}, 0.0, 1000},
        {"verify", true, {{"claim", "", true}, {"search_results", "", true}}, 0.0, 1000}}},
      {"refchecker", {{"claims", true, kTriplets, 1e-5, 500}, {"verify", true, kJoint, 0.0, 150}}},
      {"ragchecker",
       {{"claims", true, kTriplets, 1e-5, 1000}, {"verify", true, kJoint, 0.0, 150}}}};
  static const std::vector<PublishedStage> kNone;
  const auto found = kStages.find(preset);
  return found == kStages.end() ? kNone : found->second;
}

bool AsksAsPublished(const v1::FactualCoverageScorer& scorer) {
  return !scorer.prompts().empty() || !scorer.prompt_files().empty();
}

absl::Status CheckPublishedPrompts(const v1::FactualCoverageScorer& scorer) {
  if (!AsksAsPublished(scorer)) return absl::OkStatus();
  const std::string& preset = scorer.preset();
  if (PublishedStagesOf(preset).empty()) {
    return InvalidArgument(
        "factual_coverage.prompt_files: belong to a preset, whose published prompts they are; set "
        "factual_coverage.preset");
  }
  ASSAY_RETURN_IF_ERROR(CheckNames(preset, scorer.prompt_files(), "prompt_files"));
  ASSAY_RETURN_IF_ERROR(CheckNames(preset, scorer.prompts(), "prompts"));
  for (const PublishedStage& stage : PublishedStagesOf(preset)) {
    const auto text = scorer.prompts().find(stage.name);
    if (text != scorer.prompts().end()) {
      const absl::Status problem = CheckText(stage, text->second);
      if (!problem.ok()) {
        return Annotate(problem, absl::StrCat("factual_coverage.prompt_files.", stage.name));
      }
    } else if (stage.required && !scorer.prompt_files().contains(stage.name)) {
      return InvalidArgument(absl::StrCat(
          "factual_coverage.prompt_files: ", stage.name, " is missing: preset ", preset,
          " asks in its published forms with all of its prompts, or with none of them"));
    }
  }
  return absl::OkStatus();
}

std::vector<v1::Message> PublishedMessages(const v1::FactualCoverageScorer& scorer,
                                           const std::string& stage, const Values& values) {
  const PublishedStage* known = FindStage(scorer.preset(), stage);
  const auto text = scorer.prompts().find(stage);
  ASSAY_CHECK(known != nullptr && text != scorer.prompts().end());
  const absl::StatusOr<std::string> filled = Fill(*known, text->second, values);
  ASSAY_CHECK(filled.ok());
  std::vector<v1::Message> messages;
  if (const auto system = scorer.prompts().find(stage + kSystem);
      system != scorer.prompts().end()) {
    messages.emplace_back().set_role("system");
    messages.back().set_content(system->second);
  }
  messages.emplace_back().set_role("user");
  messages.back().set_content(*filled);
  return messages;
}

v1::Sampling PublishedSampling(const v1::ScorerSpec& scorer, const std::string& stage) {
  const v1::FactualCoverageScorer& own = scorer.factual_coverage();
  const PublishedStage* known = FindStage(own.preset(), stage);
  ASSAY_CHECK(known != nullptr);
  v1::Sampling sampling = own.asking().sampling();
  const bool official = EffectiveCompat(scorer) == v1::COMPAT_OFFICIAL;
  if (!sampling.has_temperature()) {
    sampling.set_temperature(official ? known->temperature : 0);
  }
  // A list of claims that is cut at a cap scores what is left of it.
  if (!sampling.has_max_tokens() && official && known->max_tokens > 0) {
    sampling.set_max_tokens(known->max_tokens);
  }
  return sampling;
}

}  // namespace assay
