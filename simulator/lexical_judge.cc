#include "simulator/lexical_judge.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <unordered_set>
#include <vector>

#include "common/base/random.h"
#include "simulator/json_text.h"
#include "simulator/judge_prompt.h"

namespace assay {
namespace {

constexpr std::size_t kWindow = 200;
constexpr std::size_t kSequence = 12;
constexpr std::int64_t kFewWords = 100;
constexpr std::size_t kBeginning = 300;
constexpr std::uint64_t kPrime = 0x100000001b3;

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::uint64_t HashOf(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    hash = (hash ^ static_cast<unsigned char>(lower)) * kPrime;
  }
  return hash;
}

struct Words {
  std::vector<std::uint64_t> hashes;
  std::vector<std::int64_t> sentence_words;
};

bool IsHanziLead(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0xE4 && byte <= 0xE9;
}

Words SplitWords(std::string_view text) {
  Words words;
  std::int64_t sentence = 0;
  const auto end_sentence = [&] {
    if (sentence > 0) words.sentence_words.push_back(sentence);
    sentence = 0;
  };
  for (std::size_t i = 0; i < text.size();) {
    if (IsWordByte(text[i])) {
      std::size_t end = i;
      while (end < text.size() && IsWordByte(text[end])) ++end;
      words.hashes.push_back(HashOf(text.substr(i, end - i)));
      ++sentence;
      i = end;
    } else if (IsHanziLead(text[i]) && i + 2 < text.size()) {
      words.hashes.push_back(HashOf(text.substr(i, 3)));
      ++sentence;
      i += 3;
    } else {
      const bool stop = text[i] == '.' || text[i] == '!' || text[i] == '?' || text[i] == '\n' ||
                        text.substr(i, 3) == "。" || text.substr(i, 3) == "！" ||
                        text.substr(i, 3) == "？";
      if (stop) end_sentence();
      ++i;
    }
  }
  end_sentence();
  return words;
}

double DistinctShare(const std::vector<std::uint64_t>& words) {
  double sum = 0;
  std::int64_t windows = 0;
  for (std::size_t from = 0; from < words.size(); from += kWindow) {
    const std::size_t size = std::min(kWindow, words.size() - from);
    if (windows > 0 && size < kWindow / 2) break;
    const auto begin = words.begin() + static_cast<std::ptrdiff_t>(from);
    const std::unordered_set<std::uint64_t> distinct(begin,
                                                     begin + static_cast<std::ptrdiff_t>(size));
    sum += static_cast<double>(distinct.size()) / static_cast<double>(size);
    ++windows;
  }
  return windows == 0 ? 0 : sum / static_cast<double>(windows);
}

double RepeatedShare(const std::vector<std::uint64_t>& words) {
  if (words.size() <= kSequence) return 0;
  std::unordered_set<std::uint64_t> seen;
  std::int64_t repeated = 0;
  const std::size_t sequences = words.size() - kSequence + 1;
  for (std::size_t i = 0; i < sequences; ++i) {
    std::uint64_t hash = 0;
    for (std::size_t j = 0; j < kSequence; ++j) hash = hash * 0x9E3779B97F4A7C15 + words[i + j];
    repeated += !seen.insert(hash).second;
  }
  return static_cast<double>(repeated) / static_cast<double>(sequences);
}

void MeasureLines(std::string_view text, LexicalMeasures& measures) {
  std::unordered_set<std::uint64_t> seen;
  std::int64_t paragraphs = 0;
  std::int64_t copies = 0;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    const std::string_view line = text.substr(from, end - from);
    measures.headings += line.starts_with("#");
    if (line.size() > 60) {
      ++paragraphs;
      copies += !seen.insert(HashOf(line)).second;
    }
    from = end + 1;
  }
  if (paragraphs > 0) {
    measures.looped = static_cast<double>(copies) / static_cast<double>(paragraphs);
  }
}

