// Published aggregations on the published labels. Skips without the data.
#include <gtest/gtest.h>

#include <cmath>

#include "judge/claims/claim_scores.h"
#include "judge/claims/published_claims.h"
#include "judge/claims/published_replies.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

constexpr double kExact = 5e-10;  // the expected values have ten digits

struct Biography {
  bool abstained = false;
  int supported = 0;
  int not_supported = 0;
  int irrelevant = 0;
  int in_irrelevant_sentences = 0;  // model-made facts of sentences called irrelevant
  int facts() const { return supported + not_supported + irrelevant; }
};

Biography BiographyOf(const Json& row) {
  Biography bio;
  bio.abstained = row["annotations"].is_null();
  if (bio.abstained) return bio;
  for (const Json& sentence : row["annotations"]) {
    const Json& model_facts = sentence["model-atomic-facts"];
    if (!sentence["is-relevant"].get<bool>() && model_facts.is_array()) {
      bio.in_irrelevant_sentences += static_cast<int>(model_facts.size());
    }
    if (!sentence["human-atomic-facts"].is_array()) continue;
    for (const Json& fact : sentence["human-atomic-facts"]) {
      const std::string label = fact["label"].get<std::string>();
      ++(label == "S" ? bio.supported : label == "NS" ? bio.not_supported : bio.irrelevant);
    }
  }
  return bio;
}

struct FactScoreSums {
  int abstained = 0;
  int responses = 0;
  int with_relevant = 0;  // responses with a fact that is not irrelevant
  Biography labels;
  double support = 0;
  double with_gamma = 0;
  double precision = 0;
  double paper = 0;
  std::map<int, double> f1_at_k;
};

void Count(const Biography& bio, FactScoreSums& sums) {
  sums.abstained += bio.abstained ? 1 : 0;
  const int paper_facts = bio.facts() + bio.in_irrelevant_sentences;
  sums.paper += paper_facts == 0 ? 0 : static_cast<double>(bio.supported) / paper_facts;
  if (bio.facts() == 0) return;
  ++sums.responses;
  sums.labels.supported += bio.supported;
  sums.labels.not_supported += bio.not_supported;
  sums.labels.irrelevant += bio.irrelevant;
  const double support = static_cast<double>(bio.supported) / bio.facts();
  sums.support += support;
  sums.with_gamma += support * LengthPenalty(bio.facts(), 10);
  ClaimCounts counts;
  counts.supported = bio.supported;
  counts.not_found = bio.not_supported;
  const std::optional<double> precision = CheckedPrecision(counts);
  sums.precision += precision.value_or(0);
  sums.with_relevant += precision ? 1 : 0;
  for (const int k : {32, 64, 100, 178}) {
    sums.f1_at_k[k] += F1AtK(bio.supported, bio.not_supported, k);
  }
}

