// LongWeave's own task classes, run on 161 replies, and its 1,600 generated items: every score to
// the last digit, every item and prompt by its digest.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "common/base/digest.h"
#include "judge/benchmarks/longweave/article_words.h"
#include "judge/benchmarks/longweave/code_fixing.h"
#include "judge/benchmarks/longweave/judged_tasks.h"
#include "judge/benchmarks/longweave/kv_dict.h"
#include "judge/benchmarks/longweave/paragraph_order.h"
#include "judge/benchmarks/longweave/replies.h"
#include "judge/benchmarks/longweave/state_machine.h"
#include "judge/benchmarks/longweave/tasks.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay::longweave {
namespace {

std::filesystem::path Folder() { return GoldenFolder("longweave"); }

const Templates& Prompts() {
  static const auto* const kTemplates = [] {
    auto parsed = Templates::Parse(ReadGolden(Folder() / "prompts/prompt_templates.json"));
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return new Templates(*std::move(parsed));
  }();
  return *kTemplates;
}

std::string JudgeText(const std::string& name) { return JudgeTexts(Prompts())->at(name); }

std::map<std::string, StyleRules> Rules() {
  auto rules = ParseStyleRules(ReadGolden(Folder() / "rubric/AP_Style_Evaluation.json"));
  EXPECT_TRUE(rules.ok()) << rules.status();
  return *std::move(rules);
}

void CheckKv(const Json& vector) {
  const Json& about = vector["metadata"];
  KvItem item;
  item.key = about["target_key"];
  item.value = about["target_value"];
  item.index = about["target_index"];
  item.entries = about["num_entries"];
  const KvScores scores = ScoreKvDict(item, vector["response"].get<std::string>());
  const Json& expected = vector["expected"];
  EXPECT_FALSE(scores.raises);
  EXPECT_EQ(scores.key_existence, expected["key_existence"].get<double>());
  EXPECT_EQ(scores.position, expected["position_score"].get<double>());
  EXPECT_EQ(scores.entries, expected["entry_num_score"].get<double>());
  EXPECT_EQ(scores.avg_length, expected["avg_length_score"].get<double>());
  EXPECT_EQ(scores.total, expected["total_score"].get<double>());
}

void CheckState(const Json& vector) {
  const StateMachineScores scores = ScoreStateMachine(
      vector["metadata"]["input_string"].get<std::string>(), vector["response"].get<std::string>());
  const Json& expected = vector["expected"];
  EXPECT_EQ(scores.steps, expected["total_steps"].get<std::int64_t>());
  EXPECT_EQ(scores.valid_steps, expected["valid_steps"].get<std::int64_t>());
  EXPECT_EQ(scores.match_ratio, expected["match_ratio"].get<double>());
  ASSERT_LE(expected["errors"].size(), 1u);
  EXPECT_EQ(scores.line.empty(), expected["errors"].empty());
  if (scores.line.empty()) return;
  const std::string error = expected["errors"][0];
  EXPECT_EQ(error.find("Step " + std::to_string(scores.valid_steps + 1) + ":"), 0u) << error;
  EXPECT_NE(error.find(scores.output.empty() ? scores.line : "Got: " + scores.output),
            std::string::npos);
}

void CheckOrder(const Json& vector) {
  const Json& about = vector["metadata"];
  const auto original = about["original"].get<std::vector<std::string>>();
  const ParagraphScores scores = ScoreParagraphs(original, vector["response"].get<std::string>());
  EXPECT_EQ(scores.kendalls_tau, vector["expected"]["kendalls_tau"].get<double>());
  EXPECT_EQ(scores.found == original.size(), vector["expected"]["status"] == "success");
  EXPECT_EQ(ShuffledParagraphs(about["doc_id"].get<std::string>(), original),
            about["shuffled"].get<std::vector<std::string>>());
}

void CheckCoverageReply(const Json& vector) {
  EXPECT_EQ(CoverageOf(vector["judge_reply"].get<std::string>(), vector["batch_size"]).covered,
            vector["expected"].get<std::vector<bool>>());
}

void CheckWords(const Json& vector) {
  const std::string text = vector["text"];
  EXPECT_EQ(CountWords(text), vector["expected"]["word_count"].get<std::int64_t>());
  EXPECT_EQ(FirstWords(text, vector["limit"]), vector["expected"]["truncated"].get<std::string>());
}

// What a rule says of `items` items of one batch, as a judge would write it.
std::string ByRule(std::size_t items, const std::function<std::string(std::size_t)>& rule) {
  std::string reply;
  for (std::size_t i = 0; i < items; ++i) reply += (i == 0 ? "[" : ", ") + rule(i);
  return reply + "]";
}

// By the rule of the vector 8 of the 13 sentences would be covered; its 5 are what is left when the
// reply to the first batch is lost.
void CheckCoverage(const Json& vector) {
  const std::string response = vector["response"];
  const auto sentences = vector["target_sentences"].get<std::vector<std::string>>();
  const std::string biography = FirstWords(response, vector["test_length"]);
  std::size_t covered = 0;
  std::size_t begin = 0;
  for (const std::size_t size : BatchSizes(sentences.size())) {
    const auto question = CoverageQuestion(JudgeText("coverage"), biography,
                                           std::span(sentences).subspan(begin, size));
    ASSERT_TRUE(question.ok()) << question.status();
    if (begin == 0) {
      EXPECT_EQ(*question, vector["judge_prompt_first"].get<std::string>());
    }
    const std::string reply =
        begin == 0 ? "" : ByRule(size, [](std::size_t i) { return i % 2 == 0 ? "true" : "false"; });
    for (const bool each : CoverageOf(reply, size).covered) covered += each ? 1 : 0;
    begin += size;
  }
  const Json& expected = vector["expected"];
  EXPECT_EQ(covered, expected["covered_sentences_count"].get<std::size_t>());
  EXPECT_EQ(sentences.size(), expected["total_sentences_count"].get<std::size_t>());
  EXPECT_EQ(CoverageRate(covered, sentences.size()),
            expected["sentence_coverage_rate"].get<double>());
  EXPECT_EQ(CountWordsWithoutCase(response), expected["words"].get<std::int64_t>());
}

void CheckAnswersReply(const Json& vector) {
  const AnswersReply read =
      AnswersOf(vector["judge_reply"].get<std::string>(), vector["batch_size"]);
  ASSERT_EQ(read.answers.size(), vector["expected"].size());
  for (std::size_t i = 0; i < read.answers.size(); ++i) {
    EXPECT_EQ(read.answers[i].answered, vector["expected"][i]["answered"].get<bool>()) << i;
    EXPECT_EQ(read.answers[i].correct, vector["expected"][i]["correct"].get<bool>()) << i;
  }
}

// As above: 7 and 4 by the rule, 4 and 2 without the first batch; none where the judge always
// fails.
void CheckReport(const Json& vector) {
  std::vector<Question> questions;
  for (const Json& pair : vector["qa_pairs"])
    questions.push_back({pair["question"], pair["answer"]});
  const bool fails = vector["case"] == "judge_always_fails";
  std::size_t answered = 0;
  std::size_t correct = 0;
  std::size_t begin = 0;
  for (const std::size_t size : BatchSizes(questions.size())) {
    const auto question =
        AnswersQuestion(JudgeText("answers"), vector["response"].get<std::string>(),
                        std::span(questions).subspan(begin, size));
    ASSERT_TRUE(question.ok()) << question.status();
    if (begin == 0 && !fails) {
      EXPECT_EQ(*question, vector["judge_prompt_first"].get<std::string>());
    }
    const std::string reply = begin == 0 || fails ? "" : ByRule(size, [](std::size_t i) {
      return std::string("{\"answered\": ") + (i % 3 != 0 ? "true" : "false") +
             ", \"correct\": " + (i % 2 == 0 ? "true}" : "false}");
    });
    for (const Answer& answer : AnswersOf(reply, size).answers) {
      answered += answer.answered ? 1 : 0;
      correct += answer.correct ? 1 : 0;
    }
    begin += size;
  }
  const Json& expected = vector["expected"];
  EXPECT_EQ(answered, expected["answered_count"].get<std::size_t>());
  EXPECT_EQ(correct, expected["correct_count"].get<std::size_t>());
  const ReportScores scores = ScoreReport(answered, correct, questions.size());
  EXPECT_EQ(scores.answered, expected["answered_rate"].get<double>());
  EXPECT_EQ(scores.correct, expected["correctness_rate"].get<double>());
  EXPECT_EQ(scores.total, expected["total_score"].get<double>());
  EXPECT_EQ(CountWordsWithoutCase(vector["response"].get<std::string>()),
            expected["words"].get<std::int64_t>());
}

// What the judge of a case says where the vector does not keep it.
std::string StyleReply(const std::string& name, std::size_t statements) {
  if (name == "object_not_array") return R"({"exists_in_article": true, "follows_rules": true})";
  if (name == "missing_key") return R"([{"exists_in_article": true}])";
  const std::string item =
      name == "exists_only"    ? R"({"exists_in_article": true, "follows_rules": false})"
      : name == "string_false" ? R"({"exists_in_article": "false", "follows_rules": "false"})"
                               : R"({"exists_in_article": true, "follows_rules": true})";
  const std::string reply =
      ByRule(name == "too_many" ? 5 : statements, [&item](std::size_t) { return item; });
  return name == "fenced" ? "```json\n" + reply + "\n```" : reply;
}

void CheckStyle(const Json& vector) {
  std::map<std::string, std::vector<Statement>> statements;
  for (const Json& each : vector["statements"]) {
    statements[each["Category"]].push_back({each["Category"], each["Statement"],
                                            each["Reason_for_Deduction"],
                                            each["Correct_Expression"]});
  }
  const std::string response = vector["response"];
  const std::string article = FirstWords(response, vector["test_length"]);
  const auto rules = Rules();
  const bool kept = vector["judge_replies"].is_array();
  std::vector<CategoryCounts> counts;
  for (std::size_t i = 0; i < vector["selected_categories"].size(); ++i) {
    const std::string category = vector["selected_categories"][i];
    const std::vector<Statement>& stated = statements[category];
    const std::string begin = JudgeText("style");
    const std::string middle = JudgeText("style_statement");
    const std::string end = JudgeText("style_end");
    const auto question = StyleQuestion({begin, middle, end}, rules.at(category), article, stated);
    ASSERT_TRUE(question.ok()) << question.status();
    if (kept) {
      EXPECT_EQ(*question, vector["judge_replies"][i]["prompt"].get<std::string>());
    }
    const auto read = StyleOf(kept ? vector["judge_replies"][i]["reply"].get<std::string>()
                                   : StyleReply(vector["case"], stated.size()));
    counts.push_back(read ? CategoryCounts{stated.size(), read->found, read->correct}
                          : CategoryCounts{stated.size(), 0, 0});
  }
  const ArticleScores scores = ScoreArticle(counts, counts.size());
  EXPECT_EQ(scores.style, vector["expected"]["ap_total_score"].get<double>());
  EXPECT_EQ(scores.recall, vector["expected"]["recall_rate"].get<double>());
  EXPECT_EQ(scores.total, vector["expected"]["total_score"].get<double>());
  EXPECT_EQ(CountWords(response), vector["expected"]["words"].get<std::int64_t>());
}

void CheckCode(const Json& vector) {
  const std::string response = vector["response"];
  const std::string_view code = CodeOf(response);
  if (vector["extracted"].is_string()) {
    EXPECT_EQ(code, vector["extracted"].get<std::string>());
  }
  const Json& expected = vector["expected"];
  CodeChecks checks;
  checks.runnable = expected["runnable_ratio"].get<double>() == 1;
  if (checks.runnable) {
    checks.violations = static_cast<std::int64_t>(vector["violations"].size());
  }
  CodeScores scores;
  if (!code.empty()) {
    scores = ScoreCode(vector["original_code"].get<std::string>(), code, checks);
  }
  EXPECT_EQ(scores.runnable, expected["runnable_ratio"].get<double>());
  EXPECT_EQ(scores.style, expected["style_quality_score"].get<double>());
  EXPECT_EQ(scores.func_count, expected["func_count_score"].get<double>());
  EXPECT_EQ(scores.total, expected["total_score"].get<double>());
}

void CheckRelevance(const Json& vector) {
  EXPECT_EQ(RelevanceOf(vector["judge_reply"].get<std::string>()).value_or(true),
            vector["expected"].get<bool>());
}

TEST(LongWeaveGoldenTest, EveryVector) {
  if (!HasGolden("longweave")) GTEST_SKIP() << "no shared data";
  const std::map<std::string, std::function<void(const Json&)>> checks = {
      {"GEN_KV_DICT", CheckKv},
      {"STATE_MACHINE", CheckState},
      {"PARAGRAPH_ORDERING", CheckOrder},
      {"KG_TO_TEXT/parse", CheckCoverageReply},
      {"KG_TO_TEXT/words", CheckWords},
      {"KG_TO_TEXT/evaluate", CheckCoverage},
      {"SALES_REPORT/parse", CheckAnswersReply},
      {"SALES_REPORT/evaluate", CheckReport},
      {"AP_STYLE/evaluate", CheckStyle},
      {"CODE_FIXING/evaluate", CheckCode},
      {"CODE_FIXING/parse_relevance", CheckRelevance},
  };
  int checked = 0;
  for (const Json& vector : GoldenRows(Folder() / "golden/longweave_golden.jsonl.gz")) {
    const std::string task = vector["task"];
    SCOPED_TRACE(task + " " + vector["case"].get<std::string>());
    ASSERT_TRUE(checks.count(task) > 0);
    checks.at(task)(vector);
    ++checked;
  }
  EXPECT_EQ(checked, 161);
  std::cout << checked << " vectors\n";
}

TEST(LongWeaveGoldenTest, CodeThatFlake8HasCounted) {
  if (!HasGolden("longweave")) GTEST_SKIP() << "no shared data";
  std::map<std::string, std::string> files;
  for (const Json& row : GoldenRows(Folder() / "regenerated/code_fixing_inputs.jsonl.gz")) {
    files[row["file"]] = row["code"];
  }
  int checked = 0;
  for (const Json& scored : GoldenJson(Folder() / "regenerated/code_fixing_scores.json")) {
    if (scored["case"] != "echo_input") continue;
    const Json& expected = scored["expected"];
    const std::string& code = files.at(scored["file"]);
    CodeChecks checks;
    checks.runnable = expected["runnable_ratio"].get<double>() == 1;
    checks.violations = scored["n_violations"].get<std::int64_t>();
    const CodeScores scores = ScoreCode(code, CodeOf(code), checks);
    EXPECT_EQ(scores.style, expected["style_quality_score"].get<double>());
    EXPECT_EQ(scores.func_count, expected["func_count_score"].get<double>());
    EXPECT_EQ(scores.total, expected["total_score"].get<double>());
    ++checked;
  }
  EXPECT_EQ(checked, 3);
}

std::int64_t SizeOf(const std::string& sample_id, std::int64_t first) {
  const char length = sample_id[sample_id.find('/') + 1];
  return length == '1' ? first : length == '2' ? 2 * first : length == '4' ? 4 * first : 8 * first;
}

void CheckPrompt(const absl::StatusOr<std::string>& prompt, const Json& row) {
  ASSERT_TRUE(prompt.ok()) << prompt.status();
  if (row["prompt"].is_string()) {
    EXPECT_EQ(*prompt, row["prompt"].get<std::string>());
  }
  EXPECT_EQ(Sha256Hex(*prompt), row["prompt_sha256"].get<std::string>());
}

TEST(LongWeaveGoldenTest, EveryItemThatIsMadeFromItsId) {
  if (!HasGolden("longweave")) GTEST_SKIP() << "no shared data";
  int items = 0;
  for (const Json& row : GoldenRows(Folder() / "golden/gen_kv_dict.items.jsonl.gz")) {
    const std::string id = row["sample_id"];
    SCOPED_TRACE(id);
    EXPECT_EQ(SeedOf(id), row["seed"].get<std::uint32_t>());
    const KvItem item = DrawKvItem(id, SizeOf(id, 20), 32, 32);
    const Json& about = row["metadata"];
    EXPECT_EQ(item.key, about["target_key"].get<std::string>());
    EXPECT_EQ(item.value, about["target_value"].get<std::string>());
    EXPECT_EQ(item.index, about["target_index"].get<std::int64_t>());
    EXPECT_EQ(item.entries, about["num_entries"].get<std::int64_t>());
    CheckPrompt(KvPrompt(Prompts(), item), row);
    ++items;
  }
  for (const Json& row : GoldenRows(Folder() / "golden/state_machine.items.jsonl.gz")) {
    const std::string id = row["sample_id"];
    SCOPED_TRACE(id);
    EXPECT_EQ(SeedOf(id), row["seed"].get<std::uint32_t>());
    const std::string input = DrawInput(id, SizeOf(id, 55));
    EXPECT_EQ(input, row["metadata"]["input_string"].get<std::string>());
    EXPECT_EQ(OutputOf(input), row["expected_output"].get<std::string>());
    CheckPrompt(StateMachinePrompt(Prompts(), input), row);
    ++items;
  }
  EXPECT_EQ(items, 1600);
  std::cout << items << " items\n";
}

}  // namespace
}  // namespace assay::longweave
