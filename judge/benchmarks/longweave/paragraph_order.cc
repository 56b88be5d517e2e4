#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "common/text/python_case.h"
#include "common/text/python_random.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"
#include "judge/benchmarks/longweave/item_seed.h"
#include "judge/benchmarks/longweave/rule_tasks.h"

namespace assay::longweave {
namespace {

constexpr std::string_view kMark = "[[Segment";
using Vector = std::map<std::string, double>;

struct Segment {
  std::size_t number = 0;
  std::string_view content;
};

// The whole number at `at`, \s*(\d+)\]\]\s*\n behind it; `*at` then stands where the content
// begins. nullopt: no header here.
std::optional<std::size_t> ReadHeader(std::string_view text, std::size_t* at) {
  const auto skip = [&](std::size_t from, std::size_t* newline) {
    while (from < text.size()) {
      const DecodedChar c = DecodeUtf8(text, from);
      if (!IsPythonSpace(c.code_point)) break;
      if (newline != nullptr && text[from] == '\n') *newline = from;
      from += c.bytes;
    }
    return from;
  };
  std::size_t place = skip(*at, nullptr);
  std::size_t number = 0;
  bool any = false;
  while (place < text.size()) {
    const DecodedChar c = DecodeUtf8(text, place);
    if (!IsPythonDigit(c.code_point)) break;
    any = true;
    const auto digit = static_cast<std::size_t>(PythonDigitValue(c.code_point));
    number = std::min<std::size_t>(number * 10 + digit, 1'000'000'000);
    place += c.bytes;
  }
  if (!any || text.substr(place, 2) != "]]") return std::nullopt;
  std::size_t newline = std::string_view::npos;
  skip(place + 2, &newline);
  if (newline == std::string_view::npos) return std::nullopt;
  *at = newline + 1;  // the last line end of the white space: `\s*` takes all it can
  return number;
}

// Of re.findall(r"\[\[Segment\s*(\d+)\]\]\s*\n(.*?)(?=\n\[\[Segment|$)", text, DOTALL).
std::vector<Segment> SegmentsOf(std::string_view text) {
  std::vector<Segment> segments;
  // `$` also matches before a line end that ends the text.
  const std::size_t end = text.ends_with('\n') ? text.size() - 1 : text.size();
  for (std::size_t at = text.find(kMark); at != std::string_view::npos;) {
    std::size_t begin = at + kMark.size();
    const std::optional<std::size_t> number = ReadHeader(text, &begin);
    if (!number.has_value()) {
      at = text.find(kMark, at + 1);
      continue;
    }
    std::size_t stop = text.find("\n[[Segment", begin);
    if (stop == std::string_view::npos) stop = std::max(begin, end);
    segments.push_back({*number, text.substr(begin, stop - begin)});
    at = text.find(kMark, stop);
  }
  return segments;
}

// \b\w\w+\b of the text in lower case, counted.
std::map<std::string, double> TermsOf(std::string_view text) {
  const std::string lower = PythonLower(text);
  std::map<std::string, double> terms;
  std::size_t begin = 0;
  std::size_t letters = 0;
  std::size_t at = 0;
  const auto flush = [&] {
    if (letters >= 2) terms[lower.substr(begin, at - begin)] += 1;
    letters = 0;
  };
  while (at < lower.size()) {
    const DecodedChar c = DecodeUtf8(lower, at);
    if (IsPythonWord(c.code_point)) {
      if (letters == 0) begin = at;
      ++letters;
    } else {
      flush();
    }
    at += c.bytes;
  }
  flush();
  return terms;
}

// scikit-learn's TfidfVectorizer with its defaults: idf = ln((1+N)/(1+df)) + 1, rows of length 1.
std::vector<Vector> TfIdf(std::vector<Vector> counts) {
  std::map<std::string, double> documents;
  for (const Vector& count : counts) {
    for (const auto& [term, times] : count) documents[term] += 1;
  }
  const auto all = static_cast<double>(counts.size());
  for (Vector& count : counts) {
    double squares = 0;
    for (auto& [term, weight] : count) {
      weight *= std::log((1 + all) / (1 + documents[term])) + 1;
      squares += weight * weight;
    }
    const double length = std::sqrt(squares);
    for (auto& [term, weight] : count) weight /= length;
  }
  return counts;
}

double Dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (const auto& [term, weight] : a) {
    const auto found = b.find(term);
    if (found != b.end()) sum += weight * found->second;
  }
  return sum;
}

// tau-b of 0..n-1 against `order`; nullopt where it is not a number.
std::optional<double> TauB(const std::vector<std::size_t>& order) {
  const std::size_t n = order.size();
  double agree = 0;
  double tied = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      if (order[i] == order[j]) tied += 1;
      if (order[i] < order[j]) agree += 1;
      if (order[i] > order[j]) agree -= 1;
    }
  }
  const double pairs = static_cast<double>(n) * (static_cast<double>(n) - 1) / 2;
  if (n < 2 || pairs == tied) return std::nullopt;
  const double tau = agree / std::sqrt(pairs) / std::sqrt(pairs - tied);
  return std::clamp(tau, -1.0, 1.0);
}

}  // namespace

double ScoreParagraphOrder(const std::vector<std::string>& original, std::string_view text) {
  const std::size_t n = original.size();
  std::vector<Vector> counts;
  for (const std::string& paragraph : original) counts.push_back(TermsOf(paragraph));
  std::set<std::size_t> seen;
  for (const Segment& segment : SegmentsOf(text)) {
    if (segment.number >= n || !seen.insert(segment.number).second) continue;
    counts.push_back(TermsOf(segment.content));
  }
  if (seen.size() != n) return 0;
  const std::vector<Vector> rows = TfIdf(std::move(counts));
  std::vector<std::size_t> order;
  for (std::size_t i = n; i < rows.size(); ++i) {
    std::size_t best = 0;
    double most = -1;
    for (std::size_t j = 0; j < n; ++j) {
      const double near = Dot(rows[i], rows[j]);
      if (near <= most) continue;
      most = near;
      best = j;
    }
    order.push_back(best);
  }
  const std::optional<double> tau = TauB(order);
  return tau.has_value() ? (1 + *tau) / 2 : 0;
}

std::vector<std::size_t> ParagraphShuffle(std::string_view document_id, std::size_t paragraphs) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < paragraphs; ++i) order.push_back(i);
  PythonRandom random(std::uint64_t{ItemSeed(document_id)});
  random.Shuffle(order);
  return order;
}

}  // namespace assay::longweave