TEST(ClaimsGolden, FactScore) {
  if (!HasGolden("factscore")) GTEST_SKIP() << "no factscore data";
  const Json models = GoldenJson(GoldenFolder("factscore") / "EXPECTED.json")["models"];
  const std::map<std::string, double> published = {
      {"InstructGPT", 42.6}, {"ChatGPT", 58.3}, {"PerplexityAI", 71.6}};
  int labels = 0;
  for (const auto& [model, expected] : models.items()) {
    SCOPED_TRACE(model);
    FactScoreSums sums;
    const std::vector<Json> rows = GoldenRows(GoldenFolder("factscore") / (model + ".jsonl.gz"));
    EXPECT_EQ(rows.size(), expected["rows"].get<std::size_t>());
    int paper_rows = 0;
    std::vector<Biography> with_facts;
    for (const Json& row : rows) {
      const Biography bio = BiographyOf(row);
      paper_rows += bio.abstained ? 0 : 1;
      Count(bio, sums);
      if (bio.facts() > 0) with_facts.push_back(bio);
    }
    const auto mean = [&](double sum) { return sum / sums.responses; };
    EXPECT_EQ(sums.abstained, expected["abstained"].get<int>());
    EXPECT_EQ(sums.responses, expected["responses_with_facts"].get<int>());
    EXPECT_EQ(sums.labels.supported, expected["labels"]["S"].get<int>());
    EXPECT_EQ(sums.labels.not_supported, expected["labels"]["NS"].get<int>());
    EXPECT_EQ(sums.labels.irrelevant, expected["labels"]["IR"].get<int>());
    labels += sums.labels.facts();
    EXPECT_NEAR(mean(sums.labels.facts()), expected["mean_facts"].get<double>(), kExact);
    EXPECT_NEAR(mean(sums.support), expected["mean_S_over_all"].get<double>(), kExact);
    EXPECT_NEAR(mean(sums.with_gamma), expected["mean_S_over_all_gamma10"].get<double>(), kExact);
    EXPECT_NEAR(sums.precision / sums.with_relevant,
                expected["mean_precision_excluding_IR"].get<double>(), kExact);
    ClaimCounts micro;
    micro.supported = sums.labels.supported;
    micro.not_found = sums.labels.not_supported;
    EXPECT_NEAR(*CheckedPrecision(micro), expected["micro_precision_excluding_IR"].get<double>(),
                kExact);
    const double paper = sums.paper / paper_rows;
    EXPECT_NEAR(paper,
                expected["paper_recipe_irrelevant_sentences_count_as_unsupported_zero_for_no_facts"]
                    .get<double>(),
                kExact);
    EXPECT_NEAR(std::round(1000 * paper) / 10, published.at(model), 1e-9);
    for (const auto& [k, f1] : expected["mean_F1_at_K"].items()) {
      EXPECT_NEAR(mean(sums.f1_at_k.at(std::stoi(k))), f1.get<double>(), kExact) << k;
    }
    for (std::size_t i = 0; i < expected["first3"].size(); ++i) {
      const Json& one = expected["first3"][i];
      EXPECT_EQ(with_facts[i].supported, one["S"].get<int>());
      EXPECT_NEAR(F1AtK(with_facts[i].supported, with_facts[i].not_supported, 64),
                  one["F1@64"].get<double>(), kExact);
    }
  }
  EXPECT_EQ(labels, 16040);
}

Entailment LabelNamed(const std::string& name) {
  for (const Entailment label :
       {Entailment::kEntailment, Entailment::kNeutral, Entailment::kContradiction}) {
    if (EntailmentName(label) == name) return label;
  }
  ADD_FAILURE() << name;
  return Entailment::kAbstain;
}

TEST(ClaimsGolden, RefChecker) {
  if (!HasGolden("refchecker")) GTEST_SKIP() << "no refchecker data";
  const Json expected = GoldenJson(GoldenFolder("refchecker") / "EXPECTED.json");
  int outputs = 0;
  std::map<std::string, int> total;
  for (const auto& [file, values] : expected["files"].items()) {
    SCOPED_TRACE(file);
    std::map<std::string, int> strict;
    std::map<std::string, int> majority;
    std::map<std::string, int> labels;
    double ratio = 0;
    int with_claims = 0;
    for (const Json& row : GoldenJson(GoldenFolder("refchecker") / file)) {
      std::vector<Entailment> claims;
      for (const Json& claim : row["claude2_response_kg"]) {
        claims.push_back(LabelNamed(claim["human_label"].get<std::string>()));
        ++labels[std::string(EntailmentName(claims.back()))];
      }
      ++outputs;
      ++strict[std::string(EntailmentName(StrictVerdict(claims)))];
      ++majority[std::string(EntailmentName(MajorityVerdict(claims)))];
      const std::optional<double> soft = SoftRatio(claims, Entailment::kEntailment);
      ratio += soft.value_or(0);
      with_claims += soft ? 1 : 0;
    }
    EXPECT_EQ(Json(strict), values["strict"]);
    EXPECT_EQ(Json(majority), values["majority"]);
    EXPECT_EQ(Json(labels), values["labels"]);
    EXPECT_EQ(100 - with_claims, values["no_claims"].get<int>());
    EXPECT_NEAR(ratio / with_claims, values["mean_entailment_ratio"].get<double>(), kExact);
    for (const auto& [label, n] : labels) total[label] += n;
  }
  EXPECT_EQ(outputs, 2100);
  EXPECT_EQ(Json(total), expected["total_labels"]);
}

std::vector<bool> Entailed(const Json& labels) {
  std::vector<bool> entailed;
  for (const Json& label : labels) entailed.push_back(label == "Entailment");
  return entailed;
}

