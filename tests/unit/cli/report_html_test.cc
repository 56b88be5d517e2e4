#include "cli/report/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>

#include "cli/report/html_text.h"
#include "cli/report/report_assets.h"
#include "common/base/log.h"
#include "common/json/json.h"
#include "tests/unit/cli/report_sample_run.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Render(const SampleRun& run) {
  return RenderHtmlReport(
      run.summary, run.results, [&](const v1::SampleResult& r) { return run.TextOf(r); },
      {.prompt_of = [](const v1::SampleResult& r) -> absl::StatusOr<std::string> {
        return "Write about " + r.sample_id() + " <now>";
      }});
}

// Everything between two marks, in order.
std::vector<std::string> Between(const std::string& page, const std::string& open,
                                 const std::string& close) {
  std::vector<std::string> found;
  for (std::size_t at = page.find(open); at != std::string::npos; at = page.find(open, at)) {
    at += open.size();
    const std::size_t end = page.find(close, at);
    if (end == std::string::npos) break;
    found.push_back(page.substr(at, end - at));
  }
  return found;
}

// Content of the data blocks, without the rest of their tags.
std::vector<std::string> Blocks(const std::string& page) {
  std::vector<std::string> blocks = Between(page, "<script type=\"application/json\"", "</script>");
  for (std::string& block : blocks) block = block.substr(block.find('>') + 1);
  return blocks;
}

// The names of all tags outside of style, script and data.
std::map<std::string, int> Tags(std::string page) {
  page = std::regex_replace(page, std::regex("<style>[^]*?</style>"), "<style></style>");
  std::string rest;
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t script = page.find("<script", at);
    rest += page.substr(at, script - at);
    if (script == std::string::npos) break;
    at = page.find("</script>", script) + 9;
  }
  std::map<std::string, int> tags;
  static const std::regex kTag("<(/?[^ >]*)");
  for (std::sregex_iterator it(rest.begin(), rest.end(), kTag), end; it != end; ++it) {
    ++tags[(*it)[1].str()];
  }
  return tags;
}

// Every string of a run that an attacker can choose, set to `text`.
SampleRun HostileRun(const std::string& text) {
  SampleRun run = SampleRunBuilder(2).Build();
  run.summary.set_name(text);
  run.summary.set_run_id(text);
  run.summary.set_state(text);
  run.summary.set_partial_reason(text);
  run.summary.set_binary_version(text);
  run.summary.set_results_digest(text);
  run.summary.mutable_losses(0)->set_message(text);
  run.summary.mutable_losses(0)->set_endpoint(text);
  for (v1::ModelSummary& model : *run.summary.mutable_models()) {
    model.set_suite(text);
    model.set_suite_digest(text);
    model.set_model(text);
    for (v1::MetricSummary& metric : *model.mutable_metrics()) {
      metric.set_scorer(text);
      metric.set_name(text);
      for (v1::BucketMean& bucket : *metric.mutable_buckets()) bucket.set_label(text);
    }
    for (v1::ScorerSummary& scorer : *model.mutable_scorers()) scorer.set_scorer(text);
    for (v1::DerivedValue& value : *model.mutable_derived()) value.set_name(text);
  }
  for (v1::SampleResult& result : run.results) {
    result.set_suite(text);
    result.set_sample_id(text);
    result.set_category(text);
    result.set_language(text);
    result.set_model(text);
    result.set_finish_reason(text);
    result.set_text_digest(text);
    result.add_flags(text);
    result.add_model_returned(text);
    result.mutable_error()->set_message(text);
    result.mutable_error()->set_endpoint(text);
    result.mutable_provenance()->set_reused_from(text);
    run.texts[result.text_file()] = text;
    for (v1::ScorerResult& scorer : *result.mutable_scorers()) {
      scorer.set_scorer(text);
      scorer.set_scorer_version(text);
      scorer.set_reason(text);
      scorer.set_judge(text);
      scorer.add_judge_model(text);
      scorer.set_prompt_digest(text);
      scorer.add_flags(text);
      for (v1::Score& score : *scorer.mutable_scores()) score.set_name(text);
      for (v1::JudgeReply& reply : *scorer.mutable_replies()) {
        reply.set_text(text);
        reply.set_reasoning(text);
        reply.set_model(text);
        reply.set_problem(text);
      }
    }
  }
  return run;
}

