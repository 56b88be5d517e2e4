// LongGenBench's own figures from its own outputs and verdicts: 13 run files, of which 9 have a row
// in a published csv, the paper's 21 totals, and the prompts that its judge was asked.
#include <gtest/gtest.h>

#include <iostream>

#include "common/base/digest.h"
#include "common/text/python_split.h"
#include "common/text/python_text.h"
#include "judge/benchmarks/longgenbench/longgenbench_scores.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay {
namespace {

constexpr double kCsv = 1e-12;  // pandas wrote and read again what it kept of earlier runs

OrderedJson Ordered(const std::filesystem::path& path) {
  absl::StatusOr<OrderedJson> json = ParseOrderedJson(ReadGolden(path));
  EXPECT_TRUE(json.ok()) << path << ": " << json.status();
  return json.ok() ? *std::move(json) : OrderedJson();
}

LongGenBenchItem ItemOf(const OrderedJson& row) {
  OrderedJson checks;
  for (const std::string_view kind : kLongGenBenchKinds) {
    checks[std::string(kind)] = row["checks_" + std::string(kind)];
  }
  auto parsed = ParseLongGenBenchChecks(DumpJson(checks));
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return {row["type"], row["number"], parsed.ok() ? *parsed : std::vector<LongGenBenchCheck>()};
}

std::string TextOf(const OrderedJson& row) {
  std::string text;
  for (const OrderedJson& block : row["output_blocks"]) {
    text += (&block == &row["output_blocks"][0] ? "" : "#*#") + block.get<std::string>();
  }
  return text;
}

// The verdicts of a run file, in the order of the checks.
LongGenBenchAnswers AnswersOf(const OrderedJson& row, const LongGenBenchItem& item) {
  LongGenBenchAnswers answers;
  for (const LongGenBenchCheck& check : item.checks) {
    const OrderedJson& results = row["results_" + std::string(kLongGenBenchKinds[check.kind])];
    const auto found = results.find(std::to_string(check.id));
    std::optional<bool> answer;
    if (found != results.end()) answer = found->get<std::string>() == "yes";
    answers.push_back(answer);
  }
  return answers;
}

struct RunFile {
  std::vector<LongGenBenchItem> items;
  std::vector<LongGenBenchAnswers> answers;  // empty ones where it was not judged
  std::vector<LongGenBenchScored> scored;
};

std::vector<std::int64_t> GeneratedIds(const LongGenBenchItem& item, const LongGenBenchText& text,
                                       std::size_t kind) {
  std::vector<std::int64_t> ids;
  for (const std::size_t i : LongGenBenchGenerated(item, text)) {
    if (item.checks[i].kind == kind) ids.push_back(item.checks[i].id);
  }
  return ids;
}

RunFile ReadRun(const std::filesystem::path& path, const Json& expected) {
  RunFile run;
  const OrderedJson rows = Ordered(path);
  EXPECT_EQ(rows.size(), expected["items"].get<std::size_t>());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const OrderedJson& row = rows[i];
    const std::string whole = TextOf(row);
    const LongGenBenchItem& item = run.items.emplace_back(ItemOf(row));
    const LongGenBenchText text = ParseLongGenBenchText(whole, item.type);
    LongGenBenchAnswers answers(item.checks.size());
    if (row.contains("results_once")) answers = AnswersOf(row, item);
    LongGenBenchScored& scored = run.scored.emplace_back();
    scored.completion = LongGenBenchCompletion(text, item.number);
    scored.words = text.words;
    scored.blocks = static_cast<std::int64_t>(text.blocks.size());
    scored.tally = LongGenBenchTallyOf(item, answers);
    EXPECT_EQ(text.blocks.size(), row["output_blocks"].size());
    EXPECT_EQ(text.words, row["word_count"].get<std::int64_t>()) << path << " " << i;
    if (expected.contains("per_item")) {
      const Json& about = expected["per_item"][i];
      EXPECT_EQ(text.words, about["word_count"].get<std::int64_t>());
      EXPECT_EQ(text.blocks.size(), about["blocks"].get<std::size_t>());
      const double share = about["ids_in_range"].get<double>() / about["number"].get<double>();
      EXPECT_EQ(scored.completion, share * 100);
      for (std::size_t kind = 0; kind < 3; ++kind) {
        const Json& ids = about["judged_ids_" + std::string(kLongGenBenchKinds[kind])];
        EXPECT_EQ(GeneratedIds(item, text, kind), ids.get<std::vector<std::int64_t>>());
      }
    }
    // The judge was asked about these checks and no others.
    if (row.contains("results_once")) {
      std::vector<std::size_t> judged;
      for (std::size_t k = 0; k < answers.size(); ++k) {
        if (answers[k].has_value()) judged.push_back(k);
      }
      EXPECT_EQ(judged, LongGenBenchGenerated(item, text)) << path << " " << i;
    }
    run.answers.push_back(std::move(answers));
  }
  return run;
}

