// Published benchmarks end to end: import, cluster, HTTP, tables.
#include "tests/rig/benchmark_replay.h"

#include <cstdlib>
#include <map>

#include "judge/benchmarks/hellobench/hellobench_rules.h"
#include "judge/benchmarks/longgenbench/longgenbench_scorer.h"
#include "tests/integration/replay/writingbench_recording.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

PunktModel English() {
  const std::filesystem::path tables = GoldenFolder("hellobench") / "punkt_english";
  auto model = PunktModel::Parse(PackPunktTables(
      ReadGolden(tables / "abbrev_types.txt"), ReadGolden(tables / "collocations.tsv"),
      ReadGolden(tables / "sent_starters.txt"), ReadGolden(tables / "ortho_context.tsv.gz")));
  EXPECT_TRUE(model.ok()) << model.status();
  return *std::move(model);
}

TEST_F(BenchmarkReplay, HelloBenchsTableIsThePublishedOne) {
  if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
  const std::filesystem::path data = GoldenFolder("hellobench");
  const PunktModel punkt = English();
  const std::string user = ReadGolden(data / "prompts/user_prompt.txt");
  const std::string system = ReadGolden(data / "prompts/sys_prompt.txt");
  std::size_t recorded = 0;
  for (const char* task :
       {"open_ended_qa", "summarization", "chat", "text_completion", "heuristic_text_generation"}) {
    std::map<std::string, std::vector<std::string>> questions;
    const std::string name =
        std::string(task) == "summarization" ? "summarization.reconstructed" : task;
    for (const Json& row : GoldenRows(data / "data/main_data" / (name + ".jsonl.gz"))) {
      questions[row["id"]] = row["checklists"].get<std::vector<std::string>>();
    }
    const auto file =
        data / "results/judgements/main_exp/gpt4o_0806" / (std::string(task) + "_results.jsonl.gz");
    for (const Json& row : GoldenRows(file)) {
      const std::string instruction = row["instruction"];
      const std::string response = row["response"];
      Record("writer", instruction, response);
      const auto prompt = HelloBenchPrompt(
          user, instruction, HelloBenchShown(NltkTokens(punkt, response)), questions[row["id"]]);
      ASSERT_TRUE(prompt.ok()) << prompt.status();
      Json reply = Json::array();
      for (const Json& item : row["checklist_wise_evaluation"]) {
        reply.push_back({{"checklist_id", item["checklist_id"]},
                         {"reason", "as published"},
                         {"evaluation_score", item["evaluation_score"]}});
      }
      Record("judge", "system: " + system + "\n\nuser: " + *prompt, DumpJson(reply));
      ++recorded;
    }
  }
  ASSERT_EQ(recorded, 647u);
  ASSERT_NO_FATAL_FAILURE(Import("hellobench"));
  ASSERT_NO_FATAL_FAILURE(Start());
  const Json summary =
      Summary("hellobench", {"--judge", "openai/judge", "--max-connections", "16"});
  ASSERT_EQ(summary["tables"].size(), 1u);
  const Json& cells = summary["tables"][0]["rows"][0]["cells"];
  const Json expected = GoldenJson(data / "EXPECTED.json")["main_exp"]["gpt4o_0806"];
  std::size_t cell = 1;
  for (const char* task : {"open_ended_qa", "summarization", "chat", "text_completion",
                           "heuristic_text_generation", "average"}) {
    EXPECT_EQ(cells[cell++]["number"].get<double>(), expected[task]["score"].get<double>()) << task;
    EXPECT_EQ(cells[cell++]["number"].get<double>(), expected[task]["length"].get<double>())
        << task;
  }
}