RagInputs RagInputsOf(const Json& result) {
  RagInputs inputs;
  inputs.response_in_answer = Entailed(result["answer2response"]);
  inputs.answer_in_response = Entailed(result["response2answer"]);
  for (const Json& row : result["retrieved2response"]) {
    inputs.response_in_passages.push_back(Entailed(row));
  }
  for (const Json& row : result["retrieved2answer"]) {
    inputs.answer_in_passages.push_back(Entailed(row));
  }
  return inputs;
}

TEST(ClaimsGolden, RagCheckerWorkedCases) {
  if (!HasGolden("ragchecker")) GTEST_SKIP() << "no ragchecker data";
  const Json checked = GoldenJson(GoldenFolder("ragchecker") / "checking_outputs.json");
  ASSERT_EQ(checked["results"].size(), 2u);
  std::map<std::string, double> sums;
  for (const Json& result : checked["results"]) {
    const std::map<std::string, double> metrics = RagMetrics(RagInputsOf(result));
    EXPECT_EQ(metrics.size(), result["metrics"].size());
    for (const auto& [name, value] : result["metrics"].items()) {
      EXPECT_NEAR(metrics.at(name), value.get<double>(), 1e-12) << name;
    }
    for (const auto& [name, value] : metrics) sums[name] += value;
  }
  for (const auto& [group, metrics] : checked["metrics"].items()) {
    for (const auto& [name, value] : metrics.items()) {
      EXPECT_NEAR(100 * sums.at(name) / 2, value.get<double>(), 0.0500001) << name;
    }
  }
}

std::string LastClaim(const std::string& prompt) {
  const std::size_t begin = prompt.rfind("<claim>");
  return prompt.substr(begin, prompt.find("</claim>", begin) - begin);
}

TEST(ClaimsGolden, WiceVerdictTextsAndMaxima) {
  if (!HasGolden("wice")) GTEST_SKIP() << "no wice data";
  const Json runs = GoldenJson(GoldenFolder("wice") / "EXPECTED.json")["runs"];
  const std::map<double, std::string> names = {
      {1, "supported"}, {0.5, "partially_supported"}, {0, "not_supported"}};
  int texts = 0;
  int maxima = 0;
  for (const auto& [run, expected] : runs.items()) {
    SCOPED_TRACE(run);
    const std::filesystem::path folder = GoldenFolder("wice") / "model_outputs" / run;
    const absl::StatusOr<OrderedJson> scores =
        ParseOrderedJson(ReadGolden(folder / "test.entailment_score.json"));
    ASSERT_TRUE(scores.ok());
    std::map<std::string, int> verdicts;
    std::vector<std::vector<double>> chunks;
    std::string claim;
    for (const Json& row : GoldenRows(folder / "test.raw_outputs.jsonl.gz")) {
      const std::optional<double> score = ReadWiceVerdict(row["response"].get<std::string>());
      ASSERT_TRUE(score.has_value()) << row["response"];
      ++texts;
      ++verdicts[names.at(*score)];
      const std::string this_claim = LastClaim(row["prompt"].get<std::string>());
      if (std::exchange(claim, this_claim) != this_claim) chunks.emplace_back();
      chunks.back().push_back(*score);
    }
    EXPECT_EQ(Json(verdicts), expected["verdicts"]);
    ASSERT_EQ(chunks.size(), scores->size());
    std::size_t i = 0;
    for (const auto& [id, score] : scores->items()) {
      EXPECT_EQ(MaxOverChunks(chunks[i++]), score.get<double>()) << id;
      ++maxima;
    }
  }
  EXPECT_EQ(texts, 986);
  EXPECT_EQ(maxima, 330);
}

