#include "judge/claims/published_replies.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/json/json.h"
#include "common/text/normalize.h"

namespace assay {
namespace {

constexpr std::size_t kLoopLines = 20;

std::string Lower(std::string_view text) { return absl::AsciiStrToLower(std::string(text)); }

std::string Stripped(std::string_view text) {
  return std::string(absl::StripAsciiWhitespace(std::string(text)));
}

std::vector<std::string> LinesOf(std::string_view text) {
  return absl::StrSplit(std::string(text), '\n');
}

bool IsLetter(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }

// Places where `word` stands by itself.
std::vector<std::size_t> WordsAt(std::string_view lower, std::string_view word) {
  std::vector<std::size_t> places;
  for (std::size_t at = lower.find(word); at != std::string_view::npos;
       at = lower.find(word, at + 1)) {
    const bool open = at == 0 || !IsLetter(lower[at - 1]);
    const std::size_t end = at + word.size();
    if (open && (end == lower.size() || !IsLetter(lower[end]))) places.push_back(at);
  }
  return places;
}

std::optional<Entailment> EntailmentNamed(std::string_view word) {
  for (const Entailment label :
       {Entailment::kEntailment, Entailment::kNeutral, Entailment::kContradiction}) {
    if (Lower(EntailmentName(label)) == word) return label;
  }
  return std::nullopt;
}

// One entry of an alignment; false: it is not of the form, or out of range.
bool TakeTopic(const Json& entry, int topics, int claims, const std::set<int>& shown,
               std::map<int, std::set<int>>& covered) {
  if (!entry.is_object() || !entry.contains("topic_id") || !entry.contains("evidence")) {
    return false;
  }
  const Json& id = entry["topic_id"];
  const Json& evidence = entry["evidence"];
  if (!id.is_number_integer() || !evidence.is_array()) return false;
  const auto topic = id.get<std::int64_t>();
  if (topic < 1 || topic > topics || covered.count(static_cast<int>(topic)) > 0) return false;
  std::set<int> numbers;
  bool all = true;
  for (const Json& number : evidence) {
    const std::int64_t n = number.is_number_integer() ? number.get<std::int64_t>() : 0;
    const bool known =
        n >= 1 && n <= claims && (shown.empty() || shown.count(static_cast<int>(n)) > 0);
    if (known) numbers.insert(static_cast<int>(n));
    all = all && known;
  }
  if (!numbers.empty()) covered[static_cast<int>(topic)] = std::move(numbers);
  return all;
}

}  // namespace

std::optional<double> ReadWiceVerdict(std::string_view reply) {
  constexpr std::string_view kOpen = "<answer>";
  constexpr std::string_view kClose = "</answer>";
  std::optional<double> score;
  for (std::size_t at = reply.find(kOpen); at != std::string_view::npos;
       at = reply.find(kOpen, at + 1)) {
    const std::size_t begin = at + kOpen.size();
    const std::size_t end = reply.find(kClose, begin);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string word = Lower(Stripped(reply.substr(begin, end - begin)));
    double value = 0;
    if (word == "supported") {
      value = 1;
    } else if (word == "partially_supported") {
      value = 0.5;
    } else if (word != "not_supported") {
      return std::nullopt;
    }
    if (score && *score != value) return std::nullopt;
    score = value;
  }
  return score;
}

std::optional<bool> ReadTrueFalse(std::string_view reply, bool strict) {
  const std::string lower = Lower(reply);
  if (strict) {
    const bool yes = !WordsAt(lower, "true").empty();
    const bool no = !WordsAt(lower, "false").empty();
    if (yes == no || !WordsAt(lower, "not").empty()) return std::nullopt;
    return yes;
  }
  const std::size_t yes = lower.find("true");
  const std::size_t no = lower.find("false");
  if (yes != std::string::npos && no != std::string::npos) return yes > no;
  if (yes != std::string::npos || no != std::string::npos) return yes != std::string::npos;
  const std::vector<std::string> words =
      absl::StrSplit(lower, absl::ByAnyChar(" \t\n.,;:!?\"'()"), absl::SkipEmpty());
  return std::none_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "not" || word == "cannot" || word == "unknown" || word == "information";
  });
}

std::optional<std::string> ReadVeriScoreVerdict(std::string_view reply, bool strict) {
  std::string text(reply);
  text.erase(std::remove(text.begin(), text.end(), '#'), text.end());
  text = Lower(text.substr(0, text.find('.')));
  if (!strict) return text == "supported" ? "supported" : "unsupported";
  text = Stripped(text);
  for (const char* label : {"supported", "unsupported", "contradicted", "inconclusive"}) {
    if (text == label) return text;
  }
  return std::nullopt;
}

SinglePass SinglePassOf(std::vector<LabelledClaim> claims) {
  SinglePass pass;
  std::set<std::string> distinct;
  for (const LabelledClaim& claim : claims) distinct.insert(NormalizedClaim(claim.claim));
  pass.distinct = static_cast<int>(distinct.size());
  pass.looped = claims.size() >= kLoopLines && distinct.size() * 2 < claims.size();
  pass.claims = std::move(claims);
  return pass;
}

