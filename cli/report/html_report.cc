#include "cli/report/html_report.h"

#include <string>
#include <string_view>

#include "cli/report/html_text.h"
#include "cli/report/judge_health_html.h"
#include "cli/report/report_assets.h"
#include "cli/report/report_data.h"
#include "cli/report/report_input.h"
#include "cli/report/report_tables.h"

namespace assay {
namespace {

// Charset and policy come before anything that they are about.
std::string Head(const v1::RunSummary& summary) {
  const std::string& title = summary.name().empty() ? summary.run_id() : summary.name();
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '";
  out += PolicyHash(ReportStyle()) + "'; script-src '" + PolicyHash(ReportScript());
  out +=
      "'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>";
  out += HtmlLine(title, 120) + " · Assay</title>\n<style>";
  out += ReportStyle();
  return out + "</style>\n</head>\n";
}

void AddBlock(const std::string& id, const std::string& json, std::string& out) {
  out += "<script type=\"application/json\" id=\"" + id + "\">";
  out += ScriptJson(json);
  out += "</script>\n";
}

constexpr std::string_view kNav =
    "<nav aria-label=\"Parts of this report\"><a href=\"#scores\">Scores</a>"
    "<a href=\"#judges\">Judges</a><a href=\"#outcomes\">Outcomes</a><a "
    "href=\"#lengths\">Lengths</a>"
    "<a href=\"#buckets\">By length</a><a href=\"#losses\">Losses</a>"
    "<a href=\"#samples\">Samples</a></nav>\n";

constexpr std::string_view kPlot =
    "<section id=\"lengths\"><h2>Length required and length written</h2>\n"
    "<noscript><p class=\"note\">The plot needs JavaScript, which is off.</p></noscript>\n"
    "<div id=\"plot\"></div></section>\n";

constexpr std::string_view kBrowser =
    "<section id=\"samples\"><h2>Samples</h2>\n"
    "<noscript><p class=\"note\">Reading the texts here needs JavaScript, which is off. They are "
    "also files beside this page.</p></noscript>\n"
    "<div id=\"browser\"></div></section>\n";

}  // namespace

std::string RenderHtmlReport(const v1::RunSummary& summary,
                             const std::vector<v1::SampleResult>& results,
                             const ResultText& text_of, const ReportOptions& options) {
  const ReportInput input = GroupReport(summary, results);
  std::string out = Head(summary);
  out += "<body>\n";
  out += RenderReportHeader(input);
  out += kNav;
  out += "<main>\n";
  out += RenderScoreTables(input);
  out += RenderJudgeHealth(summary);
  out += RenderCountTables(input);
  out += RenderTruncationTables(input);
  out += kPlot;
  out += RenderBucketTables(input);
  out += RenderLosses(input);
  out += kBrowser;
  out += "</main>\n";
  AddBlock("index", ReportIndexJson(input), out);
  for (std::size_t i = 0; i < results.size(); ++i) {
    AddBlock("d" + std::to_string(i), ReportSampleJson(results[i], text_of, options), out);
  }
  out += "<script>";
  out += ReportScript();
  out += "</script>\n</body>\n</html>\n";
  return out;
}

}  // namespace assay
