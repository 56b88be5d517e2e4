#include "judge/benchmarks/longweave/code_checks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/json/json.h"

namespace assay::longweave {
namespace {

absl::StatusOr<CodeChecks> ChecksOf(std::string_view line) {
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(line));
  const auto runnable = json.is_object() ? json.find("runnable") : json.end();
  if (runnable == json.end() || !runnable->is_boolean()) {
    return InvalidArgument("runnable: expected true or false");
  }
  CodeChecks checks;
  checks.runnable = runnable->get<bool>();
  const auto violations = json.find("violations");
  const bool counted = violations != json.end() && violations->is_number_unsigned();
  if (checks.runnable && !counted) {
    return InvalidArgument("violations: expected a whole number, since the code is runnable");
  }
  if (checks.runnable) checks.violations = violations->get<std::int64_t>();
  return checks;
}

}  // namespace

absl::StatusOr<std::optional<CodeChecks>> FindChecks(std::string_view lines,
                                                     std::string_view sha256) {
  const std::size_t place = lines.find(sha256);
  if (place == std::string_view::npos) return std::optional<CodeChecks>();
  const std::size_t before = lines.rfind('\n', place);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t end = std::min(lines.find('\n', place), lines.size());
  const absl::StatusOr<CodeChecks> checks = ChecksOf(lines.substr(begin, end - begin));
  if (!checks.ok()) {
    const auto number =
        1 + std::count(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
    return Annotate(checks.status(), absl::StrCat("checks line ", number));
  }
  return std::optional<CodeChecks>(*checks);
}

}  // namespace assay::longweave