double EchoShare(const std::vector<std::uint64_t>& text, std::string_view task) {
  std::unordered_set<std::uint64_t> wanted;
  for (std::size_t i = 0; i < task.size();) {
    if (!IsWordByte(task[i])) {
      if (IsHanziLead(task[i]) && i + 2 < task.size()) wanted.insert(HashOf(task.substr(i, 3)));
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < task.size() && IsWordByte(task[end])) ++end;
    if (end - i >= 6) wanted.insert(HashOf(task.substr(i, end - i)));
    i = end;
  }
  if (wanted.empty()) return 1;
  const std::unordered_set<std::uint64_t> present(text.begin(), text.end());
  const auto found = std::count_if(wanted.begin(), wanted.end(),
                                   [&](std::uint64_t word) { return present.contains(word); });
  return static_cast<double>(found) / static_cast<double>(wanted.size());
}

// 0 at `worst`, 1 at `best`, linear between.
double Ramp(double value, double worst, double best) {
  return std::clamp((value - worst) / (best - worst), 0.0, 1.0);
}

struct Qualities {
  double variety, freshness, size, structure, rhythm, echo;
};

Qualities QualitiesOf(const LexicalMeasures& m) {
  Qualities q{};
  q.variety = Ramp(m.distinct, 0.25, 0.55);
  q.freshness = 1 - Ramp(std::max(m.repeated, m.looped), 0.02, 0.4);
  q.size = Ramp(std::log2(static_cast<double>(m.units) + 1), 6, 13);
  q.structure = m.units < 300 ? 0.8 : Ramp(static_cast<double>(m.headings), 0, 3);
  q.rhythm = Ramp(m.sentence_spread, 0, 5) * (1 - Ramp(m.sentence_mean, 40, 90));
  q.echo = Ramp(m.echo, 0, 0.3);
  return q;
}

// How much each quality weighs in a dimension, by a piece of the dimension's name.
struct Weights {
  std::string_view piece;
  std::array<double, 6> weights;
};
constexpr std::array<Weights, 14> kWeights = {{{"relevan", {0, 1, 1, 0, 0, 3}},
                                               {"accura", {1, 3, 0, 0, 1, 0}},
                                               {"coheren", {0, 3, 0, 2, 1, 0}},
                                               {"clar", {1, 2, 0, 1, 2, 0}},
                                               {"breadth", {1, 2, 4, 1, 0, 0}},
                                               {"depth", {1, 2, 4, 0, 0, 0}},
                                               {"reading", {2, 3, 0, 1, 2, 0}},
                                               {"engag", {2, 3, 0, 0, 2, 0}},
                                               {"structur", {0, 2, 0, 4, 0, 0}},
                                               {"instruction", {0, 2, 1, 0, 0, 3}},
                                               {"content", {1, 3, 2, 0, 0, 1}},
                                               {"language", {2, 2, 0, 0, 3, 0}},
                                               {"original", {2, 5, 0, 0, 0, 0}},
                                               {"length", {0, 0, 1, 0, 0, 0}}}};
constexpr std::array<double, 6> kOverall = {1, 2, 1, 1, 1, 1};

double ShareFor(std::string_view name, const Qualities& q) {
  std::string lower(name);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  std::array<double, 6> weights = kOverall;
  for (const Weights& candidate : kWeights) {
    if (lower.find(candidate.piece) != std::string::npos) {
      weights = candidate.weights;
      break;
    }
  }
  const std::array<double, 6> values = {q.variety,   q.freshness, q.size,
                                        q.structure, q.rhythm,    q.echo};
  double sum = 0;
  double total = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += weights[i] * values[i];
    total += weights[i];
  }
  return sum / total;
}

std::string Analysis(const LexicalMeasures& m) {
  char text[400];
  std::snprintf(
      text, sizeof text,
      "Lexical rules only (simulated judge): %lld words, %.0f %% distinct within 200 words, "
      "%.0f %% repeated sequences, %.0f %% copied paragraphs, %lld headings, sentences of "
      "%.1f words on average.",
      static_cast<long long>(m.units), 100 * m.distinct, 100 * m.repeated, 100 * m.looped,
      static_cast<long long>(m.headings), m.sentence_mean);
  return text;
}