void CheckFigures(const LongGenBenchFigures& figures, const Json& expected) {
  EXPECT_EQ(*figures.cr, expected["completion_rate"].get<double>());
  EXPECT_EQ(figures.accuracy[0], expected["accuracy_once"].get<double>());
  EXPECT_EQ(figures.accuracy[1], expected["accuracy_range"].get<double>());
  EXPECT_EQ(figures.accuracy[2], expected["accuracy_periodic"].get<double>());
  EXPECT_EQ(figures.average_accuracy, expected["average_accuracy"].get<double>());
  EXPECT_EQ(*figures.stic1, expected["stic1"].get<double>());
  EXPECT_EQ(*figures.stic2, expected["stic2"].get<double>());
  EXPECT_EQ(*figures.w_avg, expected["w_avg"].get<double>());
}

std::vector<std::vector<std::string>> CsvRows(const std::filesystem::path& path) {
  std::vector<std::vector<std::string>> rows;
  const std::string text = ReadGolden(path);
  for (const std::string_view line : PythonSplitLines(text)) {
    std::vector<std::string>& row = rows.emplace_back();
    for (const std::string_view cell : PythonSplit(line, ",")) row.emplace_back(cell);
  }
  return rows;
}

// Whether the row of this name in a csv has these figures.
bool EqualsRow(const LongGenBenchFigures& figures, const std::filesystem::path& csv,
               const std::string& name) {
  for (const std::vector<std::string>& row : CsvRows(csv)) {
    if (row[0] != name) continue;
    const double ours[] = {*figures.cr, figures.accuracy[0], figures.accuracy[1],
                           figures.accuracy[2], figures.average_accuracy};
    for (std::size_t i = 0; i < 5; ++i) {
      if (std::abs(ours[i] - *PythonFloat(row[i + 1])) > kCsv) return false;
    }
    return true;
  }
  ADD_FAILURE() << csv << " has no row " << name;
  return false;
}

TEST(LongGenBenchGoldenTest, RealRuns) {
  if (!HasGolden("longgenbench")) GTEST_SKIP();
  const std::filesystem::path folder = GoldenFolder("longgenbench");
  const Json golden = GoldenJson(folder / "golden/real_runs.expected.json.gz");
  int files = 0;
  int published = 0;
  int verdicts = 0;
  for (const Json& expected : golden["runs"]) {
    const std::string name = expected["file"];
    if (!std::filesystem::exists(folder / name)) {
      std::cout << "not in this copy: " << name << "\n";
      continue;
    }
    SCOPED_TRACE(name);
    ++files;
    const RunFile run = ReadRun(folder / name, expected);
    const LongGenBenchFigures figures = LongGenBenchAggregate(run.scored);
    EXPECT_EQ(*figures.cr, expected["completion_rate"].get<double>());
    EXPECT_EQ(figures.len.has_value(), expected["len_mean"].is_number());
    if (figures.len.has_value()) {
      EXPECT_EQ(*figures.len, expected["len_mean"].get<double>());
    }
    if (!expected["judged"].get<bool>()) continue;
    CheckFigures(figures, expected);
    for (std::size_t kind = 0; kind < 3; ++kind) {
      const std::string label(kLongGenBenchKinds[kind]);
      LongGenBenchCounts sum;
      for (const LongGenBenchScored& text : run.scored) {
        sum.required += text.tally.kinds[kind].required;
        sum.judged += text.tally.kinds[kind].judged;
        sum.yes += text.tally.kinds[kind].yes;
      }
      EXPECT_EQ(sum.required, expected["checks_total"][label].get<std::int64_t>());
      EXPECT_EQ(sum.judged, expected["checks_judged"][label].get<std::int64_t>());
      EXPECT_EQ(sum.yes, expected["yes"][label].get<std::int64_t>());
      verdicts += static_cast<int>(sum.judged);
    }
    bool any = false;
    for (const Json& row : expected["published_rows"]) {
      const bool equal = EqualsRow(figures, folder / row["csv"].get<std::string>(), row["row"]);
      EXPECT_EQ(equal, row["equal"].get<bool>()) << row["csv"];
      any = any || equal;
    }
    published += any ? 1 : 0;
  }
  std::cout << files << " run files, " << verdicts << " verdicts, " << published
            << " files equal to a published row\n";
  EXPECT_EQ(files, 13);
  EXPECT_EQ(published, 9);
}

