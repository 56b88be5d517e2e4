// Reads a prompt that asks for answers to items (judge/engine): which items, in which form, and the
// materials between marks. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay {

struct ItemPrompt {
  std::vector<std::string> ids;
  std::map<std::string, std::string> items;                    // id to text
  std::vector<std::pair<std::string, std::string>> materials;  // name and text, in order
  std::map<std::string, std::vector<std::string>> fields;      // name to labels, outermost level
  std::map<std::string, std::pair<int, int>> ranges;           // of fields that are whole numbers
  std::string nonce;

  bool Has(const std::string& field) const { return fields.count(field) > 0; }
  bool HasLabel(const std::string& field, const std::string& label) const;
  // The first material of a name; empty when there is none.
  std::string_view Text(const std::string& name) const;
};

// True when the prompt is of this kind.
bool IsItemPrompt(std::string_view prompt);

ItemPrompt ReadItemPrompt(std::string_view prompt);

// Materials in a piece of a prompt, in order.
std::vector<std::pair<std::string, std::string>> MaterialsIn(std::string_view prompt);

}  // namespace assay
