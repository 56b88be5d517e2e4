#include "cli/report/report_tables.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "cli/report/bucket_means.h"
#include "cli/report/html_text.h"
#include "cli/report/table_html.h"
#include "suites/result_table.h"

namespace assay {
namespace {

constexpr std::size_t kLossRowsMax = 200;

std::string HeaderCell(std::string_view escaped, std::string_view attributes = "") {
  std::string out = "<th scope=\"col\"";
  out += attributes;
  out += '>';
  out += escaped;
  return out + "</th>";
}

std::vector<std::string> DerivedOf(const ReportSuite& suite) {
  std::vector<std::string> names;
  for (const ReportModel& model : suite.models) {
    for (const v1::DerivedValue& value : model.summary->derived()) {
      if (std::find(names.begin(), names.end(), value.name()) == names.end()) {
        names.push_back(value.name());
      }
    }
  }
  return names;
}

std::string DerivedCell(const v1::ModelSummary& model, const std::string& name) {
  for (const v1::DerivedValue& value : model.derived()) {
    if (value.name() != name) continue;
    return NumberCell("<span class=\"mean\">" + Figure(value.value()) + "</span>");
  }
  return NumberCell("<span class=\"mean\">–</span>");
}

// Two rows: the scorers over their metrics.
std::string ScoreHead(const std::vector<std::string>& derived,
                      const std::vector<MetricId>& metrics) {
  std::string top = "<tr>" + HeaderCell("Model", " rowspan=\"2\"");
  std::string names = "<tr>";
  for (const std::string& name : derived) {
    top += HeaderCell(HtmlLine(name), " rowspan=\"2\" class=\"num\"");
  }
  for (std::size_t i = 0; i < metrics.size();) {
    const std::size_t begin = i;
    while (i < metrics.size() && metrics[i].scorer == metrics[begin].scorer) {
      names += HeaderCell(HtmlLine(metrics[i].name),
                          i == begin ? " class=\"num first\"" : " class=\"num\"");
      ++i;
    }
    top += HeaderCell(HtmlLine(metrics[begin].scorer),
                      " class=\"group first\" colspan=\"" + std::to_string(i - begin) + "\"");
  }
  return top + "</tr>" + names + "</tr>";
}

std::string TokensOf(const v1::Usage& usage, std::int64_t tokens) {
  return NumberCell((usage.estimated() ? "≈" : "") + Count(tokens));
}

// The outcomes that occur in a suite, the expected one first.
std::vector<v1::Outcome> OutcomesOf(const std::vector<const v1::OutcomeCount*>& counts,
                                    v1::Outcome first) {
  std::set<v1::Outcome> others;
  for (const v1::OutcomeCount* count : counts) {
    if (count->count() > 0 && count->outcome() != first) others.insert(count->outcome());
  }
  std::vector<v1::Outcome> outcomes = {first};
  outcomes.insert(outcomes.end(), others.begin(), others.end());
  return outcomes;
}

template <typename Counts>
std::string OutcomeCells(const Counts& counts, const std::vector<v1::Outcome>& columns) {
  std::map<v1::Outcome, std::int64_t> totals;
  for (const v1::OutcomeCount& count : counts) totals[count.outcome()] += count.count();
  std::string cells;
  for (const v1::Outcome outcome : columns) {
    const std::int64_t total = totals[outcome];
    const bool marked = total > 0 && IsLoss(outcome);
    cells += NumberCell(total == 0 ? "<span class=\"nil\">0</span>"
                        : marked   ? "<em>" + Count(total) + "</em>"
                                   : Count(total));
  }
  return cells;
}

std::string OutcomeHead(const std::vector<v1::Outcome>& columns) {
  std::string head;
  for (const v1::Outcome outcome : columns) {
    head += HeaderCell(HtmlLine(OutcomeName(outcome)), " class=\"num\"");
  }
  return head;
}

std::string GenerationTable(const ReportSuite& suite) {
  std::vector<const v1::OutcomeCount*> counts;
  bool priced = false;
  for (const ReportModel& model : suite.models) {
    for (const v1::OutcomeCount& count : model.summary->outcomes()) counts.push_back(&count);
    priced = priced || model.summary->priced();
  }
  const std::vector<v1::Outcome> columns = OutcomesOf(counts, v1::OUTCOME_GENERATED);
  std::string head =
      "<tr>" + HeaderCell("Texts by model") + HeaderCell("expected", " class=\"num\"");
  head += OutcomeHead(columns);
  for (const char* name :
       {"truncated", "retried", "words", "tokens in", "tokens out", "judge tokens"}) {
    head += HeaderCell(
        name, std::string_view(name) == "truncated" ? " class=\"num first\"" : " class=\"num\"");
  }
  if (priced) head += HeaderCell("cost", " class=\"num\"");
  std::string body;
  for (const ReportModel& model : suite.models) {
    const v1::ModelSummary& summary = *model.summary;
    const v1::Usage& used = summary.generation_usage();
    const v1::Usage& judge = summary.judge_usage();
    body += "<tr>" + ModelCell(model) + NumberCell(Count(summary.expected()));
    body += OutcomeCells(summary.outcomes(), columns);
    body += NumberCell(Count(summary.truncated())) + NumberCell(Count(summary.retried()));
    body += NumberCell(Count(summary.words())) + TokensOf(used, used.prompt_tokens());
    body += TokensOf(used, used.completion_tokens());
    body += TokensOf(judge, judge.prompt_tokens() + judge.completion_tokens());
    if (priced) {
      body += NumberCell(summary.priced() ? absl::StrFormat("$%.2f", summary.cost_usd()) : "–");
    }
    body += "</tr>\n";
  }
  return Table("", head + "</tr>", body);
}

std::string ScoringTable(const ReportSuite& suite) {
  std::vector<const v1::OutcomeCount*> counts;
  for (const ReportModel& model : suite.models) {
    for (const v1::ScorerSummary& scorer : model.summary->scorers()) {
      for (const v1::OutcomeCount& count : scorer.outcomes()) counts.push_back(&count);
    }
  }
  if (counts.empty()) return "";
  const std::vector<v1::Outcome> columns = OutcomesOf(counts, v1::OUTCOME_SCORED);
  std::string body;
  for (const ReportModel& model : suite.models) {
    for (const v1::ScorerSummary& scorer : model.summary->scorers()) {
      body += "<tr>" + ModelCell(model) + "<td><bdi>" + HtmlLine(scorer.scorer()) + "</bdi></td>";
      body += OutcomeCells(scorer.outcomes(), columns) + "</tr>\n";
    }
  }
  return Table("",
               "<tr>" + HeaderCell("Scorings by model") + HeaderCell("scorer") +
                   OutcomeHead(columns) + "</tr>",
               body);
}

// One metric of one suite: models down, buckets across.
std::string BucketTable(const ReportSuite& suite, const MetricId& id) {
  std::vector<std::string> own;
  for (const ReportModel& model : suite.models) {
    const v1::MetricSummary* metric = FindMetric(*model.summary, id);
    if (metric == nullptr) continue;
    for (const v1::BucketMean& bucket : metric->buckets()) {
      if (std::find(own.begin(), own.end(), bucket.label()) == own.end()) {
        own.push_back(bucket.label());
      }
    }
  }
  std::string top = "<tr>" + HeaderCell("Model", " rowspan=\"2\"");
  if (!own.empty()) {
    top += HeaderCell("the suite’s buckets",
                      " class=\"group first\" colspan=\"" + std::to_string(own.size()) + "\"");
  }
  top += HeaderCell("by words required", " class=\"group first\" colspan=\"" +
                                             std::to_string(std::size(kLongBuckets)) + "\"");
  std::string labels = "</tr><tr>";
  for (std::size_t i = 0; i < own.size(); ++i) {
    labels += HeaderCell(HtmlLine(own[i]), i == 0 ? " class=\"num first\"" : " class=\"num\"");
  }
  for (const char* label : kLongBuckets) {
    labels +=
        HeaderCell(label, label == kLongBuckets[0] ? " class=\"num first\"" : " class=\"num\"");
  }
  std::string body;
  for (const ReportModel& model : suite.models) {
    const v1::MetricSummary* metric = FindMetric(*model.summary, id);
    std::map<std::string, const v1::MeanOf*> means;
    if (metric != nullptr) {
      for (const v1::BucketMean& bucket : metric->buckets()) {
        means[bucket.label()] = &bucket.value();
      }
    }
    body += "<tr>" + ModelCell(model);
    for (const std::string& label : own) {
      body += means.contains(label) ? MeanCell(*means[label]) : NumberCell("–");
    }
    for (const v1::BucketMean& bucket : LongBucketMeans(model.results, id.scorer, id.name)) {
      body += MeanCell(bucket.value());
    }
    body += "</tr>\n";
  }
  return Table("", top + labels + "</tr>", body);
}

// The benchmark's own tables of a suite.
std::string BenchmarkTables(const ReportInput& input, const std::string& suite) {
  std::string out;
  for (const v1::ResultTable& result : input.summary->tables()) {
    if (result.suite() != suite) continue;
    std::string head = "<tr>";
    for (int i = 0; i < result.columns_size(); ++i) {
      head += HeaderCell(HtmlLine(result.columns(i)), i == 0 ? "" : " class=\"num\"");
    }
    std::string body;
    for (const v1::TableRow& row : result.rows()) {
      body += "<tr>";
      for (int i = 0; i < row.cells_size(); ++i) {
        const std::string cell = HtmlLine(CellText(result, row.cells(i)));
        body += i == 0 ? "<th scope=\"row\"><bdi>" + cell + "</bdi></th>" : NumberCell(cell);
      }
      body += "</tr>\n";
    }
    out += Table(HtmlLine(result.title()), head + "</tr>", body);
    for (const std::string& note : result.notes()) {
      out += "<p class=\"note\">" + HtmlLine(note) + "</p>\n";
    }
  }
  return out;
}

}  // namespace

std::string RenderScoreTables(const ReportInput& input) {
  std::string out = "<section id=\"scores\"><h2>Scores</h2>\n";
  for (const ReportSuite& suite : input.suites) {
    const std::vector<std::string> derived = DerivedOf(suite);
    const std::vector<MetricId> metrics = MetricsOf(suite);
    std::string body;
    for (const ReportModel& model : suite.models) {
      body += "<tr>" + ModelCell(model);
      for (const std::string& name : derived) body += DerivedCell(*model.summary, name);
      for (const MetricId& id : metrics) {
        const v1::MetricSummary* metric = FindMetric(*model.summary, id);
        body += metric != nullptr ? MeanCell(metric->value()) : NumberCell("–");
      }
      body += "</tr>\n";
    }
    out += SuiteTitle(input, suite) + BenchmarkTables(input, suite.name) +
           Table("", ScoreHead(derived, metrics), body);
  }
  return out +
         "<p class=\"note\">Under each mean: its 95&nbsp;% interval, clustered by prompt, and how "
         "many scores were judged of how many were required. A mean whose scores are not all there "
         "is marked.</p></section>\n";
}

std::string RenderCountTables(const ReportInput& input) {
  std::string out = "<section id=\"outcomes\"><h2>Outcomes</h2>\n";
  for (const ReportSuite& suite : input.suites) {
    out += SuiteTitle(input, suite) + GenerationTable(suite) + ScoringTable(suite);
  }
  return out +
         "<p class=\"note\">Every text and every scoring ends in exactly one outcome: a row’s "
         "outcomes add up to what was expected. Truncated texts ended at their token cap; "
         "≈ marks an estimate.</p></section>\n";
}

std::string RenderTruncationTables(const ReportInput& input) {
  std::string out;
  for (const ReportSuite& suite : input.suites) {
    const bool any = std::any_of(suite.models.begin(), suite.models.end(),
                                 [](const auto& model) { return model.summary->truncated() > 0; });
    if (!any) continue;
    std::string body;
    for (const ReportModel& model : suite.models) {
      if (model.summary->truncated() == 0) continue;
      for (const v1::MetricSummary& metric : model.summary->metrics()) {
        body += "<tr>" + ModelCell(model) + "<td><bdi>" +
                HtmlLine(metric.scorer() + "." + metric.name()) + "</bdi></td>" +
                MeanCell(metric.complete()) + MeanCell(metric.truncated()) + "</tr>\n";
      }
    }
    out += SuiteTitle(input, suite) + Table("",
                                            "<tr>" + HeaderCell("Model") + HeaderCell("metric") +
                                                HeaderCell("complete", " class=\"num\"") +
                                                HeaderCell("truncated", " class=\"num\"") + "</tr>",
                                            body);
  }
  if (out.empty()) return "";
  return "<section id=\"truncation\"><h2>Complete and truncated texts apart</h2>\n" + out +
         "</section>\n";
}

std::string RenderBucketTables(const ReportInput& input) {
  std::string out = "<section id=\"buckets\"><h2>Scores by length required</h2>\n";
  for (const ReportSuite& suite : input.suites) {
    out += SuiteTitle(input, suite);
    std::string last_scorer;
    for (const MetricId& id : MetricsOf(suite)) {
      out += id.scorer != last_scorer ? "<details open>" : "<details>";
      last_scorer = id.scorer;
      out += "<summary><bdi>" + HtmlLine(id.scorer) + "</bdi> · <bdi>" + HtmlLine(id.name) +
             "</bdi></summary>\n" + BucketTable(suite, id) + "</details>\n";
    }
  }
  return out + "</section>\n";
}

std::string RenderLosses(const ReportInput& input) {
  std::size_t rows = 0;
  std::string body;
  const auto add = [&](std::size_t index, const std::string& stage, v1::Outcome outcome,
                       const std::string& reason) {
    if (++rows > kLossRowsMax) return;
    const v1::SampleResult& result = (*input.results)[index];
    body += "<tr><td><a href=\"#s" + std::to_string(index) + "\"><bdi>" +
            HtmlLine(result.suite() + "/" + result.sample_id()) + "</bdi></a>";
    if (result.repeat() > 0) body += " · repeat " + std::to_string(result.repeat());
    body += "</td><td>" + DotHtml(input.model_color.at(result.model())) + "<bdi>" +
            HtmlLine(result.model(), 120) + "</bdi></td><td><bdi>" + HtmlLine(stage) +
            "</bdi></td><td><em>" + HtmlLine(OutcomeName(outcome)) + "</em></td><td><bdi>" +
            HtmlLine(reason, 600) + "</bdi></td></tr>\n";
  };
  for (std::size_t i = 0; i < input.results->size(); ++i) {
    const v1::SampleResult& result = (*input.results)[i];
    if (IsLoss(result.outcome())) {
      add(i, "generation", result.outcome(), result.error().message());
    }
    for (const v1::ScorerResult& scorer : result.scorers()) {
      if (IsLoss(scorer.outcome())) add(i, scorer.scorer(), scorer.outcome(), scorer.reason());
    }
  }
  std::string out = "<section id=\"losses\"><h2>Losses</h2>\n";
  if (rows == 0)
    return out +
           "<p>None: every text was generated and every scoring gave a score.</p></section>\n";
  if (input.summary->losses_size() > 0) {
    out += "<ul class=\"errors\">\n";
    for (const v1::Error& error : input.summary->losses()) {
      out += "<li><em>" + HtmlLine(ErrorClassName(error.error_class())) + "</em> ";
      if (error.http_status() != 0) out += "HTTP " + std::to_string(error.http_status()) + " · ";
      if (!error.endpoint().empty()) out += "<bdi>" + HtmlLine(error.endpoint()) + "</bdi> · ";
      out += "<bdi>" + HtmlLine(error.message(), 600) + "</bdi></li>\n";
    }
    out += "</ul>\n";
  }
  out += Table("",
               "<tr>" + HeaderCell("Sample") + HeaderCell("model") + HeaderCell("step") +
                   HeaderCell("outcome") + HeaderCell("reason") + "</tr>",
               body);
  if (rows > kLossRowsMax) {
    out += "<p class=\"note\">The first " + std::to_string(kLossRowsMax) + " of " +
           Count(static_cast<std::int64_t>(rows)) +
           "; the list of samples below can be filtered for all of them.</p>\n";
  }
  return out + "</section>\n";
}

}  // namespace assay
