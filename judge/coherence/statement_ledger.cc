#include "judge/coherence/statement_ledger.h"

#include <algorithm>
#include <map>
#include <set>

#include "judge/coherence/subject_names.h"

namespace assay {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Of a value.
std::string Form(const std::string& text) {
  const std::string form = PlainForm(text);
  std::string plain;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const char c = form[i];
    // "1.5 million" is not 15 million; the comma in "1,500" is none of the number.
    const bool decimal =
        c == '.' && i > 0 && i + 1 < form.size() && IsDigit(form[i - 1]) && IsDigit(form[i + 1]);
    const bool mark = c == '.' || c == ',' || c == '"' || c == '\'' || c == ';';
    if (!mark || decimal) plain += c;
  }
  return plain;
}

std::set<std::string> NumbersIn(const std::string& value) {
  std::set<std::string> numbers;
  std::string number;
  for (const char c : Form(value) + " ") {
    if (IsDigit(c) || (c == '.' && !number.empty())) {
      number += c;
    } else if (!number.empty()) {
      numbers.insert(std::move(number));
      number.clear();
    }
  }
  return numbers;
}

}  // namespace

std::vector<Clash> StatementLedger::Clashes(std::size_t most) const {
  std::vector<std::string> subjects;
  for (const LedgerFact& fact : facts_) subjects.push_back(fact.subject);
  const std::vector<std::size_t> groups = GroupSubjects(subjects);
  std::map<std::pair<std::size_t, std::string>, std::vector<const LedgerFact*>> by_key;
  for (std::size_t i = 0; i < facts_.size(); ++i) {
    by_key[{groups[i], PlainForm(facts_[i].attribute)}].push_back(&facts_[i]);
  }
  std::vector<Clash> clashes;
  for (const auto& [key, facts] : by_key) {
    std::set<std::string> values = {Form(facts.front()->value)};
    for (const LedgerFact* fact : facts) {
      if (values.insert(Form(fact->value)).second) clashes.push_back({*facts.front(), *fact});
    }
  }
  const auto rank = [](const Clash& clash) {
    const std::set<std::string> a = NumbersIn(clash.first.value);
    const std::set<std::string> b = NumbersIn(clash.second.value);
    const bool numbers_differ = !a.empty() && !b.empty() && a != b;
    return std::make_pair(numbers_differ ? 0 : 1, clash.second.place.begin);
  };
  std::stable_sort(clashes.begin(), clashes.end(),
                   [&](const Clash& a, const Clash& b) { return rank(a) < rank(b); });
  if (clashes.size() > most) clashes.resize(most);
  return clashes;
}

}  // namespace assay
