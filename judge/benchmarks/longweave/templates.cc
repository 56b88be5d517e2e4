#include "judge/benchmarks/longweave/templates.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/json/json.h"

namespace assay::longweave {
namespace {

absl::StatusOr<std::string> TextOf(const Json& text) {
  if (text.is_string()) return text.get<std::string>();
  std::vector<std::string> lines;
  bool texts = text.is_array();
  for (std::size_t i = 0; texts && i < text.size(); ++i) {
    texts = text[i].is_string();
    if (texts) lines.push_back(text[i].get<std::string>());
  }
  if (!texts) return InvalidArgument("text: expected a text or a list of texts");
  return absl::StrJoin(lines, "\n");
}

absl::StatusOr<std::string> Field(const Json& entry, const char* name) {
  const auto found = entry.is_object() ? entry.find(name) : entry.end();
  if (found == entry.end() || !found->is_string()) {
    return InvalidArgument(absl::StrCat(name, ": is missing, expected a text"));
  }
  return found->get<std::string>();
}

}  // namespace

absl::StatusOr<Templates> Templates::Parse(std::string_view json) {
  ASSAY_ASSIGN_OR_RETURN(const Json document, ParseJson(json));
  if (!document.is_object()) return InvalidArgument("expected an object of tasks");
  Templates templates;
  for (const auto& [task, entries] : document.items()) {
    if (!entries.is_array()) {
      return InvalidArgument(absl::StrCat(EscapeForTerminal(task), ": expected a list"));
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::string where = absl::StrCat(EscapeForTerminal(task), "[", i, "]");
      const absl::StatusOr<std::string> function = Field(entries[i], "function");
      if (!function.ok()) return Annotate(function.status(), where);
      const absl::StatusOr<std::string> variable = Field(entries[i], "variable");
      if (!variable.ok()) return Annotate(variable.status(), where);
      const auto text = entries[i].find("text");
      if (text == entries[i].end()) {
        return InvalidArgument(where + ".text: is missing, expected a text or a list of texts");
      }
      absl::StatusOr<std::string> joined = TextOf(*text);
      if (!joined.ok()) return Annotate(joined.status(), where);
      templates.texts_[absl::StrCat(task, ".", *function, ".", *variable)].push_back(
          *std::move(joined));
    }
  }
  return templates;
}

absl::StatusOr<std::string> Templates::Text(const std::string& task, const std::string& function,
                                            const std::string& variable, std::size_t index) const {
  const std::string name = absl::StrCat(task, ".", function, ".", variable);
  const auto found = texts_.find(name);
  if (found == texts_.end() || index >= found->second.size()) {
    return InvalidArgument(absl::StrCat(name, ": text ", index + 1, " is missing"));
  }
  return found->second[index];
}

absl::StatusOr<std::string> Fill(std::string_view text, std::initializer_list<Filling> fillings) {
  std::string filled;
  std::vector<bool> used(fillings.size());
  for (;;) {
    const std::size_t place = text.find("<<");
    filled.append(text.substr(0, place));
    if (place == std::string_view::npos) break;
    text.remove_prefix(place);
    const Filling* const filling = std::find_if(
        fillings.begin(), fillings.end(),
        [text](const Filling& each) { return text.substr(0, each.first.size()) == each.first; });
    if (filling == fillings.end()) {
      return InvalidArgument(
          absl::StrCat("prompt text: ", EscapeForTerminal(std::string(text.substr(0, 40))),
                       " is not known (another version of the prompts?)"));
    }
    used[static_cast<std::size_t>(filling - fillings.begin())] = true;
    filled.append(filling->second);
    text.remove_prefix(filling->first.size());
  }
  const auto unused = std::find(used.begin(), used.end(), false);
  if (unused != used.end()) {
    const Filling& missing = *(fillings.begin() + (unused - used.begin()));
    return InvalidArgument(absl::StrCat("prompt text: has no ", std::string(missing.first),
                                        " (another version of the prompts?)"));
  }
  return filled;
}

}  // namespace assay::longweave