TEST(LongGenBenchGoldenTest, FlipsOfTheSameChecksJudgedTwice) {
  if (!HasGolden("longgenbench")) GTEST_SKIP();
  const std::filesystem::path folder = GoldenFolder("longgenbench");
  const Json golden = GoldenJson(folder / "golden/real_runs.expected.json.gz");
  const auto run_of = [&](const std::string& name) {
    for (const Json& run : golden["runs"]) {
      if (run["file"] == name + ".gz") return ReadRun(folder / (name + ".gz"), run);
    }
    ADD_FAILURE() << name;
    return RunFile();
  };
  for (const Json& noise : golden["judge_repeat_noise"]) {
    const RunFile a = run_of(noise["a"]);
    const RunFile b = run_of(noise["b"]);
    LongGenBenchFlips flips;
    ASSERT_EQ(a.answers.size(), b.answers.size());
    for (std::size_t i = 0; i < a.answers.size(); ++i) {
      CountLongGenBenchFlips(a.answers[i], b.answers[i], flips);
    }
    EXPECT_EQ(flips.both(), noise["checks"].get<std::int64_t>());
    EXPECT_EQ(flips.flipped(), noise["flipped"].get<std::int64_t>());
    const char* words[] = {"no", "yes"};
    for (std::size_t from = 0; from < 2; ++from) {
      for (std::size_t to = 0; to < 2; ++to) {
        const std::string name = std::string(words[from]) + "->" + words[to];
        EXPECT_EQ(flips.table[from][to], noise["table"][name].get<std::int64_t>()) << name;
      }
    }
  }
}

TEST(LongGenBenchGoldenTest, PaperTotals) {
  if (!HasGolden("longgenbench")) GTEST_SKIP();
  const auto rows = CsvRows(GoldenFolder("longgenbench") / "results/static.csv");
  ASSERT_EQ(rows.size(), 22u);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    LongGenBenchCounts total;
    total.required = *PythonInt(rows[i][1]);
    total.judged = *PythonInt(rows[i][2]);
    total.yes = *PythonInt(rows[i][3]);
    EXPECT_EQ(static_cast<double>(total.judged) / static_cast<double>(total.required),
              *PythonFloat(rows[i][4]));
    EXPECT_EQ(*LongGenBenchStic1(total), *PythonFloat(rows[i][5])) << rows[i][0];
    EXPECT_EQ(*LongGenBenchStic2(total), *PythonFloat(rows[i][6])) << rows[i][0];
  }
}

TEST(LongGenBenchGoldenTest, ParserVectors) {
  if (!HasGolden("longgenbench")) GTEST_SKIP();
  const Json vectors = GoldenJson(GoldenFolder("longgenbench") / "golden/parser_vectors.json");
  ASSERT_EQ(vectors.size(), 14u);
  for (const Json& vector : vectors) {
    SCOPED_TRACE(vector["case"].get<std::string>());
    const std::string whole = vector["text"];
    const LongGenBenchText text = ParseLongGenBenchText(whole, vector["type"].get<std::string>());
    Json blocks = Json::array();
    for (const std::string_view block : text.blocks) blocks.push_back(std::string(block));
    EXPECT_EQ(blocks, vector["blocks"]);
    Json parsed = Json::object();
    for (const auto& [id, place] : text.by_id) parsed[std::to_string(id)] = blocks[place];
    EXPECT_EQ(parsed, vector["parsed"]);
    EXPECT_EQ(text.words, vector["word_count"].get<std::int64_t>());
    EXPECT_EQ(LongGenBenchCompletion(text, vector["number"]),
              vector["completion_rate"].get<double>());
  }
}

TEST(LongGenBenchGoldenTest, JudgePrompts) {
  if (!HasGolden("longgenbench")) GTEST_SKIP();
  const std::filesystem::path folder = GoldenFolder("longgenbench");
  const Json prompts = GoldenJson(folder / "golden/judge_prompts.json");
  const std::string prompt = prompts["v2_template"];
  std::map<std::string, OrderedJson> files;
  int hashes = 0;
  for (const Json& vector : prompts["vectors"]) {
    const std::string name = vector["run"].get<std::string>() + ".gz";
    if (files.count(name) == 0) files[name] = Ordered(folder / name);
    const OrderedJson& row = files[name][vector["item"].get<std::size_t>()];
    const LongGenBenchItem item = ItemOf(row);
    const std::string whole = TextOf(row);
    const LongGenBenchText text = ParseLongGenBenchText(whole, item.type);
    for (const LongGenBenchCheck& check : item.checks) {
      if (kLongGenBenchKinds[check.kind] != vector["kind"].get<std::string>() ||
          check.id != vector["id"].get<std::int64_t>()) {
        continue;
      }
      const auto asked =
          LongGenBenchPrompt(prompt, text.blocks[text.by_id.at(check.id)], check.event);
      ASSERT_TRUE(asked.ok()) << asked.status();
      EXPECT_EQ(Sha256Hex(*asked), vector["v2_prompt_sha256"].get<std::string>());
      EXPECT_EQ(asked->size(), vector["v2_prompt_bytes"].get<std::size_t>());
      ++hashes;
    }
  }
  EXPECT_EQ(hashes, 46);
}

