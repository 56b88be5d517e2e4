// HelloBench's published judgements: every figure of every model to the last digit, and every
// prompt and reply that this copy has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "common/base/digest.h"
#include "common/text/python_repr.h"
#include "judge/benchmarks/hellobench/hellobench_rules.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

std::filesystem::path Folder() { return GoldenFolder("hellobench"); }

PunktModel English() {
  const std::filesystem::path tables = Folder() / "punkt_english";
  auto model = PunktModel::Parse(PackPunktTables(
      ReadGolden(tables / "abbrev_types.txt"), ReadGolden(tables / "collocations.tsv"),
      ReadGolden(tables / "sent_starters.txt"), ReadGolden(tables / "ortho_context.tsv.gz")));
  EXPECT_TRUE(model.ok()) << model.status();
  return *std::move(model);
}

using Weights = std::map<std::string, std::vector<double>>;

Weights PublishedWeights() { return GoldenJson(Folder() / "weights.json").get<Weights>(); }

struct Task {
  std::vector<double> scores;
  std::vector<double> lengths;
};

double MeanOf(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

TEST(HelloBenchGoldenTest, EveryModelsFigures) {
  if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
  const Weights weights = PublishedWeights();
  EXPECT_EQ(weights.size(), 38u);
  const Json expected = GoldenJson(Folder() / "EXPECTED.json");
  int models = 0;
  std::size_t judgements = 0;
  std::size_t items = 0;
  for (const char* experiment : {"main_exp", "longcontext_exp", "length_constrained_exp"}) {
    for (const auto& [model, figures] : expected[experiment].items()) {
      SCOPED_TRACE(std::string(experiment) + " " + model);
      std::map<std::string, Task> tasks;
      const auto file = Folder() / "golden_scores" / experiment / (model + ".jsonl.gz");
      for (const Json& row : GoldenRows(file)) {
        const auto scores = row["scores"].get<std::vector<double>>();
        const double score = HelloBenchScore(scores, weights.at(row["category"]));
        EXPECT_EQ(score, row["weighted"].get<double>());
        Task& task = tasks[row["task"]];
        task.scores.push_back(score);
        task.lengths.push_back(row["response_tokens"].get<double>());
        ++judgements;
        items += scores.size();
      }
      std::vector<double> averages;
      std::vector<double> lengths;
      for (const char* name : {"open_ended_qa", "summarization", "chat", "text_completion",
                               "heuristic_text_generation", "2k", "4k", "8k", "16k"}) {
        if (!figures.contains(name) || tasks.count(name) == 0) continue;
        const Task& task = tasks.at(name);
        EXPECT_EQ(task.scores.size(), figures[name]["n"].get<std::size_t>()) << name;
        EXPECT_EQ(MeanOf(task.scores), figures[name]["score_0_100"].get<double>()) << name;
        EXPECT_EQ(*HelloBenchTaskScore(task.scores), figures[name]["score"].get<double>()) << name;
        EXPECT_EQ(MeanOf(task.lengths), figures[name]["length"].get<double>()) << name;
        averages.push_back(*HelloBenchTaskScore(task.scores));
        lengths.push_back(MeanOf(task.lengths));
      }
      if (figures.contains("average")) {
        EXPECT_EQ(MeanOf(averages), figures["average"]["score"].get<double>());
        EXPECT_EQ(MeanOf(lengths), figures["average"]["length"].get<double>());
      }
      ++models;
    }
  }
  EXPECT_EQ(models, 35);
  EXPECT_EQ(judgements, 20'919u);
  EXPECT_EQ(items, 121'837u);
}

TEST(HelloBenchGoldenTest, Replies) {
  if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
  int cases = 0;
  for (const Json& row : GoldenRows(Folder() / "golden_parse.jsonl")) {
    SCOPED_TRACE(row["case"].get<std::string>());
    const HelloBenchReply read =
        ReadHelloBenchReply(row["output"].get<std::string>(), row["num_checklist"], true);
    const bool saved = row["judge"]["status"] == "saved";
    const int calls = row["judge"]["calls"];
    EXPECT_EQ(!read.problem.empty(), calls == 3);
    if (row["aggregate_scores"].is_array()) {
      EXPECT_EQ(read.scores, row["aggregate_scores"].get<std::vector<double>>());
      EXPECT_EQ(read.left_out, "");
    } else if (calls == 1) {
      EXPECT_NE(read.left_out, "") << "saved: " << saved;
    }
    ++cases;
  }
  EXPECT_EQ(cases, 20);
}

TEST(HelloBenchReplyTest, StrictTakesTheScaleOnly) {
  const auto problem = [](const std::string& score) {
    return ReadHelloBenchReply("[{\"checklist_id\": 0, \"evaluation_score\": " + score + "}]", 1,
                               false)
        .problem;
  };
  EXPECT_EQ(problem("0.75"), "");
  EXPECT_EQ(problem("\"1\""), "");
  EXPECT_THAT(problem("0.6"), HasSubstr("0.6 is not 0, 0.25, 0.5, 0.75 or 1"));
  EXPECT_THAT(problem("1.25"), HasSubstr("is not"));
  EXPECT_THAT(problem("NaN"), HasSubstr("is not"));
  EXPECT_THAT(problem("null"), HasSubstr("no number and score"));
  const auto read = [](const std::string& first, const std::string& second) {
    return ReadHelloBenchReply(
        "```json\n[{\"checklist_id\": " + first +
            R"(, "reason": "says \"no\"", "evaluation_score": 0.25}, {"checklist_id": ")" + second +
            "\", \"evaluation_score\": 1}]\n```",
        2, false);
  };
  EXPECT_THAT(read("0", "1").scores, testing::ElementsAre(0.25, 1));
  EXPECT_THAT(read("1", "0").scores, testing::ElementsAre(1, 0.25));
  EXPECT_EQ(read("0", "1").reasons[0], "says \"no\"");
  EXPECT_THAT(read("0", "0").problem, HasSubstr("not numbered 0 to 1, once each"));
}

// Rows of a published task by id.
std::map<std::string, Json> RowsById(const std::filesystem::path& file) {
  std::map<std::string, Json> rows;
  for (Json& row : GoldenRows(file)) rows.emplace(row["id"], row);
  return rows;
}

std::map<std::string, Json> MainData() {
  std::map<std::string, Json> rows;
  for (const char* task : {"open_ended_qa", "summarization.reconstructed", "chat",
                           "text_completion", "heuristic_text_generation"}) {
    rows.merge(RowsById(Folder() / "data/main_data" / (std::string(task) + ".jsonl.gz")));
  }
  return rows;
}

TEST(HelloBenchGoldenTest, EveryPromptThatTheJudgeWasSent) {
  if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
  const PunktModel punkt = English();
  const std::string user = ReadGolden(Folder() / "prompts/user_prompt.txt");
  const std::map<std::string, Json> data = MainData();
  std::map<std::string, std::map<std::string, Json>> files;
  int prompts = 0;
  int expected = 0;
  for (const Json& row : GoldenRows(Folder() / "golden_judge_prompts.jsonl.gz")) {
    ++expected;
    const std::string name = row["model"].get<std::string>() + "/" +
                             row["task"].get<std::string>() + "_results.jsonl.gz";
    const auto path = Folder() / "results/judgements/main_exp" / name;
    if (files.count(name) == 0) files[name] = RowsById(path);
    const std::string id = row["id"];
    const std::vector<std::string> tokens =
        NltkTokens(punkt, files[name].at(id)["response"].get<std::string>());
    EXPECT_EQ(tokens.size(), row["n_tokens"].get<std::size_t>()) << id;
    const Json& item = data.at(id);
    const auto prompt =
        HelloBenchPrompt(user, item["instruction"].get<std::string>(), HelloBenchShown(tokens),
                         item["checklists"].get<std::vector<std::string>>());
    ASSERT_TRUE(prompt.ok()) << prompt.status();
    EXPECT_EQ(prompt->size(), row["prompt_bytes"].get<std::size_t>()) << id;
    EXPECT_EQ(Sha256Hex(*prompt), row["prompt_sha256"].get<std::string>()) << id;
    ++prompts;
  }
  EXPECT_EQ(prompts, expected);
  EXPECT_EQ(expected, 657);
}

// The judgements as they were stored: Python's repr of a list, or JSON; scores and token counts
// equal those of golden_scores.
TEST(HelloBenchGoldenTest, TokensOfEveryResponseThatIsHere) {
  if (!HasGolden("hellobench")) GTEST_SKIP() << "no shared data";
  const PunktModel punkt = English();
  std::size_t responses = 0;
  const auto compare = [&](const std::string& experiment, const std::string& model,
                           const std::string& prefix) {
    const auto golden = Folder() / "golden_scores" / experiment / (model + ".jsonl.gz");
    std::map<std::string, std::map<std::string, Json>> texts;
    for (const Json& row : GoldenRows(golden)) {
      const std::string task = prefix + row["task"].get<std::string>();
      const auto path =
          Folder() / "results/judgements" / experiment / model / (task + "_results.jsonl.gz");
      if (texts.count(task) == 0) texts[task] = RowsById(path);
      const Json& published = texts[task].at(row["id"]);
      EXPECT_EQ(CountNltkTokens(punkt, published["response"].get<std::string>()),
                row["response_tokens"].get<std::size_t>());
      const Json& judged = published["checklist_wise_evaluation"];
      std::vector<double> scores;
      for (const Json& item : judged) scores.push_back(item["evaluation_score"].get<double>());
      EXPECT_EQ(scores, row["scores"].get<std::vector<double>>());
      const HelloBenchReply read = ReadHelloBenchReply(DumpJson(judged), judged.size(), false);
      if (read.problem.empty()) {
        EXPECT_EQ(read.scores, scores);
      }
      ++responses;
    }
  };
  compare("main_exp", "gpt4o_0806", "");
  compare("main_exp", "longwriter_9b", "");
  compare("length_constrained_exp", "claude35", "heuristic_text_generation_");
  std::cout << responses << " responses\n";
  EXPECT_EQ(responses, 2 * 647u + 4 * 123u);
}

}  // namespace
}  // namespace assay