// Ten texts of a published run and its judge's answers: the table is what the formulas make of them
// without any service. The judge answered some questions twice, and not always alike: here the
// first answer stands.
TEST_F(BenchmarkReplay, LongGenBenchsTableIsThatOfTheRecordedRun) {
  if (!HasGolden("longgenbench")) GTEST_SKIP() << "no shared data";
  constexpr std::size_t kTexts = 10;
  ASSERT_NO_FATAL_FAILURE(Import("longgenbench"));
  const std::vector<Json> samples = GoldenRows(SuiteFile("longgenbench-16k", "samples.jsonl"));
  const std::string question = ReadGolden(SuiteFile("longgenbench-16k", "judge.txt"));
  const Json run = GoldenJson(GoldenFolder("longgenbench") / "morphkv/preds_git_2/Qwen.json.gz");
  std::map<std::string, std::string> replies;
  std::vector<LongGenBenchScored> scored;
  for (std::size_t i = 0; i < kTexts; ++i) {
    v1::Sample sample;
    for (const auto& [name, text] : samples[i]["scorer_data"].items()) {
      (*sample.mutable_scorer_data())[name] = text.get<std::string>();
    }
    const auto item = LongGenBenchItemOf(sample);
    ASSERT_TRUE(item.ok()) << item.status();
    std::string text;
    for (const Json& block : run[i]["output_blocks"]) {
      text += (&block == &run[i]["output_blocks"][0] ? "" : "#*#") + block.get<std::string>();
    }
    const std::string prefix = samples[i]["completion"].value("assistant_prefix", "");
    ASSERT_TRUE(text.starts_with(prefix)) << i;
    Record("writer", samples[i]["completion"]["prompt"].get<std::string>() + prefix,
           text.substr(prefix.size()));
    const LongGenBenchText parsed = ParseLongGenBenchText(text, item->type);
    LongGenBenchAnswers answers(item->checks.size());
    for (const std::size_t place : LongGenBenchGenerated(*item, parsed)) {
      const LongGenBenchCheck& check = item->checks[place];
      const auto prompt =
          LongGenBenchPrompt(question, parsed.blocks[parsed.by_id.at(check.id)], check.event);
      ASSERT_TRUE(prompt.ok()) << prompt.status();
      const std::string kind(kLongGenBenchKinds[check.kind]);
      const std::string said = run[i]["results_" + kind][std::to_string(check.id)];
      const auto [reply, added] = replies.emplace(*prompt, said);
      if (added) Record("judge", *prompt, said);
      answers[place] = OfficialLongGenBenchYes(reply->second);
    }
    LongGenBenchScored& one = scored.emplace_back();
    one.completion = LongGenBenchCompletion(parsed, item->number);
    one.words = parsed.words;
    one.blocks = static_cast<std::int64_t>(parsed.blocks.size());
    one.tally = LongGenBenchTallyOf(*item, answers);
  }
  const LongGenBenchFigures offline = LongGenBenchAggregate(scored);
  ASSERT_NO_FATAL_FAILURE(Start());
  const Json summary = Summary("longgenbench-16k", {"--judge", "openai/judge", "--limit", "10"});
  const Json& cells = summary["tables"][0]["rows"][0]["cells"];
  EXPECT_EQ(cells[1]["number"].get<double>(), offline.cr.value());
  EXPECT_EQ(cells[2]["number"].get<double>(), offline.stic1.value());
  EXPECT_EQ(cells[3]["number"].get<double>(), offline.stic2.value());
  EXPECT_EQ(cells[4]["number"].get<double>(), offline.len.value());
  EXPECT_EQ(cells[5]["number"].get<double>(), offline.w_avg.value());
  for (std::size_t kind = 0; kind < 3; ++kind) {
    EXPECT_EQ(cells[6 + kind]["number"].get<double>(), offline.accuracy[kind]);
  }
  EXPECT_EQ(cells[9]["number"].get<double>(), offline.average_accuracy);
}

TEST_F(BenchmarkReplay, WritingBenchsTableIsThePublishedOne) {
  if (!HasGolden("writingbench")) GTEST_SKIP() << "no shared data";
  const Json expected = GoldenJson(WritingBenchData() / "EXPECTED.json")["runs"];
  const FileSink write = [this](const std::string& name, const std::string& content) {
    const std::filesystem::path path = scratch_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  };
  WriteWritingBenchClone(write);
  WriteWritingBenchRecordings(expected, write);
  const ProcessEnd imported =
      Run({"import", "writingbench", "--from", (scratch_.path() / "clone").string()});
  ASSERT_EQ(imported.exit_code, 0) << imported.err;
  ASSERT_NO_FATAL_FAILURE(Start((scratch_.path() / "recorded").string()));
  const std::string run = expected.begin().key();
  const Json summary = Summary("writingbench", {"--judge", "openai/judge:" + run}, run);
  const Json& table = summary["tables"][0];
  int compared = 0;
  for (std::size_t i = 1; i < table["columns"].size(); ++i) {
    const std::string column = table["columns"][i];
    for (const std::string& figure : {column, "Domain1_" + column}) {
      if (!expected[run]["recomputed"].contains(figure)) continue;
      EXPECT_EQ(table["rows"][0]["cells"][i]["number"].get<double>(),
                expected[run]["recomputed"][figure].get<double>())
          << figure;
      ++compared;
    }
  }
  EXPECT_GE(compared, 3);
}

