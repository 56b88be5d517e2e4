#include "judge/constraints/check_result.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/outline.h"
#include "judge/constraints/text_facts.h"

namespace assay {
namespace {

using google::protobuf::Value;

const Value* FindParam(const v1::Constraint& constraint, const std::string& name) {
  const auto found = constraint.params().fields().find(name);
  return found == constraint.params().fields().end() ? nullptr : &found->second;
}

}  // namespace

CheckedText::CheckedText(std::string_view whole, std::string language_tag)
    : text(whole),
      language(std::move(language_tag)),
      map(whole),
      folded(whole, LetterCase::kFolded),
      outline(WithoutCode(whole)) {}

void AddSpan(TextRange span, CheckResult& result) {
  if (result.spans.size() < kMaxSpans && span.begin < span.end) result.spans.push_back(span);
}

CheckResult Undecided(std::string why) { return {std::nullopt, std::move(why), {}}; }

CheckResult OfParts(std::size_t held, const std::vector<std::string>& missing,
                    const std::string& what, const std::vector<TextRange>& spans) {
  CheckResult result;
  const std::size_t all = held + missing.size();
  result.satisfied = all == 0 ? 0 : static_cast<double>(held) / static_cast<double>(all);
  result.note = absl::StrCat(held, " of ", all, " ", what);
  for (std::size_t i = 0; i < std::min<std::size_t>(missing.size(), 5); ++i) {
    absl::StrAppend(&result.note, i == 0 ? "; missing: " : ", ", missing[i]);
  }
  if (missing.size() > 5) absl::StrAppend(&result.note, ", ...");
  for (const TextRange& span : spans) AddSpan(span, result);
  return result;
}

std::string TextParam(const v1::Constraint& constraint, const std::string& name) {
  const Value* value = FindParam(constraint, name);
  return value == nullptr ? "" : value->string_value();
}

double NumberParam(const v1::Constraint& constraint, const std::string& name, double absent) {
  const Value* value = FindParam(constraint, name);
  return value != nullptr && value->has_number_value() ? value->number_value() : absent;
}

bool FlagParam(const v1::Constraint& constraint, const std::string& name, bool absent) {
  const Value* value = FindParam(constraint, name);
  return value != nullptr && value->has_bool_value() ? value->bool_value() : absent;
}

std::vector<std::string> TextsParam(const v1::Constraint& constraint) {
  std::vector<std::string> texts;
  const Value* value = FindParam(constraint, "texts");
  if (value == nullptr) return texts;
  for (const Value& text : value->list_value().values()) texts.push_back(text.string_value());
  return texts;
}

}  // namespace assay
