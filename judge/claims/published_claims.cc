#include "judge/claims/published_claims.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/json/json.h"
#include "common/text/python_split.h"
#include "common/text/python_text.h"
#include "judge/claims/published_replies.h"

namespace assay {
namespace {

constexpr std::size_t kIcatTopics = 10;

std::size_t DigitsAt(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[n]))) ++n;
  return n;
}

// Without a leading "- ", "* ", "1. " or "1) ", and whether there was one.
std::pair<std::string_view, bool> WithoutBullet(std::string_view line) {
  line = PythonStrip(line);
  if (line.starts_with("- ") || line.starts_with("* ")) {
    return {PythonStrip(line.substr(2)), true};
  }
  const std::size_t n = DigitsAt(line);
  const bool numbered =
      n > 0 && n + 1 < line.size() && (line[n] == '.' || line[n] == ')') && line[n + 1] == ' ';
  return {numbered ? PythonStrip(line.substr(n + 2)) : line, numbered};
}

// regex ^\d+\.?\s of VeriScore.
std::string_view WithoutNumber(std::string_view claim) {
  std::size_t n = DigitsAt(claim);
  if (n == 0) return claim;
  if (n < claim.size() && claim[n] == '.') ++n;
  if (n >= claim.size() || !absl::ascii_isspace(static_cast<unsigned char>(claim[n]))) return claim;
  return claim.substr(n + 1);
}

ClaimList Clear(std::vector<std::string> claims) {
  std::vector<LabelledClaim> labelled;
  for (const std::string& claim : claims) labelled.push_back({claim, true});
  if (SinglePassOf(std::move(labelled)).looped) return std::nullopt;
  return claims;
}

bool IsBlank(std::string_view reply) { return PythonStrip(reply).empty(); }

using Triplet = std::array<std::string, 3>;

// A quoted text at `at`, which goes behind it.
std::optional<std::string> TakeQuoted(std::string_view line, std::size_t& at) {
  if (at >= line.size() || (line[at] != '"' && line[at] != '\'')) return std::nullopt;
  const char quote = line[at++];
  std::string text;
  for (; at < line.size(); ++at) {
    if (line[at] == quote) {
      ++at;
      return text;
    }
    if (line[at] == '\\' && at + 1 < line.size()) ++at;
    text += line[at];
  }
  return std::nullopt;
}

// A triplet of quoted texts at `at`, which goes behind it.
std::optional<Triplet> TakeTriplet(std::string_view line, std::size_t& at) {
  if (at >= line.size() || line[at] != '(') return std::nullopt;
  ++at;
  Triplet triplet;
  for (std::size_t i = 0; i < triplet.size(); ++i) {
    if (i > 0) {
      if (line.substr(at, 1) != ",") return std::nullopt;
      ++at;
    }
    while (at < line.size() && line[at] == ' ') ++at;
    std::optional<std::string> text = TakeQuoted(line, at);
    if (!text || text->empty()) return std::nullopt;
    triplet[i] = *std::move(text);
  }
  if (line.substr(at, 1) != ")") return std::nullopt;
  ++at;
  return triplet;
}

std::vector<Triplet> OfficialTriplets(std::string_view line) {
  const std::size_t open = std::min(line.find("(\""), line.find("('"));
  if (open == std::string_view::npos) return {};
  const auto end_of = [&](std::string_view mark) {
    const std::size_t last = line.rfind(mark);
    return last == std::string_view::npos ? 0 : last + mark.size();
  };
  const std::size_t close = std::max(end_of("\")"), end_of("')"));
  if (close <= open) return {};
  const std::string_view match = line.substr(open, close - open);
  std::size_t at = 0;
  if (std::optional<Triplet> triplet = TakeTriplet(match, at); triplet && at == match.size()) {
    return {*std::move(triplet)};
  }
  // Several in a row are a tuple of tuples to Python, which is none of three texts.
  at = 0;
  if (TakeTriplet(match, at)) return {};
  const std::vector<std::string_view> parts = PythonSplit(match, ", ");
  if (parts.size() != 3) return {};
  return {{std::string(parts[0].substr(1)), std::string(parts[1]),
           std::string(parts[2].substr(0, parts[2].size() - 1))}};
}