// A text of a few words, or one that hands the task back, gets the least of everything.
bool SaysSomething(const JudgePrompt& prompt, const LexicalMeasures& measures) {
  const std::string_view beginning = prompt.response.substr(0, kBeginning);
  return measures.units >= kFewWords && prompt.task.find(beginning) == std::string_view::npos;
}

std::string Verdict(const JudgePrompt& prompt, const LexicalMeasures& measures, double noise,
                    Random& random) {
  const Qualities qualities = QualitiesOf(measures);
  const bool saying = SaysSomething(prompt, measures);
  std::string out;
  JsonObjectWriter writer(out);
  for (const DemandedKey& key : prompt.keys) {
    if (!key.literal.empty()) {
      writer.String(key.name, key.literal);
      continue;
    }
    if (key.text) {
      writer.String(key.name, Analysis(measures));
      continue;
    }
    const double share = saying ? ShareFor(key.name, qualities) : 0;
    const auto span = static_cast<double>(key.most - key.least);
    auto score = key.least + std::llround(share * span);
    if (noise > 0 && random.Unit() < noise) score += random.Below(2) == 0 ? -1 : 1;
    writer.Number(key.name, std::clamp<std::int64_t>(score, key.least, key.most));
  }
  writer.Close();
  return out;
}

// Replies that a parser must not take for a verdict.
std::string Garbage(const JudgePrompt& prompt, const std::string& verdict, Random& random) {
  switch (random.Below(5)) {
    case 0:
      return verdict.substr(0, verdict.size() / 2);
    case 1:
      return "I would rather talk about the text than put numbers on it.";
    case 2: {
      std::string out;
      JsonObjectWriter writer(out);
      for (const DemandedKey& key : prompt.keys) {
        if (key.text) writer.String(key.name, "Scores beyond the scale.");
        if (!key.text) writer.Number(key.name, key.most + 7);
      }
      writer.Close();
      return out;
    }
    case 3:
      return "{\"" + prompt.keys.front().name + "\": }";
    default:
      return "";
  }
}

std::uint64_t SeedOf(std::string_view hex) {
  std::uint64_t seed = 0;
  std::from_chars(hex.data(), hex.data() + std::min<std::size_t>(hex.size(), 16), seed, 16);
  return seed;
}

}  // namespace

LexicalMeasures Measure(std::string_view text, std::string_view task) {
  LexicalMeasures measures;
  const Words words = SplitWords(text);
  measures.units = static_cast<std::int64_t>(words.hashes.size());
  measures.distinct = DistinctShare(words.hashes);
  measures.repeated = RepeatedShare(words.hashes);
  MeasureLines(text, measures);
  measures.echo = EchoShare(words.hashes, task);
  measures.sentences = static_cast<std::int64_t>(words.sentence_words.size());
  if (measures.sentences == 0) return measures;
  const auto count = static_cast<double>(measures.sentences);
  measures.sentence_mean = static_cast<double>(measures.units) / count;
  double squares = 0;
  for (const std::int64_t length : words.sentence_words) {
    const double off = static_cast<double>(length) - measures.sentence_mean;
    squares += off * off;
  }
  measures.sentence_spread = std::sqrt(squares / count);
  return measures;
}

absl::StatusOr<std::string> JudgeLexically(const LexicalJudgeRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const JudgePrompt prompt,
                         ReadJudgePrompt(request.prompt, request.response_schema));
  const LexicalMeasures measures = Measure(prompt.response, prompt.task);
  Random random(SeedOf(request.request_sha256));
  const bool garbage = request.garbage_rate > 0 && random.Unit() < request.garbage_rate;
  std::string verdict = Verdict(prompt, measures, request.noise, random);
  return garbage ? Garbage(prompt, verdict, random) : verdict;
}

}  // namespace assay
