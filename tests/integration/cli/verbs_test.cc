// Every verb of the real binary on a small run against a simulator in this process: what it prints,
// what it leaves, and what it exits with.
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/json/json.h"
#include "simulator/simulator.h"
#include "tests/integration/bad_input/assay_process.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<Json> Lines(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(ParseJson(line).value());
  return lines;
}

class VerbsTest : public ::testing::Test {
 protected:
  void Serve(SimulatorOptions options = {}) {
    simulator_ = Simulator::Start(std::move(options)).value();
  }

  ProcessResult Assay(const std::vector<std::string>& arguments) {
    return RunAssay(workspace_, arguments);
  }

  // Two samples, two models, three scorers where no others are named.
  ProcessResult RunSmall(const std::string& run_id, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"run",        "starter",
                                          "--limit",    "2",
                                          "--model",    "openai/sim/strong",
                                          "--model",    "openai/sim/repeat",
                                          "--base-url", simulator_->base_url(),
                                          "--judge",    "openai/sim/judge",
                                          "--run-id",   run_id,
                                          "--set",      "seed=7"};
    if (std::find(more.begin(), more.end(), "--scorer") == more.end()) {
      arguments.insert(arguments.end(), {"--scorer", "length", "--scorer", "repetition", "--scorer",
                                         "rubric", "--set", "judge_health.enabled=false"});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Assay(arguments);
  }

  std::int64_t Calls() const { return simulator_->Counts().Total(); }

  Workspace workspace_;
  std::unique_ptr<Simulator> simulator_;
};

