// The rules by which the lexical judge answers an item, by the fields that the answer must have.
// Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/json/json.h"
#include "simulator/item_prompt.h"
#include "simulator/lexical_text.h"

namespace assay {

class ItemRules {
 public:
  // `prompt` must outlive it.
  explicit ItemRules(const ItemPrompt& prompt);

  // Without the id. Fields that no rule knows get their first label, 1, "" or an empty list.
  Json Answer(const std::string& id) const;

 private:
  Json Constraint(const std::string& item) const;
  int RatingOf(const std::string& field, const std::string& item,
               const std::vector<LexicalSentence>& sentences) const;
  Json Rated(const std::string& item) const;
  Json Compared(const std::string& item) const;
  Json Proposals() const;
  Json Window() const;
  Json Ending() const;
  Json Clash(const std::string& item) const;
  Json Promise(const std::string& item) const;

  const ItemPrompt& prompt_;
  std::vector<LexicalSentence> sentences_;  // of the material "writing"
};

}  // namespace assay