// Programs of the data set's own, and one that never ends, compiled and run by judges.
TEST_F(BenchmarkReplay, LongProcsProgramsRunInTheSandboxesOfJudges) {
  if (!HasGolden("longproc")) GTEST_SKIP() << "no shared data";
  if (std::system("unshare -Urn true >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "no user namespaces for the sandbox";
  }
  constexpr std::size_t kFirst = 700;  // where the programs begin
  ASSERT_NO_FATAL_FAILURE(Import("longproc"));
  const std::vector<Json> samples = GoldenRows(SuiteFile("longproc-0.5k", "samples.jsonl"));
  for (std::size_t i = kFirst; i < kFirst + 4; ++i) {
    ASSERT_EQ(samples[i]["category"], "pseudo_to_code");
    const bool endless = i == kFirst + 3;
    const std::string code = endless ? "int main() { for (;;) {} }"
                                     : samples[i]["scorer_data"]["reference"].get<std::string>();
    Record("writer", samples[i]["prompt"], "```cpp\n" + code + "\n```");
  }
  ASSERT_NO_FATAL_FAILURE(Start());
  const Json summary = Summary("longproc-0.5k", {"--limit", "700-704"});
  EXPECT_EQ(summary["tables"][0]["rows"][0]["cells"][1]["number"].get<double>(), 75.0);
}

// AgentWrite in a cluster: each section is asked for once, with all that stands before it, and the
// text is what the published program makes of the same replies.
TEST_F(BenchmarkReplay, AgentWriteMakesTheTextOfItsSections) {
  if (!HasGolden("longwriter")) GTEST_SKIP() << "no shared data";
  constexpr int kSections = 17;
  const std::string from = Data("longwriter");
  const ProcessEnd imported = Run({"import", "longbench-write", "--from", from});
  ASSERT_EQ(imported.exit_code, 0) << imported.err;
  const std::string plan_prompt =
      ReadGolden(SuiteFile("longbench-write-en", "agentwrite_plan.txt"));
  const std::string write_prompt =
      ReadGolden(SuiteFile("longbench-write-en", "agentwrite_write.txt"));
  const auto filled = [](std::string text, const std::map<std::string, std::string>& values) {
    for (const auto& [key, value] : values) {
      const std::size_t at = text.find(key);
      EXPECT_NE(at, std::string::npos) << key;
      text.replace(at, key.size(), value);
    }
    return text;
  };
  std::map<std::string, std::string> expected;
  const std::vector<Json> samples = GoldenRows(SuiteFile("longbench-write-en", "samples.jsonl"));
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string instruction = samples[i]["prompt"];
    std::string plan;
    for (int k = 1; k <= kSections; ++k) {
      plan += (k == 1 ? "" : "\n") + ("Paragraph " + std::to_string(k)) + " of " +
              std::to_string(i) + " - Word Count: 9 words";
    }
    Record("writer", filled(plan_prompt, {{"$INST$", instruction}}), plan);
    std::string text;
    for (int k = 1; k <= kSections; ++k) {
      const std::string step =
          "Paragraph " + std::to_string(k) + " of " + std::to_string(i) + " - Word Count: 9 words";
      const std::string section = "Section " + std::to_string(k) + " says what its step asks for.";
      Record(
          "writer",
          filled(write_prompt,
                 {{"$INST$", instruction}, {"$PLAN$", plan}, {"$STEP$", step}, {"$TEXT$", text}}),
          section);
      text += (text.empty() ? "" : "\n\n") + section;
    }
    expected[samples[i]["id"]] = text;
  }
  ASSERT_NO_FATAL_FAILURE(Start());
  const Json summary = Summary("longbench-write-en",
                               {"--scorer", "length", "--limit", "3", "--strategy", "agentwrite"});
  EXPECT_EQ(summary["models"][0]["generation_calls"].get<int>(), 3 * (1 + kSections));
  const std::string folder = (scratch_.path() / "laptop/longbench-write-en").string();
  for (const Json& row : GoldenRows(folder + "/results.jsonl")) {
    EXPECT_EQ(ReadGolden(folder + "/" + row["text_file"].get<std::string>()),
              expected.at(row["sample_id"]));
    EXPECT_EQ(row["calls"].get<int>(), 1 + kSections);
  }
}

}  // namespace
}  // namespace assay
