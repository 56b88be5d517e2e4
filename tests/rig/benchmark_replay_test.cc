// Published benchmarks end to end: import, cluster, HTTP, tables.
#include "tests/rig/benchmark_replay.h"

#include <map>

#include "judge/benchmarks/hellobench/hellobench_rules.h"
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
  ASSERT_NO_FATAL_FAILURE(Start("hellobench"));
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

}  // namespace
}  // namespace assay
