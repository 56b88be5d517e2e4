// Counts and aggregations of published claim labels. Skips without the data.
#include <gtest/gtest.h>

#include <map>

#include "judge/claims/claim_scores.h"
#include "judge/claims/published_replies.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

using Counts = std::map<std::string, int>;

std::optional<bool> Truth(const Json& label) {
  if (label.is_boolean()) return label.get<bool>();
  return std::nullopt;
}

std::optional<bool> AllTrue(const std::vector<std::optional<bool>>& claims) {
  return AllClaimsTrue(claims);
}

TEST(ClaimLabelsGolden, FacTool) {
  if (!HasGolden("factool")) GTEST_SKIP() << "no factool data";
  const std::filesystem::path folder = GoldenFolder("factool");
  const Json expected = GoldenJson(folder / "EXPECTED.json");
  int claims = 0;
  int supported = 0;
  int responses = 0;
  int agreeing = 0;
  const std::vector<Json> rows = GoldenRows(folder / "knowledge_qa.jsonl.gz");
  for (const Json& row : rows) {
    std::vector<std::optional<bool>> labels;
    for (const Json& claim : row["claims"]) {
      labels.push_back(Truth(claim["label"]));
      supported += labels.back() == true ? 1 : 0;
    }
    claims += static_cast<int>(labels.size());
    const bool response = row["label"].get<bool>();
    responses += response ? 1 : 0;
    agreeing += AllTrue(labels) == response ? 1 : 0;
  }
  const Json& english = expected["knowledge_qa"];
  EXPECT_EQ(rows.size(), english["rows"].get<std::size_t>());
  EXPECT_EQ(claims, english["claims"].get<int>());
  EXPECT_EQ(supported, english["true"].get<int>());
  EXPECT_EQ(responses, english["response_true"].get<int>());
  EXPECT_EQ(agreeing, english["response_label_equals_all_claims"].get<int>());

  int chinese = 0;
  const std::vector<Json> outputs = GoldenRows(folder / "factool_output.jsonl.gz");
  for (const Json& row : outputs) {
    chinese += static_cast<int>(row["claims"].size());
    for (const Json& claim : row["claims"]) {
      // "claim", or "claim_logic" and "claim_law" where the model renamed the key.
      EXPECT_FALSE(NormalizedClaim(claim.begin().value().get<std::string>()).empty());
    }
  }
  EXPECT_EQ(outputs.size(), expected["chinese_output"]["rows"].get<std::size_t>());
  EXPECT_EQ(chinese, expected["chinese_output"]["claims"].get<int>());
}

std::string LabelOf(const Json& label) {
  return label.is_string() ? label.get<std::string>() : "None";
}

TEST(ClaimLabelsGolden, ExpertQa) {
  if (!HasGolden("expertqa")) GTEST_SKIP() << "no expertqa data";
  const Json splits = GoldenJson(GoldenFolder("expertqa") / "EXPECTED.json")["splits"];
  int all = 0;
  for (const auto& [split, expected] : splits.items()) {
    SCOPED_TRACE(split);
    Counts correctness;
    Counts support;
    ClaimCounts counts;
    const std::vector<Json> rows = GoldenRows(GoldenFolder("expertqa") / (split + ".jsonl.gz"));
    for (const Json& row : rows) {
      for (const auto& [system, answer] : row["answers"].items()) {
        for (const Json& claim : answer["claims"]) {
          ++correctness[LabelOf(claim["correctness"])];
          const std::string label = LabelOf(claim["support"]);
          ++support[label];
          // Only complete support counts; no label and N/A are not checked.
          counts.Add(label == "Complete"                 ? ClaimLabel::kSupported
                     : label == "None" || label == "N/A" ? ClaimLabel::kUnknown
                                                         : ClaimLabel::kNotFound);
        }
      }
    }
    EXPECT_EQ(rows.size(), expected["questions"].get<std::size_t>());
    EXPECT_EQ(counts.claims(), expected["claims"].get<int>());
    EXPECT_EQ(Json(correctness), expected["correctness"]);
    EXPECT_EQ(Json(support), expected["support"]);
    EXPECT_EQ(counts.supported, expected["support"]["Complete"].get<int>());
    EXPECT_EQ(counts.checked(), counts.claims() - support["N/A"] - support["None"]);
    all += counts.claims();
  }
  EXPECT_EQ(all, 3963);
}

TEST(ClaimLabelsGolden, Cacdd) {
  if (!HasGolden("cacdd")) GTEST_SKIP() << "no cacdd data";
  const Json expected = GoldenJson(GoldenFolder("cacdd") / "EXPECTED.json");
  Counts classes;
  int claims = 0;
  int sentences = 0;
  const std::vector<Json> rows = GoldenRows(GoldenFolder("cacdd") / "cacdd.jsonl.gz");
  for (const Json& row : rows) {
    claims += static_cast<int>(row["atomic_claim"].size());
    for (const Json& sentence : row["sentence_classification"]) {
      const std::optional<int> type = ReadSentenceClass(sentence.get<std::string>());
      ++classes[type ? std::to_string(*type) : "none"];
      ++sentences;
    }
  }
  EXPECT_EQ(rows.size(), expected["rows"].get<std::size_t>());
  EXPECT_EQ(claims, expected["claims"].get<int>());
  EXPECT_EQ(sentences, expected["sentences"].get<int>());
  EXPECT_EQ(Json(classes), expected["sentence_class"]);
}

