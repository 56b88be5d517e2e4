// What the parts of a long text say about people, things and times, kept from part to part; and
// what they announce. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/text/words.h"

namespace assay {

struct LedgerFact {
  std::string subject;
  std::string attribute;
  std::string value;
  TextRange place;  // of its quote in the text
  int window = 0;
};

struct LedgerPromise {
  std::string what;
  TextRange place;
  int window = 0;
};

// Two facts on one subject and attribute with different values.
struct Clash {
  LedgerFact first;
  LedgerFact second;
};

class StatementLedger {
 public:
  void Add(LedgerFact fact) { facts_.push_back(std::move(fact)); }
  void Add(LedgerPromise promise) { promises_.push_back(std::move(promise)); }

  // For every subject and attribute the first fact against each later one whose value differs and
  // was not yet met; those whose numbers differ first, then in order of the text; at most `most`.
  // Subjects are one as subject_names.h says; attributes and values are compared in their plain
  // form, numbers as numbers.
  std::vector<Clash> Clashes(std::size_t most) const;
  const std::vector<LedgerPromise>& promises() const { return promises_; }
  std::size_t facts() const { return facts_.size(); }

 private:
  std::vector<LedgerFact> facts_;
  std::vector<LedgerPromise> promises_;
};

}  // namespace assay
