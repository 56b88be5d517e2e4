// LongWeave's own task classes, run on 161 replies, and its 1,600 generated items: every score to
// the last digit, every item.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "common/base/digest.h"
#include "judge/benchmarks/longweave/item_seed.h"
#include "judge/benchmarks/longweave/judged_tasks.h"
#include "judge/benchmarks/longweave/rule_tasks.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay::longweave {
namespace {

const std::filesystem::path& Golden() {
  static const auto* const kPath = new std::filesystem::path(GoldenFolder("longweave") / "golden");
  return *kPath;
}

void CheckKv(const Json& vector) {
  const Json& about = vector["metadata"];
  const KvItem item{about["target_key"], about["target_value"], about["target_index"],
                    about["num_entries"]};
  const auto scores = ScoreKvDict(item, vector["response"].get<std::string>());
  ASSERT_TRUE(scores.ok()) << scores.status();
  const Json& expected = vector["expected"];
  EXPECT_EQ(scores->key_existence, expected["key_existence"].get<double>());
  EXPECT_EQ(scores->position, expected["position_score"].get<double>());
  EXPECT_EQ(scores->entry_num, expected["entry_num_score"].get<double>());
  EXPECT_EQ(scores->avg_length, expected["avg_length_score"].get<double>());
  EXPECT_EQ(scores->total, expected["total_score"].get<double>());
}

void CheckState(const Json& vector) {
  const StateScores scores = ScoreStateMachine(
      vector["metadata"]["input_string"].get<std::string>(), vector["response"].get<std::string>());
  EXPECT_EQ(scores.total_steps, vector["expected"]["total_steps"].get<std::int64_t>());
  EXPECT_EQ(scores.valid_steps, vector["expected"]["valid_steps"].get<std::int64_t>());
  EXPECT_EQ(scores.match_ratio, vector["expected"]["match_ratio"].get<double>());
}

void CheckOrder(const Json& vector) {
  const auto original = vector["metadata"]["original"].get<std::vector<std::string>>();
  EXPECT_EQ(ScoreParagraphOrder(original, vector["response"].get<std::string>()),
            vector["expected"]["kendalls_tau"].get<double>());
  EXPECT_EQ(ParagraphShuffle(vector["metadata"]["doc_id"].get<std::string>(), original.size()),
            vector["metadata"]["correct_order"].get<std::vector<std::size_t>>());
}

void CheckCoveredReply(const Json& vector) {
  EXPECT_EQ(ReadCovered(vector["judge_reply"].get<std::string>(), vector["batch_size"]).covered,
            vector["expected"].get<std::vector<bool>>());
}

void CheckWords(const Json& vector) {
  const std::string text = vector["text"];
  EXPECT_EQ(CountWords(text), vector["expected"]["word_count"].get<std::int64_t>());
  EXPECT_EQ(FirstWords(text, vector["limit"]), vector["expected"]["truncated"].get<std::string>());
}

// The vector keeps what its judge's replies came to, and not the replies: by its rule 8 of the 13
// would be covered, so one batch of five was lost where it was made.
void CheckCoverage(const Json& vector) {
  const Json& expected = vector["expected"];
  EXPECT_EQ(RoundedRate(expected["covered_sentences_count"], expected["total_sentences_count"]),
            expected["sentence_coverage_rate"].get<double>());
  EXPECT_EQ(vector["target_sentences"].size(),
            expected["total_sentences_count"].get<std::size_t>());
  EXPECT_EQ(CountWords(vector["response"].get<std::string>()), expected["words"].get<int>());
}

void CheckAnsweredReply(const Json& vector) {
  const AnsweredBatch read =
      ReadAnswered(vector["judge_reply"].get<std::string>(), vector["batch_size"]);
  ASSERT_EQ(read.items.size(), vector["expected"].size());
  for (std::size_t i = 0; i < read.items.size(); ++i) {
    EXPECT_EQ(read.items[i].answered, vector["expected"][i]["answered"].get<bool>()) << i;
    EXPECT_EQ(read.items[i].correct, vector["expected"][i]["correct"].get<bool>()) << i;
  }
}

// As above: the counts are given, and by the rule one batch of five was lost.
void CheckSales(const Json& vector) {
  const Json& expected = vector["expected"];
  std::vector<Answered> items(vector["qa_pairs"].size());
  ASSERT_EQ(items.size(), expected["total_questions"].get<std::size_t>());
  for (int i = 0; i < expected["answered_count"].get<int>(); ++i) {
    const bool correct = i < expected["correct_count"].get<int>();
    items[static_cast<std::size_t>(i)] = {true, correct};
  }
  const SalesScores scores = ScoreSales(items);
  EXPECT_EQ(scores.answered_rate, expected["answered_rate"].get<double>());
  EXPECT_EQ(scores.correctness_rate, expected["correctness_rate"].get<double>());
  EXPECT_EQ(scores.total, expected["total_score"].get<double>());
}

// What the judge of a case says where the vector does not keep it.
std::string StyleReply(const std::string& name, std::size_t statements) {
  if (name == "object_not_array") return R"({"exists_in_article": true, "follows_rules": true})";
  if (name == "missing_key") return R"([{"exists_in_article": true}])";
  const std::size_t items = name == "too_many" ? 5 : statements;
  const std::string item =
      name == "exists_only"    ? R"({"exists_in_article": true, "follows_rules": false})"
      : name == "string_false" ? R"({"exists_in_article": "false", "follows_rules": "false"})"
                               : R"({"exists_in_article": true, "follows_rules": true})";
  std::string reply;
  for (std::size_t i = 0; i < items; ++i) reply += (i == 0 ? "[" : ", ") + item;
  return name == "fenced" ? "```json\n" + reply + "]\n```" : reply + "]";
}

void CheckStyle(const Json& vector) {
  std::map<std::string, std::size_t> statements;
  for (const Json& statement : vector["statements"]) ++statements[statement["Category"]];
  std::vector<StyleCategory> categories;
  for (std::size_t i = 0; i < vector["selected_categories"].size(); ++i) {
    const std::size_t count = statements[vector["selected_categories"][i]];
    const bool kept = vector["judge_replies"].is_array();
    categories.push_back(ReadStyle(kept ? vector["judge_replies"][i]["reply"].get<std::string>()
                                        : StyleReply(vector["case"], count),
                                   count));
  }
  const StyleScores scores = ScoreStyle(categories);
  EXPECT_EQ(scores.ap_total, vector["expected"]["ap_total_score"].get<double>());
  EXPECT_EQ(scores.recall, vector["expected"]["recall_rate"].get<double>());
  EXPECT_EQ(scores.total, vector["expected"]["total_score"].get<double>());
  EXPECT_EQ(CountWords(vector["response"].get<std::string>()),
            vector["expected"]["words"].get<int>());
}

void CheckCode(const Json& vector) {
  const std::string code = ExtractCode(vector["response"].get<std::string>());
  if (vector["extracted"].is_string()) {
    EXPECT_EQ(code, vector["extracted"].get<std::string>());
  }
  const Json& expected = vector["expected"];
  const Json& violations = vector["violations"];
  const CodeScores scores =
      ScoreCode(vector["original_code"].get<std::string>(), code, true,
                expected["runnable_ratio"].get<double>() == 1,
                violations.is_array() ? static_cast<std::int64_t>(violations.size()) : 0);
  EXPECT_EQ(scores.runnable, expected["runnable_ratio"].get<double>());
  EXPECT_EQ(scores.style, expected["style_quality_score"].get<double>());
  EXPECT_EQ(scores.func_count, expected["func_count_score"].get<double>());
  EXPECT_EQ(scores.total, expected["total_score"].get<double>());
}

void CheckRelevance(const Json& vector) {
  EXPECT_EQ(ReadRelevance(vector["judge_reply"].get<std::string>()).value_or(true),
            vector["expected"].get<bool>());
}

TEST(LongWeaveGoldenTest, EveryVector) {
  if (!HasGolden("longweave")) GTEST_SKIP() << "no shared data";
  const std::map<std::string, std::function<void(const Json&)>> checks = {
      {"GEN_KV_DICT", CheckKv},
      {"STATE_MACHINE", CheckState},
      {"PARAGRAPH_ORDERING", CheckOrder},
      {"KG_TO_TEXT/parse", CheckCoveredReply},
      {"KG_TO_TEXT/words", CheckWords},
      {"KG_TO_TEXT/evaluate", CheckCoverage},
      {"SALES_REPORT/parse", CheckAnsweredReply},
      {"SALES_REPORT/evaluate", CheckSales},
      {"AP_STYLE/evaluate", CheckStyle},
      {"CODE_FIXING/evaluate", CheckCode},
      {"CODE_FIXING/parse_relevance", CheckRelevance},
  };
  int checked = 0;
  for (const Json& vector : GoldenRows(Golden() / "longweave_golden.jsonl.gz")) {
    const std::string task = vector["task"];
    SCOPED_TRACE(task + " " + vector["case"].get<std::string>());
    ASSERT_TRUE(checks.count(task) > 0);
    checks.at(task)(vector);
    ++checked;
  }
  EXPECT_EQ(checked, 161);
}

std::int64_t SizeOf(const std::string& sample_id, std::int64_t first) {
  const char length = sample_id[sample_id.find('/') + 1];
  return length == '1' ? first : length == '2' ? 2 * first : length == '4' ? 4 * first : 8 * first;
}

TEST(LongWeaveGoldenTest, EveryItemThatIsMadeFromItsId) {
  if (!HasGolden("longweave")) GTEST_SKIP() << "no shared data";
  int items = 0;
  for (const Json& row : GoldenRows(Golden() / "gen_kv_dict.items.jsonl.gz")) {
    const std::string id = row["sample_id"];
    EXPECT_EQ(ItemSeed(id), row["seed"].get<std::uint32_t>()) << id;
    const KvItem item = MakeKvItem(id, SizeOf(id, 20));
    const Json& about = row["metadata"];
    EXPECT_EQ(item.key, about["target_key"].get<std::string>()) << id;
    EXPECT_EQ(item.value, about["target_value"].get<std::string>()) << id;
    EXPECT_EQ(item.index, about["target_index"].get<std::int64_t>()) << id;
    EXPECT_EQ(item.entries, about["num_entries"].get<std::int64_t>()) << id;
    ++items;
  }
  for (const Json& row : GoldenRows(Golden() / "state_machine.items.jsonl.gz")) {
    const std::string id = row["sample_id"];
    const std::string input = MakeStateInput(id, SizeOf(id, 55));
    EXPECT_EQ(input, row["metadata"]["input_string"].get<std::string>()) << id;
    EXPECT_EQ(StateMachineOutput(input), row["expected_output"].get<std::string>()) << id;
    ++items;
  }
  EXPECT_EQ(items, 1600);
}

}  // namespace
}  // namespace assay::longweave