Counts CountField(const std::string& file, const std::string& field) {
  Counts counts;
  for (const Json& row : GoldenRows(GoldenFolder("factcheck-bench") / "subtasks" / file)) {
    ++counts[row[field].get<std::string>()];
  }
  return counts;
}

TEST(ClaimLabelsGolden, FactcheckBenchSubtasks) {
  if (!HasGolden("factcheck-bench")) GTEST_SKIP() << "no factcheck-bench data";
  const Json expected = GoldenJson(GoldenFolder("factcheck-bench") / "EXPECTED.json");
  EXPECT_EQ(Json(CountField("subtask1_sentence_checkworthiness.jsonl.gz", "checkworthy")),
            expected["subtask1"]);
  EXPECT_EQ(Json(CountField("subtask2_claim_checkworthiness.jsonl.gz", "checkworthy")),
            expected["subtask2"]);
  EXPECT_EQ(Json(CountField("subtask3_claim_evidence_stance.jsonl.gz", "stance")),
            expected["subtask3_stance"]);
  EXPECT_EQ(Json(CountField("subtask4_claim_factuality.jsonl.gz", "label")), expected["subtask4"]);
}

TEST(ClaimLabelsGolden, FactcheckBenchStancesToVerdicts) {
  if (!HasGolden("factcheck-bench")) GTEST_SKIP() << "no factcheck-bench data";
  const std::filesystem::path folder = GoldenFolder("factcheck-bench") / "subtasks";
  std::map<std::string, std::vector<std::string>> stances;
  for (const Json& row : GoldenRows(folder / "subtask3_claim_evidence_stance.jsonl.gz")) {
    stances[row["claim"].get<std::string>()].push_back(row["stance"].get<std::string>());
  }
  Counts outcomes;
  for (const Json& row : GoldenRows(folder / "subtask4_claim_factuality.jsonl.gz")) {
    const ClaimLabel verdict = VerdictOfStances(stances[row["claim"].get<std::string>()]);
    ++outcomes[row["label"].get<std::string>() + " " + std::string(ClaimLabelName(verdict))];
  }
  // Counted with a program of another language from the same rows.
  EXPECT_EQ(outcomes["true supported"], 297);
  EXPECT_EQ(outcomes["true contradicted"], 2);
  EXPECT_EQ(outcomes["false supported"], 2);
  EXPECT_EQ(outcomes["false contradicted"], 71);
  EXPECT_EQ(outcomes["not_enough_evidence supported"], 0);
  EXPECT_EQ(outcomes["not_enough_evidence not_found"], 27);
}

TEST(ClaimLabelsGolden, FactBench) {
  if (!HasGolden("factcheck-bench")) GTEST_SKIP() << "no factcheck-bench data";
  const std::filesystem::path folder = GoldenFolder("factcheck-bench");
  const Json expected = GoldenJson(folder / "EXPECTED.json");
  Counts sources;
  Counts labels;
  Counts agreeing;
  Counts labelled;
  const std::vector<Json> rows = GoldenRows(folder / "Factbench.jsonl.gz");
  for (const Json& row : rows) {
    const std::string source = row["source"].get<std::string>();
    ++sources[source];
    std::vector<std::optional<bool>> claims;
    for (const Json& label : row["claim_labels"]) {
      claims.push_back(Truth(label));
      const std::optional<bool>& truth = claims.back();
      ++labels[source + (!truth ? ":unknown" : *truth ? ":True" : ":False")];
    }
    if (claims.empty() || !row["response_label"].is_boolean()) continue;
    ++labelled[source];
    // Upstream an unknown claim makes its response false.
    const std::optional<bool> all = AllTrue(claims);
    agreeing[source] += all.value_or(false) == row["response_label"].get<bool>() ? 1 : 0;
  }
  EXPECT_EQ(rows.size(), expected["factbench_rows"].get<std::size_t>());
  EXPECT_EQ(Json(sources), expected["by_source"]);
  EXPECT_EQ(Json(labels), expected["claim_labels"]);
  EXPECT_EQ(agreeing, labelled);
}

TEST(ClaimLabelsGolden, FactcheckBenchRecords) {
  if (!HasGolden("factcheck-bench")) GTEST_SKIP() << "no factcheck-bench data";
  int claims = 0;
  int sentences = 0;
  const std::vector<Json> rows =
      GoldenRows(GoldenFolder("factcheck-bench") / "factcheck-GPT-benchmark.jsonl.gz");
  for (const Json& row : rows) {
    for (const auto& [id, sentence] : row["sentences"].items()) {
      ++sentences;
      claims += static_cast<int>(sentence["claims"].size());
      EXPECT_EQ(sentence["claims"].size(), sentence["claim_checkworthiness"].size());
    }
  }
  EXPECT_EQ(rows.size(), 94u);
  EXPECT_EQ(sentences, 311);
  EXPECT_EQ(claims, 678);
}

}  // namespace
}  // namespace assay