std::vector<Triplet> ClearTriplets(std::string_view line) {
  std::vector<Triplet> found;
  for (std::size_t open = line.find('('); open != std::string_view::npos;) {
    std::size_t at = open;
    std::optional<Triplet> triplet = TakeTriplet(line, at);
    if (triplet) found.push_back(*std::move(triplet));
    open = line.find('(', triplet ? at : open + 1);
  }
  return found;
}

}  // namespace

ClaimList ReadIcatClaims(std::string_view reply, bool strict) {
  if (strict && IsBlank(reply)) return std::nullopt;
  std::vector<std::string> claims;
  for (const std::string_view line : PythonSplit(reply, "\n")) {
    const std::string_view claim = strict ? WithoutBullet(line).first : PythonStrip(line);
    if (!claim.empty()) claims.emplace_back(claim);
  }
  return strict ? Clear(std::move(claims)) : claims;
}

ClaimList ReadFactScoreFacts(std::string_view reply, bool strict) {
  std::vector<std::string> facts;
  if (strict) {
    for (const std::string_view line : PythonSplit(reply, "\n")) {
      const auto [fact, listed] = WithoutBullet(line);
      if (listed && !fact.empty()) facts.emplace_back(fact);
    }
    if (facts.empty()) return std::nullopt;
    return Clear(std::move(facts));
  }
  const std::vector<std::string_view> parts = PythonSplit(reply, "- ");
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string_view fact = PythonStrip(parts[i]);
    if (!fact.empty()) facts.emplace_back(fact);
  }
  if (!facts.empty() && facts.back().back() != '.') facts.back() += '.';
  return facts;
}

ClaimList ReadVeriScoreClaims(std::string_view reply, bool strict) {
  if (strict && IsBlank(reply)) return std::nullopt;
  std::vector<std::string> claims;
  const std::string_view none = strict ? "No verifiable claim" : "No verifiable claim.";
  if (reply.find(none) != std::string_view::npos) return claims;
  for (const std::string_view line : PythonSplit(reply, "\n")) {
    const std::string official = absl::StrReplaceAll(std::string(PythonStrip(line)), {{"- ", ""}});
    const std::string claim(
        PythonStrip(strict ? WithoutBullet(line).first : WithoutNumber(official)));
    if (!claim.empty() && !claim.starts_with("Note:")) claims.push_back(claim);
  }
  return strict ? Clear(std::move(claims)) : claims;
}

ClaimList ReadTriplets(std::string_view reply, bool strict) {
  std::vector<std::string> claims;
  std::set<std::string> seen;
  std::size_t said = 0;
  for (const std::string_view line : PythonSplit(reply, "\n")) {
    for (const Triplet& triplet : strict ? ClearTriplets(line) : OfficialTriplets(line)) {
      ++said;
      std::string claim =
          absl::StrCat("(\"", triplet[0], "\", \"", triplet[1], "\", \"", triplet[2], "\")");
      if (seen.insert(claim).second) claims.push_back(std::move(claim));
    }
  }
  constexpr std::size_t kLoopClaims = 20;
  const bool looped = said >= kLoopClaims && claims.size() * 2 < said;
  if (strict && (claims.empty() || looped)) return std::nullopt;
  return claims;
}

ClaimList ReadIcatTopics(std::string_view reply, bool strict) {
  std::vector<std::string> topics;
  const auto take = [&](const absl::StatusOr<Json>& entry) {
    if (!entry.ok() || !entry->is_object() || !entry->contains("topic") ||
        !(*entry)["topic"].is_string() || IsBlank((*entry)["topic"].get<std::string>())) {
      return false;
    }
    topics.push_back((*entry)["topic"].get<std::string>());
    return true;
  };
  std::string whole;
  for (const std::string_view line : PythonSplit(reply, "\n")) {
    if (!PythonStrip(line).starts_with("```")) (whole += line) += "\n";
  }
  if (const absl::StatusOr<Json> array = ParseJson(whole);
      strict && array.ok() && array->is_array()) {
    for (const Json& entry : *array) {
      if (!take(entry)) return std::nullopt;
    }
  } else {
    for (const std::string_view line :
         PythonSplit(strict ? std::string_view(whole) : reply, "\n")) {
      if (strict ? IsBlank(line) : !line.starts_with("{\"topic\":")) continue;
      if (!take(ParseJson(line)) && strict) return std::nullopt;
    }
  }
  if (topics.size() > kIcatTopics) topics.resize(kIcatTopics);
  if (strict && topics.empty()) return std::nullopt;
  return topics;
}

}  // namespace assay
