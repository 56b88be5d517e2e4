#include "judge/coherence/subject_names.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/text/normalize.h"
#include "common/text/text_map.h"

namespace assay {
namespace {

enum class Title { kNone, kAny, kMan, kWoman };

const std::map<std::string, Title>& Titles() {
  static const auto* const kTitles = new std::map<std::string, Title>{
      {"dr", Title::kAny},        {"doctor", Title::kAny},   {"prof", Title::kAny},
      {"professor", Title::kAny}, {"captain", Title::kAny},  {"capt", Title::kAny},
      {"judge", Title::kAny},     {"mr", Title::kMan},       {"mister", Title::kMan},
      {"sir", Title::kMan},       {"lord", Title::kMan},     {"herr", Title::kMan},
      {"monsieur", Title::kMan},  {"señor", Title::kMan},    {"mrs", Title::kWoman},
      {"ms", Title::kWoman},      {"miss", Title::kWoman},   {"lady", Title::kWoman},
      {"frau", Title::kWoman},    {"madame", Title::kWoman}, {"mme", Title::kWoman},
      {"señora", Title::kWoman}};
  return *kTitles;
}

// Behind a name they make another thing of it, or another person.
const std::set<std::string>& Distinguishing() {
  static const auto* const kWords = new std::set<std::string>{
      "jr",      "sr",     "junior",   "senior",     "bridge",     "street",    "river",   "road",
      "school",  "house",  "hall",     "university", "college",    "hotel",     "lake",    "island",
      "county",  "city",   "hospital", "museum",     "church",     "station",   "tower",   "bay",
      "park",    "square", "company",  "council",    "act",        "treaty",    "war",     "party",
      "airport", "port",   "castle",   "family",     "foundation", "institute", "society", "north",
      "south",   "east",   "west",     "new",        "old"};
  return *kWords;
}

bool IsNumeral(const std::string& word) {
  return word.find_first_of("0123456789") != std::string::npos ||
         word.find_first_not_of("ivxl") == std::string::npos;
}

struct Subject {
  std::vector<std::string> words;  // titles left out
  Title title = Title::kNone;
  bool is_name = false;
};

// In any script: a letter that folding changes, or one of a script without letter case is none.
bool IsCapitalised(const std::string& word) {
  return !word.empty() &&
         NormalizedForQuotes(word, LetterCase::kFolded) != NormalizedForQuotes(word);
}

Subject Read(const std::string& text) {
  Subject subject;
  subject.words = absl::StrSplit(PlainForm(text), ' ', absl::SkipEmpty());
  while (subject.words.size() > 1) {
    const auto title = Titles().find(subject.words.front());
    if (title == Titles().end()) break;
    if (subject.title == Title::kNone || title->second != Title::kAny)
      subject.title = title->second;
    subject.words.erase(subject.words.begin());
  }
  const std::vector<std::string> written =
      absl::StrSplit(NormalizeForMatch(text), ' ', absl::SkipEmpty());
  // An article in front of it, in capitals or not, is none of the name.
  const std::size_t behind = written.size() - std::min(written.size(), subject.words.size());
  subject.is_name =
      !subject.words.empty() && std::all_of(written.begin() + static_cast<std::ptrdiff_t>(behind),
                                            written.end(), IsCapitalised);
  return subject;
}

bool Clash(Title a, Title b) {
  return (a == Title::kMan && b == Title::kWoman) || (a == Title::kWoman && b == Title::kMan);
}

// `longer` says more of the same thing.
bool Extends(const Subject& longer, const Subject& shorter) {
  if (Clash(longer.title, shorter.title)) return false;
  if (longer.words == shorter.words) {
    return shorter.title == Title::kNone
               ? longer.title != Title::kNone
               : shorter.title == Title::kAny && longer.title > Title::kAny;
  }
  const bool any_of_family = shorter.words.size() == 1 && shorter.title > Title::kAny;
  if (!longer.is_name || !shorter.is_name || longer.words.size() <= shorter.words.size() ||
      (any_of_family && longer.title != shorter.title)) {
    return false;
  }
  std::size_t at = 0;
  for (const std::string& word : longer.words) {
    if (at < shorter.words.size() && word == shorter.words[at]) {
      ++at;
    } else if (IsNumeral(word) || Distinguishing().contains(word)) {
      return false;
    }
  }
  return at == shorter.words.size();
}

class Groups {
 public:
  explicit Groups(std::size_t size) : of_(size) { std::iota(of_.begin(), of_.end(), 0); }
  std::size_t Of(std::size_t i) const {
    while (of_[i] != i) i = of_[i];
    return i;
  }
  void Join(std::size_t a, std::size_t b) { of_[std::max(Of(a), Of(b))] = std::min(Of(a), Of(b)); }

 private:
  std::vector<std::size_t> of_;
};

// Of any two, one extends the other.
bool AreOne(const std::vector<Subject>& subjects, const std::vector<std::size_t>& longer) {
  for (const std::size_t a : longer) {
    for (const std::size_t b : longer) {
      if (a == b || Extends(subjects[a], subjects[b]) || Extends(subjects[b], subjects[a]))
        continue;
      return false;
    }
  }
  return true;
}

}  // namespace

std::string PlainForm(const std::string& words) {
  static const auto* const kArticles = new std::set<std::string>{"the", "a", "an"};
  const std::string folded = NormalizedForQuotes(words, LetterCase::kFolded);
  std::vector<std::string> plain;
  for (const auto piece : absl::StrSplit(folded, ' ', absl::SkipEmpty())) {
    std::string_view word(piece.data(), piece.size());
    if (plain.empty() && kArticles->contains(std::string(word))) continue;
    constexpr std::string_view kMarks = ".,;:\"'!?()[]";
    while (!word.empty() && kMarks.find(word.front()) != std::string_view::npos)
      word.remove_prefix(1);
    while (!word.empty() && kMarks.find(word.back()) != std::string_view::npos)
      word.remove_suffix(1);
    if (!word.empty()) plain.emplace_back(word);
  }
  return absl::StrJoin(plain, " ");
}

std::vector<std::size_t> GroupSubjects(const std::vector<std::string>& subjects) {
  // Only distinct ones are compared with each other.
  std::map<std::pair<std::vector<std::string>, Title>, std::size_t> known;
  std::vector<Subject> distinct;
  std::vector<std::size_t> of;
  for (const std::string& text : subjects) {
    Subject subject = Read(text);
    const auto [at, added] = known.try_emplace({subject.words, subject.title}, distinct.size());
    if (added) {
      distinct.push_back(std::move(subject));
    } else {
      distinct[at->second].is_name = distinct[at->second].is_name || subject.is_name;
    }
    of.push_back(at->second);
  }
  std::map<std::string, std::vector<std::size_t>> by_word;
  for (std::size_t i = 0; i < distinct.size(); ++i) {
    for (const std::string& word :
         std::set<std::string>(distinct[i].words.begin(), distinct[i].words.end())) {
      by_word[word].push_back(i);
    }
  }
  Groups groups(distinct.size());
  for (std::size_t i = 0; i < distinct.size(); ++i) {
    if (distinct[i].words.empty()) continue;
    std::vector<std::size_t> longer;
    for (const std::size_t j : by_word[distinct[i].words.front()]) {
      if (Extends(distinct[j], distinct[i])) longer.push_back(j);
    }
    if (!AreOne(distinct, longer)) continue;
    for (const std::size_t j : longer) groups.Join(i, j);
  }
  for (std::size_t& group : of) group = groups.Of(group);
  return of;
}

}  // namespace assay