void CheckGpt4o(const Json& one, const OrderedJson& row, const Json& prompts) {
  const LongGenBenchItem item = ItemOf(row);
  const std::string whole = WithLongGenBenchPrefix(one["raw_output"].get<std::string>(),
                                                   row["prefix"].get<std::string>());
  const LongGenBenchText text = ParseLongGenBenchText(whole, item.type);
  const Json& expected = one["expected"];
  std::vector<std::int64_t> ids;
  for (const auto& [id, place] : text.by_id) ids.push_back(id);
  EXPECT_EQ(ids, expected["identifiers"].get<std::vector<std::int64_t>>());
  EXPECT_EQ(LongGenBenchCompletion(text, item.number), expected["completion_rate"].get<double>());
  EXPECT_EQ(text.words, expected["word_count"].get<std::int64_t>());
  EXPECT_EQ(text.blocks.size(), expected["n_blocks"].get<std::size_t>());
  for (std::size_t kind = 0; kind < 3; ++kind) {
    const std::string name(kLongGenBenchKinds[kind]);
    EXPECT_EQ(GeneratedIds(item, text, kind),
              expected["judged_ids_" + name].get<std::vector<std::int64_t>>());
    std::size_t at = 0;
    for (const std::size_t i : LongGenBenchGenerated(item, text)) {
      const LongGenBenchCheck& check = item.checks[i];
      if (check.kind != kind) continue;
      const std::string_view block = text.blocks[text.by_id.at(check.id)];
      EXPECT_EQ(*LongGenBenchPrompt(prompts["v1_template"].get<std::string>(), block, check.event),
                one["judge_prompts_v1"][name][at]["prompt"].get<std::string>());
      EXPECT_EQ(Sha256Hex(*LongGenBenchPrompt(prompts["v2_template"].get<std::string>(), block,
                                              check.event)),
                one["judge_prompts_v2_sha256"][name][at]["sha256"].get<std::string>());
      ++at;
    }
    EXPECT_EQ(at, one["judge_prompts_v1"][name].size());
  }
}

TEST(LongGenBenchGoldenTest, Gpt4oOutputs) {
  if (!HasGolden("longgenbench")) GTEST_SKIP();
  const std::filesystem::path folder = GoldenFolder("longgenbench");
  const Json outputs = GoldenJson(folder / "golden/gpt4o_first3.json.gz");
  const OrderedJson dataset = Ordered(folder / "Dataset/Dataset_short.json.gz");
  const Json prompts = GoldenJson(folder / "golden/judge_prompts.json");
  ASSERT_EQ(outputs.size(), 3u);
  for (const Json& one : outputs) {
    CheckGpt4o(one, dataset[one["index"].get<std::size_t>()], prompts);
  }
}

TEST(LongGenBenchGoldenTest, ForkOfFourHundredOutputs) {
  if (!HasGolden("longgenbench")) GTEST_SKIP();
  const std::filesystem::path folder = GoldenFolder("longgenbench");
  const Json expected = GoldenJson(folder / "golden/llama31_8b_maxlen512.expected.json.gz");
  const OrderedJson rows =
      Ordered(folder / "fork-prajwal1210/results/Meta-Llama-3.1-8B-Instruct_maxlen512.json.gz");
  ASSERT_EQ(rows.size(), 400u);
  std::vector<LongGenBenchScored> scored;
  std::size_t judged = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string whole = TextOf(rows[i]);
    const LongGenBenchItem item = ItemOf(rows[i]);
    const LongGenBenchText text = ParseLongGenBenchText(whole, item.type);
    const Json& about = expected["per_item"][i];
    std::vector<std::int64_t> ids;
    for (const auto& [id, place] : text.by_id) ids.push_back(id);
    EXPECT_EQ(ids, about["identifiers"].get<std::vector<std::int64_t>>());
    EXPECT_EQ(text.words, about["word_count"].get<std::int64_t>());
    scored.emplace_back().completion = LongGenBenchCompletion(text, item.number);
    EXPECT_EQ(scored.back().completion, about["completion_rate"].get<double>());
    judged += LongGenBenchGenerated(item, text).size();
  }
  EXPECT_EQ(*LongGenBenchAggregate(scored).cr, 2.5546153846153805);
  EXPECT_EQ(judged, 77u);
}

}  // namespace
}  // namespace assay
