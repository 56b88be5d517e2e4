#include "simulator/item_prompt.h"

#include <algorithm>
#include <cstdio>

namespace assay {
namespace {

constexpr std::string_view kIds = "Answer every one of these items: ";
constexpr std::string_view kNonce = "\"nonce\": \"";
constexpr std::string_view kOpen = "<<<ASSAY-TEXT ";
constexpr std::string_view kForm = "  \"id\": the id of the item";

std::vector<std::string> Split(std::string_view text, std::string_view by) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(by, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + by.size();
  }
  return parts;
}

// The labels of: one of "a", "b"
std::vector<std::string> LabelsIn(std::string_view line) {
  std::vector<std::string> labels;
  const std::size_t begin = line.find("one of \"");
  if (begin == std::string_view::npos) return labels;
  for (std::string& piece : Split(line.substr(begin + 8), "\", \"")) {
    while (!piece.empty() && piece.back() == '"') piece.pop_back();
    labels.push_back(std::move(piece));
  }
  return labels;
}

void ReadForm(std::string_view prompt, ItemPrompt& read) {
  const std::size_t form = prompt.find(kForm);
  if (form == std::string_view::npos) return;
  for (const std::string& line : Split(prompt.substr(form), "\n")) {
    if (line.empty()) return;
    if (!line.starts_with("  \"") || line.starts_with("   ")) continue;
    const std::size_t end = line.find('"', 3);
    if (end == std::string::npos) continue;
    const std::string name = line.substr(3, end - 3);
    read.fields[name] = LabelsIn(line);
    int least = 0;
    int most = 0;
    const std::size_t range = line.find("a whole number from ");
    if (range == std::string::npos) continue;
    if (std::sscanf(line.c_str() + range, "a whole number from %d to %d", &least, &most) == 2) {
      read.ranges[name] = {least, most};
    }
  }
}

}  // namespace

bool ItemPrompt::HasLabel(const std::string& field, const std::string& label) const {
  const auto found = fields.find(field);
  return found != fields.end() &&
         std::find(found->second.begin(), found->second.end(), label) != found->second.end();
}

std::string_view ItemPrompt::Text(const std::string& name) const {
  for (const auto& [known, text] : materials) {
    if (known == name) return text;
  }
  return "";
}

bool IsItemPrompt(std::string_view prompt) {
  return prompt.find(kForm) != std::string_view::npos &&
         prompt.rfind(kIds) != std::string_view::npos;
}

std::vector<std::pair<std::string, std::string>> MaterialsIn(std::string_view prompt) {
  std::vector<std::pair<std::string, std::string>> materials;
  for (std::size_t at = prompt.find(kOpen); at != std::string_view::npos;
       at = prompt.find(kOpen, at)) {
    const std::size_t close = prompt.find(">>>\n", at);
    if (close == std::string_view::npos) break;
    const std::string_view head = prompt.substr(at + kOpen.size(), close - at - kOpen.size());
    const std::size_t begin = close + 4;
    const std::string end_line = "\n<<<END-ASSAY-TEXT " + std::string(head) + ">>>";
    const std::size_t end = prompt.find(end_line, begin - 1);
    if (end == std::string_view::npos) break;
    materials.emplace_back(head.substr(0, head.rfind(' ')),
                           end < begin ? "" : prompt.substr(begin, end - begin));
    at = end + end_line.size();
  }
  return materials;
}

ItemPrompt ReadItemPrompt(std::string_view prompt) {
  ItemPrompt read;
  ReadForm(prompt, read);
  read.materials = MaterialsIn(prompt);
  const std::size_t ids = prompt.rfind(kIds);
  if (ids == std::string_view::npos) return read;
  const std::size_t begin = ids + kIds.size();
  read.ids = Split(prompt.substr(begin, prompt.find('\n', begin) - begin), ", ");
  const std::size_t nonce = prompt.find(kNonce, begin);
  if (nonce != std::string_view::npos) read.nonce = prompt.substr(nonce + kNonce.size(), 32);
  std::size_t end = ids;
  for (auto id = read.ids.rbegin(); id != read.ids.rend(); ++id) {
    const std::string head = "\n[" + *id + "] ";
    const std::size_t at = prompt.rfind(head, end);
    if (at == std::string_view::npos) continue;
    std::string& item = read.items[*id];
    item = prompt.substr(at + head.size(), end - at - head.size());
    while (!item.empty() && item.back() == '\n') item.pop_back();
    end = at;
  }
  return read;
}

}  // namespace assay
