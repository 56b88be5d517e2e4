#include "judge/coherence/statement_ledger.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/text/normalize.h"

namespace assay {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string Form(const std::string& text) {
  std::string form = absl::AsciiStrToLower(NormalizeForMatch(text));
  for (const char* article : {"the ", "a ", "an "}) {
    if (form.starts_with(article)) form.erase(0, std::string(article).size());
  }
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

void StatementLedger::Add(LedgerFact fact) {
  ++facts_;
  by_key_[Form(fact.subject) + "\n" + Form(fact.attribute)].push_back(std::move(fact));
}

std::vector<Clash> StatementLedger::Clashes(std::size_t most) const {
  std::vector<Clash> clashes;
  for (const auto& [key, facts] : by_key_) {
    std::set<std::string> values = {Form(facts.front().value)};
    for (std::size_t i = 1; i < facts.size(); ++i) {
      if (values.insert(Form(facts[i].value)).second) clashes.push_back({facts.front(), facts[i]});
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