TEST(HtmlReportTest, HostileStringsAddNoTagAndEndNoBlock) {
  const std::map<std::string, int> expected = Tags(Render(HostileRun("harmless")));
  for (const std::string& text : HostileStrings()) {
    const std::string page = Render(HostileRun(text));
    EXPECT_EQ(Tags(page), expected) << EscapeForTerminal(text);
    const std::vector<std::string> blocks = Blocks(page);
    EXPECT_EQ(blocks.size(), 1u + 12u);
    for (const std::string& block : blocks) {
      EXPECT_EQ(block.find_first_of("<>&"), std::string::npos) << EscapeForTerminal(block, 400);
      EXPECT_THAT(block, Not(HasSubstr("\xE2\x80\xA8")));
      EXPECT_THAT(block, Not(HasSubstr("\xE2\x80\xA9")));
      EXPECT_TRUE(IsJson(block));
    }
    const std::string before_texts = page.substr(0, page.find("id=\"d0\""));
    EXPECT_THAT(before_texts, Not(HasSubstr("\xE2\x80\xAE"))) << "hidden characters are shown";
  }
}

TEST(HtmlReportTest, AttributesHoldNoForeignQuote) {
  const std::string page = Render(HostileRun("\" onload=\"alert(1)"));
  EXPECT_THAT(page.substr(0, page.find("<script type")), Not(HasSubstr("\" onload=\"")));
  const std::string single = Render(HostileRun("' onload='alert(1)"));
  EXPECT_THAT(single.substr(0, single.find("<script type")), Not(HasSubstr("' onload='")));
}

TEST(HtmlReportTest, TextsComeBackFromTheirBlocksAsTheyWere) {
  const SampleRun run = SampleRunBuilder(15).Build();
  const std::vector<std::string> blocks = Blocks(Render(run));
  ASSERT_EQ(blocks.size(), run.results.size() + 1);
  int compared = 0;
  for (std::size_t i = 0; i < run.results.size(); ++i) {
    const auto json = ParseJson(blocks[i + 1]);
    ASSERT_TRUE(json.ok()) << json.status();
    if (run.results[i].text_file().empty()) {
      EXPECT_FALSE(json->contains("text"));
      continue;
    }
    const std::string& text = run.texts.at(run.results[i].text_file());
    if (IsJson(DumpJson(Json(text))) &&
        ParseJson(DumpJson(Json(text)))->get<std::string>() == text) {
      EXPECT_EQ((*json)["text"].get<std::string>(), text);
      ++compared;
    }
  }
  EXPECT_GT(compared, 70);
}

TEST(HtmlReportTest, PolicyAllowsOnlyTheBuiltInStyleAndScript) {
  const std::string page = Render(SampleRunBuilder(2).Build());
  const std::vector<std::string> policy =
      Between(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"", "\">");
  ASSERT_EQ(policy.size(), 1u);
  const std::vector<std::string> styles = Between(page, "<style>", "</style>");
  const std::vector<std::string> scripts = Between(page, "<script>", "</script>");
  ASSERT_EQ(styles.size(), 1u);
  ASSERT_EQ(scripts.size(), 1u);
  EXPECT_EQ(policy[0], "default-src 'none'; style-src '" + PolicyHash(styles[0]) +
                           "'; script-src '" + PolicyHash(scripts[0]) +
                           "'; base-uri 'none'; form-action 'none'");
  EXPECT_LT(page.find("Content-Security-Policy"), page.find("<title>"));
  EXPECT_THAT(page, Not(HasSubstr(" style=\""))) << "would be refused by the policy";
  EXPECT_FALSE(
      std::regex_search(page.substr(0, page.find("<script type")), std::regex("<[^>]* on[a-z]+=")));
}

TEST(HtmlReportTest, LoadsNothing) {
  const std::string page = Render(SampleRunBuilder(2).Build());
  for (const char* loader : {"<link", "<img", "<iframe", "@import", "url(", "fetch(", "XMLHttp",
                             "import(", "EventSource", "WebSocket"}) {
    EXPECT_THAT(page, Not(HasSubstr(loader)));
  }
  EXPECT_FALSE(std::regex_search(page, std::regex("(src|href)=\"[^#\"]")));
}

TEST(HtmlReportTest, ScriptMakesNoMarkupFromData) {
  for (const char* danger : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
                             "eval(", "Function(", "setTimeout(", ".srcdoc", "javascript:"}) {
    EXPECT_THAT(std::string(ReportScript()), Not(HasSubstr(danger)));
  }
  EXPECT_THAT(std::string(ReportScript()), Not(HasSubstr("</")));
  EXPECT_THAT(std::string(ReportScript()), Not(HasSubstr("<!--")));
  EXPECT_THAT(std::string(ReportStyle()), Not(HasSubstr("<")));
}

TEST(HtmlReportTest, SameInputSameBytes) {
  EXPECT_EQ(Render(SampleRunBuilder(5).Build()), Render(SampleRunBuilder(5).Build()));
}

