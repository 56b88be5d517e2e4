#include "cli/cluster/cluster_addresses.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace assay {

std::vector<std::string> CoordinatorAddresses(
    std::vector<std::string> given,
    const std::function<std::optional<std::string>(const std::string&)>& environment) {
  std::vector<std::string> addresses;
  if (given.empty()) given.push_back(environment("ASSAY_COORDINATOR").value_or(""));
  for (const std::string& list : given) {
    for (const absl::string_view part : absl::StrSplit(list, ',', absl::SkipWhitespace())) {
      const absl::string_view address = absl::StripAsciiWhitespace(part);
      addresses.emplace_back(address.data(), address.size());
    }
  }
  if (addresses.empty()) addresses.push_back("127.0.0.1:7400");
  return addresses;
}

}  // namespace assay
