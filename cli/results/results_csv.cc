#include "cli/results/results_csv.h"

#include <set>
#include <utility>

#include "common/config/message_decoder.h"
#include "common/json/json.h"

namespace assay {
namespace {

std::string Quoted(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

// Text that comes from a file, a model or a server. Spreadsheets run what begins like a formula.
std::string TextCell(std::string_view text) {
  const bool formula =
      !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
  return Quoted(formula ? "'" + std::string(text) : std::string(text));
}

std::string NumberCell(double value) { return Json(value).dump(); }

std::string NameOf(v1::Outcome outcome) {
  return ShortEnumName(*v1::Outcome_descriptor(), outcome);
}

struct ScoreColumn {
  std::string scorer;
  std::string score;  // empty: the scorer's outcome

  bool operator==(const ScoreColumn&) const = default;
};

// In order of first appearance.
std::vector<ScoreColumn> ScoreColumns(const std::vector<v1::SampleResult>& results) {
  std::vector<ScoreColumn> columns;
  std::set<std::pair<std::string, std::string>> seen;
  const auto add = [&](const std::string& scorer, const std::string& score) {
    if (seen.emplace(scorer, score).second) columns.push_back({scorer, score});
  };
  for (const v1::SampleResult& result : results) {
    for (const v1::ScorerResult& scorer : result.scorers()) {
      add(scorer.scorer(), "");
      for (const v1::Score& score : scorer.scores()) add(scorer.scorer(), score.name());
    }
  }
  return columns;
}

std::string CellOf(const v1::SampleResult& result, const ScoreColumn& column) {
  for (const v1::ScorerResult& scorer : result.scorers()) {
    if (scorer.scorer() != column.scorer) continue;
    if (column.score.empty()) return NameOf(scorer.outcome());
    for (const v1::Score& score : scorer.scores()) {
      if (score.name() == column.score) return NumberCell(score.value());
    }
  }
  return "";
}

}  // namespace

std::string ResultsCsv(const std::vector<v1::SampleResult>& results) {
  const std::vector<ScoreColumn> columns = ScoreColumns(results);
  std::string out =
      "suite,sample_id,category,language,model,repeat,outcome,truncated,finish_reason,"
      "required_words,words";
  for (const ScoreColumn& column : columns) {
    out += "," + TextCell(column.scorer + (column.score.empty() ? ".outcome" : "." + column.score));
  }
  out += ",prompt_tokens,completion_tokens,total_ms,text_file,text_digest,error\n";
  for (const v1::SampleResult& r : results) {
    out += TextCell(r.suite()) + "," + TextCell(r.sample_id()) + "," + TextCell(r.category()) +
           "," + TextCell(r.language()) + "," + TextCell(r.model()) + "," +
           std::to_string(r.repeat()) + "," + NameOf(r.outcome()) + "," +
           (r.truncated() ? "true" : "false") + "," + TextCell(r.finish_reason()) + "," +
           std::to_string(r.required_words()) + "," + std::to_string(r.words());
    for (const ScoreColumn& column : columns) out += "," + CellOf(r, column);
    out += "," + std::to_string(r.usage().prompt_tokens()) + "," +
           std::to_string(r.usage().completion_tokens()) + "," +
           std::to_string(r.timings().total_ms()) + "," + TextCell(r.text_file()) + "," +
           TextCell(r.text_digest()) + "," + TextCell(r.error().message()) + "\n";
  }
  return out;
}

}  // namespace assay
