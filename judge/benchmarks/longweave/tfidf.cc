#include "judge/benchmarks/longweave/tfidf.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "common/text/python_case.h"
#include "common/text/python_text.h"

namespace assay::longweave {
namespace {

struct Weight {
  std::size_t term = 0;
  double value = 0;
};
using Row = std::vector<Weight>;  // by ascending term

// \b\w\w+\b of a text in lower case, as views of it.
std::vector<std::string_view> TermsOf(std::string_view lower) {
  std::vector<std::string_view> terms;
  std::size_t begin = 0;
  std::size_t letters = 0;
  const auto finish = [&](std::size_t end) {
    if (letters >= 2) terms.push_back(lower.substr(begin, end - begin));
    letters = 0;
  };
  for (std::size_t at = 0; at < lower.size();) {
    const auto byte = static_cast<unsigned char>(lower[at]);
    const DecodedChar c = byte < 0x80 ? DecodedChar{byte, 1, true} : DecodeUtf8(lower, at);
    if (IsPythonWord(c.code_point)) {
      if (letters == 0) begin = at;
      ++letters;
    } else {
      finish(at);
    }
    at += c.bytes;
  }
  finish(lower.size());
  return terms;
}

// normalize(): divided by its Euclidean length.
void Normalize(Row& row) {
  double sum = 0;
  for (const Weight& weight : row) sum += weight.value * weight.value;
  if (sum == 0) return;
  const double length = std::sqrt(sum);
  for (Weight& weight : row) weight.value /= length;
}

double Dot(const Row& left, const Row& right) {
  double sum = 0;
  auto other = right.begin();
  for (const Weight& weight : left) {
    while (other != right.end() && other->term < weight.term) ++other;
    if (other == right.end()) break;
    if (other->term == weight.term) sum += weight.value * other->value;
  }
  return sum;
}

// Counts of each document's terms, numbered in the order of the vocabulary.
std::vector<Row> Count(const std::vector<std::string>& lower) {
  // Numbered as they come first, and from that by rank.
  absl::flat_hash_map<absl::string_view, std::size_t> numbers;
  std::vector<absl::string_view> vocabulary;
  std::vector<std::vector<std::size_t>> documents;
  for (const std::string& text : lower) {
    std::vector<std::size_t>& document = documents.emplace_back();
    for (const std::string_view term : TermsOf(text)) {
      const absl::string_view key(term.data(), term.size());
      const auto [number, added] = numbers.try_emplace(key, vocabulary.size());
      if (added) vocabulary.push_back(key);
      document.push_back(number->second);
    }
  }
  std::vector<std::size_t> order(vocabulary.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return vocabulary[a] < vocabulary[b]; });
  std::vector<std::size_t> ranks(order.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) ranks[order[rank]] = rank;
  std::vector<Row> rows;
  for (std::vector<std::size_t>& document : documents) {
    for (std::size_t& term : document) term = ranks[term];
    std::sort(document.begin(), document.end());
    Row& row = rows.emplace_back();
    for (const std::size_t term : document) {
      if (row.empty() || row.back().term != term) row.push_back({term, 0});
      row.back().value += 1;
    }
  }
  return rows;
}

void WeighByRarity(std::vector<Row>& rows) {
  std::size_t terms = 0;
  for (const Row& row : rows) terms = std::max(terms, row.empty() ? 0 : row.back().term + 1);
  std::vector<double> idf(terms, 1);
  for (const Row& row : rows) {
    for (const Weight& weight : row) idf[weight.term] += 1;
  }
  const auto documents = static_cast<double>(rows.size() + 1);
  for (double& value : idf) value = std::log(documents / value) + 1;
  for (Row& row : rows) {
    for (Weight& weight : row) weight.value *= idf[weight.term];
  }
}

}  // namespace

std::vector<std::size_t> AlignTexts(std::span<const std::string> originals,
                                    std::span<const std::string> texts) {
  std::vector<std::string> lower;
  for (const std::string& text : originals) lower.push_back(PythonLower(text));
  for (const std::string& text : texts) lower.push_back(PythonLower(text));
  std::vector<Row> rows = Count(lower);
  if (std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.empty(); })) return {};
  WeighByRarity(rows);
  for (Row& row : rows) {
    Normalize(row);  // by the vectorizer
    Normalize(row);  // by cosine_similarity
  }
  const auto original = std::span(rows).first(originals.size());
  std::vector<std::size_t> aligned;
  for (const Row& row : std::span(rows).subspan(originals.size())) {
    std::size_t best = 0;
    double most = Dot(row, original[0]);
    for (std::size_t i = 1; i < original.size(); ++i) {
      const double similarity = Dot(row, original[i]);
      if (similarity <= most) continue;
      most = similarity;
      best = i;
    }
    aligned.push_back(best);
  }
  return aligned;
}

}  // namespace assay::longweave
