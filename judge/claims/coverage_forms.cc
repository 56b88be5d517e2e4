#include "judge/claims/coverage_forms.h"

#include "common/json/json.h"

namespace assay {
namespace {

using Kind = AnswerField::Kind;

constexpr std::int64_t kMaxClaimBytes = 1000;
constexpr std::int64_t kMaxQuoteBytes = 2000;
constexpr std::int64_t kMaxClaimsPerItem = 60;
constexpr std::int64_t kMaxAspects = 20;

AnswerField Field(const char* name, Kind kind, std::int64_t least, std::int64_t most) {
  AnswerField field;
  field.name = name;
  field.kind = kind;
  field.least = least;
  field.most = most;
  return field;
}

}  // namespace

const std::vector<std::string>& ClaimLabels() {
  static const auto* const kLabels =
      new std::vector<std::string>{"unknown", "not_found", "contradicted", "supported"};
  return *kLabels;
}

std::vector<AnswerField> ExtractForm() {
  AnswerField claims = Field("claims", Kind::kRecords, 0, kMaxClaimsPerItem);
  claims.fields = {Field("sentence", Kind::kInteger, 1, 1'000'000),
                   Field("claim", Kind::kText, 0, kMaxClaimBytes)};
  return {claims};
}

std::vector<AnswerField> VerifyForm() {
  AnswerField label = Field("label", Kind::kLabel, 0, 0);
  label.labels = ClaimLabels();
  AnswerField quote = Field("quote", Kind::kText, 0, kMaxQuoteBytes);
  quote.required = false;
  return {label, quote};
}

std::vector<AnswerField> AlignForm(const std::vector<std::string>& claims) {
  AnswerField ids = Field("covered_by", Kind::kIds, 0, 0);
  ids.labels = claims;
  return {ids};
}

std::vector<AnswerField> AspectsForm() { return {Field("aspects", Kind::kTexts, 0, kMaxAspects)}; }

std::string AspectSource(const v1::FactualCoverageScorer& scorer, const v1::Sample& sample) {
  if (!scorer.aspects().empty()) return scorer.aspects();
  if (sample.aspects_size() > 0) return "given";
  return sample.reference_answer().empty() ? "generated" : "reference_claims";
}

std::string WriteAspects(const std::vector<std::string>& aspects) {
  Json list = Json::array();
  for (const std::string& aspect : aspects) list.push_back(aspect);
  return DumpJson(list);
}

absl::StatusOr<std::vector<std::string>> ReadAspects(std::string_view json) {
  const absl::StatusOr<Json> list = ParseJson(json);
  if (!list.ok()) return Annotate(list.status(), "aspects");
  std::vector<std::string> aspects;
  for (const Json& aspect : *list) {
    if (!aspect.is_string()) return InvalidArgument("aspects: not a list of strings");
    aspects.push_back(aspect.get<std::string>());
  }
  return aspects;
}

}  // namespace assay
