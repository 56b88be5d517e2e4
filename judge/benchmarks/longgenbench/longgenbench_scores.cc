#include "judge/benchmarks/longgenbench/longgenbench_scores.h"

#include "common/base/check.h"

namespace assay {
namespace {

std::optional<double> Ratio(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

void Count(std::optional<bool> answer, LongGenBenchCounts& counts) {
  ++counts.required;
  counts.judged += answer.has_value() ? 1 : 0;
  counts.yes += answer.value_or(false) ? 1 : 0;
}

void Add(const LongGenBenchCounts& more, LongGenBenchCounts& counts) {
  counts.required += more.required;
  counts.judged += more.judged;
  counts.yes += more.yes;
}

}  // namespace

LongGenBenchTally LongGenBenchTallyOf(const LongGenBenchItem& item,
                                      const LongGenBenchAnswers& answers) {
  ASSAY_CHECK(item.checks.size() == answers.size());
  LongGenBenchTally tally;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    Count(answers[i], tally.kinds[item.checks[i].kind]);
  }
  return tally;
}

LongGenBenchCounts LongGenBenchTotal(const LongGenBenchTally& tally) {
  LongGenBenchCounts total;
  for (const LongGenBenchCounts& kind : tally.kinds) Add(kind, total);
  return total;
}

std::optional<double> LongGenBenchStic1(const LongGenBenchCounts& total) {
  return Ratio(total.yes, total.judged);
}

std::optional<double> LongGenBenchStic2(const LongGenBenchCounts& total) {
  return Ratio(total.yes, total.required);
}

LongGenBenchFigures LongGenBenchAggregate(const std::vector<LongGenBenchScored>& texts) {
  LongGenBenchFigures figures;
  LongGenBenchTally tally;
  double completion = 0;
  std::int64_t long_texts = 0;
  std::int64_t long_words = 0;
  for (const LongGenBenchScored& text : texts) {
    completion += text.completion;
    for (std::size_t kind = 0; kind < tally.kinds.size(); ++kind) {
      Add(text.tally.kinds[kind], tally.kinds[kind]);
    }
    if (text.blocks > kLongGenBenchLenBlocks && text.words > kLongGenBenchLenWords) {
      ++long_texts;
      long_words += text.words;
    }
  }
  if (!texts.empty()) figures.cr = completion / static_cast<double>(texts.size());
  const LongGenBenchCounts total = LongGenBenchTotal(tally);
  figures.stic1 = LongGenBenchStic1(total);
  figures.stic2 = LongGenBenchStic2(total);
  figures.len = Ratio(long_words, long_texts);
  if (figures.cr.has_value() && figures.stic2.has_value()) {
    figures.w_avg = *figures.cr * *figures.stic2;
  }
  double sum = 0;
  for (std::size_t kind = 0; kind < tally.kinds.size(); ++kind) {
    figures.accuracy[kind] = LongGenBenchStic1(tally.kinds[kind]).value_or(0);
    sum += figures.accuracy[kind];
  }
  figures.average_accuracy = sum / 3;
  return figures;
}

LongGenBenchPositions LongGenBenchPositionsOf(const std::vector<LongGenBenchItem>& items,
                                              const std::vector<LongGenBenchAnswers>& answers) {
  ASSAY_CHECK(items.size() == answers.size());
  LongGenBenchPositions positions;
  LongGenBenchTally tally;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::vector<LongGenBenchCheck>& checks = items[i].checks;
    ASSAY_CHECK(checks.size() == answers[i].size());
    for (std::size_t k = 0; k < checks.size(); ++k) {
      Count(answers[i][k], positions.by_id[checks[k].id]);
      Count(answers[i][k], tally.kinds[checks[k].kind]);
    }
  }
  for (std::size_t kind = 0; kind < tally.kinds.size(); ++kind) {
    positions.kinds[kind] = LongGenBenchStic2(tally.kinds[kind]);
  }
  return positions;
}

void CountLongGenBenchFlips(const LongGenBenchAnswers& first, const LongGenBenchAnswers& second,
                            LongGenBenchFlips& flips) {
  ASSAY_CHECK(first.size() == second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (!first[i].has_value() || !second[i].has_value()) continue;
    ++flips.table[*first[i] ? 1 : 0][*second[i] ? 1 : 0];
  }
}

}  // namespace assay