SinglePass ReadSinglePass(std::string_view reply) {
  std::vector<LabelledClaim> claims;
  for (const std::string& line : LinesOf(reply)) {
    const std::string text = Stripped(line);
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) continue;
    const std::string label = Stripped(text.substr(colon + 1));
    if (label != "Supported" && label != "Unsupported") continue;
    claims.push_back({Stripped(text.substr(0, colon)), label == "Supported"});
  }
  return SinglePassOf(std::move(claims));
}

std::optional<double> SinglePassScore(const SinglePass& pass, int k, bool strict) {
  if (!strict) {
    if (pass.claims.empty()) return 0;
    const auto n = static_cast<double>(pass.claims.size());
    const auto supported = static_cast<double>(
        std::count_if(pass.claims.begin(), pass.claims.end(),
                      [](const LabelledClaim& claim) { return claim.supported; }));
    return HarmonicMean(supported / n, std::min(1.0, n / k));
  }
  if (pass.looped) return std::nullopt;
  std::map<std::string, bool> supported;
  for (const LabelledClaim& claim : pass.claims) {
    const auto [entry, added] = supported.emplace(NormalizedClaim(claim.claim), claim.supported);
    if (!added) entry->second = entry->second && claim.supported;
  }
  int yes = 0;
  for (const auto& [claim, is_supported] : supported) yes += is_supported ? 1 : 0;
  return F1AtK(yes, static_cast<int>(supported.size()) - yes, k);
}

std::optional<Entailment> ReadEntailment(std::string_view reply, bool strict) {
  const std::string lower = Lower(reply);
  std::vector<Entailment> found;
  for (const char* word : {"contradiction", "entailment", "neutral"}) {
    const bool stands =
        strict ? !WordsAt(lower, word).empty() : lower.find(word) != std::string::npos;
    if (stands) found.push_back(*EntailmentNamed(word));
  }
  if (!strict) return found.empty() ? Entailment::kNeutral : found.front();
  if (found.size() != 1) return std::nullopt;
  return found.front();
}

std::optional<std::vector<Entailment>> ReadJointEntailment(std::string_view reply,
                                                           std::size_t claims, bool strict) {
  const std::string lower = Lower(reply);
  std::map<std::size_t, Entailment> places;
  for (const char* word : {"contradiction", "entailment", "neutral"}) {
    for (const std::size_t at : WordsAt(lower, word)) places.emplace(at, *EntailmentNamed(word));
  }
  if (strict && places.size() != claims) return std::nullopt;
  std::vector<Entailment> labels;
  for (const auto& [at, label] : places) labels.push_back(label);
  labels.resize(claims, Entailment::kNeutral);
  return labels;
}

std::optional<std::map<int, std::set<int>>> ReadIcatAlignment(std::string_view reply, int topics,
                                                              int claims, bool strict,
                                                              const std::set<int>& shown) {
  std::map<int, std::set<int>> covered;
  std::vector<std::string> lines = LinesOf(reply);
  if (strict) {
    std::erase_if(lines, [](const std::string& line) {
      return Stripped(line).empty() || absl::StartsWith(Stripped(line), "```");
    });
    std::string whole;
    for (const std::string& line : lines) whole += line + "\n";
    if (const absl::StatusOr<Json> array = ParseJson(whole); array.ok() && array->is_array()) {
      for (const Json& entry : *array) {
        if (!TakeTopic(entry, topics, claims, shown, covered)) return std::nullopt;
      }
      return covered;
    }
  }
  for (const std::string& line : lines) {
    if (!strict && !absl::StartsWith(line, "{\"topic_id\":")) continue;
    const absl::StatusOr<Json> entry = ParseJson(line);
    const bool taken =
        entry.ok() && TakeTopic(*entry, topics, claims, strict ? shown : std::set<int>{}, covered);
    if (strict && !taken) return std::nullopt;
  }
  return covered;
}

std::optional<int> ReadSentenceClass(std::string_view tagged) {
  const std::string text = Stripped(tagged);
  const std::size_t n = text.size();
  if (n < 3 || text[n - 1] != '}' || text[n - 3] != '{') return std::nullopt;
  const char digit = text[n - 2];
  if (digit < '1' || digit > '4') return std::nullopt;
  return digit - '0';
}

std::string NormalizedClaim(std::string_view claim) {
  std::string folded;
  for (const char c : Lower(NormalizeForMatch(claim))) {
    const bool blank = absl::ascii_isspace(static_cast<unsigned char>(c));
    if (!blank) {
      folded += c;
    } else if (!folded.empty() && folded.back() != ' ') {
      folded += ' ';
    }
  }
  const auto is_outer = [](char c) {
    return c == ' ' || absl::ascii_ispunct(static_cast<unsigned char>(c));
  };
  std::size_t end = folded.size();
  while (end > 0 && is_outer(folded[end - 1])) --end;
  std::size_t begin = 0;
  while (begin < end && is_outer(folded[begin])) ++begin;
  constexpr std::string_view kFullStop = "。";
  std::string out = folded.substr(begin, end - begin);
  while (absl::EndsWith(out, std::string(kFullStop))) out.resize(out.size() - kFullStop.size());
  return out;
}

}  // namespace assay
