// What the parts of a long text say about people, things and times, kept from part to part; and
// what they announce. Pure.
#pragma once

#include <map>
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
  void Add(LedgerFact fact);
  void Add(LedgerPromise promise) { promises_.push_back(std::move(promise)); }

  // For every subject and attribute the first fact against each later one whose value differs and
  // was not yet met; those whose numbers differ first, then in order of the text; at most `most`.
  // Subjects, attributes and values are compared after normalisation, without case and articles;
  // numbers as numbers.
  std::vector<Clash> Clashes(std::size_t most) const;
  const std::vector<LedgerPromise>& promises() const { return promises_; }
  std::size_t facts() const { return facts_; }

 private:
  std::map<std::string, std::vector<LedgerFact>> by_key_;
  std::vector<LedgerPromise> promises_;
  std::size_t facts_ = 0;
};

}  // namespace assay
