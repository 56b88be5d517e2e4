#include "suites/longgenbench/tables.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "judge/benchmarks/longgenbench/longgenbench_scorer.h"
#include "suites/result_table.h"

namespace assay {
namespace {

using Items = std::map<std::string, LongGenBenchItem>;  // by sample id

Items ItemsOf(const v1::Suite& suite) {
  Items items;
  for (const v1::Sample& sample : suite.samples()) {
    auto item = LongGenBenchItemOf(sample);
    if (item.ok()) items.emplace(sample.id(), *std::move(item));
  }
  return items;
}

// Ids of the scorers that are LongGenBench's, in the order of the run.
std::vector<std::string> ScorersOf(const TableInput& input) {
  std::vector<std::string> ids;
  for (const v1::SampleResult* result : input.results) {
    for (const v1::ScorerResult& scorer : result->scorers()) {
      if (!scorer.scorer_version().starts_with("longgenbench/")) continue;
      if (std::find(ids.begin(), ids.end(), scorer.scorer()) == ids.end()) {
        ids.push_back(scorer.scorer());
      }
    }
  }
  return ids;
}

std::string RowName(const std::string& model, const std::string& scorer, std::size_t scorers) {
  return scorers == 1 ? model : model + ", " + scorer;
}

// One model's texts as one scorer saw them.
struct Texts {
  std::vector<LongGenBenchScored> written;  // all that have a CR
  std::vector<LongGenBenchScored> judged;   // of these, the ones with an answer to every check
  std::vector<LongGenBenchItem> items;      // of `judged`
  std::vector<LongGenBenchAnswers> answers;
  std::int64_t expected = 0;
};

std::int64_t CountOf(const v1::SampleResult& result, const std::string& scorer, const char* name) {
  return static_cast<std::int64_t>(ScoreOf(result, scorer, name).value_or(0));
}

Texts TextsOf(const TableInput& input, const Items& items, const std::string& model,
              const std::string& scorer) {
  Texts texts;
  for (const v1::SampleResult* result : input.results) {
    if (result->model() != model) continue;
    ++texts.expected;
    const v1::ScorerResult* verdict = ScorerOf(*result, scorer);
    const std::optional<double> completion = ScoreOf(*result, scorer, "CR");
    const auto item = items.find(result->sample_id());
    if (verdict == nullptr || !completion.has_value() || item == items.end()) continue;
    LongGenBenchScored text;
    text.completion = *completion;
    text.words = CountOf(*result, scorer, "words");
    text.blocks = CountOf(*result, scorer, "blocks");
    LongGenBenchAnswers answers = LongGenBenchAnswersOf(item->second, verdict->findings());
    text.tally = LongGenBenchTallyOf(item->second, answers);
    texts.written.push_back(text);
    if (verdict->outcome() != v1::OUTCOME_SCORED) continue;
    texts.judged.push_back(text);
    texts.items.push_back(item->second);
    texts.answers.push_back(std::move(answers));
  }
  texts.expected = std::max<std::int64_t>(texts.expected, input.suite.samples_size());
  return texts;
}

std::string Of(std::size_t part, std::int64_t whole) {
  return std::to_string(whole - static_cast<std::int64_t>(part)) + " of " + std::to_string(whole) +
         " texts";
}

void AddFigures(const std::string& name, const Texts& texts, v1::ResultTable& table) {
  const LongGenBenchFigures written = LongGenBenchAggregate(texts.written);
  const LongGenBenchFigures judged = LongGenBenchAggregate(texts.judged);
  std::vector<std::optional<double>> figures = {written.cr, judged.stic1, judged.stic2, written.len,
                                                std::nullopt};
  if (written.cr.has_value() && judged.stic2.has_value()) {
    figures[4] = *written.cr * *judged.stic2;
  }
  for (const double accuracy : judged.accuracy) {
    figures.push_back(texts.judged.empty() ? std::nullopt : std::optional<double>(accuracy));
  }
  figures.push_back(texts.judged.empty() ? std::nullopt
                                         : std::optional<double>(judged.average_accuracy));
  AddTableRow(table, name, figures);
  if (static_cast<std::int64_t>(texts.written.size()) < texts.expected) {
    table.add_notes(name + ": CR and Len lack " + Of(texts.written.size(), texts.expected));
  }
  if (static_cast<std::int64_t>(texts.judged.size()) < texts.expected) {
    table.add_notes(name + ": STIC and accuracies lack " + Of(texts.judged.size(), texts.expected));
  }
}

void AddPositions(const std::string& name, const Texts& texts, v1::ResultTable& table) {
  const LongGenBenchPositions positions = LongGenBenchPositionsOf(texts.items, texts.answers);
  std::vector<std::optional<double>> figures(positions.kinds.begin(), positions.kinds.end());
  for (const LongGenBenchCounts& tenth : positions.tenths) {
    figures.push_back(LongGenBenchStic2(tenth));
  }
  AddTableRow(table, name, figures);
}

// Yes and checks by the number of the block: where along a text compliance ends.
using ByBlock = std::map<std::int64_t, std::int64_t>;

ByBlock ChecksByBlock(const Items& items) {
  ByBlock checks;
  for (const auto& [id, item] : items) {
    for (const LongGenBenchCheck& check : item.checks) ++checks[check.id];
  }
  return checks;
}

ByBlock YesByBlock(const Texts& texts) {
  ByBlock yes;
  for (std::size_t i = 0; i < texts.items.size(); ++i) {
    for (std::size_t k = 0; k < texts.answers[i].size(); ++k) {
      if (texts.answers[i][k].value_or(false)) ++yes[texts.items[i].checks[k].id];
    }
  }
  return yes;
}

// A column of counts for each of `names`.
v1::ResultTable BlockTable(const ByBlock& checks, const std::vector<std::string>& names,
                           const std::vector<ByBlock>& yes) {
  std::vector<std::string> columns = {"block", "checks"};
  columns.insert(columns.end(), names.begin(), names.end());
  v1::ResultTable table = MakeTable("LongGenBench, yes by block", columns, 0);
  for (const auto& [block, count] : checks) {
    std::vector<std::optional<double>> figures = {static_cast<double>(count)};
    for (const ByBlock& of_model : yes) {
      const auto found = of_model.find(block);
      figures.push_back(found == of_model.end() ? 0 : static_cast<double>(found->second));
    }
    AddTableRow(table, std::to_string(block), figures);
  }
  return table;
}

// Checks that both scorers have an answer to, of texts that either may lack answers of.
LongGenBenchFlips FlipsOf(const TableInput& input, const Items& items, const std::string& model,
                          const std::string& first, const std::string& second) {
  LongGenBenchFlips flips;
  for (const v1::SampleResult* result : input.results) {
    const auto item = items.find(result->sample_id());
    const v1::ScorerResult* one = ScorerOf(*result, first);
    const v1::ScorerResult* other = ScorerOf(*result, second);
    if (result->model() != model || item == items.end() || one == nullptr || other == nullptr) {
      continue;
    }
    CountLongGenBenchFlips(LongGenBenchAnswersOf(item->second, one->findings()),
                           LongGenBenchAnswersOf(item->second, other->findings()), flips);
  }
  return flips;
}

v1::ResultTable FlipTable(const TableInput& input, const Items& items,
                          const std::vector<std::string>& scorers) {
  v1::ResultTable table =
      MakeTable("LongGenBench, checks judged twice",
                {"model", "checks", "differ", "share", "yes to no", "no to yes"}, 4);
  for (const std::string& model : input.models) {
    for (std::size_t i = 1; i < scorers.size(); ++i) {
      const LongGenBenchFlips flips = FlipsOf(input, items, model, scorers[0], scorers[i]);
      const auto number = [](std::int64_t count) {
        return std::optional<double>(static_cast<double>(count));
      };
      std::optional<double> share;
      if (flips.both() > 0) share = *number(flips.flipped()) / *number(flips.both());
      AddTableRow(table, model + ", " + scorers[0] + " / " + scorers[i],
                  {number(flips.both()), number(flips.flipped()), share, number(flips.table[1][0]),
                   number(flips.table[0][1])});
    }
  }
  return table;
}

}  // namespace

std::vector<v1::ResultTable> LongGenBenchTables(const TableInput& input) {
  const std::vector<std::string> scorers = ScorersOf(input);
  if (scorers.empty()) return {};
  const Items items = ItemsOf(input.suite);
  v1::ResultTable figures = MakeTable(
      "LongGenBench",
      {"model", "CR", "STIC-1", "STIC-2", "Len", "wAvg", "once", "range", "periodic", "average"},
      4);
  std::vector<std::string> columns = {"model", "once", "range", "periodic"};
  for (int tenth = 0; tenth < 10; ++tenth) {
    columns.push_back(std::to_string(tenth * 10) + "-" + std::to_string(tenth * 10 + 10) + " %");
  }
  v1::ResultTable positions = MakeTable("LongGenBench, yes of all checks by place", columns, 4);
  std::vector<std::string> names;
  std::vector<ByBlock> yes;
  for (const std::string& model : input.models) {
    for (const std::string& scorer : scorers) {
      const Texts texts = TextsOf(input, items, model, scorer);
      const std::string name = RowName(model, scorer, scorers.size());
      AddFigures(name, texts, figures);
      AddPositions(name, texts, positions);
      names.push_back(name);
      yes.push_back(YesByBlock(texts));
    }
  }
  std::vector<v1::ResultTable> tables = {std::move(figures), std::move(positions),
                                         BlockTable(ChecksByBlock(items), names, yes)};
  if (scorers.size() > 1) tables.push_back(FlipTable(input, items, scorers));
  return tables;
}

}  // namespace assay
