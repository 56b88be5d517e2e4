#include <array>

#include "simulator/sentence_grammar.h"

namespace assay {
namespace {

constexpr std::string_view kNouns[] = {
    "plan",       "method",    "pattern",    "measure",     "account",   "boundary",   "bridge",
    "budget",     "channel",   "circle",     "claim",       "climate",   "comparison", "condition",
    "contract",   "corridor",  "craft",      "custom",      "debate",    "decision",   "demand",
    "design",     "detail",    "difference", "discipline",  "discovery", "distance",   "effort",
    "example",    "exchange",  "experiment", "factor",      "failure",   "figure",     "forecast",
    "foundation", "framework", "function",   "garden",      "goal",      "guide",      "habit",
    "harvest",    "history",   "horizon",    "idea",        "impulse",   "incident",   "instrument",
    "interval",   "journey",   "judgement",  "lesson",      "limit",     "machine",    "map",
    "margin",     "market",    "material",   "memory",      "model",     "moment",     "motive",
    "network",    "object",    "obligation", "observation", "opinion",   "option",     "order",
    "outcome",    "passage",   "path",       "pause",       "period",    "picture",    "policy",
    "position",   "practice",  "principle",  "problem",     "process",   "promise",    "proposal",
    "purpose",    "question",  "reason",     "record",      "region",    "relation",   "remedy",
    "report",     "resource",  "response",   "result",      "review",    "risk",       "route",
    "rule",       "sample",    "scale",      "season",      "shift",     "signal",     "source",
    "stage",      "standard",  "story",      "structure",   "survey",    "symbol",     "system",
    "task",       "term",      "theory",     "threshold",   "tradition", "trend",      "vision",
    "warning",    "workshop"};
constexpr std::string_view kPlurals[] = {
    "artists",     "builders",   "charts",      "citizens",     "clients",    "colleagues",
    "communities", "costs",      "councils",    "critics",      "customers",  "details",
    "distances",   "doctors",    "editors",     "engineers",    "errors",     "exceptions",
    "families",    "farmers",    "figures",     "findings",     "forests",    "friends",
    "gains",       "guests",     "habits",      "hospitals",    "households", "ideas",
    "images",      "interests",  "interviews",  "islands",      "journals",   "labels",
    "lessons",     "letters",    "libraries",   "limits",       "losses",     "machines",
    "managers",    "margins",    "markets",     "measurements", "members",    "merchants",
    "methods",     "models",     "motives",     "musicians",    "neighbours", "notes",
    "numbers",     "objections", "observers",   "options",      "owners",     "parents",
    "partners",    "patterns",   "planners",    "policies",     "practices",  "prices",
    "principles",  "priorities", "problems",    "projects",     "proposals",  "readers",
    "reasons",     "records",    "regions",     "reports",      "residents",  "results",
    "rivers",      "roads",      "routines",    "rules",        "scholars",   "schools",
    "seasons",     "services",   "settlements", "signals",      "skills",     "sources",
    "standards",   "streets",    "students",    "surveys",      "teachers",   "techniques",
    "tools",       "towns",      "travellers",  "trends",       "villages",   "visitors",
    "volunteers",  "windows",    "workers",     "writers"};
constexpr std::string_view kAdjectives[] = {
    "careful",    "quiet",     "steady",     "modest",     "sharp",    "broad",      "narrow",
    "early",      "late",      "common",     "rare",       "honest",   "hidden",     "open",
    "plain",      "complex",   "gradual",    "sudden",     "ordinary", "remarkable", "practical",
    "familiar",   "distant",   "local",      "regional",   "fragile",  "durable",    "patient",
    "restless",   "precise",   "vague",      "generous",   "strict",   "flexible",   "formal",
    "informal",   "useful",    "costly",     "cheap",      "reliable", "uncertain",  "promising",
    "serious",    "playful",   "deliberate", "accidental", "visible",  "subtle",     "ancient",
    "recent",     "modern",    "rural",      "urban",      "coastal",  "northern",   "southern",
    "public",     "private",   "shared",     "separate",   "central",  "marginal",   "natural",
    "artificial", "social",    "technical",  "cultural",   "economic", "moral",      "legal",
    "seasonal",   "permanent", "temporary",  "balanced",   "uneven",   "fresh",      "mature",
    "simple",     "elegant",   "rough",      "smooth",     "warm",     "cool",       "bright",
    "muted",      "dense",     "sparse",     "long",       "brief",    "deep",       "shallow",
    "curious",    "sceptical", "confident",  "cautious",   "bold",     "humble",     "inventive",
    "orderly",    "lively",    "calm",       "tense",      "neutral",  "decisive"};
constexpr std::string_view kAdverbs[] = {
    "slowly",       "quickly",      "quietly",    "clearly",    "rarely",      "often",
    "usually",      "gradually",    "suddenly",   "carefully",  "openly",      "firmly",
    "gently",       "roughly",      "precisely",  "directly",   "indirectly",  "steadily",
    "visibly",      "partly",       "largely",    "mostly",     "seldom",      "readily",
    "reluctantly",  "deliberately", "honestly",   "patiently",  "cheaply",     "reliably",
    "broadly",      "locally",      "publicly",   "privately",  "formally",    "naturally",
    "consistently", "occasionally", "repeatedly", "eventually", "immediately", "silently",
    "politely",     "sharply",      "evenly"};
constexpr std::string_view kPresent[] = {
    "shapes",      "supports",    "limits",     "explains",   "changes",    "follows",
    "guides",      "strengthens", "weakens",    "reveals",    "hides",      "connects",
    "divides",     "measures",    "improves",   "challenges", "confirms",   "contradicts",
    "requires",    "rewards",     "delays",     "protects",   "exposes",    "replaces",
    "extends",     "narrows",     "balances",   "organises",  "defines",    "influences",
    "reflects",    "serves",      "tests",      "carries",    "feeds",      "anchors",
    "colours",     "corrects",    "frames",     "invites",    "outlines",   "preserves",
    "questions",   "resolves",    "shortens",   "sustains",   "transforms", "unites",
    "complicates", "clarifies",   "encourages", "justifies",  "tempers",    "accompanies"};
constexpr std::string_view kBase[] = {
    "shape",    "support", "limit",     "explain",  "change",  "follow",  "guide",     "strengthen",
    "weaken",   "reveal",  "connect",   "divide",   "measure", "improve", "challenge", "confirm",
    "reward",   "delay",   "protect",   "expose",   "replace", "extend",  "narrow",    "balance",
    "organise", "define",  "influence", "reflect",  "test",    "carry",   "anchor",    "correct",
    "frame",    "outline", "preserve",  "question", "resolve", "shorten", "sustain",   "transform",
    "unite",    "clarify", "encourage", "justify",  "compare", "examine", "document",  "adopt",
    "abandon",  "discuss", "revise",    "share"};
constexpr std::string_view kGerunds[] = {
    "shaping",    "supporting", "explaining",  "changing",  "following",  "guiding",
    "revealing",  "connecting", "dividing",    "measuring", "improving",  "challenging",
    "confirming", "protecting", "replacing",   "extending", "narrowing",  "balancing",
    "organising", "defining",   "testing",     "carrying",  "correcting", "framing",
    "outlining",  "preserving", "questioning", "resolving", "sustaining", "transforming",
    "uniting",    "clarifying", "encouraging", "comparing", "examining",  "documenting",
    "adopting",   "discussing", "revising",    "sharing",   "planning",   "rebuilding"};
constexpr std::string_view kPast[] = {
    "watched",    "followed", "found",    "carried",  "opened",     "closed",   "crossed",
    "remembered", "forgot",   "measured", "repaired", "painted",    "counted",  "hid",
    "lifted",     "studied",  "touched",  "named",    "missed",     "defended", "described",
    "drew",       "guarded",  "kept",     "left",     "lost",       "noticed",  "offered",
    "refused",    "returned", "searched", "shared",   "sold",       "traded",   "understood",
    "wanted",     "welcomed", "weighed",  "wrapped",  "questioned", "passed",   "held"};
constexpr std::string_view kMass[] = {
    "attention",   "trust",   "evidence",      "experience", "knowledge",  "patience", "progress",
    "time",        "energy",  "confidence",    "clarity",    "pressure",   "variety",  "stability",
    "freedom",     "care",    "curiosity",     "doubt",      "momentum",   "balance",  "discipline",
    "imagination", "memory",  "support",       "agreement",  "growth",     "loyalty",  "precision",
    "restraint",   "skill",   "understanding", "work",       "advice",     "courage",  "feedback",
    "guidance",    "insight", "leisure",       "equipment",  "information"};
constexpr std::string_view kPlaces[] = {"across the region",
                                        "in small towns",
                                        "near the coast",
                                        "in the valley",
                                        "along the river",
                                        "at the edge of the city",
                                        "in larger organisations",
                                        "in most households",
                                        "on the ground",
                                        "in the classroom",
                                        "behind closed doors",
                                        "in the open market",
                                        "between neighbours",
                                        "within a single team",
                                        "on both sides of the border",
                                        "in the northern districts",
                                        "at the old harbour",
                                        "in the archive",
                                        "under the bridge",
                                        "beside the station",
                                        "in the upper rooms",
                                        "outside the walls",
                                        "around the square",
                                        "in the southern provinces",
                                        "inside the workshop",
                                        "on the main road",
                                        "at every level",
                                        "in daily practice"};
constexpr std::string_view kConnectors[] = {
    "However",           "In practice",     "At the same time",
    "For this reason",   "By contrast",     "As a result",
    "Even so",           "In addition",     "On closer inspection",
    "More importantly",  "From this angle", "In the long run",
    "Nevertheless",      "In other words",  "To be fair",
    "Beyond that",       "In most cases",   "At first glance",
    "Over the years",    "Meanwhile",       "In the same spirit",
    "Seen from outside", "On balance",      "With hindsight",
    "Put simply",        "As a rule"};
constexpr std::string_view kNames[] = {"Mara",
                                       "Tobias",
                                       "Ines",
                                       "Oskar",
                                       "Lena",
                                       "Ravi",
                                       "Amina",
                                       "Jonas",
                                       "Petra",
                                       "Samuel",
                                       "Noor",
                                       "Clara",
                                       "Felix",
                                       "Agnes",
                                       "Matteo",
                                       "Yuki",
                                       "Daria",
                                       "Elias",
                                       "Hanna",
                                       "Ruben",
                                       "the old gardener",
                                       "the younger sister",
                                       "the ferryman",
                                       "the clockmaker",
                                       "her brother",
                                       "the night watchman",
                                       "the schoolteacher",
                                       "the cartographer",
                                       "the stranger",
                                       "his mother"};
constexpr std::string_view kTimes[] = {"in the early months",     "after the first year",
                                       "before the meeting",      "during the winter",
                                       "late in the evening",     "at the start of spring",
                                       "by the end of the week",  "at dawn",
                                       "over a decade",           "within a few days",
                                       "after the rain",          "shortly before noon",
                                       "during the second phase", "at the turn of the century",
                                       "once the harvest was in", "on the third day",
                                       "when the lamps were lit", "in the following summer",
                                       "after midnight",          "between two journeys",
                                       "at every review",         "in the final quarter",
                                       "long before that"};
constexpr std::string_view kNumbers[] = {
    "two",   "three",   "four",         "five",         "six",           "seven",
    "eight", "nine",    "ten",          "a dozen",      "twenty",        "thirty",
    "forty", "several", "a handful of", "nearly fifty", "at least sixty"};

constexpr std::array<WordPool, 26> kPools = {kAdjectives,  // A
                                             kTimes,       // B
                                             kConnectors,  // C
                                             kAdverbs,     // D
                                             {},           // E
                                             {},           // F
                                             kGerunds,     // G
                                             {},           // H
                                             {},           // I
                                             {},           // J
                                             {},           // K
                                             kPlaces,      // L
                                             kNames,       // M
                                             kNouns,       // N
                                             {},           // O
                                             kPlurals,     // P
                                             kNumbers,     // Q
                                             {},           // R
                                             {},           // S
                                             {},           // T
                                             kMass,        // U
                                             kPresent,     // V
                                             kBase,        // W
                                             kPast,        // X
                                             {},           // Y
                                             {}};          // Z

constexpr std::string_view kExposition[] = {
    "The {A} {N} {D} {V} the {N} on which {S} depends.",
    "{C}, a {A} {N} {V} the {P} that {P} take for granted.",
    "When {P} {W} the {N}, they also {W} the {A} {P} behind it.",
    "{L}, the {N} of {T} {D} {V} a {A} {N}.",
    "A {A} {N} is worth more than {Q} {A} {P}, since it {V} the {N} itself.",
    "There are {Q} {P} who {D} {W} the {N}, and {Q} {P} who {W} it only {B}.",
    "{C}, {G} the {N} takes {U}, and {U} is what most {P} lack {B}.",
    "Without {U}, the {N} between {T} and the {A} {N} {D} {V} nothing at all.",
    "The {P} of the {N} are {A}, yet their {N} remains {A} and {A}.",
    "What {V} the {N} is not the {A} {N}, but the {U} with which {P} {W} it.",
    "{B}, the {A} {P} {L} began to {W} a {N} of their own.",
    "It helps to {W} the {N} before {G} the {P}, because each {N} {V} the next.",
    "Some {P} {W} the {T} as a {N}; others treat it as a {A} {N} that {V} {U}.",
    "If the {N} fails, {P} can still {W} the {A} {N} and {W} their {P} again.",
    "{C}, the {N} is {A}: it {V} {P}, it {V} {P}, and it {V} the {U} between them.",
    "The {N} of {S} begins with a {A} {N} and ends with {A} {P}.",
    "Consider the {A} {N} {L}, where {Q} {P} {D} {W} their {N}.",
    "{P} and {P} rarely agree on the {N}, although both {W} the same {A} {N}.",
    "A {N} that {V} {U} also {V} {U}; this is why {P} {W} it so {D}.",
    "{C}, no {N} of {T} is complete until the {P} themselves {W} it.",
    "The first {N} is {A}, the second {A}, and the third {V} both.",
    "As the {N} grows, {A} {P} become {A} and the {N} {D} {V} its {N}.",
    "Most {P} {W} a {N} by {G} it; a few {W} it by {G} the {P} around it.",
    "{B}, {U} mattered less than {U}, and the {N} {D} followed.",
    "To {W} the {T}, one has to {W} the {N} that {V} it {L}.",
    "Each {N} carries a {A} {N}, and each {N} {D} {V} the {P} it touches.",
    "Good {P} {W} {U} first, {P} second, and only then the {A} {N}.",
    "{C}, {A} {P} {W} the {N} more {D} than any {N} could.",
    "This {N} deserves {U}, partly because it {V} {S} and partly because it {V} the {P} {L}.",
    "How {P} {W} a {A} {N} says much about the {U} they bring to {T}.",
    "The cost is {A}; the gain, measured in {U} and in {P}, is {A}.",
    "Neither the {N} nor the {N} {V} the {P} by itself, but together they {W} a {A} {N}.",
    "{Q} {P} were asked to {W} the {N} {B}, and their {P} {D} differed.",
    "{G} {P} is {A} work, and {G} the {N} {L} is harder still.",
    "A {A} {N}, {D} kept, {V} more {U} than a {A} {N} kept {D}.",
    "That is the {N}: {A} where {P} meet, {A} where the {T} ends.",
    "{P} who {W} {S} {D} tend to {W} its {P} as well.",
    "{C}, the {N} should be {A} enough to {W} {P} and {A} enough to {W} {U}."};

constexpr std::string_view kNarrative[] = {
    "{B}, {M} {X} the {N} and {X} the {A} {N} {L}.",
    "{M} {X} a {A} {N}, though nobody had asked for one.",
    "The {P} were {A}, and the {N} beyond them was {A} and {A}.",
    "\"A {N} like that {V} people,\" said {M}, and {D} {X} the {N}.",
    "There had been {Q} {P} {L}, but only {M} {X} them {B}.",
    "{M} {D} {X} the {N}, as if the {T} could still be mended.",
    "Nothing in the {N} was {A}; even the {P} seemed {A} {B}.",
    "{C}, {M} and {M} {X} the {N} that the {P} had {D} left behind.",
    "It was a {A} {N}, the kind that {V} {P} without a word.",
    "The {N} {L} had once been {A}, before {M} {X} it.",
    "{M} wanted {U}; what came instead was a {A} {N} and {Q} {A} {P}.",
    "\"You never {W} the {N},\" {M} said {D}, \"you only {W} the {P}.\"",
    "{B} the light turned {A}, and {M} {X} the last of the {P}.",
    "Every {N} in the house {D} {V} another, {M} thought, and {X} the {N} again.",
    "They {X} the {T} together, {D} at first, then with a {A} {U}.",
    "Somewhere {L} a {N} fell, and the {P} {D} {X} their {N}.",
    "{M} had {Q} reasons to {W} the {N} and only one to {W} it {D}.",
    "The letter spoke of {S}, of {A} {P}, and of a {N} that {M} {X} long ago.",
    "No one {X} {M} {B}; the {P} were too {A}, the {N} too {A}.",
    "For a {N}, {M} {X} {U} more than {U}, and {S} more than either.",
    "\"Then we {W} it,\" answered {M}, \"{D}, and with {U}.\"",
    "A {A} wind {X} the {P} {L}, where {M} still {X} the {N}.",
    "{M} counted the {P}, {X} the {N}, and {D} {X} the door.",
    "What {M} remembered of the {T} was {A}: a {N}, {Q} {P}, a {A} voice.",
    "{C}, the {N} {M} {X} was not the {N} that {M} had promised.",
    "The {A} {N} {V} itself, {M} used to say, if you {W} it {D} enough.",
    "{B}, with {U} and a {A} {N}, they {X} the {A} road {L}.",
    "{M} {X} the {N}; {M} {X} the {P}; between them lay {S}.",
    "By then the {P} {L} had {D} become {A}, and {M} {X} them without {U}.",
    "And still the {N} {V} them, {A} as the {T}, {A} as the {P} they {X}."};

constexpr std::string_view kHeadings[] = {"The {N} behind {S}",
                                          "A {A} {N}",
                                          "Questions of {U}",
                                          "From {N} to {N}",
                                          "{G} the {N}",
                                          "Where {P} meet {P}",
                                          "The {A} {N} {L}",
                                          "{U} and {U}",
                                          "What {P} {W}",
                                          "A {N} of {U}",
                                          "{A} {P}, {A} {P}",
                                          "{B}",
                                          "The {N}, the {N} and the {N}",
                                          "{G} {P} {D}",
                                          "The case for {U}"};

}  // namespace

const SentenceGrammar& EnglishHeadings() {
  static const SentenceGrammar grammar(kHeadings, kPools);
  return grammar;
}

const SentenceGrammar& EnglishExposition() {
  static const SentenceGrammar grammar(kExposition, kPools);
  return grammar;
}

const SentenceGrammar& EnglishNarrative() {
  static const SentenceGrammar grammar(kNarrative, kPools);
  return grammar;
}

}  // namespace assay
