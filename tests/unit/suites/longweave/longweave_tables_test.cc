// LongWeave's tables: rounding, exclusion and means as the official report has them.
#include "suites/longweave/tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>

#include "suites/result_table.h"

namespace assay {
namespace {

using testing::ElementsAre;

class LongWeaveTablesTest : public testing::Test {
 protected:
  void Add(const std::string& model, const std::string& cell, const std::string& scorer,
           std::optional<double> primary) {
    v1::SampleResult& result = results_.emplace_back();
    result.set_model(model);
    result.set_category(cell);
    suite_.add_samples()->set_category(cell);
    // The other scorer of the suite does not apply to this sample.
    const std::string other = scorer == "longweave" ? "longweave-judged" : "longweave";
    v1::ScorerResult& none = *result.add_scorers();
    none.set_scorer(other);
    none.set_outcome(v1::OUTCOME_NOT_APPLICABLE);
    v1::ScorerResult& scored = *result.add_scorers();
    scored.set_scorer(scorer);
    if (!primary) return;
    v1::Score& score = *scored.add_scores();
    score.set_name("primary");
    score.set_value(*primary);
  }

  std::vector<v1::ResultTable> Tables() {
    TableInput input{suite_, {"a", "b"}, {}};
    for (const v1::SampleResult& result : results_) input.results.push_back(&result);
    return LongWeaveTables(input);
  }

  static std::vector<std::string> Texts(const v1::ResultTable& table, int row) {
    std::vector<std::string> texts;
    for (const v1::TableCell& cell : table.rows(row).cells())
      texts.push_back(CellText(table, cell));
    return texts;
  }

  v1::Suite suite_;
  std::deque<v1::SampleResult> results_;
};

TEST_F(LongWeaveTablesTest, CellsAreRoundedAndMeansOfThemAreNot) {
  Add("a", "GEN_KV_DICT/1k", "longweave", 1.0 / 3);
  Add("a", "GEN_KV_DICT/1k", "longweave", 1.0 / 3);
  Add("a", "GEN_KV_DICT/8k", "longweave", 0.12344999);
  Add("a", "KG_TO_TEXT/1k", "longweave-judged", 0.5);
  Add("b", "GEN_KV_DICT/1k", "longweave", 1.0);
  const std::vector<v1::ResultTable> tables = Tables();
  ASSERT_EQ(tables.size(), 4u);
  EXPECT_THAT(tables[0].columns(), ElementsAre("model", "KG_TO_TEXT", "GEN_KV_DICT", "Overall"));
  EXPECT_EQ(tables[0].rows(0).cells(2).number(), (0.3333 + 0.1234) / 2);
  // All cells alike, not all tasks alike.
  EXPECT_EQ(tables[0].rows(0).cells(3).number(), (0.5 + 0.3333 + 0.1234) / 3);
  EXPECT_THAT(Texts(tables[0], 1), ElementsAre("b", "–", "1.0000", "1.0000"));
  EXPECT_EQ(tables[1].title(), "LongWeave, lengths");
  EXPECT_THAT(Texts(tables[1], 0), ElementsAre("a", "0.4166", "–", "–", "0.1234", "0.3189"));
  EXPECT_EQ(tables[2].title(), "LongWeave, KG_TO_TEXT: sentence_coverage_rate");
  EXPECT_THAT(Texts(tables[3], 0), ElementsAre("a", "0.3333", "–", "–", "0.1234", "0.2283"));
  EXPECT_THAT(tables[0].notes(),
              ElementsAre("Overall is without CODE_FIXING, SALES_REPORT_GENERATION, "
                          "AP_STYLE_WRITING, STATE_MACHINE, PARAGRAPH_ORDERING, which this suite "
                          "lacks"));
}

TEST_F(LongWeaveTablesTest, TextsWithoutAScoreAreLeftOutAndCounted) {
  for (const char* task : {"CODE_FIXING", "KG_TO_TEXT", "SALES_REPORT_GENERATION",
                           "AP_STYLE_WRITING", "GEN_KV_DICT", "STATE_MACHINE"}) {
    Add("b", std::string(task) + "/2k", "longweave", 1.0);
  }
  Add("a", "PARAGRAPH_ORDERING/2k", "longweave", 0.25);
  Add("a", "PARAGRAPH_ORDERING/2k", "longweave", std::nullopt);
  Add("a", "PARAGRAPH_ORDERING/4k", "longweave", std::nullopt);
  const std::vector<v1::ResultTable> tables = Tables();
  EXPECT_THAT(Texts(tables[8], 0), ElementsAre("a", "–", "0.2500", "–", "–", "0.2500"));
  EXPECT_THAT(tables[0].notes(),
              ElementsAre("a: 2 texts have no score and are left out, as published"));
}

}  // namespace
}  // namespace assay