TEST_F(VerbsTest, ARunLeavesWhatTheDocumentationSays) {
  Serve();
  const ProcessResult run = RunSmall("r1", {"--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<Json> records = Lines(run.out);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0]["record"], "launch");
  EXPECT_EQ(records[0]["run_id"], "r1");
  EXPECT_EQ(records[1]["record"], "done");
  EXPECT_EQ(records[1]["exit_code"], 0);
  EXPECT_EQ(records[1]["state"], "sealed");
  EXPECT_TRUE(fs::exists(records[1]["summary"].get<std::string>()));
  EXPECT_THAT(run.err, AllOf(HasSubstr("S_q"), HasSubstr("2/2"), HasSubstr("Report: ")))
      << "with --json people read standard error";
}

TEST_F(VerbsTest, ResultFilesAreWholeAndReferToTheirTexts) {
  Serve();
  ASSERT_EQ(RunSmall("r1").exit_code, 0);
  const std::vector<Json> results = Lines(workspace_.Read("runs/r1/results.jsonl"));
  ASSERT_EQ(results.size(), 4u);
  for (const Json& result : results) {
    EXPECT_EQ(result["outcome"], "generated");
    const std::string text = workspace_.Read("runs/r1/" + result["text_file"].get<std::string>());
    EXPECT_GT(text.size(), 1000u);
    EXPECT_EQ(result["scorers"].size(), 3u);
    EXPECT_NE(result["provenance"]["suite_digest"], "");
  }
  EXPECT_EQ(results[0]["text_file"].get<std::string>().find("texts/sim_strong/"), 0u);
  const Json summary = ParseJson(workspace_.Read("runs/r1/summary.json")).value();
  EXPECT_EQ(summary["state"], "sealed");
  EXPECT_EQ(summary["models"].size(), 2u);
  EXPECT_THAT(workspace_.Read("runs/r1/report.html"), HasSubstr("<html"));
  EXPECT_THAT(workspace_.Read("runs/r1/spec.yaml"), HasSubstr("sim/strong"));
  for (const std::string& entry : workspace_.Entries()) EXPECT_FALSE(entry.ends_with(".tmp"));
}

TEST_F(VerbsTest, ResultsInEveryFormat) {
  Serve();
  ASSERT_EQ(RunSmall("r1").exit_code, 0);
  EXPECT_THAT(Assay({"results", "r1"}).out, AllOf(HasSubstr("sim/strong"), HasSubstr("2/2")));
  EXPECT_EQ(Assay({"results", "r1", "--json"}).out, workspace_.Read("runs/r1/results.jsonl"));
  const std::string csv = Assay({"results", "runs/r1", "--csv"}).out;
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 5);
  const std::string canonical = Assay({"results", "r1", "--canonical"}).out;
  EXPECT_THAT(canonical, AllOf(Not(HasSubstr("r1\"")), Not(HasSubstr("total_ms"))));
}

TEST_F(VerbsTest, TwoRunsOfOneSpecHaveEqualCanonicalResults) {
  Serve();
  ASSERT_EQ(RunSmall("same", {"-o", "first", "-j", "1"}).exit_code, 0);
  ASSERT_EQ(RunSmall("same", {"-o", "second", "-j", "16"}).exit_code, 0);
  const std::string first = Assay({"results", "same", "-o", "first", "--canonical"}).out;
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(first, Assay({"results", "same", "-o", "second", "--canonical"}).out);
}

TEST_F(VerbsTest, ReportWritesTheFilesAnewTheSame) {
  Serve();
  ASSERT_EQ(RunSmall("r1").exit_code, 0);
  const std::string report = workspace_.Read("runs/r1/report.html");
  const std::string results = workspace_.Read("runs/r1/results.jsonl");
  fs::remove_all(workspace_.folder() + "/runs/r1/texts");
  workspace_.Write("runs/r1/report.html", "");
  const ProcessResult again = Assay({"report", "r1"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(workspace_.Read("runs/r1/report.html"), report);
  EXPECT_EQ(workspace_.Read("runs/r1/results.jsonl"), results);
  EXPECT_EQ(Assay({"fsck", "r1"}).exit_code, 0);
}

TEST_F(VerbsTest, FsckFindsAChangedByteInTheStoreAndInTheFiles) {
  Serve();
  ASSERT_EQ(RunSmall("r1").exit_code, 0);
  const ProcessResult clean = Assay({"fsck", "r1"});
  EXPECT_EQ(clean.exit_code, 0) << clean.out;
  EXPECT_THAT(clean.out, AllOf(HasSubstr("r1: clean"), HasSubstr("0 made twice")));

  const std::string results = workspace_.Read("runs/r1/results.jsonl");
  workspace_.Write("runs/r1/results.jsonl", results + "{}\n");
  const ProcessResult edited = Assay({"fsck", "r1"});
  EXPECT_EQ(edited.exit_code, 1);
  EXPECT_THAT(edited.out, HasSubstr("PROBLEM results.jsonl"));
  workspace_.Write("runs/r1/results.jsonl", results);

  std::string segment;
  for (const std::string& entry : workspace_.Entries()) {
    const std::string path = workspace_.folder() + "/" + entry;
    if (entry.find("/store/seg-") != std::string::npos && fs::file_size(path) > 2000) {
      segment = entry;
    }
  }
  std::string bytes = workspace_.Read(segment);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x20);
  workspace_.Write(segment, bytes);
  const ProcessResult damaged = Assay({"fsck", "r1", "--json"});
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_EQ(Lines(damaged.out)[0]["clean"], false);
  EXPECT_THAT(damaged.err, HasSubstr("PROBLEM "));
}

TEST_F(VerbsTest, ResumingAnEndedRunCallsNothing) {
  Serve();
  ASSERT_EQ(RunSmall("r1").exit_code, 0);
  const std::int64_t before = Calls();
  fs::remove(workspace_.folder() + "/runs/r1/summary.json");
  const ProcessResult again = Assay({"run", "--resume", "r1"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(Calls(), before);
  EXPECT_NE(workspace_.Read("runs/r1/summary.json"), "");
}

TEST_F(VerbsTest, LossesAreNamedAndTriedAgain) {
  SimulatorOptions options;
  FaultRule broken;
  broken.name = "broken";
  broken.match.model = "sim/repeat";
  broken.action.status = 400;
  options.faults = {broken};
  Serve(options);
  const ProcessResult lossy = RunSmall("r1");
  EXPECT_EQ(lossy.exit_code, 1) << lossy.err;
  EXPECT_THAT(lossy.out, AllOf(HasSubstr("+ failed"), HasSubstr("Lost, and why:"),
                               HasSubstr("request"), HasSubstr("--retry-errors r1")));
  const std::int64_t before = Calls();
  simulator_->SetFaults({});
  const ProcessResult mended = Assay({"run", "--retry-errors", "r1"});
  EXPECT_EQ(mended.exit_code, 0) << mended.out << mended.err;
  EXPECT_EQ(Calls() - before, 4) << "two texts and their verdicts; nothing that was there";
  EXPECT_EQ(Assay({"fsck", "r1"}).exit_code, 0);
}

TEST_F(VerbsTest, AnInterruptDrainsAndTheRunGoesOnWhereItStood) {
  SimulatorOptions options;
  options.latency_ms = 150;
  Serve(options);
  const std::vector<std::string> arguments = {
      "run",      "starter",   "--limit",  "6",     "--model",    "openai/sim/strong",
      "--judge",  "sim/judge", "--run-id", "r1",    "--base-url", simulator_->base_url(),
      "--set",    "seed=7",    "-j",       "1",     "--set",      "judge_health.enabled=false",
      "--scorer", "rubric",    "--scorer", "length"};
  const ProcessResult stopped =
      RunAssay(workspace_, arguments, {}, std::chrono::seconds(60), "generated 1/6");
  EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_THAT(stopped.err, AllOf(HasSubstr("Interrupted: "), HasSubstr("run --resume r1")));
  EXPECT_THAT(stopped.out, HasSubstr("+ open"));
  EXPECT_EQ(ParseJson(workspace_.Read("runs/r1/summary.json")).value()["state"], "partial");
  const ProcessResult resumed = Assay({"run", "--resume"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(Calls(), 12) << "no finished call is made twice";
  EXPECT_EQ(Assay({"fsck", "r1"}).exit_code, 0);
  EXPECT_THAT(Assay({"run", "--resume"}).err, HasSubstr("nothing to resume"));
}

TEST_F(VerbsTest, RejudgeScoresStoredTextsAndGeneratesNothing) {
  Serve();
  ASSERT_EQ(RunSmall("r1", {"--scorer", "length"}).exit_code, 0);
  const std::int64_t before = Calls();
  const ProcessResult rules = Assay({"rejudge", "r1", "--scorer", "repetition", "--run-id", "r2"});
  EXPECT_EQ(rules.exit_code, 0) << rules.err;
  EXPECT_EQ(Calls(), before);
  const ProcessResult judged =
      Assay({"rejudge", "r1", "--scorer", "rubric:general", "--judge", "openai/sim/judge",
             "--judge-base-url", simulator_->base_url(), "--run-id", "r3"});
  EXPECT_EQ(judged.exit_code, 0) << judged.err;
  EXPECT_EQ(Calls() - before, 4);
  const std::vector<Json> results = Lines(workspace_.Read("runs/r3/results.jsonl"));
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(results[0]["scorers"].size(), 1u);
  EXPECT_EQ(results[0]["provenance"]["reused_from"], "r1");
  EXPECT_EQ(Assay({"fsck", "r3"}).exit_code, 0);
}

TEST_F(VerbsTest, DryRunCountsAndCreatesNothing) {
  Serve();
  const ProcessResult dry = RunSmall("r1", {"--dry-run", "--json", "--repeats", "3", "--set",
                                            "endpoints[0].price.input_usd_per_mtok=1", "--set",
                                            "endpoints[0].price.output_usd_per_mtok=2"});
  ASSERT_EQ(dry.exit_code, 0) << dry.err;
  const Json estimate = Lines(dry.out).at(0);
  EXPECT_EQ(estimate["generations"], 2 * 2 * 3);
  EXPECT_EQ(estimate["scorings"], 2 * 2 * 3 * 2);
  EXPECT_EQ(estimate["judge_calls"], 2 * 2 * 3);
  EXPECT_THAT(dry.err, HasSubstr("Calls:  12 generations"));
  EXPECT_GT(estimate["generation_output_tokens"], 1000);
  EXPECT_GT(estimate["cost_usd"], 0.0);
  EXPECT_THAT(dry.err, AllOf(HasSubstr("a guess"), HasSubstr("Nothing was created")));
  EXPECT_TRUE(workspace_.Entries().empty());
  EXPECT_EQ(Calls(), 0);
}

TEST_F(VerbsTest, RunsAreListedAndDeletedOnlyWhenNamed) {
  Serve();
  ASSERT_EQ(RunSmall("r1", {"--name", "first"}).exit_code, 0);
  const ProcessResult list = Assay({"runs", "list"});
  EXPECT_THAT(list.out, AllOf(HasSubstr("r1"), HasSubstr("sealed"), HasSubstr("first")));
  EXPECT_EQ(Assay({"runs", "delete", "r1"}).exit_code, 2) << "standard input is empty";
  EXPECT_TRUE(fs::exists(workspace_.folder() + "/runs/r1/store"));
  EXPECT_EQ(Assay({"runs", "delete", "r1", "--yes"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(workspace_.folder() + "/runs/r1"));
  EXPECT_THAT(Assay({"runs", "list"}).out, HasSubstr("no runs"));
}

TEST_F(VerbsTest, ARunIdIsNotUsedTwice) {
  Serve();
  ASSERT_EQ(RunSmall("r1").exit_code, 0);
  const ProcessResult again = RunSmall("r1");
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, AllOf(HasSubstr("r1"), HasSubstr("--resume r1")));
}

TEST_F(VerbsTest, QuickstartNeedsNothingAndSaysHowToGoOn) {
  const ProcessResult quickstart = Assay({"quickstart", "--limit", "2"});
  EXPECT_EQ(quickstart.exit_code, 0) << quickstart.err;
  for (const char* part : {"sim/strong", "sim/short", "sim/repeat", "report.html", "S_l", "S_q",
                           "None of", "--base-url http://HOST:8000/v1"}) {
    EXPECT_THAT(quickstart.out, HasSubstr(part));
  }
}

TEST_F(VerbsTest, ASpecFileThatIsValidRuns) {
  Serve();
  workspace_.Write("job/spec.yaml",
                   "name: written down\n"
                   "suites:\n  - path: mine\n"
                   "endpoints:\n  - base_url: " +
                       simulator_->base_url() +
                       "\n"
                       "models:\n  - model: sim/strong\n"
                       "scorers:\n  - length: {}\n");
  workspace_.Write("job/mine/suite.yaml", "name: mine\n");
  workspace_.Write("job/mine/samples.jsonl",
                   "{\"id\":\"tea\",\"prompt\":\"Write an 800-word essay about tea.\","
                   "\"required_words\":800}\n");
  const ProcessResult valid = Assay({"validate", "job/spec.yaml", "job/mine"});
  EXPECT_EQ(valid.exit_code, 0) << valid.err;
  EXPECT_THAT(valid.out, AllOf(HasSubstr("1 samples x 1 models"), HasSubstr("suite mine")));
  const ProcessResult run = Assay({"run", "job/spec.yaml", "--run-id", "r1"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(workspace_.Read("runs/r1/spec.yaml"), workspace_.Read("job/spec.yaml"));
}

}  // namespace
}  // namespace assay
