// Texts of 5,000 to 6,500 words with defects planted at known rates, for tests of the scorers. What
// was planted is told beside the text and nowhere in it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"

namespace assay {

inline constexpr int kPlantedFacts = 24;

struct PlantRates {
  double missing_constraint = 0;
  double false_number = 0;
  double wrong_name = 0;
  double coherence = 0;  // of contradiction, repeated section, missing ending, each by itself
};

enum class FactDefect { kNone, kNumber, kName };

struct PlantedArticle {
  std::string text;
  std::string reference;
  std::vector<std::string> requirements;
  std::vector<bool> missing;           // of each requirement
  std::vector<std::string> fact_keys;  // words that only the sentence of this fact has
  std::vector<FactDefect> facts;
  bool contradicts = false;  // two numbers of one thing, 5,000 words and more apart
  bool repeats = false;
  bool unfinished = false;
};

struct Requirement {
  const char* asked;
  const char* met;  // in other words, as a writer would
};

inline constexpr std::array<Requirement, 12> kRequirements = {{
    {"It describes a lighthouse keeper who repairs a cracked lantern.",
     "By candle light the lighthouse keeper repairs the lantern, cracked since autumn."},
    {"It mentions a tannery that spoils the drinking water.",
     "Since the tannery came, the drinking water is spoiled and smells of hides."},
    {"It contains a quarrel between two carpenters about timber.",
     "Two carpenters began to quarrel about the price of timber."},
    {"It explains how beekeepers survive a frost.",
     "In a frost the beekeepers wrap every hive in straw, and so survive."},
    {"It includes a recipe for nettle soup.",
     "For the nettle soup her recipe wants cream, leaves and patience."},
    {"It shows a schoolteacher reading poems aloud.",
     "The schoolteacher read poems to them, aloud and badly."},
    {"It tells of a violin lost during a flood.",
     "When the flood came his violin was lost with the cellar."},
    {"It has a scene in a crowded bakery before sunrise.",
     "Before sunrise the bakery is crowded, and nobody wants to wait."},
    {"It gives advice on sharpening scythes.",
     "Sharpening scythes is easy, was his advice: wet the stone."},
    {"It mentions a comet watched from a rooftop.",
     "They watched the comet, wrapped in coats, from the rooftop."},
    {"It describes an election decided by drawing pebbles.",
     "That election was decided by drawing a black pebble from a jar."},
    {"It names an orchard famous for bitter cherries.",
     "The orchard is famous for one thing, cherries so bitter that birds refuse."},
}};

// Few of the requirements' words, and no number or name.
inline std::string PlainSentence(Random& random) {
  static constexpr const char* kWhen[] = {"Towards evening", "For some days", "After the rain",
                                          "As a rule",       "Now and then",  "Without hurry",
                                          "In bad years",    "All summer"};
  static constexpr const char* kWho[] = {
      "the older neighbours", "a pair of fishermen", "the market women",   "some tired travellers",
      "the river children",   "the keeper's cousin", "a quarrelsome goat", "the water carriers"};
  static constexpr const char* kDo[] = {"spoke of nothing but",
                                        "looked with suspicion at",
                                        "walked slowly past",
                                        "made songs about",
                                        "laughed over",
                                        "were reminded of",
                                        "would rather have forgotten",
                                        "leaned on sticks near"};
  static constexpr const char* kWhat[] = {"the crowded landing stage", "the broken fence",
                                          "yesterday's weather",       "the narrow stairs",
                                          "a barrel of timber nails",  "the bitter coffee",
                                          "a lantern without glass",   "the frost"};
  static constexpr const char* kEnd[] = {
      "and nobody minded very much",   "until the bells began",     "which was the custom there",
      "while dogs slept in the shade", "and went home contented",   "as if time were plentiful",
      "with hands deep in pockets",    "before supper was on table"};
  return absl::StrCat(kWhen[random.Below(8)], " ", kWho[random.Below(8)], " ", kDo[random.Below(8)],
                      " ", kWhat[random.Below(8)], ", ", kEnd[random.Below(8)], ".");
}

inline std::string PlaceName(int i) {
  static constexpr const char* kFirst[] = {"Arn", "Bel", "Cor", "Dun", "Esk", "Fal"};
  static constexpr const char* kLast[] = {"holm", "wick", "stead", "mouth"};
  return std::string(kFirst[i % 6]) + kLast[i / 6];
}

inline std::string FactSentence(int i, std::uint64_t number, std::uint64_t builder) {
  static constexpr const char* kThings[] = {"granary", "chapel", "weighhouse", "dovecote"};
  static constexpr const char* kBuilders[] = {"Yorke", "Zell", "Varn", "Wend", "Tolk", "Ulm"};
  return absl::StrCat("People say the ", kThings[i % 4], " of ", PlaceName(i), " took ", number,
                      " days of work under master ", kBuilders[builder % 6], ".");
}

inline void PlantFacts(const PlantRates& rates, Random& random, PlantedArticle& made,
                       std::vector<std::string>& paragraphs) {
  for (int i = 0; i < kPlantedFacts; ++i) {
    const std::uint64_t number = 30 + random.Below(800);
    const std::uint64_t builder = random.Below(6);
    const double draw = random.Unit();
    const FactDefect defect = draw < rates.false_number                      ? FactDefect::kNumber
                              : draw < rates.false_number + rates.wrong_name ? FactDefect::kName
                                                                             : FactDefect::kNone;
    made.facts.push_back(defect);
    made.fact_keys.push_back("of " + PlaceName(i) + " took");
    absl::StrAppend(&made.reference, FactSentence(i, number, builder), " ");
    const std::string said = FactSentence(i, defect == FactDefect::kNumber ? number + 9 : number,
                                          defect == FactDefect::kName ? builder + 1 : builder);
    absl::StrAppend(&paragraphs[static_cast<std::size_t>(2 * i + 3)], " ", said);
  }
}

inline void PlantRequirements(const PlantRates& rates, Random& random, PlantedArticle& made,
                              std::vector<std::string>& paragraphs) {
  for (const Requirement& requirement : kRequirements) {
    made.requirements.emplace_back(requirement.asked);
    made.missing.push_back(random.Unit() < rates.missing_constraint);
    if (made.missing.back()) continue;
    absl::StrAppend(&paragraphs[2 + random.Below(paragraphs.size() - 4)], " ", requirement.met);
  }
}

inline PlantedArticle PlantArticle(std::uint64_t seed, const PlantRates& rates) {
  Random random(seed);
  PlantedArticle made;
  std::vector<std::string> paragraphs(54 + random.Below(6));
  for (std::string& paragraph : paragraphs) {
    for (int k = 0; k < 6; ++k)
      absl::StrAppend(&paragraph, k == 0 ? "" : " ", PlainSentence(random));
  }
  PlantFacts(rates, random, made, paragraphs);
  PlantRequirements(rates, random, made, paragraphs);
  made.contradicts = random.Unit() < rates.coherence;
  made.repeats = random.Unit() < rates.coherence;
  made.unfinished = random.Unit() < rates.coherence;
  paragraphs.front() += " In those days old Marta owned 17 goats on the hill.";
  paragraphs.back() += absl::StrCat(" Everybody knew that old Marta owned ",
                                    made.contradicts ? 23 : 17, " goats on the hill.");
  if (made.repeats) paragraphs.insert(paragraphs.end() - 2, paragraphs[20]);
  for (const std::string& paragraph : paragraphs) absl::StrAppend(&made.text, paragraph, "\n\n");
  made.text += made.unfinished ? "And so it came that the" : "And so it came that they slept.";
  return made;
}

}  // namespace assay