TEST(ClaimsGolden, VeriScore) {
  if (!HasGolden("veriscore")) GTEST_SKIP() << "no veriscore data";
  const std::filesystem::path folder = GoldenFolder("veriscore");
  const Json expected = GoldenJson(folder / "EXPECTED.json");
  const std::vector<Json> rows = GoldenRows(folder / "data_sample.jsonl");
  ASSERT_EQ(rows.size(), 1u);
  std::vector<std::string> claims;  // exact duplicates removed, as published
  int without = 0;
  for (const Json& sentence : rows[0]["claim_list"]) {
    std::string reply;
    for (const Json& line : sentence) reply += "- " + line.get<std::string>() + "\n";
    const std::vector<std::string> found = ReadVeriScoreClaims(reply, /*strict=*/false).value();
    EXPECT_EQ(ReadVeriScoreClaims(reply, /*strict=*/true), found);
    without += found.empty() ? 1 : 0;
    for (const std::string& claim : found) {
      if (std::find(claims.begin(), claims.end(), claim) == claims.end()) claims.push_back(claim);
    }
  }
  EXPECT_EQ(rows[0]["claim_list"].size(), expected["sentences"].get<std::size_t>());
  EXPECT_EQ(without, expected["sentences_with_no_verifiable_claim"].get<int>());
  EXPECT_EQ(Json(claims), rows[0]["all_claim_lst"]);
  int supported = 0;
  for (const Json& verdict : rows[0]["claim_verification_result"]) {
    const std::string label = verdict["verification_result"].get<std::string>();
    for (const bool strict : {false, true}) {
      EXPECT_EQ(ReadVeriScoreVerdict("### " + label + ". ###", strict).value_or("") == "supported",
                strict && label == "supported");
      EXPECT_EQ(ReadVeriScoreVerdict("###" + label + ".###", strict), label);
    }
    supported += label == "supported" ? 1 : 0;
  }
  EXPECT_EQ(supported, expected["supported"].get<int>());
  EXPECT_EQ(PooledMedianK({static_cast<int>(claims.size())}), 25);
  const int unsupported = static_cast<int>(claims.size()) - supported;
  for (const auto& [k, f1] : expected["F1_at_K"].items()) {
    EXPECT_NEAR(F1AtK(supported, unsupported, std::stoi(k)), f1.get<double>(), kExact) << k;
  }
  for (const Json& shot : GoldenRows(folder / "few_shot_examples.jsonl")) {
    const std::string label = shot["human_label"].get<std::string>();
    EXPECT_TRUE(ReadVeriScoreVerdict("###" + label + "###", true).has_value()) << label;
  }
}

TEST(ClaimsGolden, VeriFastScoreInALoop) {
  if (!HasGolden("verifastscore")) GTEST_SKIP() << "no verifastscore data";
  const std::filesystem::path folder = GoldenFolder("verifastscore");
  const Json expected = GoldenJson(folder / "EXPECTED.json");
  std::size_t i = 0;
  for (const Json& row : GoldenRows(folder / "decomposition_verification_data_sample_2.jsonl.gz")) {
    std::string reply;
    for (const Json& line : row["claim_verification_result"]) {
      const bool supported = line["verification_result"] == "supported";
      reply += line["claim"].get<std::string>() + (supported ? ": Supported\n" : ": Unsupported\n");
    }
    const SinglePass pass = ReadSinglePass(reply);
    const Json& counts = expected["single_pass_outputs"][i++];
    EXPECT_EQ(pass.claims.size(), counts["claims"].get<std::size_t>());
    EXPECT_EQ(pass.distinct, counts["distinct_claims"].get<int>());
    EXPECT_TRUE(pass.looped);
    EXPECT_EQ(SinglePassScore(pass, 17, /*strict=*/false), 1.0);
    EXPECT_FALSE(SinglePassScore(pass, 17, /*strict=*/true).has_value());
  }
  EXPECT_EQ(i, expected["single_pass_outputs"].size());
  for (const Json& row : GoldenRows(folder / "verification_data_sample_2.jsonl.gz")) {
    std::vector<LabelledClaim> claims;
    for (const Json& line : row["claim_verification_result"]) {
      claims.push_back({line["claim"].get<std::string>(),
                        line["verification_result"].get<std::string>() == "supported"});
    }
    const SinglePass pass = SinglePassOf(claims);
    EXPECT_EQ(pass.claims.size(), 25u);
    EXPECT_FALSE(pass.looped);
    EXPECT_NEAR(*SinglePassScore(pass, 17, true), F1AtK(24, 1, 17), 1e-12);
    EXPECT_NEAR(*SinglePassScore(pass, 17, false), HarmonicMean(0.96, 1), 1e-12);
  }
}

}  // namespace
}  // namespace assay