TEST(HtmlReportTest, MeansStandWithIntervalAndCounts) {
  SampleRun run = SampleRunBuilder(2).Build();
  v1::MeanOf& mean = *run.summary.mutable_models(0)->mutable_metrics(0)->mutable_value();
  mean.set_mean(87.4567);
  mean.set_stderr(0.6122);
  mean.set_judged(59);
  mean.set_required(60);
  v1::MeanOf& none = *run.summary.mutable_models(0)->mutable_metrics(1)->mutable_value();
  none.Clear();
  none.set_required(60);
  const std::string page = Render(run);
  EXPECT_THAT(page, HasSubstr("<span class=\"mean\">87.46</span><span class=\"sub\">±1.20 · "
                              "<em title=\"some required scores are missing\">59/60</em>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"mean\">–</span><span class=\"sub\">"
                              "<em title=\"some required scores are missing\">0/60</em>"));
}

TEST(HtmlReportTest, EveryLossIsNamedAndCounted) {
  const SampleRun run = SampleRunBuilder(15).Build();
  const std::string page = Render(run);
  const std::string losses = Between(page, "<section id=\"losses\">", "</section>").at(0);
  int expected = 0;
  for (std::size_t i = 0; i < run.results.size(); ++i) {
    bool lost = run.results[i].outcome() == v1::OUTCOME_INFRA_LOST;
    for (const auto& scorer : run.results[i].scorers()) {
      lost = lost || scorer.outcome() == v1::OUTCOME_UNJUDGED;
    }
    if (!lost) continue;
    ++expected;
    EXPECT_THAT(losses, HasSubstr("href=\"#s" + std::to_string(i) + "\""));
  }
  EXPECT_GT(expected, 5);
  EXPECT_EQ(Between(losses, "<td><a href", "</tr>").size(), static_cast<std::size_t>(expected));
  EXPECT_THAT(losses, HasSubstr("connection reset after 5 attempts"));
  EXPECT_THAT(losses, HasSubstr("no JSON object in the reply &lt;i&gt;at all&lt;/i&gt;"));
  EXPECT_THAT(losses, HasSubstr("HTTP 502"));

  SampleRun many = SampleRunBuilder(150).Build();
  for (v1::SampleResult& result : many.results) result.set_outcome(v1::OUTCOME_FAILED);
  EXPECT_THAT(Render(many), HasSubstr("The first 200 of "));
}

TEST(HtmlReportTest, UnreadableTextSaysSo) {
  SampleRun run = SampleRunBuilder(1).Build();
  run.texts.erase(run.results[0].text_file());
  const auto json = ParseJson(Blocks(Render(run))[1]);
  ASSERT_TRUE(json.ok());
  EXPECT_FALSE(json->contains("text"));
  EXPECT_EQ((*json)["textError"], "the stored text is damaged");
}

TEST(HtmlReportTest, UnsealedRunWarns) {
  SampleRun run = SampleRunBuilder(1).Build();
  EXPECT_THAT(Render(run), Not(HasSubstr("not sealed")));
  run.summary.set_state("partial");
  run.summary.set_partial_reason("the endpoint is paused");
  EXPECT_THAT(Render(run), HasSubstr("not sealed"));
  EXPECT_THAT(Render(run), HasSubstr("the endpoint is paused"));
}

TEST(HtmlReportTest, ProvenanceIsThere) {
  const std::string page = Render(SampleRunBuilder(3).Build());
  const std::string header = Between(page, "<header>", "</header>").at(0);
  for (const std::string& part :
       {DigestOf("long-tasks"), DigestOf("notes"), DigestOf("prompt"), DigestOf("results"),
        std::string("assay 0.1.0"), std::string("judge-a-2026-01"), std::string("rubric/1"),
        std::string("strict"), std::string("steady-writer-70b-2026")}) {
    EXPECT_THAT(header, HasSubstr(part));
  }
}

TEST(HtmlReportTest, EmptyRunStillMakesAPage) {
  const std::string page = RenderHtmlReport({}, {}, nullptr);
  EXPECT_THAT(page, HasSubstr("</html>"));
  EXPECT_EQ(Blocks(page).size(), 1u);
}

// ASSAY_REPORT_PAGE=file writes the invented report there, to be looked at in a browser.
TEST(HtmlReportTest, WritesThePageWhereAsked) {
  const char* path = std::getenv("ASSAY_REPORT_PAGE");
  if (path == nullptr) GTEST_SKIP() << "ASSAY_REPORT_PAGE names no file";
  const char* samples = std::getenv("ASSAY_REPORT_SAMPLES");
  std::ofstream out(path, std::ios::binary);
  out << Render(SampleRunBuilder(samples == nullptr ? 15 : std::atoi(samples)).Build());
  EXPECT_TRUE(out.good());
}

}  // namespace
}  // namespace assay
