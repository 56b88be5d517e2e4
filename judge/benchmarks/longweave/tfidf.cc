#include "judge/benchmarks/longweave/tfidf.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "common/text/python_case.h"
#include "common/text/python_text.h"

namespace assay::longweave {
namespace {

struct Weight {
  std::size_t term = 0;
  double value = 0;
};
using Row = std::vector<Weight>;  // by ascending term

// \b\w\w+\b of the lower-cased text.
std::vector<std::string> TermsOf(std::string_view text) {
  const std::string lower = PythonLower(text);
  std::vector<std::string> terms;
  std::size_t begin = 0;
  std::size_t letters = 0;
  const auto finish = [&](std::size_t end) {
    if (letters >= 2) terms.push_back(lower.substr(begin, end - begin));
    letters = 0;
  };
  for (std::size_t at = 0; at < lower.size();) {
    const DecodedChar c = DecodeUtf8(lower, at);
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
std::vector<Row> Count(const std::vector<std::vector<std::string>>& documents) {
  std::vector<std::string_view> vocabulary;
  for (const auto& terms : documents)
    vocabulary.insert(vocabulary.end(), terms.begin(), terms.end());
  std::sort(vocabulary.begin(), vocabulary.end());
  vocabulary.erase(std::unique(vocabulary.begin(), vocabulary.end()), vocabulary.end());
  std::vector<Row> rows;
  for (const auto& terms : documents) {
    std::vector<std::size_t> numbers;
    for (const std::string& term : terms) {
      const auto found = std::lower_bound(vocabulary.begin(), vocabulary.end(), term);
      numbers.push_back(static_cast<std::size_t>(found - vocabulary.begin()));
    }
    std::sort(numbers.begin(), numbers.end());
    Row& row = rows.emplace_back();
    for (const std::size_t number : numbers) {
      if (row.empty() || row.back().term != number) row.push_back({number, 0});
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
  std::vector<std::vector<std::string>> documents;
  for (const std::string& text : originals) documents.push_back(TermsOf(text));
  for (const std::string& text : texts) documents.push_back(TermsOf(text));
  std::vector<Row> rows = Count(documents);
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
