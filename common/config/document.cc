#include "common/config/document.h"

#include <charconv>

#include "absl/status/status.h"

namespace assay {

const ConfigNode* ConfigNode::Find(std::string_view name) const {
  if (kind != Kind::kMapping) return nullptr;
  for (const ConfigNode& child : children) {
    if (child.key == name) return &child;
  }
  return nullptr;
}

absl::StatusOr<ConfigNode> ParseDocument(std::string_view text, std::string_view file,
                                         const DocumentLimits& limits) {
  constexpr std::string_view kJson = ".json";
  const bool json = file.size() >= kJson.size() && file.substr(file.size() - kJson.size()) == kJson;
  return json ? ParseJsonDocument(text, file, limits) : ParseYamlDocument(text, file, limits);
}

const ConfigNode& FindNode(const ConfigNode& root, std::string_view path, bool* exact) {
  const ConfigNode* node = &root;
  if (exact != nullptr) *exact = true;
  while (!path.empty()) {
    const ConfigNode* next = nullptr;
    std::size_t used = 0;
    if (path.front() == '[') {
      const std::size_t close = path.find(']');
      if (close != std::string_view::npos) {
        std::size_t index = 0;
        const auto parsed = std::from_chars(path.data() + 1, path.data() + close, index);
        used = close + 1;
        if (parsed.ec == std::errc() && node->kind == ConfigNode::Kind::kSequence &&
            index < node->children.size()) {
          next = &node->children[index];
        }
      }
    } else {
      used = path.front() == '.' ? 1 : 0;
      const std::size_t end = path.find_first_of(".[", used);
      const std::string_view name = path.substr(used, end == path.npos ? end : end - used);
      used += name.size();
      next = node->Find(name);
    }
    if (next == nullptr) {
      if (exact != nullptr) *exact = false;
      return *node;
    }
    node = next;
    path.remove_prefix(used);
  }
  return *node;
}

}  // namespace assay
